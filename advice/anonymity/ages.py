"""An exact age: on its own it tells nothing, beside an employer or a small place it does."""

import re
from collections.abc import Iterator

from advice.anonymity.sorts import Sort, Span
from advice.anonymity.words import Letter

NEAR = 3  # sentences
_NUMBER = r"[1-9]\d"
_UNIT = (
    r"(?:%|[.,:/]\d|k\b|km|kg|miles?|weeks?|months|days|mins?|minutes|hours|lbs?\b|pounds|stone|st\b|percent|per\b|cm|m\b|kilos|seconds|steps|reps|in\b|of\b|"
    r"times|bpm|am\b|pm\b|mph|mg|met(?:re|er)s?|yards|feet|laps|lengths|-)"
)
_TENS_WORDS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES_WORDS = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_WRITTEN = rf"(?:{_TENS_WORDS}[- ]{_ONES_WORDS}|{_TENS_WORDS}|(?:thir|four|fif|six|seven|eigh|nine)teen)"
_SPOKEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:i['’]?m|i am|i was|i turned|i turn|turned|turning|just|now|nearly|almost)\s(?:now\s|an?\s|only\s|just\s|nearly\s|almost\s|already\s|turning\s)?"
        rf"(?P<age>{_NUMBER})\b(?!\s?{_UNIT})",
        rf"\b(?:i['’]?m|i am)\s(?:now\s|an?\s|only\s|just\s|nearly\s|almost\s)?(?P<age>{_WRITTEN})\b(?!\s(?:per|percent|miles|minutes|pounds))",
        rf"(?<![\w-])(?P<age>(?:aged?|age of|at)\s{_NUMBER})\b(?!\s?{_UNIT})",
        rf"\b(?P<age>{_NUMBER}[\s-](?:years?|yrs?|y)[\s-](?:old|of age)|{_NUMBER}\s?(?:yo|y/o|y\.o\.))\b",
        rf"(?:[a-z]{{3,}}|\n|^)[,(]\s?(?P<age>{_NUMBER})(?=[,).]\s|$)",
        rf"(?:,\s|\()(?P<age>{_WRITTEN})(?=[,.;)]\s|\sand\s(?:i|a|work))",
        rf"(?<!\w)(?P<age>{_WRITTEN}[\s-]years?[\s-]old)",
        rf"\b(?:i\s(?:am|have))\s(?P<age>{_NUMBER}\s(?:years|yrs))\b",
        rf"(?:^|[.!?]\s|\n)(?P<age>{_NUMBER})(?:-year-old|,\s(?:married|single|divorced|female|male|widow(?:er)?|retired|mum|dad|[a-z]+er)\b)",
    )
)
_LETTERED = (
    re.compile(r"(?<![\w('’.,-])\(?(?P<age>[1-9]\d\s?/?\s?[MFmf]|[MF]\s?/?\s?[1-9]\d)\)?(?![\w-]|\.\d)"),
    re.compile(r"(?<=\()(?P<age>[1-9]\d\s?/?\s?[MFmf]|[MFmf]\s?/?,?\s?[1-9]\d)(?=\))"),
)  # fmt: skip
_AGES = (*_SPOKEN, *_LETTERED)
_LASTING = re.compile(
    r"\b(?:since|for|after|last|over|in|of|than|about|around|past|every|another)\s$", re.IGNORECASE
)


def ages(letter: Letter, beside: list[Span]) -> Iterator[Span]:
    """An exact age within a few sentences of one of these."""
    sentences = {letter.sentence(span.start) for span in beside}
    near = {each + away for each in sentences for away in range(-NEAR, NEAR + 1)}
    for pattern in _AGES if near else ():
        for match in pattern.finditer(letter.text):
            start = match.start("age")
            if letter.sentence(start) in near and not _LASTING.search(
                letter.text[max(0, start - 12) : start]
            ):
                yield Span(Sort.WORKPLACE, start, match.end("age"), _decade(match["age"]))


_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_SPELLED = {"twe": 2, "thi": 3, "for": 4, "fif": 5, "six": 6, "sev": 7, "eig": 8, "nin": 9}


def _decade(written: str) -> str:
    digits = re.search(r"\d", written)
    tens = int(digits.group()) if digits else _SPELLED.get(written[:3].casefold(), 3)
    if tens == 1 or "teen" in written:
        return "a teenager"
    return f"in my {_DECADES[tens - 2]}"
