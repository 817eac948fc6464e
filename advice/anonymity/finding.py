"""All rules over one text, what of it may stand, and one find where several overlap."""

import html
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from advice.anonymity import addresses, ages, dates, names, patterns, signatures, workplaces
from advice.anonymity import private as own
from advice.anonymity.allowed import Allowed
from advice.anonymity.printed import Printed
from advice.anonymity.sorts import Find, Sort, Span
from advice.anonymity.words import Letter

# Where finds overlap, the first of these wins; among the last three the longer one does.
_FIRST = (Sort.EMAIL, Sort.URL, Sort.HANDLE, Sort.PHONE, Sort.DATE, Sort.POSTCODE)
_LAST = (Sort.OWN, Sort.WORKPLACE, Sort.PERSON)


def find(
    text: str,
    *,
    private: Iterable[str] = (),
    allowed: Iterable[str] = (),
    linked: Iterable[tuple[int, int]] = (),
) -> list[Find]:
    """What in a text, plain or Markdown, may tell who wrote it or who is meant; in order, without overlaps.

    `private`: the writer's name, signature source and e-mail address. `allowed`: names, hosts and addresses that the site
    may print: its experts and columns, public figures, the signature that the writer chose. `linked`: where addresses
    stand to which somebody links on purpose; of these only the writer's own and profiles of people are finds.
    """
    private, may_stand = list(private), Allowed(allowed)
    printed, joined = Printed(text), Printed(text, joined=True)
    letter = Letter(printed.text)
    spans = list(_standing(printed, _spans(letter), may_stand))
    spans += _standing(joined, _over_breaks(joined), may_stand)
    own_spans = [
        printed.typed(span)
        for span in own.own(letter, private)
        if not may_stand.covers_own(printed.text, span.start, span.end)
    ]
    links = list(linked)
    own_spans += [
        Span(Sort.OWN, start, end, "a website")
        for start, end in links
        if own.is_named_in(html.unescape(text[start:end]), private)
    ]
    return [
        Find(span.sort, span.start, span.end, text[span.start : span.end], span.suggestion)
        for span in _apart(list(_outside([*spans, *own_spans], text, links)))
    ]


def _standing(read: Printed, spans: Iterable[Span], may_stand: Allowed) -> Iterator[Span]:
    for span in spans:
        if span.start < span.end and not may_stand.covers(span.sort, read.text[span.start : span.end]):
            yield read.typed(span)


def _over_breaks(joined: Printed) -> Iterator[Span]:
    """A number, a postcode or a day that is on two lines as it was typed, and on one when it is printed."""
    if not joined.breaks:
        return
    for rule in (patterns.phones, dates.dates, addresses.postcodes):
        for span in rule(joined.text):
            at = bisect_left(joined.breaks, span.start)
            if at < len(joined.breaks) and joined.breaks[at] < span.end:
                yield span


def _outside(spans: list[Span], text: str, linked: list[tuple[int, int]]) -> Iterator[Span]:
    """Without what stands in the address of a link that was set on purpose; the writer's own there is the whole address."""
    starts = [start for start, _end in linked]
    for span in spans:
        at = bisect_right(starts, span.start) - 1
        if at < 0 or span.start >= linked[at][1]:
            yield span
        elif span.sort == Sort.OWN:
            yield Span(Sort.OWN, *linked[at], "a website")
        elif span.sort == Sort.URL and patterns.is_profile(text[span.start : span.end]):
            yield span


def replace(text: str, finds_to_replace: Iterable[Find]) -> str:
    """The text with the suggestion of each find in its place. The finds must be of this very text."""
    for each in sorted(finds_to_replace, key=lambda one: one.start, reverse=True):
        if text[each.start : each.end] != each.text:
            raise ValueError("This find is of another text.")
        text = text[: each.start] + each.suggestion + text[each.end :]
    return text


def _spans(letter: Letter) -> Iterator[Span]:
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
