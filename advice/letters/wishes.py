"""What a letter's writer may decide alone: the signature, whether we mail, and that all of it goes."""

import re

from cryptography.fernet import InvalidToken
from django.db import transaction

from advice.accounts.models import User
from advice.articles import history, signing
from advice.articles import workflow as articles
from advice.articles.models import Status
from advice.articles.workflow import NotPermitted
from advice.erasing import empty_log
from advice.letters import retention
from advice.letters.models import Letter
from advice.letters.parting import reached
from advice.letters.workflow import _locked, _record, check_unpublished, has_appeared
from advice.mail.mailboxes import canonical
from advice.mail.sending import forget_where, send_later
from advice.throttle.models import once_a_day

WISH = "ask to sign"
_SECRET = re.compile(r"/letters/([^/\s]+)/")


@transaction.atomic
def sign(letter: Letter, *, signature: str) -> Letter:
    """Choose what is printed under the letter, until it is.

    It goes into the draft that was made of the letter. What is in review or scheduled comes out without another look, so
    there it is a wish, which stands at the desk until an editor prints it.
    """
    row = _locked(letter)
    article = check_unpublished(row)
    under = article if row.is_lead else None
    is_wish = under is not None and under.status != Status.DRAFT and signature != under.signature
    if is_wish:
        new = {
            "signature": row.signature,
            "wished_signature": signature if signature != row.signature else "",
        }
    else:
        new = {"signature": signature, "wished_signature": ""}
    if all(getattr(row, name) == value for name, value in new.items()):
        return row
    for name, value in new.items():
        setattr(row, name, value)
    row.save(update_fields=list(new))
    _record(row, WISH if row.wished_signature else "sign", before=row.status)
    if under is not None and under.status == Status.DRAFT and under.signature != signature:
        signing.sign(under, signature=signature)
    return row


def may_print(letter: Letter) -> bool:
    """For showing a button; checked again under the lock."""
    return bool(letter.wished_signature) and letter.is_lead and not has_appeared(letter)


@transaction.atomic
def print_signature(letter: Letter, *, signature: str, by: User) -> Letter:
    """An editor grants the wish: `signature` is the one they saw. Raises NotPermitted where it is another by now."""
    row = _locked(letter)
    article = check_unpublished(row)
    if article is None or not row.is_lead or not row.wished_signature:
        raise NotPermitted("Its writer asks for no other signature.")
    if row.wished_signature != signature:
        raise NotPermitted("Its writer has chosen another one since. Please look at it again.")
    row.signature, row.wished_signature = signature, ""
    row.save(update_fields=["signature", "wished_signature"])
    _record(row, "print signature", by=by, before=row.status)
    history.sign_anew(articles.edit(article, by=by, version=article.version, signature=signature))
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
