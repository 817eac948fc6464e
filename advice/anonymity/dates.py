"""Exact days: those that name a day of a month. A month, a year, a season or a day of the week alone is none."""

import re
from collections.abc import Iterator

from advice.anonymity.sorts import Sort, Span

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
)
_MONTH_ELSEWHERE = (
    r"(?:janu?ar|februar|märz|maart|mai|juni|juli|augustus|okt(?:ober|\.)|dez(?:ember|\.)|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|"
    r"septembre|octobre|novembre|décembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    r"gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|"
    r"novembro|dezembro|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|augusti|december)\b"
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)\b\.?"
_ORDINAL_WORD = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NTH = rf"(?:{_DAY}\s?(?:st|nd|rd|th)|{_ORDINAL_WORD})\b"
_YEAR = r"(?:,?\s?(?:in\s)?(?:(?:1[89]|20)\d\d\b|[’'‘]\d\d\b))"
_FLAGS = re.IGNORECASE

_DAY_MONTH = re.compile(
    rf"(?<![\w./:£$€-])(?:{_WEEKDAY},?\s)?(?:the\s)?(?:{_NTH}(?:\s(?:day\s)?of)?|{_DAY}\.?)[\s-](?P<month>{_MONTH}){_YEAR}?",
    _FLAGS,
)
_DAY_MONTH_ELSEWHERE = re.compile(
    rf"(?<![\w./:£$€-]){_DAY}(?:\.|er|º|°)?\s(?:de\s|di\s|of\s)?{_MONTH_ELSEWHERE}(?:\s(?:de\s)?(?:1[89]|20)\d\d)?",
    _FLAGS,
)
_MONTH_DAY = re.compile(
    rf"(?<![\w-])(?:{_WEEKDAY},?\s)?(?P<month>{_MONTH})[\s-](?:the\s)?(?:{_NTH}|{_DAY}(?![\d:]|[.,/]\d|\s?(?:%|am\b|pm\b|a\.m|p\.m)))"
    rf"{_YEAR}?",
    _FLAGS,
)
_ISO = re.compile(
    r"(?<![\w./-])(?:1[89]|20)\d\d(?P<s>[-/.])(?:0?[1-9]|1[0-2])(?P=s)(?:0?[1-9]|[12]\d|3[01])(?![\w-]|[./]\d)"
)
_NUMERIC = re.compile(
    r"(?<![\w./:£$€-])(?P<a>\d{1,2})(?P<s>[-/.])\s?(?P<b>\d{1,2})(?P=s)\s?(?P<year>(?:1[89]|20)\d\d|[’']?\d\d)(?![\w/-]|[.:]\d)"
)
_SHORT = re.compile(
    r"\b(?:on|since|until|till|by|born|dob|date|birthday|from|dated|was|is)\b:?\s(?:the\s)?(?P<date>(?P<a>\d{1,2})[/.](?P<b>\d{1,2}))(?![\w/%]|[.,:]\d|\s?(?:km|miles?|of|on|out|and|for|mg|pain|in\sthe|am|pm|kg|hours?|h)\b)",
    _FLAGS,
)
_WEEKDAY_NTH = re.compile(
    rf"(?<![\w-])(?:{_WEEKDAY},?\s(?:(?:the\s)?{_DAY}\s?(?:st|nd|rd|th)\b|the\s{_NTH}))(?!\s(?:floor|time|day))",
    _FLAGS,
)
_NOT_A_DAY = (
    r"\s?(?:of\s(?!"
    + _MONTH
    + r"|this|next|last|the\smonth|every|each)|floor|street|avenue|st\b|ave\b|grade|grader|mile|km|k\b|kilomet|hole|lap|rep|"
    r"set|day|time|week|month|year|attempt|place|century|green|tee|hour|page|chapter|try|round|birthday|one\b|and|or|call|date|step|stair|go\b|"
    r"night|morning|run|race|visit|session|ring|anniversary|-|hand|child|baby|position|team|try|row|level|storey|story|tier|leg)"
)
_ON_THE_NTH = re.compile(
    rf"\b(?:on|by|until|till|before|after|since|from|for|is|was|falls on|it's|it’s|its)\s(?P<date>the\s(?:{_DAY}\s?(?:st|nd|rd|th))\b)(?!{_NOT_A_DAY})",
    _FLAGS,
)


def dates(text: str) -> Iterator[Span]:
    for match in _DAY_MONTH.finditer(text):
        if _is_month(text, match):
            yield _span(match.start(), _end(text, match.end()))
    for match in _DAY_MONTH_ELSEWHERE.finditer(text):
        yield _span(match.start(), match.end())
    for match in _MONTH_DAY.finditer(text):
        if _is_month(text, match) and not _counts(text, match.end()):
            yield _span(match.start(), match.end())
    for match in _ISO.finditer(text):
        yield _span(match.start(), match.end())
    for match in _NUMERIC.finditer(text):
        if _is_day(match) and (
            match["s"] != "." or len(match["year"]) == 4 or "0" in match["a"] + match["b"]
        ):
            yield _span(match.start(), match.end())
    for match in _SHORT.finditer(text):
        if (
            _is_day(match)
            and match["date"] not in {"9/11", "24/7", "50/50", "1/2"}
            and ("/" in match["date"] or len(match["b"]) == 2)
        ):
            yield _span(match.start("date"), match.end("date"))
    for match in _WEEKDAY_NTH.finditer(text):
        if match.group()[:4].casefold() not in {"sat ", "sun ", "wed "}:
            yield _span(match.start(), match.end())
    for match in _ON_THE_NTH.finditer(text):
        yield _span(match.start("date"), match.end("date"))


def _is_day(match: re.Match[str]) -> bool:
    a, b = int(match["a"]), int(match["b"])
    return 1 <= a <= 31 and 1 <= b <= 31 and min(a, b) <= 12


def _is_month(text: str, match: re.Match[str]) -> bool:
    """ "May", "March", "Mar" and "Sat" are months only with a capital, or in a text that has none beside a number like 5th."""
    month = match["month"]
    if month.rstrip(".").casefold() not in {"may", "march", "mar", "jun", "dec", "jan", "sep"}:
        return True
    if month[0].isupper():
        return True
    return bool(re.search(r"\d(?:st|nd|rd|th)\b", match.group(), re.IGNORECASE)) or bool(
        re.search(r"(?:1[89]|20)\d\d$", match.group())
    )


_COUNTED = re.compile(
    r"\s(?:of|km|kms|miles?|weeks?|days?|people|hours?|years?|times|mins?|minutes|kg|lbs|pounds|months|half|marathons?|runs?|more|others|kids|k)\b",
    _FLAGS,
)


def _counts(text: str, end: int) -> bool:
    """ "In May 5 of us …": the number counts something."""
    return bool(_COUNTED.match(text, end)) and text[end - 1].isdigit()


def _end(text: str, end: int) -> int:
    """A full stop belongs to a shortened month, not to one that ends a sentence."""
    return end - 1 if text[end - 1] == "." else end


def _span(start: int, end: int) -> Span:
    return Span(Sort.DATE, start, end, "that day")
