"""Texts as the index knows them: words folded (accents off, one case) and stemmed, the same for every engine."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse

import Stemmer

MAX_QUERY_WORDS = 32
_MAX_QUERY = (
    2_000  # characters; more than anybody types, and what is cut off could not add a word that counts
)
_MAX_WORD = 60
_MIN_PREFIX = 3
_MIN_ALONE = 4  # letters of an unfinished word that has synonyms

_WORD = re.compile(r"\w+")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_STEMMER = Stemmer.Stemmer("english", 0)  # `stem` remembers words for it
_STEMMING = threading.Lock()  # the stemmer keeps its word in itself

# What the English stemmer does not know to be one word.
_IRREGULAR = {
    "calves": "calf", "children": "child", "feet": "foot", "halves": "half", "knives": "knife", "men": "man",
    "mice": "mouse", "ran": "run", "teeth": "tooth", "wives": "wife", "women": "woman",
}  # fmt: skip

_SMALL = """
    a about after again all also am an and any are as at be because been before being but by can cannot cant could
    did didnt do does doesnt doing dont down for from get gets go got had has hasnt have havent having he her here hers
    herself him himself his how i if im in into is isnt it its itself ive just let like me more most much my myself no
    nor not of off on once one only or other our ours out over own same she should shouldnt so some still such than that
    thats the their them then there these they this those through to too up us very was we were what when where which
    while who whom why will with wont would you your yours yourself
"""
STOP_WORDS = frozenset(_SMALL.split())


def fold(text: str) -> str:
    """Accents off and one case; “runner’s” becomes “runners”, so that the stemmer sees one word."""
    if not text.isascii():
        text = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))
    return _APOSTROPHE.sub("", text.casefold())


def words(text: str) -> list[str]:
    """The folded words of `text`, in their order."""
    return [word[:_MAX_WORD] for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word: “cramps” and “cramping” are “cramp”."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    with _STEMMING:
        return str(_STEMMER.stemWord(word)) or word


def stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


@dataclass(frozen=True)
class Phrase:
    """Words of the index that stand one after the other. With `prefix` it is one word as it is written, or its beginning."""

    words: tuple[str, ...]
    prefix: bool = False


Phrases = tuple[Phrase, ...]  # all of them must be there
Term = tuple[Phrases, ...]  # one of them is enough


@dataclass(frozen=True)
class Query:
    """What somebody looks for: documents with the terms and with none of `without`.

    `typed` are the words that may hold typing errors. With `exact` somebody used signs, and means the words themselves.
    """

    terms: tuple[Term, ...]
    without: Phrases = ()
    typed: tuple[str, ...] = ()
    exact: bool = False


Stems = tuple[str, ...]


class Synonyms:
    """What else is looked for when somebody types a word or several, by the stems of both."""

    def __init__(self, entries: Iterable[tuple[str, str]] = ()) -> None:
        """Each entry: words that mean the same, separated by commas; or those, and which others they find as well."""
        self._also: dict[Stems, dict[Stems, None]] = {}
        self._last: dict[
            Stems, dict[str, Stems]
        ] = {}  # by all stems but the last: how the last word is written
        self.taught: set[str] = set()  # all words that have synonyms, as they are written
        for equal, also in entries:
            these = _listed(equal)
            others = list(_listed(also)) or list(these)
            for one, written in these.items():
                self._also.setdefault(one, {}).update({other: None for other in others if one != other})
                self._last.setdefault(one[:-1], {})[written[-1]] = one
                self.taught.update(written)
        self.longest = max(map(len, self._also), default=0)

    def of(self, stems: Stems) -> list[Stems]:
        return list(self._also.get(stems, ()))

    def begun(self, stems: Stems, beginning: str) -> list[Stems]:
        """The same where the last word is not finished. One that stands alone says little before its fourth letter."""
        if len(beginning) < (_MIN_PREFIX if stems else _MIN_ALONE):
            return []
        last = self._last.get(stems, {})
        found = (self._also[one] for written, one in last.items() if written.startswith(beginning))
        return list(dict.fromkeys(other for also in found for other in also))


NO_SYNONYMS = Synonyms()


def _listed(text: str) -> dict[Stems, list[str]]:
    """What stands between commas, by its stems."""
    parts = filter(None, map(words, text.split(",")))
    return {tuple(map(stem, written)): written for written in parts}


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_TOKEN = re.compile(r'(?P<minus>(?<!\S)[-−])?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_HYPHENS = re.compile(r"(?<=\w)[-‐‑](?=\w)")
_COMPOUND = re.compile(r"\w+(?:[-‐‑]\w+){1,2}")


def parse(query: str, synonyms: Synonyms = NO_SYNONYMS) -> Query:
    """What was typed as what to look for. Small words count only where nothing else was typed, or in quotes.

    "quoted words" stand one after the other; -word and -"quoted words" leave out. A word with a hyphen is found as one
    word, too. The last word may be unfinished, so the words that begin with it are found as well.
    """
    terms: list[Term] = []
    without: list[Phrase] = []
    plain: list[
        tuple[str, ...]
    ] = []  # words that were typed without signs, the parts of a hyphenated one together
    last_is_plain = exact = False
    room = MAX_QUERY_WORDS
    for token in _TOKEN.finditer(query[:_MAX_QUERY].translate(_QUOTES)):
        is_quoted = token["quoted"] is not None
        found = words(token["quoted"] if is_quoted else token["plain"])[:room]
        if not found:
            continue
        room -= len(found)
        exact = exact or is_quoted or bool(token["minus"])
        last_is_plain = False
        if token["minus"]:
            without.append(_phrase(found))
        elif is_quoted:
            terms.append(((_phrase(found),),))
        else:
            is_compound = _COMPOUND.fullmatch(token["plain"].strip(_AROUND)) and len(found) > 1
            plain += [tuple(found)] if is_compound else [(word,) for word in found]
            last_is_plain = True
    typed = _without_small(plain, alone=not terms)
    last = plain[-1] if last_is_plain and plain else ()
    found_terms, alone = _with_synonyms(plain, typed, synonyms, last)
    unique = tuple(dict.fromkeys([*terms, *found_terms]))
    return Query(unique, tuple(without), tuple(dict.fromkeys(alone)), exact)


_AROUND = ".,;:!?()[]{}'’…"


def _phrase(found: Iterable[str]) -> Phrase:
    return Phrase(tuple(stem(word) for word in found))


def _without_small(plain: list[tuple[str, ...]], *, alone: bool) -> list[tuple[str, ...]]:
    telling = [parts for parts in plain if not STOP_WORDS.issuperset(parts)]
    return telling or (plain if alone else [])


def _with_synonyms(
    plain: list[tuple[str, ...]], wanted: list[tuple[str, ...]], synonyms: Synonyms, last: tuple[str, ...]
) -> tuple[list[Term], list[str]]:
    """A term for each word, or for several that have synonyms together: the longest such ones first.

    With them the words that have no synonym: one that has is known, so it is no typing error wherever it stands.
    """
    found: list[Term] = []
    alone: list[str] = []
    at = 0
    while at < len(plain):
        taken, others = _longest(plain, at, synonyms, last)
        kept = [parts for parts in plain[at : at + taken] if parts in wanted]
        if others:
            found.append((*_own(kept, last), *((Phrase(other),) for other in others)))
        else:
            found += [_term(parts, is_last=parts is last) for parts in kept]
            alone += [word for parts in kept for word in parts]
        at += taken
    return found, alone


def _own(kept: list[tuple[str, ...]], last: tuple[str, ...]) -> Term:
    """The words themselves, where others are looked for, too."""
    if len(kept) == 1:
        return _term(kept[0], is_last=kept[0] is last)
    if not kept:
        return ()
    phrases = tuple(_phrase([word]) for parts in kept for word in parts)
    if kept[-1] is last and len(last[-1]) >= _MIN_PREFIX:
        return phrases, (*phrases[:-1], Phrase((last[-1],), prefix=True))
    return (phrases,)


def _longest(
    plain: list[tuple[str, ...]], at: int, synonyms: Synonyms, last: tuple[str, ...]
) -> tuple[int, list[Stems]]:
    for count in range(min(synonyms.longest, len(plain) - at), 0, -1):
        some = plain[at : at + count]
        typed = [word for parts in some for word in parts]
        stemmed = tuple(map(stem, typed))
        others = synonyms.of(stemmed)
        if not others and some[-1] is last:
            others = synonyms.begun(stemmed[:-1], typed[-1])
        if others:
            return count, others
    return 1, []


def _term(parts: tuple[str, ...], *, is_last: bool) -> Term:
    if len(parts) > 1:
        telling = [word for word in parts if word not in STOP_WORDS] or parts
        return tuple(_phrase([word]) for word in telling), (_phrase(["".join(parts)]),)
    word = parts[0]
    if is_last and len(word) >= _MIN_PREFIX:
        return (_phrase([word]),), (Phrase((word,), prefix=True),)
    return ((_phrase([word]),),)


def joined(text: str) -> list[str]:
    """The stems of hyphenated words written as one: “half-marathon” is “halfmarathon”."""
    if not _HYPHENS.search(text):
        return []  # found ten times as fast as that there is no compound
    compounds = (match.group() for match in _COMPOUND.finditer(text))
    return [stem(word) for compound in compounds for word in words(_HYPHENS.sub("", compound))]


def spots(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each word of `text` stands; an apostrophe does not part one."""
    return (match.span() for match in _SPOT.finditer(text))


_SPOT = re.compile(r"\w+(?:['’ʼ]\w+)*")


def folded(word: str) -> str:
    return "".join(words(word))
