"""The last mail about a letter: that it has been kept as long as was promised, and is erased."""

from cryptography.fernet import InvalidToken
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from advice.crypto import decrypt
from advice.letters.models import LetterEvent, LetterQuerySet, LetterStatus
from advice.letters.workflow import MAILED, RECEIPT_HELD
from advice.mail.sending import send_later


def reached(letters: LetterQuerySet) -> LetterQuerySet:
    """Those of them whose address was sent the receipt, so that a last mail comes as no surprise to its owner."""
    ours = LetterEvent.objects.filter(letter=OuterRef("pk"))
    received = Exists(ours.filter(verb="receive", note=MAILED))
    held = Exists(ours.filter(verb="receive", note=RECEIPT_HELD))
    put_back = Exists(ours.filter(verb="reopen", note=MAILED))
    known = letters.filter(email__isnull=False).exclude(status=LetterStatus.SPAM)
    return known.filter(received | held & put_back)


def tell_erased(letters: LetterQuerySet) -> int:
    """Write to those whose letters are erased after this, in the same transaction; gives how many.

    Also to who wants no other mail. Not to who never had the receipt: that address may be anybody's, and whoever posts a
    thousand letters in its name must not fill its mailbox months later. The address stands in the outbox, encrypted,
    until the mail server has it.
    """
    known = reached(letters)
    told = 0
    # The address as it is stored: one that no key opens must not keep the others, nor their letters.
    for case_number, sealed in known.values_list("case_number", Cast("email", TextField())):
        try:
            send_later("kept", to=decrypt(sealed), context={"case_number": case_number})
        except InvalidToken:
            continue
        told += 1
    return told
