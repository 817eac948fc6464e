"""Articles: edit, assign, review, publish, correct, retract. Each act is one call of a workflow function."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import autosaving, choices, editions, history, reviewing, tallies, workflow
from advice.articles.models import Article, Related, RelatedChoice, Status
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.desk import autosaves
from advice.desk.askers import of_article as of_letters
from advice.desk.autosaves import keeps_typing
from advice.desk.beside import beside_the_text, preview_page, shows_preview
from advice.desk.checks import held_back, kept_in, of_check
from advice.desk.comparing import (
    differences,
    of_revision,
    refuse_marks,
    taken,
    values_of,
    version_of,
    with_boxes,
)
from advice.desk.filters import ARTICLES
from advice.desk.forms import (
    ArticleForm,
    AssignForm,
    CorrectForm,
    NewArticleForm,
    PublishForm,
    RelatedForm,
    ReviewedForm,
    SendBackForm,
    of_article,
    show_preview,
)
from advice.desk.frame import page
from advice.desk.markdown import rehearse
from advice.desk.named import warn
from advice.desk.permissions import article_for, for_editors, for_staff, may_edit, person
from advice.desk.queue import queue_of
from advice.desk.templatetags.desk import zoned
from advice.desk.together import JoinForm
from advice.letters import checking
from advice.letters import workflow as letters_workflow
from advice.letters.checking import NewFinds
from advice.limits import takes_files


def _answers(article: Article, failed: tuple[int, SendBackForm] | None) -> list[dict[str, Any]]:
    """Each answer with its own form for sending it back."""
    forms = dict([failed] if failed else [])
    return [
        {"answer": answer, "back_form": forms.get(answer.pk) or SendBackForm(prefix=f"back-{answer.pk}")}
        for answer in article.answers.select_related("expert__user")
    ]


def _corrected(article: Article) -> dict[str, Any]:
    """What a new note may lead to, or take away."""
    if not article.is_published:
        return {}
    return {
        "stood_before": editions.before(article),
        "has_notes": article.corrections.exists(),
        "has_old_slugs": article.old_slugs.exists(),
    }


def _neighbours(article: Article) -> dict[str, Any]:
    choices = list(RelatedChoice.objects.filter(article=article).select_related("other").order_by("pk"))
    chosen = {choice.other_id for choice in choices}
    rows = Related.objects.filter(article=article).select_related("neighbour")
    return {
        "pinned": [choice.other for choice in choices if not choice.excluded],
        "excluded": [choice.other for choice in choices if choice.excluded],
        "computed": [row.neighbour for row in rows if row.neighbour_id not in chosen],
    }


@shows_preview
def show(request: HttpRequest, article: Article, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The article's page at the desk; `forms` are those that were sent and are shown again."""
    user, initial = person(request), of_article(article)
    context = {
        "article": article,
        "form": _form(article, initial=initial),
        "typing": autosaves.typing(request, article, initial=initial, shown=_shown(article)),
        "assign_form": AssignForm(prefix="assign"),
        "publish_form": PublishForm(prefix="publish"),
        "correct_form": CorrectForm(prefix="correct"),
        "related_form": RelatedForm(article, prefix="related"),
        "reviewed_form": ReviewedForm(article, by=user, prefix="reviewed"),
        "join_form": JoinForm(prefix="join"),
        **forms,
        "answers": _answers(article, forms.get("back_form")),
        **of_check(article, forms.get("waive_form"), forms.get("decided")),
        "address": "" if article.is_published or article.is_retracted else workflow.address_to_be(article),
        "withdrawn": letters_workflow.is_withdrawn(article),
        "may_edit": may_edit(user, article),
        "tally": tallies.counts(article),
        **_corrected(article),
        "corrections": article.corrections.select_related("by"),
        "updates": article.updates.all(),
        "events": article.events.select_related("by").order_by("-pk")[:50],
        **of_letters(request, article, forms.get("note_form")),
        "queue": queue_of(request, default=article.stage),
        "stage_label": ARTICLES[article.stage],
        **_neighbours(article),
        "promotions": article.promotions.order_by("pk"),
    }
    return page(request, "article.html", context, section="articles", status=status)


def _form(article: Article, *args: Any, **kwargs: Any) -> ArticleForm:
    form = ArticleForm(*args, public=article.status == Status.PUBLISHED, **kwargs)
    if article.waivers.filter(point="tag").exists():
        form.fields["tags"].required = False
    return form


def _shown(article: Article) -> dict[str, Any]:
    """The values of its form as they are read: the column and the tags by name."""
    return {**of_article(article), "column": article.column, "tags": list(article.tags.all())}


def too_late(request: HttpRequest, pk: int, error: NotPermitted, **forms: Any) -> HttpResponse:
    """Not possible from where the piece stands by now: say so, show it, and keep what was typed."""
    messages.warning(request, str(error))
    return show(request, article_for(person(request), pk), status=409, **forms)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An article without a letter."""
    form = NewArticleForm(
        request.POST or None, initial={"headline": request.GET.get("headline", "")[:160].replace("\0", "")}
    )
    if request.method == "POST" and form.is_valid():
        article = workflow.draft(by=person(request), **form.cleaned_data)
        return redirect("desk:article", article.pk)
    status = 422 if request.method == "POST" else 200
    return page(request, "new.html", {"form": form}, section="articles", status=status)


@takes_files
@keeps_typing
@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows it, POST saves its texts. An expert is shown their own answer instead."""
    user = person(request)
    article = article_for(user, pk)
    if not user.is_editor:
        return redirect("desk:answer", article.answers.get(expert__user=user).pk)
    return _save(request, article) if request.method == "POST" else _opened(request, article)


def _opened(request: HttpRequest, article: Article) -> HttpResponse:
    """As it was saved or, where that is asked for, with what this person typed since."""
    kept = autosaving.kept_of(article, person(request)) if "take_up" in request.GET else None
    if kept is None:
        return show(request, article)
    data = autosaves.data_of(kept)
    if kept.version != article.version:
        return _stale(request, article, data, status=200)
    return show(request, article, form=_form(article, data), taken_up=kept)


def _save(request: HttpRequest, article: Article) -> HttpResponse:
    rehearsal = rehearse(request, "question", snippets=True)
    if rehearsal is not None:
        form = _form(article, rehearsal.data)
        show_preview(form, "question", rehearsal.html)
        if rehearsal.error:
            form.add_error("question", rehearsal.error)
        return show(request, article, form=form)
    data = taken(request.POST)
    form = _form(article, data)
    if not may_edit(person(request), article):
        error = NotPermitted(_("What is public is changed by those who may publish."))
        return too_late(request, article.pk, error, form=form)
    if form.is_valid():
        refuse_marks(form)
    if form.errors:
        return show(request, article, form=form, status=422)
    try:
        with checking.kept_up(article, by=person(request), keep=kept_in(request.POST)):
            workflow.edit(article, by=person(request), **form.cleaned_data)
    except Stale as error:
        return _stale(request, error.current, data)
    except NewFinds as error:
        found = held_back(error.findings, request.POST)
        return show(request, article, form=form, new_finds=found, status=422)
    except NotReady as error:
        form.add_error(None, [_("What is public may not lose this:"), *error.problems])
        return show(request, article, form=form, status=422)
    except NotPermitted as error:
        return too_late(request, article.pk, error, form=form)
    autosaving.discard(article, by=person(request))
    warn(request, form.cleaned_data["question"])
    messages.success(request, _("Saved."), extra_tags=autosaves.settles(article))
    return redirect("desk:article", article.pk)


def _stale(request: HttpRequest, current: Article, data: QueryDict, *, status: int = 409) -> HttpResponse:
    """Both texts: theirs as it stands, ours still in the form, whose next save is a deliberate one."""
    began = history.at_version(current, version_of(data))
    data = data.copy()
    data["version"] = str(current.version)
    form, theirs = _form(current, data), _shown(current)
    names = [*_COMPARED, *(name for name in ("sources", "announced_as") if _is_sent(form, name))]
    ours = values_of(form, names)
    differ = differences(form, theirs, ours, names)
    if may_edit(person(request), current):
        differ = with_boxes(differ, base=of_revision(began), theirs=theirs, ours=ours)
    return show(request, current, status=status, form=form, differ=differ, stale=True)


_COMPARED = ("headline", "dek", "question", "signature", "column", "tags", "slug")


def _is_sent(form: ArticleForm, name: str) -> bool:
    return not form.fields[name].widget.value_omitted_from_data(form.data, form.files, name)


@for_editors
@require_GET
@beside_the_text
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as readers will see it."""
    article = article_for(person(request), pk)
    return preview_page(request, article, answers=article.answers.select_related("expert"))


# -- acts: one button each --------------------------------------------------------------------------------------


def _act(
    request: HttpRequest,
    pk: int,
    done: str | Callable[[], str],
    act: Callable[[Article], Any],
    *,
    tags: str = "",
    **forms: Any,
) -> HttpResponse:
    """Do it where its form, if it has one, is in order; `done` is what is said then, with these tags."""
    article = article_for(person(request), pk)
    if not all(form.is_valid() for form in forms.values()):
        return show(request, article, status=422, **forms)
    try:
        act(article)
    except NewFinds as error:
        found = held_back(error.findings, request.POST)
        return show(request, article, status=422, found_beside=found, **forms)
    except NotPermitted as error:
        if isinstance(error, NotReady):
            forms["missing"] = error.problems
        return too_late(request, pk, error, **forms)
    messages.success(request, done() if callable(done) else done, extra_tags=tags)
    return redirect("desk:article", pk)


def _publishes(request: HttpRequest) -> None:
    if not person(request).can_publish:
        raise NotPermitted(_("This is done by those who may publish."))


@for_editors
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    form = AssignForm(request.POST, prefix="assign")

    def act(article: Article) -> None:
        workflow.assign(article, by=person(request), **form.cleaned_data)

    def done() -> str:
        return _("Assigned to %(name)s.") % {"name": form.cleaned_data["expert"].name}

    return _act(request, pk, done, act, assign_form=form)


@for_editors
@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, _("It is in review."), lambda it: reviewing.hand_in(it, by=person(request)))


@for_editors
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    form = PublishForm(request.POST, prefix="publish")

    def act(article: Article) -> None:
        _publishes(request)
        checking.publish(article, by=person(request), **form.cleaned_data)

    def done() -> str:
        at = form.cleaned_data["at"]
        if at is not None and at > timezone.now():
            return _("It will be published on %(when)s.") % {"when": zoned(at)}
        return _("It is published.")

    return _act(request, pk, done, act, publish_form=form)


@for_editors
@require_POST
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    def act(article: Article) -> None:
        if article.status == Status.PUBLISHED:
            _publishes(request)
        workflow.unpublish(article, by=person(request))

    return _act(request, pk, _("It is a draft again."), act)


@for_editors
@require_POST
def reviewed(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody other than its authors has read it as a reviewer: their name and the day are printed."""
    form = ReviewedForm(article_for(person(request), pk), request.POST, by=person(request), prefix="reviewed")

    def act(article: Article) -> None:
        if not person(request).can_review:
            raise NotPermitted(_("This is done by those who may review."))
        workflow.record_review(article, by=person(request), **form.cleaned_data)

    return _act(request, pk, _("The review is recorded, and is printed."), act, reviewed_form=form)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks once more, POST deletes: there is no way back."""
    article = article_for(person(request), pk)
    status = 200
    if request.method == "POST":
        try:
            _publishes(request)
            workflow.delete(article, by=person(request))
        except NotPermitted as error:
            messages.warning(request, str(error))
            status = 409
        else:
            messages.success(request, _("Deleted."))
            return redirect("desk:articles")
    context = {"article": article, "was_public": workflow.was_public(article)}
    return page(request, "delete.html", context, section="articles", status=status)


@for_editors
@require_POST
def choose_related(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin or exclude a neighbour, or leave it to the computation again."""
    by = person(request)
    article, done = article_for(by, pk), _("The related articles are computed anew.")
    forgotten = request.POST.get("forget", "")
    if forgotten.isdecimal() and len(forgotten) < 19:
        other = get_object_or_404(Article, pk=int(forgotten))
        return _act(request, pk, done, lambda it: choices.forget(it, other, by=by))
    form = RelatedForm(article, request.POST, prefix="related")
    return _act(
        request, pk, done, lambda it: choices.choose(it, by=by, **form.cleaned_data), related_form=form
    )
