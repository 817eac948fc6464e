"""Lists of subscribers as CSV: one address a line, the names of the columns in the first.

Cells are read into spreadsheets, which take some of them for formulas (OWASP: CSV injection); an apostrophe before such a
cell makes it text, and is taken off again when the list comes back.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

COLUMNS = (
    *("email", "newsletters", "status", "confirmed_at"),
    *("consent_source", "topics", "rhythm", "text_only", "paused_until"),
)
MAX_LINE = 10_000  # bytes
MAX_LINES = 2_000_000
_SEPARATORS = ",;\t"
# The apostrophe itself is one of them, so that one which was there before is not mistaken for ours.
_FORMULA = tuple("=+-@\t\r\n'")


class NotAList(Exception):
    """The file cannot be read as a list of subscribers at all."""


class Broken(Exception):
    """One line of it cannot."""


@dataclass(frozen=True)
class Row:
    number: int
    cells: dict[str, str]


def escaped(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def line(values: Iterable[str]) -> str:
    """One line of a list, with its end (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written).writerow(escaped(value) for value in values)
    return written.getvalue()


class Reader:
    """The rows of a file, one in memory at a time. A line that is broken is a row, too: what is wrong with it.

    Each line is read by itself: no cell of ours holds a line break, and a quotation mark that is never closed takes no
    more than its own line along.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        header = next(self._lines, (1, b""))[1]
        if header.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise NotAList("It is UTF-16 text; it must be UTF-8.")
        try:
            text = _text(header.removeprefix(codecs.BOM_UTF8))
            self._separator = max(_SEPARATORS, key=text.count)
            names = [name.strip().casefold() for name in self._cells(text)]
        except Broken as error:
            raise NotAList(f"The names of the columns, in its first line, cannot be read: {error}") from error
        if "email" not in names:
            raise NotAList("Its first line must name the columns, and one of them must be “email”.")
        if twice := {name for name in names if name in COLUMNS and names.count(name) > 1}:
            raise NotAList(f"Its first line names a column twice: {', '.join(sorted(twice))}.")
        self.unknown = [name for name in names if name and name not in COLUMNS]
        self._names = names

    def __iter__(self) -> Iterator[Row | tuple[int, str]]:
        for number, raw in self._lines:
            try:
                row = self._row(number, raw)
            except Broken as error:
                yield number, str(error)
            else:
                if row is not None:
                    yield row

    def _row(self, number: int, raw: bytes) -> Row | None:
        cells = self._cells(_text(raw))
        if not any(cells):
            return None
        if len(cells) > len(self._names):
            raise Broken(f"it has {len(cells)} cells, and there are {len(self._names)} columns")
        named = dict(zip(self._names, cells, strict=False))
        values = {name: unescaped(named.get(name, "")).strip() for name in COLUMNS}
        return Row(number, values)

    def _cells(self, text: str) -> list[str]:
        try:
            return next(csv.reader([text], delimiter=self._separator, strict=True), [])
        except csv.Error as error:
            raise Broken(f"it is not CSV ({error})") from error


def _text(raw: bytes) -> str:
    if len(raw) > MAX_LINE:
        raise Broken(f"it is longer than {MAX_LINE:,} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Broken("it is not UTF-8 text") from error
    if "\0" in text:
        raise Broken("it holds a NUL character")
    return text.rstrip("\r\n")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each with its number. Of one that is too long only so much that it is noticed."""
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if number > MAX_LINES:
            raise NotAList(f"It has more than {MAX_LINES:,} lines. Import it in parts.")
        rest = raw
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 1)
        yield number, raw
