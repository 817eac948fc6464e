"""Found words marked in a text, for people to see why it was found."""

import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from advice.search.words import Group, folded, parse, spots, stem

Spot = tuple[int, int, str]  # from, to, which of the query's words stands there ("" for none)


def highlight(text: str, query: str, *, length: int | None = 30) -> SafeString:
    """Plain `text` as safe HTML with the words of `query` in <mark>.

    Where the text is longer than `length` words, the part of that length with the most of the query's words.
    """
    text = unicodedata.normalize("NFC", text)
    groups = parse(query)
    known: dict[str, str] = {}
    found = []
    for start, end in spots(text):
        word = text[start:end]
        if word not in known:
            known[word] = _which(folded(word), groups)
        found.append((start, end, known[word]))
    if length is None or len(found) <= length:
        return _marked(text, found, 0, len(text))
    first = _best(found, length)
    last = first + length - 1
    start = 0 if first == 0 else found[first][0]
    end = len(text) if last == len(found) - 1 else found[last][1]
    return mark_safe(
        ("… " if start else "") + _marked(text, found, start, end) + ("" if end == len(text) else " …")
    )


def _which(word: str, groups: tuple[Group, ...]) -> str:
    root = stem(word)
    for group in groups:
        for phrase in group:
            if phrase.word == root or (phrase.prefix and word.startswith(phrase.word)):
                return group[0].word
    return ""


def _best(found: list[Spot], length: int) -> int:
    """Where to begin so that most different words, then most words, of the query are shown; a few words before them."""
    marked = [number for number, (_, _, which) in enumerate(found) if which]
    best, best_score = 0, (0, 0)
    for place, begin in enumerate(marked):
        inside = []
        for number in marked[place:]:
            if number >= begin + length:
                break
            inside.append(found[number][2])
        score = (len(set(inside)), len(inside))
        if score > best_score:
            best, best_score = begin - min(6, length - (marked[place + len(inside) - 1] - begin) - 1), score
    return max(0, min(best, len(found) - length))


def _marked(text: str, found: list[Spot], start: int, end: int) -> SafeString:
    parts, at = [], start
    for begin, stop, which in found:
        if which and begin >= start and stop <= end:
            parts += [escape(text[at:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
            at = stop
    parts.append(escape(text[at:end]))
    return mark_safe("".join(parts))
