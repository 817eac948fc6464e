"""The only place where a letter's status changes; built like the workflow of articles."""

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone

from advice import crypto, markup
from advice.accounts.models import User
from advice.articles import indexing, updates
from advice.articles import workflow as articles
from advice.articles.models import Article, Column, Status
from advice.articles.searching import Found
from advice.articles.workflow import NotPermitted
from advice.letters import likening, redflags
from advice.letters.models import MOVES, FollowUp, Letter, LetterEvent, LetterStatus, LetterVersion
from advice.letters.nearby import keep_near
from advice.letters.tray import forget_doubt, is_doubtful, keep_doubt
from advice.mail.mailboxes import canonical
from advice.mail.sending import send_later
from advice.site import absolute
from advice.throttle.models import once_a_day
from advice.trace.models import Kind
from advice.trace.writing import write_down

CONSENT_VERSION = "2026-12"
# What the event of a letter's coming, or of its being put back, notes of the receipt.
MAILED = ""
NO_RECEIPT = "no receipt"
RECEIPT_HELD = "receipt held"  # until an editor says that it is no spam: its address may be anybody's

logger = logging.getLogger("advice.letters")
_logged: set[int] = set()  # so that a letter that fails at every look is logged once


def _locked(letter: Letter) -> Letter:
    # The address is read by whoever needs it: one that no key opens must not hold up the letter.
    return Letter.objects.select_for_update().defer("email").get(pk=letter.pk)


def _record(
    letter: Letter, verb: str, *, by: User | None = None, before: str = "", note: str = ""
) -> LetterEvent:
    write_down(verb, Kind.LETTER, letter.pk, by=by)
    return LetterEvent.objects.create(
        letter=letter, verb=verb, by=by, before=before, after=letter.status, note=note
    )


def _move(letter: Letter, to: str) -> str:
    before = letter.status
    if to not in MOVES[before]:
        raise NotPermitted(
            f"Letter {letter.case_number} is {letter.get_status_display().lower()} by now, so this is no longer possible."
        )
    letter.status = to
    return before


def mail_writer(letter: Letter, kind: str, **context: Any) -> None:
    """Write to the letter's writer, if they left an address and want to hear. No mail holds the letter's words."""
    if letter.wants_no_mail or not letter.email:
        return
    links = {"link": letter.get_absolute_url(), "stop_link": reverse("letterbox:mails", args=[letter.secret])}
    context |= {name: absolute(path) for name, path in links.items()}
    send_later(kind, to=letter.email, context={"letter": letter, **context})


def receive(
    *,
    question: str,
    text: str,
    signature: str,
    column: Column,
    email: str = "",
    form_token: str = "",
    spam: bool = False,
    doubts: Mapping[str, int] | None = None,
    context: str = "",
    near: Sequence[Found] = (),
    shown: Collection[str] = (),
) -> tuple[Letter, bool]:
    """Store a reader's letter, and mail the receipt. Gives the letter and whether it is new.

    The same form sent twice (the same `form_token` with the same words; without a token, the same words on one day)
    is one letter: the second time gives the first one back. What a trap caught (`spam`) is kept apart, so that the
    same words sent clean are received, and not answered by mail: its address may be anybody's. Nor is a second letter
    with one address within a day: its link stands on the page that follows. `doubts` are the points that speak against it, by reason; with enough of them it is kept apart, too,
    unless a red-flag rule fits it: nobody in need is to wait in a tray.
    `context` is for the expert alone; what is `near` travels with it to the editors (nearby.py).
    """
    day = "" if form_token else timezone.now().date().isoformat()
    # A keyed digest: under a plain one, whoever holds the database could try addresses until one fits.
    parts = (form_token, day, question, text, signature, email, str(column.pk), *(["trap"] if spam else []))
    if context:
        parts = (*parts, "context", context)
    form_key, *older_keys = crypto.digests("\0".join(parts))
    if older_keys and (sent := Letter.objects.filter(form_key__in=older_keys).first()):
        return sent, False  # before the keys changed
    in_tray = spam or (is_doubtful(doubts or {}) and not _is_urgent(question, text, column, context))
    try:
        with transaction.atomic():
            letter = Letter.objects.create(
                form_key=form_key,
                column=column,
                signature=signature,
                email=email or None,
                email_digest=crypto.digest(email) if email else "",
                consent_version=CONSENT_VERSION,
                context=context or None,
                status=LetterStatus.SPAM if in_tray else LetterStatus.RECEIVED,
            )
            LetterVersion.objects.create(
                letter=letter, question=question, text=text, received_at=letter.received_at
            )
            keep_near(letter, near, shown=shown)
            keep_doubt(letter, doubts or {})
            event = _record(letter, "receive", note=RECEIPT_HELD if email and in_tray else NO_RECEIPT)
            redflags.look_through(letter, question=question, text=text, context=context, version=1)
            if not in_tray and _takes_receipt(letter):  # last, for others wait for it until this is stored
                event.note = MAILED
                event.save(update_fields=["note"])
                mail_writer(letter, "received")
    except IntegrityError:
        existing = Letter.objects.filter(form_key=form_key).first()
        if existing is None:
            raise
        return existing, False
    return letter, True


def _takes_receipt(letter: Letter) -> bool:
    """Take the one receipt that an address gets in a day. It is spent only with the transaction that this is part of:
    what is refused, undone or put aside must not cost somebody else's letter its receipt."""
    return bool(letter.email) and once_a_day("receipt", canonical(str(letter.email)))


def _is_urgent(question: str, text: str, column: Column, context: str) -> bool:
    found = redflags.flags_in(question=question, text=text, context=context, column=column)
    return any(not one.match.is_denied for one in found)


@transaction.atomic
def accept(
    letter: Letter,
    *,
    by: User,
    headline: str,
    question: str,
    signature: str,
    column: Column,
    others: Iterable[Letter] = (),
    **fields: Any,
) -> Article:
    """Take a letter on: a draft article is made from the edited copy. The letter itself stays as it came.

    `others` ask the same: they are taken on with it, all of them or none, and this one leads.
    """
    row, *rest = _locked_together([letter, *others])
    before = _move(row, LetterStatus.ACCEPTED)
    row.article = articles.draft(
        by=by, headline=headline, question=question, signature=signature, column=column, **fields
    )
    row.is_lead = True
    row.save(update_fields=["status", "article", "is_lead"])
    _record(row, "accept", by=by, before=before)
    for other in rest:
        _join(other, row.article, by=by)
    if rest:
        _count_askers(row.article, by=by, verb="letters merged")
    return row.article


def _locked_together(letters: Iterable[Letter]) -> list[Letter]:
    """As given, each once; locked by their keys' order, so that nobody waits in a ring."""
    wanted = list(dict.fromkeys(letter.pk for letter in letters))
    rows = Letter.objects.select_for_update().defer("email").filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) < len(wanted):
        raise NotPermitted("One of these letters has been deleted.")
    return [found[pk] for pk in wanted]


def _join(row: Letter, article: Article, *, by: User) -> None:
    before = _move(row, LetterStatus.ACCEPTED)
    row.article = article
    row.save(update_fields=["status", "article"])
    _record(row, "merge", by=by, before=before)


@transaction.atomic
def merge(letter: Letter, *, article: Article, by: User) -> Letter:
    """Take a letter on as one more asking what `article` answers; its writer is told when that is published."""
    return merge_all([letter], article=article, by=by)[0]


@transaction.atomic
def merge_all(letters: Iterable[Letter], *, article: Article, by: User) -> list[Letter]:
    """The same for several, all of them or none."""
    rows = _locked_together(letters)
    indexing.wait_for_turn()
    current = Article.objects.select_for_update().get(pk=article.pk)
    if current.is_retracted:
        raise NotPermitted("A retracted article answers nobody.")
    for row in rows:
        _join(row, current, by=by)
    _count_askers(current, by=by, verb="letters merged")
    return rows


def may_split(letter: Letter) -> bool:
    """For showing a button; checked again under the lock."""
    return bool(letter.article_id) and letter.status == LetterStatus.ACCEPTED and not _why_it_stays(letter)


def _why_it_stays(letter: Letter) -> str:
    if letter.is_copied:
        return "The article was made from this letter, so it stays with it. Split off the others instead."
    if letter.told_at:
        return "Its writer has been told of this answer, so it stays with it."
    return ""


@transaction.atomic
def split(letter: Letter, *, by: User) -> Letter:
    """Undo a merge: the letter goes back to the queue as it came, and may become an article of its own.

    Not the one whose words the article was made from: they would stay there without it. Nor one whose writer has been told
    of the answer: that is never unsaid.
    """
    row = _locked(letter)
    article = _locked_article(row)
    if article is None or row.status != LetterStatus.ACCEPTED:
        raise NotPermitted("This letter is not merged with others.")
    if why := _why_it_stays(row):
        raise NotPermitted(why)
    before = _move(row, LetterStatus.RECEIVED)
    row.article = None
    row.save(update_fields=["status", "article"])
    _record(row, "split", by=by, before=before)
    _count_askers(article, by=by, verb="letter split off")
    return row


def _count_askers(article: Article, *, by: User | None = None, verb: str = "") -> None:
    """With a `verb` the article's history has a line of it, without a word about whose letter it is."""
    asking = Letter.objects.filter(article=article, status=LetterStatus.ACCEPTED)
    articles.count_askers(article, asking.count(), by=by, verb=verb)


@transaction.atomic
def decline(letter: Letter, *, by: User, reason: str) -> Letter:
    """Not for the column. `reason` is mailed to the writer, and stands on their page."""
    row = _locked(letter)
    before = _move(row, LetterStatus.DECLINED)
    row.reason = reason
    row.save(update_fields=["status", "reason"])
    _record(row, "decline", by=by, before=before)
    mail_writer(row, "declined")
    return row


@transaction.atomic
def mark_spam(letter: Letter, *, by: User | None) -> Letter:
    row = _locked(letter)
    before = _move(row, LetterStatus.SPAM)
    row.save(update_fields=["status"])
    _record(row, "spam", by=by, before=before)
    return row


@transaction.atomic
def reopen(letter: Letter, *, by: User) -> Letter:
    """Back to the queue, out of the spam tray or after all. A receipt that was held goes out now."""
    row = _locked(letter)
    if row.status == LetterStatus.ACCEPTED:
        raise NotPermitted("This letter has been accepted. Split it off its article instead.")
    before = _move(row, LetterStatus.RECEIVED)
    is_owed = _is_receipt_held(row)
    row.reason = ""
    row.save(update_fields=["status", "reason"])
    forget_doubt(row)
    is_mailed = is_owed and _takes_receipt(row)
    _record(row, "reopen", by=by, before=before, note=MAILED if is_mailed else NO_RECEIPT)
    if is_mailed:
        mail_writer(row, "received")
    return row


def _is_receipt_held(letter: Letter) -> bool:
    """Whether the writer waits for the receipt: it was held, and nobody has put the letter back before."""
    verbs = letter.events.filter(Q(verb="receive", note=RECEIPT_HELD) | Q(verb="reopen"))
    return list(verbs.values_list("verb", flat=True)) == ["receive"]


@transaction.atomic
def withdraw(letter: Letter) -> Letter:
    """The writer takes it back; possible until it is published. Words that an article copied from it go with it."""
    row = _locked(letter)
    article = _locked_article(row)
    now = timezone.now()
    if article is not None and _has_appeared(article, now):
        raise NotPermitted("The answer has been published already.")
    before = _move(row, LetterStatus.WITHDRAWN)
    row.form_key = crypto.digest(f"{row.pk}\0{row.form_key}")  # the same words may be sent again
    row.save(update_fields=["status", "form_key"])
    _record(row, "withdraw", before=before)
    forget_update(row)
    if article is not None:
        _let_go(row, article, now)
    return row


def forget_update(letter: Letter) -> bool:
    """Of a locked letter: what its writer told of since goes, from here or from the article's page. Whether there was any."""
    if letter.update is None:
        return bool(FollowUp.objects.filter(letter=letter).delete()[0])
    updates.take_off(letter.update, by=None)
    return True


def _locked_article(letter: Letter) -> Article | None:
    """Of a letter that is locked already: letters, the search's turn, the article, in this order everywhere."""
    indexing.wait_for_turn()
    if letter.article_id is None:
        return None
    return Article.objects.select_for_update().get(pk=letter.article_id)


def check_unpublished(letter: Letter) -> Article | None:
    """Of a locked letter: raises NotPermitted unless its writer may still have a say. Gives its article, locked.

    What a trap caught is treated like what was received: whoever sent it learns nothing.
    """
    article = _locked_article(letter)
    if letter.status in {LetterStatus.DECLINED, LetterStatus.WITHDRAWN}:
        raise NotPermitted("This letter can no longer be changed.")
    if article is not None and _has_appeared(article, timezone.now()):
        raise NotPermitted("The answer has been published already.")
    return article


def has_appeared(letter: Letter) -> bool:
    """Whether its answer is out, or was."""
    return letter.article is not None and _has_appeared(letter.article, timezone.now())


def _has_appeared(article: Article, now: dt.datetime) -> bool:
    if article.status != Status.PUBLISHED:
        return article.is_retracted
    return article.published_at is not None and article.published_at <= now


def _let_go(letter: Letter, article: Article, now: dt.datetime) -> None:
    """What becomes of an article that is not out yet when one of its letters is withdrawn."""
    if letter.is_copied:
        articles.empty(article, by=None, note="The letter's writer withdrew it.", now=now)
    elif article.status == Status.PUBLISHED and not _others_ask(letter, article):
        articles.unpublish(article, by=None, note="The letter's writer withdrew it.", now=now)
    _count_askers(article)
    if is_withdrawn(article):
        articles.unannounce(article, by=None)  # nobody asks it any more


def empty_draft(letter: Letter, *, note: str) -> None:
    """Take the words of a locked letter out of the article they were copied to, unless that is out."""
    article, now = _locked_article(letter), timezone.now()
    if article is not None and letter.is_copied and not _has_appeared(article, now):
        articles.empty(article, by=None, note=note, now=now)


def _others_ask(letter: Letter, article: Article) -> bool:
    return Letter.objects.filter(article=article, status=LetterStatus.ACCEPTED).exclude(pk=letter.pk).exists()


def is_withdrawn(article: Article) -> bool:
    """Whether the article came from letters, and every one of them has been withdrawn."""
    states = set(Letter.objects.filter(article=article).values_list("status", flat=True))
    return bool(states) and states == {LetterStatus.WITHDRAWN.value}


@transaction.atomic
def change(letter: Letter, *, question: str, text: str) -> LetterVersion:
    """The writer's own change: a new version beside the old ones."""
    row = _locked(letter)
    check_unpublished(row)
    last = row.versions.aggregate(last=Max("number"))["last"] or 0
    version = LetterVersion.objects.create(letter=row, number=last + 1, question=question, text=text)
    _record(row, "change", before=row.status)
    likening.forget(row)
    redflags.look_through(row, question=question, text=text, version=version.number)
    return version


def editable_copy(letter: Letter) -> str:
    """The letter's newest text as Markdown that reads just like it: where the editor begins."""
    return markup.paragraphs(letter.current.text)


def tell_answered(*, now: dt.datetime | None = None) -> int:
    """Tell each writer whose answer has appeared, once; gives how many were told.

    The mark and the message are one commit, so a crash tells nobody twice and forgets nobody.
    """
    now = now or timezone.now()
    told = 0
    for pk in list(Letter.objects.answered_untold(now).values_list("pk", flat=True)):
        try:
            told += _tell(pk, now)
        except DatabaseError:
            raise
        except Exception as error:  # an address that no key opens, say: the others are told all the same
            if pk not in _logged:
                _logged.add(pk)
                logger.error("The writer of letter %s cannot be told (%s).", pk, type(error).__name__)
    return told


@transaction.atomic
def _tell(pk: int, now: dt.datetime) -> bool:
    letter = (
        Letter.objects.answered_untold(now)
        .filter(pk=pk)
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if letter is None:
        return False  # another runner has it
    letter.told_at = now
    letter.save(update_fields=["told_at"])
    _record(letter, "tell", before=letter.status)
    mail_writer(letter, "answered")  # not even the headline or its slug: they may be the writer's own line
    return True


@transaction.atomic
def publish(
    article: Article,
    *,
    by: User,
    at: dt.datetime | None = None,
    ready: Callable[[Article], list[str]] = articles.problems,
) -> Article:
    """Publish an article unless its writers took their letters back; they cannot do so while this is decided."""
    list(Letter.objects.select_for_update().filter(article=article).order_by("pk").values_list("pk"))
    if is_withdrawn(article):
        raise NotPermitted("The letter's writer has withdrawn it, so it is not published.")
    return articles.publish(article, by=by, at=at, ready=ready)
