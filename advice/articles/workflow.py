"""The only place where an article's or an answer's status changes.

Each function re-reads its row under a lock, checks that the move is permitted, changes it, and writes one line of
history, in one transaction. Of two people who press the same button one wins; the other gets NotPermitted.
"""

import datetime as dt
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from advice.accounts.models import User
from advice.articles import (
    addresses,
    autosaving,
    cards,
    editions,
    history,
    indexing,
    related,
    reviews,
    uploads,
)
from advice.articles.models import (
    MOVES,
    Answer,
    AnswerStatus,
    Article,
    ArticleEvent,
    Column,
    Correction,
    CorrectionKind,
    Expert,
    FormerAddress,
    OldSlug,
    Status,
    Tag,
    Waiver,
)
from advice.articles.models.pieces import EMPTIED
from advice.mail.sending import send_later
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down

EDITABLE = {
    *("headline", "slug", "dek", "question", "signature", "column", "source_name", "source_url"),
    *("sources", "announced_as"),
}
UNNAMED = "draft-"
_REVIEW = (
    *("reviewer", "reviewed_on", "reviewer_name", "reviewer_credentials"),
    *("review_of", "review_is_void"),
)
FROM_A_FILE = "From a file"
TAKEN_AWAY = "The words of this note were taken away for somebody’s privacy."

logger = logging.getLogger("advice.articles")


class NotPermitted(Exception):
    """The move is not possible from where the piece stands now. The message is for the person who tried it."""


class NotReady(NotPermitted):
    """Something is missing before it can be published; `problems` says what, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Stale(Exception):
    """Somebody else saved in between; `current` is the row as it stands now."""

    def __init__(self, current: Any) -> None:
        super().__init__("Somebody else saved this in the meantime.")
        self.current = current


def _locked(article: Article) -> Article:
    indexing.wait_for_turn()
    return Article.objects.select_for_update().get(pk=article.pk)


def _locked_answer(answer: Answer) -> tuple[Article, Answer]:
    """The answer and its article, locked in that order everywhere, so that nobody waits in a ring."""
    indexing.wait_for_turn()
    article = Article.objects.select_for_update().get(pk=answer.article_id)
    return article, Answer.objects.select_for_update().get(pk=answer.pk)


def _record(article: Article, verb: str, *, by: User | None, before: str = "", note: str = "") -> None:
    ArticleEvent.objects.create(
        article=article, verb=verb, by=by, before=before, after=article.status, note=note
    )
    write_down(verb, Kind.ARTICLE, article.pk, by=by)


def _move(article: Article, to: str) -> str:
    before = article.status
    if to not in MOVES[before]:
        raise NotPermitted(
            f"“{article.headline}” is {article.get_status_display().lower()} by now, so this is no longer possible."
        )
    article.status = to
    return before


def _touch(article: Article, *fields: str) -> None:
    article.version += 1
    article.save(update_fields=["version", "modified_at", *fields])


def unused_slug(wish: str, *, article: Article | None = None) -> str:
    """`wish` as a slug that no other article has or ever had."""
    slug = slugify(wish)[:80].strip("-") or "question"
    base, number = slug[:70].strip("-"), 2
    others = Article.objects.exclude(pk=article.pk) if article else Article.objects.all()
    former = OldSlug.objects.exclude(article=article)
    while (
        others.filter(slug=slug).exists()
        or former.filter(slug=slug).exists()
        or FormerAddress.objects.filter(path=Article(slug=slug).get_absolute_url()).exists()
    ):
        slug, number = f"{base}-{number}", number + 1
    return slug


def _no_slug() -> str:
    return UNNAMED + secrets.token_hex(8)


def is_unnamed(article: Article) -> bool:
    """An editor may well wish for an address that begins like ours: “draft-beer-and-running”."""
    return re.fullmatch(UNNAMED + "[0-9a-f]{16}", article.slug) is not None


def _has_come_out(article: Article, now: dt.datetime) -> bool:
    """Whether its date has come: it is public, or was until it was taken back."""
    return article.published_at is not None and article.published_at <= now


def _was_public(article: Article, now: dt.datetime) -> bool:
    """Whether anybody can ever have read it. One that comes back at a later date has its address kept instead."""
    return _has_come_out(article, now) or (article.pk is not None and article.old_slugs.exists())


def was_public(article: Article) -> bool:
    """Whether readers may know an address of it, so that its deletion leaves one that says so."""
    return article.is_retracted or _was_public(article, timezone.now())


def _keep_address(article: Article) -> None:
    OldSlug.objects.get_or_create(slug=article.slug, defaults={"article": article})


def _give_date(row: Article, at: dt.datetime, now: dt.datetime) -> None:
    if at > now and _has_come_out(row, now):
        _keep_address(row)  # its date no longer tells that readers had this address
        row.came_out_at = row.came_out_at or row.published_at
    row.published_at = at


def _give_slug(row: Article, slug: str, *, was_public: bool) -> None:
    if was_public and slug != row.slug:
        OldSlug.objects.filter(slug=slug).delete()  # its own former address, taken up again
        _keep_address(row)
        addresses.follow(row.get_absolute_url(), Article(slug=slug).get_absolute_url())
    row.slug = slug


@transaction.atomic
def draft(
    *,
    by: User | None,
    headline: str,
    question: str = "",
    signature: str = "",
    dek: str = "",
    column: Column | None = None,
    tags: Iterable[Tag] = (),
) -> Article:
    """A new article, from a copy of a letter's text or from nothing.

    Its slug is made from the headline when it is published: until then the headline may hold what must not show.
    """
    article = Article.objects.create(
        headline=headline,
        question=question,
        signature=signature,
        dek=dek,
        column=column,
        slug=_no_slug(),
    )
    article.tags.set(tags)
    history.begin(article, by=by)
    _record(article, "draft", by=by)
    return article


@transaction.atomic
def edit(
    article: Article,
    *,
    by: User | None,
    version: int,
    why: str = "",
    tags: Iterable[Tag] | None = None,
    **fields: Any,
) -> Article:
    """Save headline, dek, question, signature, column, slug or tags. Raises Stale where `version` is not the last."""
    unknown = fields.keys() - EDITABLE
    if unknown:
        raise TypeError(f"edit() does not take {', '.join(sorted(unknown))}")
    row = _locked(article)
    if row.version != version:
        raise Stale(row)
    if row.is_retracted:
        raise NotPermitted("A retracted article is not edited.")
    if not fields.get("slug"):
        fields.pop("slug", None)
    elif fields["slug"] != row.slug:
        fields["slug"] = unused_slug(fields["slug"], article=row)
        _give_slug(row, fields["slug"], was_public=_was_public(row, timezone.now()))
    missing_before = problems(row) if row.status == Status.PUBLISHED else []
    printed = editions.of(row) if row.is_published else None
    former = history.of(row)
    reviews.begin(row)
    for name, value in fields.items():
        setattr(row, name, value)
    _touch(row, *fields)
    reviews.settle(row)
    history.keep(former, row, by=by, why=why, hides=row.hides_former)
    if tags is not None:
        row.tags.set(tags)
    if printed:
        editions.keep(printed, row)
    _record(row, "edit", by=by, before=row.status)
    if row.status == Status.PUBLISHED:
        # What is public or will be may not lose what it was published with; an imported one may never have had it.
        if lost := [problem for problem in problems(row) if problem not in missing_before]:
            raise NotReady(lost)
        _make_known(row)
    return row


@transaction.atomic
def assign(
    article: Article, *, expert: Expert, by: User | None, due_on: dt.date | None = None, note: str = ""
) -> Answer:
    """Ask `expert` for an answer; an expert who signs in is told by mail."""
    row = _locked(article)
    if row.status != Status.DRAFT:
        raise NotPermitted("Only a draft can be assigned.")
    if row.answers.filter(expert=expert).exists():
        raise NotPermitted(f"{expert.name} has this letter already.")
    if row.reviewer_id == expert.pk:
        raise NotPermitted(f"{expert.name} reviewed this, and nobody reviews an answer of their own.")
    last = row.answers.aggregate(last=Max("position"))["last"] or 0
    answer = Answer.objects.create(article=row, expert=expert, position=last + 1, due_on=due_on, note=note)
    _touch(row)
    _record(row, "assign", by=by, before=row.status, note=expert.name)
    if expert.user is not None and expert.user.is_active:
        _mail_expert("assigned", answer, by=by)
    return answer


@transaction.atomic
def unassign(answer: Answer, *, by: User | None) -> None:
    """Take an answer that is not filed away from its expert; what was written of it goes too."""
    article, row = _locked_answer(answer)
    if row.status != AnswerStatus.ASSIGNED or article.status != Status.DRAFT:
        raise NotPermitted("Only an answer that is not filed yet can be taken back.")
    name = row.expert.name if row.expert else ""
    reviews.begin(article)
    row.delete()
    _touch(article)
    reviews.settle(article)
    _record(article, "unassign", by=by, before=article.status, note=name)


@transaction.atomic
def save_answer(answer: Answer, *, text: str, by: User | None, version: int, why: str = "") -> Answer:
    """Keep what is written so far. Raises Stale where `version` is not the last."""
    article, row = _locked_answer(answer)
    _check_writable(article, row, version)
    if row.status == AnswerStatus.FILED and not text.strip():
        raise NotReady(["The answer is empty."])
    printed = editions.of(article) if article.is_published else None
    former = history.of(row)
    reviews.begin(article)
    row.text, row.version = text, row.version + 1
    row.save(update_fields=["text", "version"])
    reviews.settle(article)
    history.keep(former, row, by=by, why=why, hides=article.hides_former)
    if printed:
        editions.keep(printed, article)
    if article.status == Status.PUBLISHED:
        _make_known(article)
        _record(article, "edit", by=by, before=article.status)
    else:
        write_down("edit", Kind.ANSWER, row.pk, by=by)
    return row


@transaction.atomic
def file_answer(answer: Answer, *, text: str, by: User | None, version: int, why: str = "") -> Answer:
    """The expert hands the answer in."""
    article, row = _locked_answer(answer)
    if article.status != Status.DRAFT or AnswerStatus.FILED not in Answer.MOVES[row.status]:
        raise NotPermitted("This answer has been filed already.")
    _check_writable(article, row, version)
    if not text.strip():
        raise NotReady(["The answer is empty."])
    former = history.of(row)
    reviews.begin(article)
    row.text, row.version = text, row.version + 1
    row.status, row.filed_at, row.note = AnswerStatus.FILED, timezone.now(), ""
    row.save(update_fields=["text", "version", "status", "filed_at", "note"])
    reviews.settle(article)
    history.keep(former, row, by=by, why=why, hides=article.hides_former)
    _record(article, "file", by=by, before=article.status, note=row.expert.name if row.expert else "")
    return row


def _check_writable(article: Article, answer: Answer, version: int) -> None:
    if answer.version != version:
        raise Stale(answer)
    if article.is_retracted:
        raise NotPermitted("A retracted article is not edited.")


@transaction.atomic
def send_back(answer: Answer, *, note: str, by: User | None) -> Answer:
    """The editor asks for more; the note is mailed to the expert."""
    article, row = _locked_answer(answer)
    if (
        article.status not in {Status.DRAFT, Status.IN_REVIEW}
        or AnswerStatus.ASSIGNED not in Answer.MOVES[row.status]
    ):
        raise NotPermitted("Only a filed answer of an unpublished article can be sent back.")
    before = article.status
    if article.status == Status.IN_REVIEW:
        _move(article, Status.DRAFT)
    row.status, row.filed_at, row.note, row.version = AnswerStatus.ASSIGNED, None, note, row.version + 1
    row.save(update_fields=["status", "filed_at", "note", "version"])
    _touch(article, "status")
    _record(article, "send back", by=by, before=before, note=note)
    if row.expert and row.expert.user and row.expert.user.is_active:
        _mail_expert("sent_back", row, by=by)
    return row


def was_sent_back(answer: Answer) -> bool:
    """Whether its note came with that, and not with the assignment: filing clears the note, and sending back gives another."""
    sent_back = ArticleEvent.objects.filter(
        article=answer.article_id, verb="send back", note=answer.note, at__gte=answer.assigned_at
    )
    return bool(answer.note) and sent_back.exists()


def _mail_expert(kind: str, answer: Answer, *, by: User | None) -> None:
    assert answer.expert is not None and answer.expert.user is not None
    send_later(
        kind,
        to=answer.expert.user.email,
        context={"answer": answer, "by": by, "link": absolute(f"/desk/articles/{answer.article_id}/")},
    )


@transaction.atomic
def review(article: Article, *, by: User | None) -> Article:
    """Hand a draft whose answers are filed to whoever reads it last."""
    row = _locked(article)
    before = _move(row, Status.IN_REVIEW)
    if row.answers.exclude(status=AnswerStatus.FILED).exists() or not row.answers.exists():
        raise NotReady(["Not every answer is filed yet."])
    _touch(row, "status")
    _record(row, "review", by=by, before=before)
    return row


def problems(article: Article) -> list[str]:
    """What is missing before `article` can be published, one sentence each."""
    found = []
    if not article.headline.strip():
        found.append("It has no headline.")
    if not article.dek.strip():
        found.append("It has no dek.")
    if not article.question.strip():
        found.append("It has no question.")
    if article.column is None:
        found.append("It is in no column.")
    if not article.tags.exists() and not Waiver.objects.filter(article=article, point="tag").exists():
        found.append("It has no tag.")
    answers = list(article.answers.all())
    if not answers:
        found.append("It has no answer.")
    if any(answer.status != AnswerStatus.FILED for answer in answers):
        found.append("Not every answer is filed yet.")
    if unread_signature_since(article):
        found.append("The letter’s writer chose another signature. Look at it, and save the text.")
    return found


def unread_signature_since(article: Article) -> dt.datetime | None:
    """When the one who asked signed the draft anew (signing.py), if nobody has saved the article since."""
    last = article.events.filter(verb__in=["sign", "edit"]).order_by("-pk").first()
    return last.at if last is not None and last.verb == "sign" else None


@transaction.atomic
def publish(
    article: Article,
    *,
    by: User | None,
    at: dt.datetime | None = None,
    ready: Callable[[Article], list[str]] = problems,
) -> Article:
    """Make it public, now or at `at` (aware). Nothing has to run at that time: readers' pages ask the clock.

    An article that was public before keeps the date that is printed, also where it comes back at a later time. Raises
    NotReady with what is missing, as `ready` says: the desk asks for more (letters/checking.py).
    """
    row = _locked(article)
    now = timezone.now()
    if row.status == Status.PUBLISHED and not _has_come_out(row, now):
        before: str = row.status  # a new time for what is not out yet
    else:
        before = _move(row, Status.PUBLISHED)
    missing = ready(row)
    if missing:
        raise NotReady(missing)
    if at is not None and at > now:
        _give_date(row, at, now)
    elif not _has_come_out(row, now):
        row.published_at = now
    if is_unnamed(row):
        row.slug = unused_slug(row.headline, article=row)
    _touch(row, "status", "published_at", "came_out_at", "slug")
    assert row.published_at is not None
    _record(row, "publish", by=by, before=before, note=row.published_at.isoformat(timespec="minutes"))
    _make_known(row)
    return row


@transaction.atomic
def move(
    article: Article,
    *,
    by: User | None,
    at: dt.datetime,
    version: int,
    ready: Callable[[Article], list[str]] = problems,
) -> Article:
    """Give what is scheduled another time. Raises Stale where `version` is not the last: somebody may have moved it, too."""
    row, now = _locked(article), timezone.now()
    if row.status != Status.PUBLISHED or _has_come_out(row, now):
        raise NotPermitted("Only what is scheduled, and not out yet, can be moved.")
    if row.version != version:
        raise Stale(row)
    if at <= now:
        raise NotPermitted("This time has passed.")
    return publish(row, by=by, at=at, ready=ready)


def address_to_be(article: Article) -> str:
    """The address that readers will find it at, as things stand now."""
    if is_unnamed(article):
        article = Article(slug=unused_slug(article.headline, article=article))
    return absolute(article.get_absolute_url())


@transaction.atomic
def unpublish(
    article: Article, *, by: User | None, note: str = "", now: dt.datetime | None = None
) -> Article:
    """Take it off the site, back to a draft."""
    row = _locked(article)
    before = _move(row, Status.DRAFT)
    if _has_come_out(row, now or timezone.now()):
        row.announced_as = (
            ""  # that line was of before it came out, and nobody may know that it is coming back
        )
    else:
        row.published_at = None
    _touch(row, "status", "published_at", "announced_as")
    _record(row, "unpublish", by=by, before=before, note=note)
    _make_unknown(row)
    return row


@transaction.atomic
def empty(article: Article, *, by: User | None, note: str = "", now: dt.datetime | None = None) -> Article:
    """Take the words out of an article that is not public, back to a draft: they are nobody's to print any more.

    What experts wrote stays with them. It cannot be published until an editor has written its texts anew.
    """
    row = _locked(article)
    now = now or timezone.now()
    before: str = row.status
    if row.is_retracted or (row.status == Status.PUBLISHED and _has_come_out(row, now)):
        raise NotPermitted("What has been published cannot be emptied.")
    if row.status != Status.DRAFT:
        _move(row, Status.DRAFT)
    reviews.begin(row)
    row.headline, row.dek, row.question, row.signature = EMPTIED, "", "", ""
    row.announced_as = ""
    if not _has_come_out(row, now):
        row.published_at = None
    if not _was_public(row, now):
        row.slug = _no_slug()
    texts = ("headline", "dek", "question", "signature", "announced_as")
    _touch(row, "status", *texts, "published_at", "slug")
    reviews.settle(row)
    history.forget_question(row)
    autosaving.forget_question(row)
    _record(row, "empty", by=by, before=before, note=note)
    _make_unknown(row)
    return row


@transaction.atomic
def correct(
    article: Article,
    *,
    kind: str,
    text: str,
    by: User | None,
    is_privacy: bool = False,
    hide_former: bool = False,
    forget_notes: bool = False,
    forget_addresses: bool = False,
    at: dt.datetime | None = None,
) -> Correction:
    """Put a dated note above the letter. A correction is a change of substance; a clarification is not.

    It leads to the text that stood before, where that was changed since the last note, unless `hide_former`. With
    `is_privacy` every former text is deleted instead, and every update; none is kept from then on; with `forget_notes` the words of
    earlier notes go, too, and with `forget_addresses` former addresses: they may name somebody.
    """
    row = _locked(article)
    if not row.is_published:
        raise NotPermitted("Only a published article can be corrected.")
    if kind not in {CorrectionKind.CORRECTION, CorrectionKind.CLARIFICATION}:
        raise NotPermitted("A retraction is made by retracting.")
    before = None if is_privacy or hide_former else editions.before(row)
    if is_privacy and forget_notes:
        _forget_notes(row)
    if is_privacy and forget_addresses:
        row.old_slugs.all().delete()
    correction = Correction.objects.create(
        article=row,
        kind=kind,
        text=text,
        by=by,
        is_privacy=is_privacy,
        before=before,
        made_at=at or timezone.now(),
    )
    if kind == CorrectionKind.CORRECTION:
        row.updated_at = correction.made_at
    if is_privacy:
        row.hides_former = True
        _forget_former(row)
    _touch(row, "updated_at", "hides_former")
    _record(row, str(kind), by=by, before=row.status, note="privacy" if is_privacy else "")
    return correction


def _forget_notes(article: Article) -> None:
    """That something was noted then, and of which kind, stays."""
    for note in article.corrections.exclude(text=TAKEN_AWAY):
        note.text = TAKEN_AWAY
        note.save()


def _forget_former(article: Article) -> None:
    """And what was told of since: it may say again what must not be read any more."""
    editions.forget(article)
    autosaving.forget(article)
    article.waivers.filter(point="anonymity").delete()  # a reason may name what was taken away
    pictures = uploads.shown_in(article.updates.values_list("html", flat=True))
    article.updates.all().delete()
    transaction.on_commit(lambda: uploads.forget_unused(pictures))
    pk = article.pk
    transaction.on_commit(lambda: cards.forget(pk))


@transaction.atomic
def retract(article: Article, *, reason: str, by: User | None, at: dt.datetime | None = None) -> Article:
    """Withdraw the text. The page stays and says why; it leaves search, related, feeds and lists."""
    row = _locked(article)
    if not row.is_published:
        raise NotPermitted("Only a published article can be retracted.")
    before = _move(row, Status.RETRACTED)
    made_at = at or timezone.now()
    Correction.objects.create(
        article=row, kind=CorrectionKind.RETRACTION, text=reason, by=by, made_at=made_at
    )
    row.updated_at = made_at
    _touch(row, "status", "updated_at")
    _record(row, "retract", by=by, before=before)
    _forget_former(row)
    _make_unknown(row)
    return row


@transaction.atomic
def delete(article: Article, *, by: User | None) -> None:
    """Take it away with all that is kept of it. Its addresses, if readers ever had them, say for ever that it is gone.

    For what should never have been printed. What was wrong is corrected or retracted, so that readers learn of it.
    """
    row = _locked(article)
    if was_public(row):
        former = row.old_slugs.values_list("slug", flat=True)
        for slug in [row.slug, *former]:
            addresses.gone(Article(slug=slug).get_absolute_url())
    _forget_former(row)
    _make_unknown(row)
    logger.info("Article %s was deleted by person %s.", row.pk, by.pk if by else "-")
    write_down("delete", Kind.ARTICLE, row.pk, by=by)
    row.delete()


@transaction.atomic
def record_review(
    article: Article, *, reviewer: Expert | None, on: dt.date | None, by: User | None, note: str = ""
) -> Article:
    """Print who, other than its authors, has read it as a reviewer, and on which day; with neither, take that back.

    `note` says in its history where somebody else than `by` gave the review.
    """
    row = _locked(article)
    if row.is_retracted:
        raise NotPermitted("A retracted article is not edited.")
    if reviewer and row.answers.filter(expert=reviewer).exists():
        raise NotPermitted(f"{reviewer.name} wrote an answer here, so somebody else reviews it.")
    _give_review(row, reviewer, on)
    _record(
        row,
        "reviewed",
        by=by,
        before=row.status,
        note=": ".join(filter(None, [row.review_byline or "nobody", note])),
    )
    return row


def _give_review(row: Article, reviewer: Expert | None, on: dt.date | None) -> None:
    """Of the words that stand now; name and credentials are kept as they are on this day."""
    row.reviewer, row.reviewed_on = (reviewer, on) if reviewer else (None, None)
    row.reviewer_name = reviewer.name if reviewer else ""
    row.reviewer_credentials = reviewer.credentials if reviewer else ""
    row.review_of = reviews.fingerprint(row) if reviewer else ""
    row.review_is_void = False
    _touch(row, *_REVIEW)


@transaction.atomic
def count_askers(article: Article, askers: int, *, by: User | None = None, verb: str = "") -> None:
    """How many readers' letters it answers. The page says so, so it is told here; letters are not known here."""
    row = _locked(article)
    row.asked_by = max(askers, 1)
    row.save(
        update_fields=["asked_by", "modified_at"]
    )  # no text of an editor's: nobody's save is stale by it
    if verb:
        _record(row, verb, by=by, before=row.status)


@transaction.atomic
def unannounce(article: Article, *, by: User | None) -> None:
    """Take its line from the questions that are being worked on."""
    row = _locked(article)
    if row.announced_as:
        row.announced_as = ""
        _touch(row, "announced_as")
        _record(row, "unannounce", by=by, before=row.status)


@transaction.atomic
def bring_in(
    article: Article | None,
    *,
    fields: dict[str, Any],
    slug: str,
    tags: Iterable[Tag] | None,
    answers: list[Answer],
    at: dt.datetime | None,
) -> Article:
    """Make an article from what a file says, or bring one to it; public from `at`, a draft without it.

    One that is public stays so. `answers` are unsaved, and count as filed. The caller makes the articles known, many
    at once (indexing.index_many, related.refresh_many).
    """
    row = _locked(article) if article else Article(slug=_no_slug())
    before = row.status if article else ""
    now = timezone.now()
    printed = editions.of(row) if article and row.is_published else None
    former = history.of(row) if article else None
    was_public = _was_public(row, now)
    if article:
        reviews.begin(row)
    for name, value in fields.items():
        setattr(row, name, value)
    if "reviewer" in fields:  # the file knows what was reviewed: the words that it brings
        row.reviewer_name = row.reviewer_credentials = row.review_of = ""
        row.review_is_void = False
    if at is not None:
        _give_date(row, at, now)
        if row.status != Status.PUBLISHED:
            _move(row, Status.PUBLISHED)
    if slug or (row.status == Status.PUBLISHED and is_unnamed(row)):
        _give_slug(row, unused_slug(slug or row.headline, article=article), was_public=was_public)
    row.version += 1 if article else 0
    row.save()
    if tags is not None:
        row.tags.set(tags)
    _bring_answers_in(row, answers, at=at)
    reviews.settle(row)
    if former:
        history.keep(former, row, by=None, why=FROM_A_FILE, hides=row.hides_former)
    if printed:
        editions.keep(printed, row)
    _record(row, "import", by=None, before=before)
    return row


def _bring_answers_in(row: Article, answers: list[Answer], *, at: dt.datetime | None) -> None:
    """They take the places of those that are there, and of each expert what was saved of the former answer."""
    former = history.let_go(row)
    row.answers.all().delete()
    for position, answer in enumerate(answers, start=1):
        answer.article, answer.position = row, position
        answer.status, answer.filed_at = AnswerStatus.FILED, at or timezone.now()
        answer.save()
        history.take_up(former, answer, why=FROM_A_FILE, hides=row.hides_former)
    history.drop(former)


def _make_known(article: Article) -> None:
    """What follows from a text that is public or will be: search finds it, and its neighbours are computed."""
    pk = article.pk
    indexing.index(article)
    related.refresh(article)
    transaction.on_commit(lambda: cards.forget(pk))  # it may say the words of before


def _make_unknown(article: Article) -> None:
    indexing.remove(article)
    related.forget(article)
    pk = article.pk
    transaction.on_commit(lambda: cards.forget(pk))  # a picture that is kept can be fetched by its name
