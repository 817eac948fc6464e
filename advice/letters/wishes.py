"""What a letter's writer may decide alone: the signature, whether we mail, and that all of it goes."""

import re

from cryptography.fernet import InvalidToken
from django.db import transaction

from advice.articles import history
from advice.articles import workflow as articles
from advice.erasing import empty_log
from advice.letters import retention
from advice.letters.models import Letter
from advice.letters.parting import reached
from advice.letters.workflow import _locked, _record, check_unpublished
from advice.mail.mailboxes import canonical
from advice.mail.sending import forget_where, send_later
from advice.throttle.models import once_a_day

_SECRET = re.compile(r"/letters/([^/\s]+)/")


@transaction.atomic
def sign(letter: Letter, *, signature: str) -> Letter:
    """Choose what is printed under the letter, until it is. It goes into the article that the letter was copied to."""
    row = _locked(letter)
    article = check_unpublished(row)
    if row.signature == signature:
        return row
    row.signature = signature
    row.save(update_fields=["signature"])
    _record(row, "sign", before=row.status)
    if article is not None and row.is_lead and article.signature != signature:
        history.sign_anew(articles.edit(article, by=None, version=article.version, signature=signature))
    return row


@transaction.atomic
def stop_mails(letter: Letter, *, stop: bool = True) -> Letter:
    row = _locked(letter)
    if row.wants_no_mail != stop:
        row.wants_no_mail = stop
        row.save(update_fields=["wants_no_mail"])
        _record(row, "stop mails" if stop else "resume mails", before=row.status)
    return row


@transaction.atomic
def erase(letter: Letter) -> bool:
    """Erase all of it now, and say so by mail. One that waits for its answer is taken back with it.

    Gives whether the letter is gone whole; of one whose answer is out the record stays, and what was printed. The mail
    goes by the rule of the last mails (parting.py), and once a day to one address: whoever holds a link may have made it
    with the address of somebody else, as often as they like.
    """
    row = _locked(letter)
    address = _address_to_tell(row)
    _forget_mails(row)
    gone = bool(retention.erase(row).letters)
    if not gone:
        _record(row, "erase", before=row.status)
    if address:
        send_later("erased", to=address, context={"case_number": row.case_number, "is_whole": gone})
    transaction.on_commit(empty_log, robust=True)
    return gone


def _forget_mails(letter: Letter) -> None:
    """Mails of this letter that wait or were refused hold its address and its link."""
    forget_where(lambda content: any(map(letter.is_opened_by, _SECRET.findall(content["text"]))))


def _address_to_tell(letter: Letter) -> str | None:
    """Before the article is locked: who waits for that one must not hold the day's key, which others wait for."""
    try:
        address = letter.email
    except InvalidToken:
        return None  # no key opens it: it goes all the same
    if not address or not reached(Letter.objects.filter(pk=letter.pk)).exists():
        return None
    return address if once_a_day("erased", canonical(address)) else None
