"""What readers sent: private, verbatim. Nothing public may import this package (`make check` enforces it)."""

from advice.keeping import day_of
from advice.letters.models.asking import Enquiry, Verdict, Wording
from advice.letters.models.demand import Commission, Likened, Likeness, PutOff
from advice.letters.models.doubt import Doubt, Emptying, Reason
from advice.letters.models.follow_up import FollowUp
from advice.letters.models.letter import (
    ALPHABET,
    MOVES,
    SALT,
    TERMS_OF_INVITING,
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
from advice.letters.models.looking import AddressLook, LookIsKept
from advice.letters.models.nearby import NearAnswer, SavedLetters
from advice.letters.models.notes import Note, ReplyKind, SavedReply
from advice.letters.models.redflag import (
    CHECK_EVERY,
    Alarm,
    LetterFlag,
    RedFlag,
    RedFlagVersion,
    VersionIsFixed,
)

__all__ = [
    "ALPHABET",
    "CHECK_EVERY",
    "MOVES",
    "SALT",
    "TERMS_OF_INVITING",
    "AddressLook",
    "Alarm",
    "Commission",
    "Doubt",
    "Emptying",
    "Enquiry",
    "FollowUp",
    "Letter",
    "LetterEvent",
    "LetterFlag",
    "LetterQuerySet",
    "LetterStatus",
    "LetterVersion",
    "LetterVersionQuerySet",
    "Likened",
    "Likeness",
    "LookIsKept",
    "NearAnswer",
    "Note",
    "PutOff",
    "Reason",
    "ReceivedTextIsFixed",
    "RedFlag",
    "RedFlagVersion",
    "ReplyKind",
    "SavedLetters",
    "SavedReply",
    "Verdict",
    "VersionIsFixed",
    "Wording",
    "day_of",
    "new_case_number",
    "new_nonce",
]
