"""Answers: an expert writes, saves and files; an editor edits, sends back or takes back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.articles import autosaving, history, workflow
from advice.articles.models import Answer, AnswerStatus, Status
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.desk import articles, autosaves
from advice.desk.autosaves import keeps_typing
from advice.desk.beside import beside_the_text, preview_page, shows_preview
from advice.desk.checks import held_back, kept_in
from advice.desk.comparing import (
    differences,
    of_revision,
    refuse_marks,
    taken,
    values_of,
    version_of,
    with_boxes,
)
from advice.desk.forms import AnswerForm, SendBackForm, show_preview
from advice.desk.frame import page
from advice.desk.markdown import rehearse
from advice.desk.named import warn
from advice.desk.permissions import answer_for, for_editors, for_staff, may_write, person
from advice.letters import asking, checking
from advice.letters.checking import NewFinds
from advice.letters.nearby import contexts
from advice.limits import takes_files


def _initial(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, "version": answer.version}


@shows_preview
def _show(request: HttpRequest, answer: Answer, *, status: int = 200, **context: Any) -> HttpResponse:
    user, initial = person(request), _initial(answer)
    context = {
        "typing": autosaves.typing(request, answer, initial=initial, shown={"text": answer.text}),
        "answer": answer,
        "article": answer.article,
        "may_write": may_write(user, answer),
        "was_sent_back": workflow.was_sent_back(answer),
        "for_expert": contexts(answer.article),
        "writer_asked_since": asking.waiting_since([answer.article_id]).get(answer.article_id),
        "may_file": answer.status == AnswerStatus.ASSIGNED and answer.article.status == Status.DRAFT,
        "form": AnswerForm(initial=initial),
        **context,
    }
    return page(
        request, "answer.html", context, section="articles" if user.is_editor else "mine", status=status
    )


def _stale(
    request: HttpRequest, answer: Answer, current: Answer, data: QueryDict, *, status: int = 409
) -> HttpResponse:
    """Both texts and what they make together; ours still in the form, whose next save is a deliberate one."""
    began = history.at_version(current, version_of(data))
    data = data.copy()
    data["version"] = str(current.version)
    form, theirs = AnswerForm(data), {"text": current.text}
    ours = values_of(form, ["text"])
    differ = differences(form, theirs, ours, ["text"])
    if may_write(person(request), answer):
        differ = with_boxes(differ, base=of_revision(began), theirs=theirs, ours=ours)
    return _show(request, answer, status=status, form=form, differ=differ, stale=True)


def _opened(request: HttpRequest, answer: Answer) -> HttpResponse:
    """As it was saved or, where that is asked for, with what this person typed since."""
    kept = autosaving.kept_of(answer, person(request)) if "take_up" in request.GET else None
    if kept is None:
        return _show(request, answer)
    data = autosaves.data_of(kept)
    if kept.version != answer.version:
        return _stale(request, answer, answer, data, status=200)
    return _show(request, answer, form=AnswerForm(data), taken_up=kept)


def _rehearsed(request: HttpRequest, answer: Answer) -> HttpResponse | None:
    rehearsal = rehearse(request, "text", snippets=True)
    if rehearsal is None:
        return None
    form = AnswerForm(rehearsal.data)
    show_preview(form, "text", rehearsal.html)
    if rehearsal.error:
        form.add_error("text", rehearsal.error)
    return _show(request, answer, form=form)


@takes_files
@keeps_typing
@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    answer = answer_for(user, pk)
    if request.method != "POST":
        return _opened(request, answer)
    shown_again = _rehearsed(request, answer)
    if shown_again is not None:
        return shown_again
    data = taken(request.POST)
    form = AnswerForm(data)
    if form.is_valid():
        refuse_marks(form)
    if form.errors:
        return _show(request, answer, form=form, status=422)
    if not may_write(user, answer):
        return _too_late(
            request, answer, form, NotPermitted(_("This answer is filed; ask the editor to send it back."))
        )
    act = workflow.file_answer if request.POST.get("action") == "file" else workflow.save_answer
    try:
        with checking.kept_up(answer.article, by=user, keep=kept_in(request.POST)):
            act(answer, by=user, **form.cleaned_data)
    except Stale as error:
        return _stale(request, answer_for(user, pk), error.current, data)
    except NewFinds as error:
        found = held_back(error.findings, request.POST)
        return _show(request, answer_for(user, pk), form=form, new_finds=found, status=422)
    except NotReady as error:
        form.add_error("text", error.problems)
        return _show(request, answer, form=form, status=422)
    except NotPermitted as error:
        return _too_late(request, answer_for(user, pk), form, error)
    autosaving.discard(answer, by=user)
    warn(request, form.cleaned_data["text"])
    settles = autosaves.settles(answer)
    if act is workflow.file_answer:
        messages.success(request, _("Filed. Thank you."), extra_tags=settles)
        return redirect("desk:article", answer.article_id) if user.is_editor else redirect("desk:home")
    messages.success(request, _("Saved."), extra_tags=settles)
    return redirect("desk:answer", pk)


def _too_late(request: HttpRequest, answer: Answer, form: AnswerForm, error: NotPermitted) -> HttpResponse:
    messages.warning(request, str(error))
    return _show(request, answer, form=form, kept=form.data.get("text", ""), status=409)


@for_staff
@require_GET
@beside_the_text
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with this answer as this person has typed it so far."""
    answer = answer_for(person(request), pk)
    return preview_page(request, answer.article, answers=[answer])


@for_editors
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    answer, form = answer_for(person(request), pk), SendBackForm(request.POST, prefix=f"back-{pk}")
    if not form.is_valid():
        return articles.show(request, answer.article, status=422, back_form=(pk, form))
    try:
        workflow.send_back(answer, note=form.cleaned_data["note"], by=person(request))
    except NotPermitted as error:
        return articles.too_late(request, answer.article_id, error, back_form=(pk, form))
    messages.success(request, _("Sent back with your note."), extra_tags=autosaves.sent("back", pk))
    return redirect("desk:article", answer.article_id)


@for_editors
@require_POST
def unassign(request: HttpRequest, pk: int) -> HttpResponse:
    answer = answer_for(person(request), pk)
    try:
        workflow.unassign(answer, by=person(request))
    except NotPermitted as error:
        return articles.too_late(request, answer.article_id, error)
    messages.success(request, _("Taken back."))
    return redirect("desk:article", answer.article_id)
