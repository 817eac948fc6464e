"""All rules over one text, what of it may stand, and one find where several overlap."""

from collections.abc import Iterable, Iterator

from advice.anonymity import addresses, ages, dates, names, patterns, signatures, workplaces
from advice.anonymity import private as own
from advice.anonymity.sorts import Find, Sort, Span
from advice.anonymity.vocabulary import fold, section
from advice.anonymity.words import Letter

# Where finds overlap, the first of these wins; among the last three the longer one does.
_FIRST = (Sort.EMAIL, Sort.URL, Sort.HANDLE, Sort.PHONE, Sort.DATE, Sort.POSTCODE)
_LAST = (Sort.OWN, Sort.WORKPLACE, Sort.PERSON)


def find(text: str, *, private: Iterable[str] = (), allowed: Iterable[str] = ()) -> list[Find]:
    """What in a text, plain or Markdown, may tell who wrote it or who is meant; in order, without overlaps.

    `private`: the writer's name, signature source and e-mail address. `allowed`: names, hosts and addresses that the site
    may print: its experts and columns, public figures, the signature that the writer chose.
    """
    letter = Letter(text)
    may_stand = Allowed(allowed)
    spans = [
        span
        for span in _spans(letter, list(private))
        if not may_stand.covers(span.sort, text[span.start : span.end])
    ]
    return [
        Find(span.sort, span.start, span.end, text[span.start : span.end], span.suggestion)
        for span in _apart(spans)
    ]


def replace(text: str, finds_to_replace: Iterable[Find]) -> str:
    """The text with the suggestion of each find in its place. The finds must be of this very text."""
    for each in sorted(finds_to_replace, key=lambda one: one.start, reverse=True):
        if text[each.start : each.end] != each.text:
            raise ValueError("This find is of another text.")
        text = text[: each.start] + each.suggestion + text[each.end :]
    return text


def _spans(letter: Letter, telling: list[str]) -> Iterator[Span]:
    text = letter.text
    for rule in (
        patterns.emails,
        patterns.urls,
        patterns.handles,
        patterns.phones,
        dates.dates,
        addresses.postcodes,
    ):
        yield from rule(text)
    streets = list(addresses.streets(text))
    yield from addresses.codes_after(text, streets)
    places = [*streets, *workplaces.Workplaces(letter).find()]
    yield from places
    yield from ages.ages(letter, places)
    yield from names.Names(letter).find()
    yield from signatures.signatures(letter)
    yield from own.own(letter, telling)


def _apart(spans: list[Span]) -> list[Span]:
    def weight(span: Span) -> tuple[int, int, int]:
        if span.sort in _FIRST:
            return (_FIRST.index(span.sort), span.start - span.end, span.start)
        return (len(_FIRST), span.start - span.end, _LAST.index(span.sort))

    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=weight):
        places = range(span.start, span.end)
        if span.start < span.end and taken.isdisjoint(places):
            kept.append(span)
            taken.update(places)
    return sorted(kept, key=lambda span: span.start)


class Allowed:
    def __init__(self, entries: Iterable[str]) -> None:
        self.whole = {fold(entry.strip()) for entry in entries if entry.strip()}
        self.words = [frozenset(_words(entry)) for entry in self.whole]

    def covers(self, sort: Sort, written: str) -> bool:
        if not self.whole:
            return False
        plain = fold(written.strip())
        if plain in self.whole:
            return True
        if sort == Sort.URL:
            return self._host(plain)
        if sort in {Sort.EMAIL, Sort.HANDLE} and plain.removeprefix("@") in self.whole:
            return True
        if sort in {*_LAST, Sort.HANDLE}:
            mine = {word for word in _words(plain) if word not in section("titles")}
            return bool(mine) and any(mine <= theirs for theirs in self.words)
        return False

    def _host(self, address: str) -> bool:
        host = _host_of(address)
        return any(
            address.startswith(entry) or host == _host_of(entry) or host.endswith(f".{_host_of(entry)}")
            for entry in self.whole
            if "." in entry and " " not in entry
        )


def _host_of(address: str) -> str:
    rest = address.partition("://")[2] or address
    return rest.partition("/")[0].removeprefix("www.")


def _words(entry: str) -> list[str]:
    return [
        word
        for word in "".join(sign if sign.isalnum() or sign in "'-" else " " for sign in entry).split()
        if word
    ]
