"""What readers sent: private, verbatim. Nothing public may import this package (`make check` enforces it)."""

from advice.letters.models.doubt import Doubt, Emptying, Reason
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
    new_case_number,
    new_nonce,
)

__all__ = [
    "ALPHABET",
    "MOVES",
    "SALT",
    "Doubt",
    "Emptying",
    "Letter",
    "LetterEvent",
    "LetterQuerySet",
    "LetterStatus",
    "LetterVersion",
    "LetterVersionQuerySet",
    "Reason",
    "ReceivedTextIsFixed",
    "new_case_number",
    "new_nonce",
]
