"""The review by somebody other than the authors: handed in for it, given, or sent back with what should change.

The reviewer need not be an editor. They see the one piece that waits for them, and do one of two things.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import reviews, workflow
from advice.articles.models import AnswerStatus, Article, Expert, Status
from advice.articles.workflow import NotPermitted, Stale, _locked, _record
from advice.mail.sending import send_later
from advice.site import absolute


@transaction.atomic
def hand_in(article: Article, *, by: User) -> Article:
    """For review; where its column asks for a reviewer, those who may review are told by mail."""
    row = workflow.review(article, by=by)
    if row.column is not None and row.column.asks_review and not row.review_stands:
        link = absolute(f"/desk/reviews/{row.pk}/")
        for reviewer in _reviewers(row, by):
            context = {"reviewer": reviewer, "column": row.column, "by": by, "link": link}
            assert reviewer.user is not None
            send_later("to_review", to=reviewer.user.email, context=context)
    return row


def _reviewers(article: Article, by: User) -> list[Expert]:
    experts = Expert.objects.filter(user__isnull=False).exclude(answers__article=article)
    found = experts.select_related("user").exclude(user=by).defer("bio", "bio_html")
    return [expert for expert in found if expert.user is not None and expert.user.can_review]


@transaction.atomic
def approve(article: Article, *, by: User, seen: str, on: dt.date | None = None) -> Article:
    """`by` has read it as it stands. `seen` is the fingerprint of what they read; Stale where that was changed since."""
    row, reviewer = _waiting(article, by, seen)
    return workflow.record_review(row, reviewer=reviewer, on=on or timezone.localdate(), by=by)


@transaction.atomic
def ask_for_changes(article: Article, *, by: User, seen: str, note: str) -> Article:
    """Back to the authors with the note, as an editor sends back; whoever handed it in is mailed, too.

    What is public, or will be by itself, stays: the note stands in its history, and an editor decides.
    """
    row, reviewer = _waiting(article, by, seen)
    _record(row, "ask for changes", by=by, before=row.status, note=note)
    if row.status == Status.IN_REVIEW:
        said = _("%(name)s, who reviewed it, writes:") % {"name": reviewer.name}
        for answer in row.answers.filter(status=AnswerStatus.FILED):
            workflow.send_back(answer, note=f"{said}\n\n{note}", by=by)
    editor = _who_handed_in(row)
    if editor is not None and editor.is_active and editor != by:
        context = {"editor": editor, "reviewer": reviewer, "column": row.column}
        link = absolute(f"/desk/articles/{row.pk}/")
        send_later("changes_asked", to=editor.email, context={**context, "link": link})
    row.refresh_from_db()
    return row


def _waiting(article: Article, by: User, seen: str) -> tuple[Article, Expert]:
    """The piece, locked, and who reviews it. Raises NotPermitted where it does not wait for them any more."""
    row = _locked(article)
    if not Article.objects.to_review_by(by).filter(pk=row.pk).exists():
        raise NotPermitted(_("This does not wait for your review any more."))
    if reviews.fingerprint(row) != seen:
        raise Stale(row)
    return row, Expert.objects.get(user=by)


def _who_handed_in(article: Article) -> User | None:
    event = article.events.filter(verb__in=["review", "publish"]).exclude(by=None).order_by("-pk").first()
    return event.by if event else None
