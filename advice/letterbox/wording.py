"""What the text of a letter by itself says for advertising: its words, its links, its characters. Linear in its length.

The weights of words in `adverts.txt` were learned by `tests/spam_training.py` from comments that people had marked as
spam or not: "YouTube Spam Collection" by T. C. Alberto, J. V. Lochter and T. A. Almeida (2015), UCI Machine Learning
Repository, doi 10.24432/C58885, licence CC BY 4.0. That licence allows what is derived from it, with this credit. Only
words and pairs of words that stand in several of its comments are in the table, so no comment can be read from it. The
letters of worried people that the limit was measured on may not be handed on; nothing was learned from them.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from advice.letters.models import Reason

TOP_LEVEL = "com|net|org|info|ru|tk|ly|co|me|tv|be|biz|gl|xyz|top|online|site|shop|click|link|store|club|io"
LINK = re.compile(rf"(?:https?://|www\.)\S+|\b[a-z0-9-]{{2,63}}\.(?:{TOP_LEVEL})\b(?:/\S*)?", re.IGNORECASE)
ANCHOR = re.compile(r"\[(?:url|link|img)\b|<a\s|\bhref\s*=", re.IGNORECASE)
SHORTENED = re.compile(
    r"\b(?:bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|cutt\.ly|rebrand\.ly|adf\.ly|t\.me|wa\.me)/",
    re.IGNORECASE,
)
# What is offered through forms like ours. Each alone can stand in an honest letter; these whole phrases hardly do.
OFFERS = re.compile(
    r"""\b(?:
    (?:guest|sponsored)\ posts?|back ?links?|seo\ (?:services?|experts?|agency|company|packages?)
    |(?:rank|first\ page|top|page\ one)\ (?:\w+\ )?(?:on|of|in)\ google|website\ traffic|domain\ authority
    |(?:online\ )?casino\ (?:bonus|games?)|free\ spins|no\ deposit\ bonus|betting\ (?:tips|site)
    |(?:guaranteed|double\ your|daily)\ (?:profits?|returns?|money|investment)|bitcoin\ (?:investment|trader|recovery)
    |make\ money\ (?:online|from\ home|fast)|earn\ (?:up\ to\ )?[$€£]\ ?\d|work\ from\ home\ and
    |(?:buy|order|cheap)\ (?:cheap\ )?(?:viagra|cialis|tramadol|followers|likes)|without\ (?:a\ )?prescription
    |click\ (?:here|the\ link|below)|visit\ (?:our|my)\ (?:website|site|page|store|shop)|limited\ time\ offer|act\ now
    |buy\ now|special\ offer|risk[- ]free|100%\ (?:free|guaranteed)|money[- ]back\ guarantee|best\ prices?\ guaranteed
    |(?:we|i)\ (?:can\ )?(?:offer|provide)\ (?:\w+\ ){0,2}(?:loans?|services?|solutions?|packages?)|loans?\ at\ \d
    |(?:contact|text|message|add)\ (?:\w+\ )?(?:me|us|him|her)?\ ?on\ (?:whatsapp|telegram|skype)
    |your\ (?:website|web\ site|site|business)(?:'s)?|spell\ caster|hack(?:er|ing)?\ services?|free\ (?:quote|audit|trial)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_TOKEN = re.compile(r"<link>|[^\W_]+(?:['’][^\W_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN_AND_CYRILLIC = re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
_RISES = re.compile(r"[a-z][A-Z]")
# The sum of weights from which on a text has so many points. Measured: docs/performance.md, "Spam".
WORDED = ((1.0, 2), (1.7, 3), (2.4, 5))


def points_of_text(question: str, text: str, signature: str) -> dict[str, int]:
    """Points by reason; most are 0."""
    whole = unicodedata.normalize("NFKC", f"{question}\n{text}")
    links = LINK.findall(whole)
    words = len(_TOKEN.findall(LINK.sub(" ", text)))
    offers = {offer.casefold() for offer in OFFERS.findall(whole)}
    worded = max((points for least, points in WORDED if advertises(whole) >= least), default=0)
    return {
        Reason.WORDING: max(worded, (0, 1, 3, 5)[min(len(offers), 3)]),
        Reason.LINKS: 0 if not links else 1 if len(links) < 4 else 2 if len(links) < 8 else 4,
        Reason.ANCHORS: 4 if ANCHOR.search(whole) else 0,
        Reason.SHORTENED: 2 if SHORTENED.search(whole) else 0,
        Reason.ONLY_LINKS: 4 if links and words < 8 else 0,
        Reason.SIGNED_LINK: 4 if LINK.search(signature) or LINK.search(question) else 0,
        **_points_of_characters(whole),
    }


def _points_of_characters(whole: str) -> dict[str, int]:
    words = _LETTERS.findall(LINK.sub(" ", whole))
    letters = "".join(words)
    capitals = sum(map(str.isupper, letters))
    odd = sum(bool(_CONSONANTS.search(word) or len(_RISES.findall(word)) > 1) for word in words)
    mixed = sum(bool(_LATIN_AND_CYRILLIC.search(word)) for word in words)
    return {
        Reason.MIXED: 0 if not mixed else 3 if mixed < 3 else 4,
        Reason.CAPITALS: 1 if capitals > 40 and capitals > 0.7 * len(letters) else 0,
        Reason.GIBBERISH: 4 if odd and odd >= 0.3 * len(words) else 0,
    }


def advertises(text: str) -> float:
    """The sum of the weights of all words and pairs of words of a text: above 0 it is more like the spam than not."""
    weights, bias = table()
    return bias + sum(weights.get(one, 0.0) for one in features(text))


def features(text: str) -> set[str]:
    words = list(_words(unicodedata.normalize("NFKC", text).casefold()))
    return {*words, *map(" ".join, itertools.pairwise(words))}


def _words(text: str) -> Iterator[str]:
    for found in _TOKEN.finditer(LINK.sub(" <link> ", text)):
        word = found[0].replace("’", "'")
        yield "<number>" if word.isdigit() and len(word) > 4 else word


@cache
def table() -> tuple[dict[str, float], float]:
    lines = (Path(__file__).parent / "adverts.txt").read_text(encoding="utf-8").splitlines()
    weights = dict(line.rsplit("\t", 1) for line in lines if line and not line.startswith("#"))
    bias = float(weights.pop("<bias>"))
    return {words: float(weight) for words, weight in weights.items()}, bias
