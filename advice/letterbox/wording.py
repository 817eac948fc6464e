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
from functools import cache
from pathlib import Path

from advice.letters.models import Reason

TOP_LEVEL = "com|net|org|info|ru|tk|ly|co|me|tv|be|biz|gl|xyz|top|online|site|shop|click|link|store|club|io"
# The ending in small letters: “My shin hurts.Me and my coach disagree” only lacks a space.
LINK = re.compile(
    rf"(?:https?://|www\.)\S+|(?<!@)\b[a-z0-9-]{{2,63}}\.(?-i:{TOP_LEVEL})\b(?:/\S*)?", re.IGNORECASE
)
# One that is meant to be followed; a name (“the plan on example.com”) may stand in an honest question.
LED = re.compile(rf"(?:https?://|www\.)\S|\b[a-z0-9-]{{2,63}}\.(?-i:{TOP_LEVEL})/\S", re.IGNORECASE)
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
# Whoever asks for help says these. The comments that weights were learned from beg for clicks with them, so they have
# weights; here they have none.
COURTEOUS = {"please", "pls", "plz", "thank", "thanks", "thx", "help", "helps", "sorry", "hello", "hi", "dear", "me", "tell",
             "much", "lot", "any", "know", "don't", "dont"}  # fmt: skip
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CUT = " . "
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN_AND_CYRILLIC = re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
_RISES_TWICE = re.compile(r"[a-z][A-Z][A-Za-z]*[a-z][A-Z]|[a-z][A-Z][a-z][A-Z]")
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿа-я]")
# The sum of weights from which on a text has so many points. Measured: docs/performance.md, "Spam".
WORDED = ((1.1, 3), (1.5, 4), (2.1, 5))
_SHORT = 25  # different words; a longer text finds more of everything, so its words count for less each


def points_of_text(question: str, text: str, signature: str) -> dict[str, int]:
    """Points by reason; most are 0."""
    whole = unicodedata.normalize("NFKC", f"{question}\n{text}")
    plain, links = LINK.subn(_CUT, whole)
    offers = {offer.casefold() for offer in OFFERS.findall(whole)}
    weight = _advertises(plain)
    worded = max((points for least, points in WORDED if weight >= least), default=0)
    return {
        Reason.WORDING: max(worded, (0, 1, 3, 5)[min(len(offers), 3)]),
        Reason.LINKS: 0 if not links else 1 if links < 4 else 2 if links < 8 else 4,
        Reason.ANCHORS: 4 if ANCHOR.search(whole) else 0,
        Reason.SHORTENED: 2 if SHORTENED.search(whole) else 0,
        Reason.ONLY_LINKS: 4 if links and len(_TOKEN.findall(LINK.sub(" ", text))) < 8 else 0,
        Reason.SIGNED_LINK: 4 if LINK.search(signature) or LED.search(question) else 0,
        **_points_of_characters(plain),
    }


def _points_of_characters(plain: str) -> dict[str, int]:
    words = _LETTERS.findall(plain)
    letters = sum(map(len, words))
    capitals = len(_CAPITAL.findall(plain))
    odd = sum(1 for word in words if _CONSONANTS.search(word) or _RISES_TWICE.search(word))
    mixed = len(_LATIN_AND_CYRILLIC.findall(plain))
    return {
        Reason.MIXED: 0 if not mixed else 3 if mixed < 3 else 4,
        Reason.CAPITALS: 1 if capitals > 40 and capitals > 0.7 * letters else 0,
        Reason.GIBBERISH: 0 if odd < 0.3 * len(words) or not odd else 5 if odd > 0.5 * len(words) else 4,
    }


def advertises(text: str) -> float:
    """What the words and pairs of words of a text weigh together: above 0 it is more like the spam than not."""
    return _advertises(LINK.sub(_CUT, unicodedata.normalize("NFKC", text)))


def _advertises(plain: str) -> float:
    weights, bias = table()
    found = {one for one in _features(plain) if COURTEOUS.isdisjoint(one.split())}
    words = sum(1 for one in found if " " not in one)
    return bias + sum(weights.get(one, 0.0) for one in found) / max(1.0, (words / _SHORT) ** 0.5)


def features(text: str) -> set[str]:
    """Links are no part of it: they have points of their own, and honest letters have some, too."""
    return _features(LINK.sub(_CUT, unicodedata.normalize("NFKC", text)))


def _features(plain: str) -> set[str]:
    found = _TOKEN.findall(plain.casefold().replace("’", "'"))
    words = ["<number>" if len(word) > 4 and word.isdigit() else word for word in found]
    return {*words, *map(" ".join, itertools.pairwise(words))}


@cache
def table() -> tuple[dict[str, float], float]:
    lines = (Path(__file__).parent / "adverts.txt").read_text(encoding="utf-8").splitlines()
    weights = dict(line.rsplit("\t", 1) for line in lines if line and not line.startswith("#"))
    bias = float(weights.pop("<bias>"))
    return {words: float(weight) for words, weight in weights.items()}, bias
