"""The writer's own name and the parts of the writer's address, wherever they stand."""

import re
from collections.abc import Iterable, Iterator

from advice.anonymity import vocabulary
from advice.anonymity.patterns import is_provider
from advice.anonymity.sorts import Sort, Span
from advice.anonymity.vocabulary import fold, section
from advice.anonymity.words import Letter, Word

_LEAST = 3  # letters
_SHORT = 2  # of a name that is given as one: "Jo", "Al"
_SAY_NOTHING = frozenset(
    [
        "mail",
        "email",
        "info",
        "contact",
        "hello",
        "office",
        "admin",
        "post",
        "home",
        "letters",
        "the",
        "and",
        "for",
        "from",
        "www",
        "com",
        "net",
        "org",
    ]
)


def parts(private: Iterable[str]) -> set[str]:
    """The telling words in names, signatures and e-mail addresses."""
    found: set[str] = set()
    for entry in private:
        local, at, host = entry.strip().rpartition("@")
        if not at:
            found.update(_name_parts(entry))
            continue
        found.update(part for part in re.split(r"[\W\d_]+", fold(local)) if len(part) >= _LEAST)
        found.add(fold(local))
        if not is_provider(host):
            label = fold(host).split(".")[-2] if host.count(".") else fold(host)
            found.update(
                {label, fold(host)} | {part for part in re.split(r"[\W\d_]+", label) if len(part) > _LEAST}
            )
    return {part for part in found if len(part) >= _SHORT and part not in _SAY_NOTHING}


def _name_parts(name: str) -> set[str]:
    words = [word for word in re.split(r"[^\w'-]+", fold(name)) if word]
    whole = {word for word in words if len(word) >= _SHORT and word not in section("titles")}
    return whole | {piece for word in whole for piece in word.split("-") if len(piece) >= _LEAST}


def own(letter: Letter, private: Iterable[str]) -> Iterator[Span]:
    telling = parts(private)
    if not telling:
        return
    for at, word in enumerate(letter.words):
        keys = {word.key, word.key.removesuffix("s'"), *word.key.split("-")}
        if (keys & telling and _tells(letter, at)) or _is_short_for(word, telling):
            yield Span(Sort.OWN, word.start, word.end, "a reader")
    yield from _inside(
        letter, {part for part in telling if len(part) > _LEAST and not vocabulary.is_common(part)}
    )


def is_named_in(address: str, private: Iterable[str]) -> bool:
    """Whether two words of a name stand in an address as one: "annaquade"."""
    telling = {part for part in parts(private) if len(part) >= _LEAST and part.isalpha()}
    letters = "".join(sign if sign.isalpha() else " " for sign in fold(address))
    return any(
        first + second in letters for first in telling if first in letters for second in telling - {first}
    )


def _tells(letter: Letter, at: int) -> bool:
    """A word that is common as well ("Hope", "runs") tells only with a capital that is not a sentence's, or as a signature."""
    word = letter.words[at]
    if not word.common and not word.ambiguous:
        return len(word.key) >= _LEAST or word.text[0].isupper()
    if _alone(letter, at):
        return True
    if word.opens:
        ends = letter.text[word.end : word.end + 1] in {",", "\n", ""}
        return word.text[0].isupper() and ends and (word.given or word.ambiguous)
    return word.text[0].isupper()


def _is_short_for(word: Word, telling: set[str]) -> bool:
    """ "Cami" for Camila, "Josh" for Joshua."""
    if not word.capital or word.common or word.given or len(word.key) < _LEAST:
        return False
    return any(len(part) > len(word.key) and part.startswith(word.key) for part in telling)


def _alone(letter: Letter, at: int) -> bool:
    """On a line of its own, as a signature is."""
    word = letter.words[at]
    start = letter.text.rfind("\n", 0, word.start) + 1
    end = letter.text.find("\n", word.end)
    line = letter.text[start : end if end >= 0 else len(letter.text)]
    return len(line.split()) <= 2 and start > 0


_COMPOUND = re.compile(r"(?<![\w])\w+(?:[._-]\w+)*(?![\w])")


def _inside(letter: Letter, telling: set[str]) -> Iterator[Span]:
    """Within a name on the net or an address: "gaz_climbs", "ellison62"."""
    if not telling:
        return
    within = re.compile("|".join(re.escape(part) for part in sorted(telling, key=len, reverse=True)))
    for match in _COMPOUND.finditer(letter.text):
        written = match.group()
        if (
            len(written) < 60
            and within.search(fold(written))
            and (_is_compound(written) or fold(written) in telling)
        ):
            yield Span(Sort.OWN, match.start(), match.end(), "a reader")


def _is_compound(written: str) -> bool:
    return any(mark in written for mark in "._") or any(mark.isdigit() for mark in written)
