import mailbox
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

from advice.newsletter.reports import MAX_BYTES, Result, read, take_in

# sysexits.h: a mail server keeps the message and tries again.
TRY_AGAIN = 75


class Command(BaseCommand):
    help = (
        "Read mail that came back and complaints, and stop mailing the addresses they are about."
        " The same message twice changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files",
            nargs="*",
            metavar="FILE",
            help="an mbox, a Maildir (what is unseen in it is read, and marked as seen), or one message;"
            " - or nothing: one message from standard input, as a mail server pipes it",
        )

    def handle(self, *, files: list[str], verbosity: int, **options: Any) -> None:
        counts: Counter[Result] = Counter()
        try:
            for raw in (message for file in files or ["-"] for message in _messages(file)):
                counts[take_in(read(raw), now=timezone.now())] += 1
        except DatabaseError as error:
            # Its words may quote what was to be written.
            raise CommandError(
                f"The database cannot be used now ({type(error).__name__}). Nothing is lost: read it again later.",
                returncode=TRY_AGAIN,
            ) from error
        if verbosity:
            self.stdout.write(", ".join(f"{counts[result]} {result}" for result in Result))


def _messages(file: str) -> Iterator[bytes]:
    """Each message of `file`. It is asked for the next one only when the one before has been written down."""
    if file == "-":
        yield _beginning(sys.stdin.buffer)
        return
    path = Path(file)
    try:
        if path.is_dir():
            yield from _of_maildir(path)
        else:
            yield from _of_file(path)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error


def _beginning(source: BinaryIO) -> bytes:
    """As much as is read of a message. The rest is taken too: a mail server calls a pipe broken that closes early."""
    raw = source.read(MAX_BYTES)
    while source.read(MAX_BYTES):
        pass
    return raw


def _of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        if source.read(5) != b"From ":
            source.seek(0)
            yield source.read(MAX_BYTES)
            return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_file(key).read(MAX_BYTES)
    finally:
        box.close()


def _of_maildir(path: Path) -> Iterator[bytes]:
    """What is not marked as seen. It is marked when it has been written down: after a crash it is read once more."""
    if not ((path / "new").is_dir() and (path / "cur").is_dir()):
        raise CommandError(f"{path} is no Maildir: it has no folders new and cur.")
    for file in sorted((*(path / "new").iterdir(), *(path / "cur").iterdir())):
        name, _, flags = file.name.partition(":2,")
        if "S" in flags or name.startswith(".") or file.is_dir():
            continue
        try:
            with file.open("rb") as source:
                yield source.read(MAX_BYTES)
            file.rename(path / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")
        except FileNotFoundError:
            pass  # somebody else has read it meanwhile
