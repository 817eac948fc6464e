"""The name under a letter, where it looks like one."""

import re
from collections.abc import Iterator

from advice.anonymity.sorts import Sort, Span
from advice.anonymity.words import NOBODY, Letter

_LAST = 200  # letters of a text in which its writer may sign
_MOST = 4  # words on the line
_CLOSING = re.compile(
    r"(?:^|\n)\s*(?:yours|your|kind|kindest|best|warm|warmest|many|with|all|much|lots|love|regards|sincerely|faithfully|truly|"
    r"thanks|thank|cheers|respectfully|from|signed|gratefully|hugs|liebe|grüße|in hope|god bless|bless|take care|x{1,3}|xoxo|ever|"
    r"hopefully|desperately|peace|blessings|namaste|slán|ciao|sent)\b[^\n]{0,40}[,.!]?\s*(?:\n\s*)?[—–-]{0,2}\s?(?P<name>[^\n]{1,60})\s*$",
    re.IGNORECASE,
)
_LAST_WORDS = re.compile(r"(?:^|\n|[.!?…)]\s|[—–-]\s)(?P<name>[^\n.!?…—–]{1,40})[.!]?$")
_INITIALS = re.compile(r"(?:^|\n|[.!?…]\s|[—–-]\s)(?P<name>(?:[^\W\d_a-z]\.\s?){2,3})(?=$|\s?[—–,-]|\n)")


def signatures(letter: Letter) -> Iterator[Span]:
    text = letter.text.rstrip()
    begin = max(0, len(text) - _LAST)
    last = text.rfind("\n") + 1
    if last:
        yield from _signature(letter, last, len(text))
        # "Grace, Two Harbors": the place behind the name is another rule's.
        if "," in text[last:]:
            yield from _signature(letter, last, text.index(",", last))
    for pattern in (_CLOSING, _LAST_WORDS):
        if match := pattern.search(text[begin:]):
            name = match["name"].split(",")[0]
            yield from _signature(
                letter, begin + match.start("name"), begin + match.start("name") + len(name)
            )
    for match in _INITIALS.finditer(text[begin:]):
        yield Span(
            Sort.OWN,
            begin + match.start("name"),
            begin + match.start("name") + len(match["name"].rstrip()),
            "a reader",
        )


def _signature(letter: Letter, start: int, end: int) -> Iterator[Span]:
    at = letter.between(start, end)
    if not 0 < len(at) <= _MOST or letter.text[end - 1] in "?!":
        return
    if any(letter.words[n].common and letter.words[n].text.islower() for n in at) and len(at) > 2:
        return  # a sentence
    for n in at:
        word = letter.words[n]
        if (letter.public[n] and not word.given) or word.key in NOBODY or len(word.key) < 2:
            continue
        is_name = word.given or not word.common or (word.ambiguous and len(at) == 1)
        if is_name and (word.capital or len(at) <= 2):
            yield Span(Sort.OWN, word.start, word.end, "a reader")
