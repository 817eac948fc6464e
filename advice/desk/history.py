"""What was saved of an article, save by save: look, compare any two, bring one back. An expert has their own answer's."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from advice.accounts.models import User
from advice.articles.models import Article, Revision
from advice.articles.restoring import restore as restore_revision
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.desk.checks import held_back, kept_in
from advice.desk.frame import page
from advice.desk.permissions import article_for, for_staff, may_edit, may_write, person
from advice.desk.sourcing import PARTS
from advice.differing import between
from advice.letters import checking
from advice.letters.checking import NewFinds
from advice.paging import paged


def _seen_by(user: User, article: Article) -> "QuerySet[Revision]":
    revisions = article.revisions.select_related("by", "article", "answer__expert", "answer__article")
    return revisions if user.is_editor else revisions.filter(answer__expert__user=user)


def _may_restore(user: User, revision: Revision) -> bool:
    return may_write(user, revision.answer) if revision.answer else may_edit(user, revision.article)


@for_staff
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest first. With `?with=` one is chosen, and each row offers the comparison with it."""
    user = person(request)
    article = article_for(user, pk)
    seen = _seen_by(user, article)
    given = request.GET.get("with", "")
    chosen = get_object_or_404(seen, pk=int(given)) if given.isdecimal() and len(given) < 19 else None
    context = {"article": article, "page": paged(request, seen.defer("text", "sources")), "chosen": chosen}
    return page(request, "history.html", context, section="articles" if user.is_editor else "mine")


@for_staff
@require_safe
def revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One, beside the one before it of the same question or answer."""
    user = person(request)
    seen = _seen_by(user, article_for(user, pk))
    later = get_object_or_404(seen, pk=number)
    former = seen.filter(answer=later.answer_id, pk__lt=later.pk).first()
    return _show(request, former, later, whole=True)


@for_staff
@require_safe
def compare(request: HttpRequest, pk: int, one: int, other: int) -> HttpResponse:
    user = person(request)
    seen = _seen_by(user, article_for(user, pk))
    former, later = (get_object_or_404(seen, pk=number) for number in sorted((one, other)))
    return _show(request, former, later)


@for_staff
@require_POST
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    user = person(request)
    former = get_object_or_404(_seen_by(user, article_for(user, pk)), pk=number)
    version = request.POST.get("version", "")
    when = date_format(timezone.localtime(former.at), "SHORT_DATETIME_FORMAT")
    try:
        if not _may_restore(user, former):
            raise NotPermitted(_("This text is not yours to change as it stands now."))
        if not version.isdecimal() or len(version) > 9:
            raise Stale(None)
        with checking.kept_up(former.article, by=user, keep=kept_in(request.POST)):
            restore_revision(
                former, by=user, version=int(version), why=_("As it stood on %(when)s") % {"when": when}
            )
    except Stale:
        messages.warning(
            request, _("Somebody else saved this in the meantime. Look at what they wrote, then decide.")
        )
        return _refused(request, pk, number)
    except NewFinds as error:
        messages.warning(request, _("It is not restored: this may tell who wrote the letter."))
        return _refused(request, pk, number, status=422, new_finds=held_back(error.findings, request.POST))
    except NotReady as error:
        messages.warning(request, _("What is public may not lose this:") + " " + str(error))
        return _refused(request, pk, number, status=422)
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _refused(request, pk, number)
    messages.success(request, _("Restored, as a new revision."))
    return redirect("desk:history", pk)


def _refused(request: HttpRequest, pk: int, number: int, *, status: int = 409, **more: Any) -> HttpResponse:
    """What was to come back beside what stands, as both are now."""
    user = person(request)
    seen = _seen_by(user, article_for(user, pk))
    former = get_object_or_404(seen, pk=number)
    return _show(
        request, former, seen.filter(answer=former.answer_id)[0], status=status, restored=number, **more
    )


def _show(
    request: HttpRequest,
    former: Revision | None,
    later: Revision,
    *,
    whole: bool = False,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    user = person(request)
    sides = [_side(user, one) for one in (former, later) if one is not None]
    context = {
        "article": later.article,
        "former": former,
        "later": later,
        "whole": whole,
        "sides": sides,
        "parts": _parts(former or Revision(article=later.article, answer=later.answer), later),
        **more,
    }
    section = "articles" if user.is_editor else "mine"
    return page(request, "revision.html", context, section=section, status=status)


def _side(user: User, revision: Revision) -> dict[str, Any]:
    part = revision.answer or revision.article
    newest = Revision.objects.filter(article=revision.article_id, answer=revision.answer_id).first()
    return {
        "revision": revision,
        "version": part.version,
        "may_restore": revision != newest and _may_restore(user, revision),
        "is_newest": revision == newest,
    }


def _parts(former: Revision, later: Revision) -> list[dict[str, Any]]:
    """What differs, field by field."""
    labels = {
        "headline": _("Headline"),
        "dek": _("Dek"),
        "signature": _("Signature"),
        "text": _("Answer") if later.answer_id else _("Question"),
    }
    pairs = [(label, getattr(former, name), getattr(later, name)) for name, label in labels.items()]
    pairs.append((_("Sources"), _lines(former), _lines(later)))
    parts = []
    for label, before, after in pairs:
        if before != after:
            ours, theirs = between(before, after)
            parts.append({"label": label, "former": ours, "later": theirs})
    return parts


def _lines(revision: Revision) -> str:
    """Its sources, one paragraph each."""
    rows = [", ".join(str(row[part]) for part in PARTS if row.get(part)) for row in revision.sources]
    return "\n\n".join(rows)
