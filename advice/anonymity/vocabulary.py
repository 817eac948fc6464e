"""The word lists that lie beside this module, and what they say of one word."""

import unicodedata
from functools import lru_cache
from pathlib import Path

LISTS = Path(__file__).parent / "lists"
LONGEST = 5

# Regular forms of a listed word: the ending, and what stands for it in the listed one.
_ENDINGS = (
    ("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("d", ""), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""),
    ("er", "e"), ("ers", ""), ("ers", "e"), ("est", ""), ("est", "e"), ("ies", "y"), ("ied", "y"), ("ier", "y"),
    ("iest", "y"), ("ily", "y"), ("iness", "y"), ("ness", ""), ("less", ""), ("ful", ""), ("fully", ""), ("able", ""),
    ("able", "e"), ("ment", ""), ("ish", ""), ("like", ""), ("ings", ""), ("ings", "e"),
    ("ly", "e"), ("ically", "ic"), ("isation", "ise"), ("ization", "ize"), ("ist", ""), ("ists", ""),
)  # fmt: skip
_INFLECTIONS = frozenset({"s", "es", "ed", "d", "ing"})
_BEGINNINGS = (
    "un",
    "re",
    "over",
    "under",
    "non",
    "pre",
    "mis",
    "dis",
    "out",
    "super",
    "anti",
    "self",
    "semi",
    "mid",
    "post",
)
# Words of medicine and chemistry are too many to list, and no name of a person ends so.
_LEARNED = (
    "itis", "osis", "ectomy", "ology", "ologist", "ologists", "opathy", "oscopy", "aemia", "emia", "algia", "plasty",
    "otomy", "otherapy", "pril", "olol", "sartan", "statin", "azole", "cillin", "mycin", "oxetine", "zepam", "zolam",
    "pram", "dipine", "parin", "prazole", "floxacin", "tidine", "triptan", "gliptin", "gliflozin", "glutide", "setron",
    "afil", "mab", "tinib", "onium", "amine", "idine", "azine", "cycline", "dronate", "thiazide", "semide", "lukast",
    "profen", "oxaban", "nazole", "oxide", "acid", "tropin", "metry", "graphy", "scopic", "genic", "tion", "tions",
)  # fmt: skip


_SHORTENED = frozenset({"t", "s", "re", "ve", "ll", "d", "m", "em"})  # "don't", "we're"


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """As the lists have it: small letters, composed accents, straight apostrophes and hyphens."""
    plain = word.casefold() if word.isascii() else unicodedata.normalize("NFC", word).casefold()
    return plain.replace("’", "'").replace("‘", "'").replace("‐", "-").replace("‑", "-")


def _lines(name: str) -> list[str]:
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _sections() -> dict[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in _lines("surroundings"):
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        else:
            found[name] += line.split()
    return {name: frozenset(words) for name, words in found.items()}


def section(name: str) -> frozenset[str]:
    """Words that stand around names, by what they tell."""
    return _sections()[name]


def sections(beginning: str) -> dict[str, frozenset[str]]:
    return {
        name.removeprefix(beginning): words
        for name, words in _sections().items()
        if name.startswith(beginning)
    }


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    return frozenset(" ".join(_lines("words")).split())


@lru_cache(maxsize=1)
def ambiguous() -> frozenset[str]:
    """Given names that are words as well."""
    return frozenset(" ".join(_lines("ambiguous")).split())


@lru_cache(maxsize=1)
def given() -> frozenset[str]:
    """Given names that, with a capital, are nothing else."""
    return frozenset(" ".join(_lines("given")).split()) - ambiguous()


@lru_cache(maxsize=1)
def small() -> frozenset[str]:
    """Given names that are something else in small letters."""
    return frozenset(" ".join(_lines("small")).split()) | ambiguous()


@lru_cache(maxsize=1)
def places() -> frozenset[tuple[str, ...]]:
    return _phrases("places")


@lru_cache(maxsize=1)
def known() -> frozenset[tuple[str, ...]]:
    return _phrases("known")


@lru_cache(maxsize=1)
def _starts() -> dict[str, int]:
    """The longest known phrase that begins with a word."""
    longest: dict[str, int] = {}
    for phrase in known() | places():
        longest[phrase[0]] = max(len(phrase), longest.get(phrase[0], 0))
    return longest


def _phrases(name: str) -> frozenset[tuple[str, ...]]:
    entries = (entry for line in _lines(name) for entry in line.split(","))
    return frozenset(
        tuple(fold(entry).replace(".", "").replace("&", " ").split()) for entry in entries if entry.strip()
    )


def begins(word: str) -> bool:
    """Whether a known name begins with this word."""
    return word in _starts()


def phrase_length(keys: list[str]) -> int:
    """How many of these words, from the first, are the name of something everybody knows."""
    if keys[0] not in _starts():
        return 0
    for length in range(min(_starts()[keys[0]], len(keys), LONGEST), 0, -1):
        phrase = tuple(keys[:length])
        if phrase in known() or phrase in places():
            return length
    return 0


@lru_cache(maxsize=20_000)
def is_common(word: str) -> bool:
    """Whether a folded word is common English, in one of its forms or made of two such words."""
    if word in common() or word.endswith(_LEARNED):
        return True
    if "'" in word:
        head, _, tail = word.partition("'")
        return tail in _SHORTENED or is_common(head)
    if "-" in word:
        return all(len(part) < 2 or is_common(part) or phrase_length([part]) for part in word.split("-"))
    return _is_form(word) or any(
        word.startswith(head)
        and len(word) - len(head) > 3
        and (word[len(head) :] in common() or _is_form(word[len(head) :]))
        for head in _BEGINNINGS
    )


def _is_form(word: str) -> bool:
    for ending, stem in _ENDINGS:
        if word.endswith(ending):
            root = word[: -len(ending)]
            if len(root) < 3 or (len(root + stem) < 4 and ending not in _INFLECTIONS):
                continue
            if root + stem in common():
                return True
            # "stopped", "running": the last letter is doubled.
            if root[-1] == root[-2] and len(root) > 3 and ending[0] in "ei" and root[:-1] in common():
                return True
    return False
