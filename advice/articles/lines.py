"""The import format: one article a line, as JSON. Here a line is read and checked, nothing is looked up or written."""

import datetime as dt
import json
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify

from advice import markup
from advice.articles import sources

MAX_LINE = 2_000_000  # bytes
_MOST_ANSWERS = 20
_MOST_TAGS = 50
_TAG = 60  # characters
_LENGTHS = {"headline": 160, "dek": 300, "signature": 80, "source_name": 120, "source_url": 200}
_KNOWN = {
    *_LENGTHS,
    *("id", "slug", "question", "answers", "tags", "column", "published_at", "updated_at", "undated"),
    *("sources", "reviewed_by", "reviewed_on"),
}
_KNOWN_IN_ANSWER = {"text", "expert", "credentials"}
_is_url = URLValidator(schemes=["http", "https"])


class Broken(ValueError):
    """A line that cannot be taken; the message says why, for whoever made the file."""


@dataclass(frozen=True)
class AnswerLine:
    text: str
    expert: str = ""
    credentials: str = ""


@dataclass(frozen=True)
class Line:
    """One article as a file gives it. `fields` has only what the line names: the rest stays as it is."""

    id: str
    fields: dict[str, Any]
    slug: str
    answers: list[AnswerLine]
    tags: dict[str, str] | None  # names by slug
    column: str
    reviewed_by: str
    published_at: dt.datetime | None
    notes: list[str] = field(default_factory=list)


def read(raw: str | bytes) -> Line | None:
    """The article of one line, None for a blank one. Raises Broken."""
    data = _object(raw)
    if data is None:
        return None
    notes = [f"“{_name(key)}” is not known, and was left out" for key in data if key not in _KNOWN]
    fields: dict[str, Any] = {
        name: _one_line(data, name, most) for name, most in _LENGTHS.items() if data.get(name) is not None
    }
    fields["headline"] = _one_line(data, "headline", _LENGTHS["headline"], needed=True)
    fields["question"] = _text(data, "question")
    if fields.get("source_url"):
        _check_url(fields["source_url"])
    if "undated" in data:
        fields["undated"] = _flag(data, "undated")
    if data.get("updated_at") is not None:
        fields["updated_at"] = _time(data, "updated_at")
    if data.get("sources") is not None:
        fields["sources"] = _sources(data)
    if data.get("reviewed_on") is not None:
        fields["reviewed_on"] = _date(data, "reviewed_on")
    line = Line(
        id=_one_line(data, "id", 200, needed=True),
        fields=fields,
        slug=slugify(_one_line(data, "slug", 200))[:80].strip("-"),
        answers=_answers(data, notes),
        tags=_tags(data, notes),
        column=_one_line(data, "column", 80),
        reviewed_by=_one_line(data, "reviewed_by", 120),
        published_at=_time(data, "published_at"),
        notes=notes,
    )
    _check_whole(line)
    return line


def _object(raw: str | bytes) -> dict[str, Any] | None:
    if len(raw) > MAX_LINE:
        raise Broken(f"it is longer than {MAX_LINE:,} bytes")
    if isinstance(raw, bytes):
        try:
            raw = raw.decode()
        except UnicodeDecodeError:
            raise Broken("it is not UTF-8 text") from None
    raw = raw.removeprefix("\ufeff").strip()
    if not raw:
        return None
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Broken(f"it is not JSON ({error})") from None
    if not isinstance(data, dict):
        raise Broken("it is not a JSON object")
    return data


def _name(key: str) -> str:
    """A key that we did not choose, fit for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in key[:60])


def _string(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Broken(f"“{name}” is not text")
    if "\0" in value:
        raise Broken(f"“{name}” holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Broken(f"“{name}” holds half a character (a lone surrogate)") from None
    return value


def _one_line(data: dict[str, Any], name: str, most: int, *, needed: bool = False) -> str:
    """Text without line breaks and other control characters, spaces tidied."""
    value = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in _string(data, name))
    value = " ".join(value.split())
    if needed and not value:
        raise Broken(f"“{name}” is missing")
    if len(value) > most:
        raise Broken(f"“{name}” has {len(value)} characters, at most {most} are possible")
    return value


def _text(data: dict[str, Any], name: str) -> str:
    value = _string(data, name).replace("\r\n", "\n").replace("\r", "\n")
    size = len(value.encode())
    if size > markup.MAX_BYTES:
        raise Broken(f"“{name}”: {markup.TextTooLong(size)}")
    return value


def _flag(data: dict[str, Any], name: str) -> bool:
    value = data[name]
    if not isinstance(value, bool):
        raise Broken(f"“{name}” is neither true nor false")
    return value


def _time(data: dict[str, Any], name: str) -> dt.datetime | None:
    value = _one_line(data, name, 40)
    if not value:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise Broken(f"“{name}” has no offset from UTC: {value}")
        moment = moment.astimezone(dt.UTC)
        if not dt.MINYEAR < moment.year < dt.MAXYEAR:
            raise ValueError  # in another time zone it may stand in a year that no calendar has
        return moment
    except Broken:
        raise
    except (ValueError, OverflowError):
        raise Broken(f"“{name}” is not a date and time: {value}") from None


def _date(data: dict[str, Any], name: str) -> dt.date:
    value = _one_line(data, name, 40)
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise Broken(f"“{name}” is not a date: {value}") from None


def _sources(data: dict[str, Any]) -> list[sources.SourceRow]:
    rows = []
    for value in _list(data, "sources", sources.MOST):
        if not isinstance(value, dict):
            raise Broken("a source is not a JSON object")
        year = value.get("year")
        texts = {name: _one_line(value, name, 1_000) for name in ("title", "publisher", "url")}
        try:
            rows.append(sources.cleaned({**texts, "year": year if isinstance(year, int | str) else ""}))
        except ValidationError as error:
            raise Broken(f"a source: {error.messages[0]}") from None
    return rows


def _check_url(value: str) -> None:
    try:
        _is_url(value)
    except ValidationError:
        raise Broken(f"“source_url” is not an http address: {value}") from None


def _list(data: dict[str, Any], name: str, most: int) -> list[Any]:
    value = data.get(name)
    if not isinstance(value, list):
        raise Broken(f"“{name}” is not a list")
    if len(value) > most:
        raise Broken(f"“{name}” has {len(value)} entries, at most {most} are possible")
    return value


def _answers(data: dict[str, Any], notes: list[str]) -> list[AnswerLine]:
    answers = []
    for value in _list(data, "answers", _MOST_ANSWERS):
        if not isinstance(value, dict):
            raise Broken("an answer is not a JSON object")
        notes += [
            f"“{_name(key)}” of an answer is not known, and was left out"
            for key in value
            if key not in _KNOWN_IN_ANSWER
        ]
        text = _text(value, "text")
        if not text.strip():
            raise Broken("an answer has no text")
        answers.append(
            AnswerLine(text, _one_line(value, "expert", 120), _one_line(value, "credentials", 120))
        )
    names = [answer.expert.casefold() for answer in answers if answer.expert]
    if len(set(names)) < len(names):
        raise Broken("the same expert answers twice")
    return answers


def _tags(data: dict[str, Any], notes: list[str]) -> dict[str, str] | None:
    if data.get("tags") is None:
        return None
    tags: dict[str, str] = {}
    for value in _list(data, "tags", _MOST_TAGS):
        name = _one_line({"tags": value}, "tags", 1_000)
        slug = slugify(name)
        if 0 < len(slug) <= _TAG and len(name) <= _TAG:
            tags.setdefault(slug, name)
        elif name:
            notes.append(f"the tag “{name}” is too long or has no letters for an address, and was left out")
    return tags


def _check_whole(line: Line) -> None:
    if bool(line.reviewed_by) != bool(line.fields.get("reviewed_on")):
        raise Broken("“reviewed_by” and “reviewed_on” stand together or not at all")
    if line.reviewed_by.casefold() in {answer.expert.casefold() for answer in line.answers} - {""}:
        raise Broken("its reviewer answers in it")
    sourced = line.fields.get("source_name") or line.fields.get("source_url")
    if not sourced and any(not answer.expert for answer in line.answers):
        raise Broken("an answer names no expert, and the article no source")
    if line.published_at is None:
        return
    if not line.fields["question"].strip():
        raise Broken("it is to be published and has no question")
    if not line.answers:
        raise Broken("it is to be published and has no answer")
