"""Texts as the index knows them: words folded (accents off, one case) and stemmed, the same for every engine."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

MAX_QUERY_WORDS = 32
_MAX_QUERY = (
    2_000  # characters; more than anybody types, and what is cut off could not add a word that counts
)
_MAX_WORD = 60
_MIN_PREFIX = 3

_WORD = re.compile(r"\w+")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_STEMMER = snowballstemmer.stemmer("english")
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
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _APOSTROPHE.sub("", plain.casefold())


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
    """What an engine looks for: one word of the index, or with `prefix` each word that begins with it."""

    word: str
    prefix: bool = False


# The ways in which one typed word can stand in a text; any of them will do.
Group = tuple[Phrase, ...]


@lru_cache(maxsize=500)
def parse(query: str) -> tuple[Group, ...]:
    """One group for each word that was typed; small words count only where nothing else was typed.

    The last word may be unfinished, so the words that begin with it are found as well.
    """
    typed = list(dict.fromkeys(words(query[:_MAX_QUERY])))
    typed = [word for word in typed if word not in STOP_WORDS] or typed
    typed = typed[:MAX_QUERY_WORDS]
    groups: dict[str, Group] = {stem(word): (Phrase(stem(word)),) for word in typed}
    if typed and len(typed[-1]) >= _MIN_PREFIX:
        groups[stem(typed[-1])] = (Phrase(stem(typed[-1])), Phrase(typed[-1], prefix=True))
    return tuple(groups.values())


def spots(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each word of `text` stands; an apostrophe does not part one."""
    return (match.span() for match in _SPOT.finditer(text))


_SPOT = re.compile(r"\w+(?:['’ʼ]\w+)*")


def folded(word: str) -> str:
    return "".join(words(word))
