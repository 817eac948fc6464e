"""What readers sent: private, verbatim. Nothing public may import this package (`make check` enforces it)."""

from advice.letters.models.letter import (
    ALPHABET,
    MOVES,
    SALT,
    Letter,
    LetterEvent,
    LetterQuerySet,
    LetterStatus,
    LetterVersion,
    LetterVersionQuerySet,
    ReceivedTextIsFixed,
    day_of,
    new_case_number,
    new_nonce,
)
from advice.letters.models.looking import AddressLook, LookIsKept

__all__ = [
    "ALPHABET",
    "MOVES",
    "SALT",
    "AddressLook",
    "Letter",
    "LetterEvent",
    "LetterQuerySet",
    "LetterStatus",
    "LetterVersion",
    "LetterVersionQuerySet",
    "LookIsKept",
    "ReceivedTextIsFixed",
    "day_of",
    "new_case_number",
    "new_nonce",
]
