"""Found words marked in a text, for people to see why it was found."""

import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from advice.search.words import Phrase, Query, folded, spots, stem

Spot = tuple[int, int, int | None]  # from, to, which of the query's terms stands there
_BEFORE = 6  # words shown before the first that is marked


def highlight(text: str, query: Query, *, length: int | None = 30) -> SafeString:
    """Plain `text` as safe HTML with the words of `query` in <mark>.

    Where the text is longer than `length` words, the part of that length with the most of the query's words.
    """
    text = unicodedata.normalize("NFC", text)
    found = _spots(text, query)
    if length is None or len(found) <= length:
        return _marked(text, found, 0, len(text))
    first = _best(found, length)
    last = first + length - 1
    start = 0 if first == 0 else found[first][0]
    end = len(text) if last == len(found) - 1 else found[last][1]
    return mark_safe(
        ("… " if start else "") + _marked(text, found, start, end) + ("" if end == len(text) else " …")
    )


def _spots(text: str, query: Query) -> list[Spot]:
    places = list(spots(text))
    singles, phrases = _wanted(query)
    first = {phrase.words[0][0] for phrase in (*singles, *phrases)} | {
        word[0] for phrase in phrases for word in phrase.words
    }
    known = {word: _read(word, singles, first) for word in {text[start:end] for start, end in places}}
    which = [known[text[start:end]][1] for start, end in places]
    if phrases:
        stems = [known[text[start:end]][0] for start, end in places]
        for phrase, number in phrases.items():
            size = len(phrase.words)
            for at in range(len(stems) - size + 1):
                if stems[at] == phrase.words[0] and tuple(stems[at : at + size]) == phrase.words:
                    which[at : at + size] = [number] * size
    return [(start, end, number) for (start, end), number in zip(places, which, strict=True)]


def _wanted(query: Query) -> tuple[dict[Phrase, int], dict[Phrase, int]]:
    """The single words and those of several, each with the number of its term."""
    of = {phrase: number for number, term in enumerate(query.terms) for phrases in term for phrase in phrases}
    singles = {phrase: number for phrase, number in of.items() if len(phrase.words) == 1}
    return singles, {phrase: number for phrase, number in of.items() if phrase not in singles}


def _read(written: str, singles: dict[Phrase, int], first: set[str]) -> tuple[str, int | None]:
    """The word's stem, and of which term it is. A stem begins as its word does, so most words need not be stemmed."""
    word = written.lower() if written.isascii() and written.isalnum() else folded(written)
    if word[:1] not in first:
        return "", None
    root = stem(word)
    for phrase, number in singles.items():
        if word.startswith(phrase.words[0]) if phrase.prefix else root == phrase.words[0]:
            return root, number
    return root, None


def _best(found: list[Spot], length: int) -> int:
    """Where to begin so that most different words, then most words, of the query are shown; a few words before them."""
    marked = [number for number, (_, _, which) in enumerate(found) if which is not None]
    best, best_score = 0, (0, 0)
    for place, begin in enumerate(marked):
        inside = []
        for number in marked[place:]:
            if number >= begin + length:
                break
            inside.append(found[number][2])
        score = (len(set(inside)), len(inside))
        if score > best_score:
            room = length - (marked[place + len(inside) - 1] - begin) - 1
            best, best_score = begin - min(_BEFORE, room), score
    return max(0, min(best, len(found) - length))


def _marked(text: str, found: list[Spot], start: int, end: int) -> SafeString:
    parts, at = [], start
    for begin, stop, which in found:
        if which is not None and begin >= start and stop <= end:
            parts += [escape(text[at:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
            at = stop
    parts.append(escape(text[at:end]))
    return mark_safe("".join(parts))
