"""Letters: read one beside the copy that will be printed, and decide."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from advice.articles.models import Article
from advice.articles.workflow import NotPermitted
from advice.desk import asked, changed, noted, together
from advice.desk.autosaves import sent
from advice.desk.filters import choice_of
from advice.desk.forms import CopyForm, DeclineForm, show_preview
from advice.desk.frame import page
from advice.desk.markdown import rehearse
from advice.desk.named import warn
from advice.desk.permissions import for_editors, person
from advice.desk.queue import onward, queue_of
from advice.desk.redflags import urgency
from advice.desk.telling import warn_of
from advice.letters import checking, workflow
from advice.letters.models import Letter, LetterStatus, ReplyKind, SavedReply
from advice.letters.nearby import context_of
from advice.limits import takes_files

SAVED = 20  # replies that stand as buttons, of each kind


def _letter(pk: int) -> Letter:
    return get_object_or_404(
        Letter.objects.select_related("column", "article", "doubt")
        .with_clock()
        .defer("email")
        .prefetch_related("versions", "events__by", "near__article"),
        pk=pk,
    )


def _copy_of(letter: Letter) -> CopyForm:
    return CopyForm(
        initial={
            "headline": letter.current.question,
            "question": workflow.editable_copy(letter),
            "signature": letter.signature,
            "column": letter.column_id,
        }
    )


def _show(request: HttpRequest, letter: Letter, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "letter": letter,
        "waits": letter.status == LetterStatus.RECEIVED,
        "may_reopen": letter.status in {LetterStatus.SPAM, LetterStatus.DECLINED},
        "form": forms.get("form") or _copy_of(letter),
        "decline_form": forms.get("decline_form") or DeclineForm(prefix="decline"),
        "merge_form": forms.get("merge_form") or together.MergeForm(prefix="merge"),
        "wrong": next((name for name, form in forms.items() if form.errors), ""),
        "for_expert": context_of(letter),
        "queue": queue_of(request, opened=letter.pk),
        "original": letter,
        "changed": changed.asked_for(request, letter),
        **urgency(letter),
        **asked.of_letter(letter, **forms),
        **noted.of(letter.notes.all(), person(request), forms.get("note_form")),
        **_saved_replies(),
        **together.of_letter(request, letter, **forms),
    }
    return page(request, "letter.html", context, section="letters", status=status)


def _beside_queue(request: HttpRequest, article: Article) -> str:
    """The article's page, with the letters still beside it: the next one is one key away."""
    return f"{reverse('desk:article', args=[article.pk])}?{choice_of(request, 'received').query}#queue"


def _saved_replies() -> dict[str, list[SavedReply]]:
    found = list(SavedReply.objects.all())
    of_kind = {kind: [reply for reply in found if reply.kind == kind][:SAVED] for kind in ReplyKind}
    return {"saved_declines": of_kind[ReplyKind.DECLINE], "saved_asks": of_kind[ReplyKind.ASK]}


def _too_late(request: HttpRequest, pk: int, error: NotPermitted, **forms: Any) -> HttpResponse:
    """Somebody was quicker: say so, show how it stands now, and keep what was typed."""
    messages.warning(request, str(error))
    return _show(request, _letter(pk), status=409, **forms)


@for_editors
@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _letter(pk))


@takes_files
@for_editors
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _letter(pk)
    rehearsal = rehearse(request, "question", snippets=True)
    if rehearsal is not None:
        form = CopyForm(rehearsal.data)
        show_preview(form, "question", rehearsal.html)
        if rehearsal.error:
            form.add_error("question", rehearsal.error)
        return _show(request, letter, form=form)
    with_form = together.TogetherForm(request.POST, prefix="with")
    lead = together.asked_lead(request)
    if lead is not None and lead != pk:
        return _lead_instead(request, letter, _letter(lead), with_form)
    form = CopyForm(request.POST)
    if not all([form.is_valid(), with_form.is_valid()]):
        return _show(request, letter, form=form, together_form=with_form, status=422)
    others = with_form.others(letter)
    try:
        article = workflow.accept(letter, by=person(request), others=others, **form.cleaned_data)
    except NotPermitted as error:
        return _too_late(request, pk, error, form=form, together_form=with_form)
    warn(request, form.cleaned_data["question"])
    messages.success(request, _("Accepted. Here is its draft."), extra_tags=sent("letter", pk))
    return redirect(_beside_queue(request, article))


def _lead_instead(
    request: HttpRequest, letter: Letter, lead: Letter, form: together.TogetherForm
) -> HttpResponse:
    """The page of the letter that is to lead, this one ticked. What was typed is kept, the rest is of the new lead's words."""
    old, new = _copy_of(letter).initial, _copy_of(lead).initial
    copy = CopyForm(initial={name: _kept(request, name, value, new[name]) for name, value in old.items()})
    for name in ("dek", "tags"):
        copy.initial[name] = copy.fields[name].widget.value_from_datadict(request.POST, request.FILES, name)
    data = request.POST.copy()
    ticks = {*data.getlist("with-ticked"), str(letter.pk)} - {str(lead.pk)}
    data.setlist("with-ticked", sorted(ticks))
    return _show(request, lead, form=copy, together_form=together.TogetherForm(data, prefix=form.prefix))


def _kept(request: HttpRequest, name: str, before: Any, instead: Any) -> Any:
    typed = request.POST.get(name, "").replace("\r\n", "\n")
    return instead if typed == str(before or "") else typed


@for_editors
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    letter, form = _letter(pk), DeclineForm(request.POST, prefix="decline")
    if not form.is_valid():
        return _show(request, letter, decline_form=form, status=422)
    try:
        workflow.decline(letter, by=person(request), reason=form.cleaned_data["reason"])
    except NotPermitted as error:
        return _too_late(request, pk, error, decline_form=form)
    told = (
        _("Its writer is told by mail.")
        if letter.left_address
        else _("Its writer left no address; the page says why.")
    )
    said = _("Letter %(case)s is declined.") % {"case": letter.case_number}
    messages.success(request, f"{said} {told}", extra_tags=sent("decline", pk))
    return onward(request)


@for_editors
@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    letter, form = _letter(pk), together.MergeForm(request.POST, prefix="merge")
    if not form.is_valid():
        return _show(request, letter, merge_form=form, status=422)
    article = form.cleaned_data["article"]
    try:
        with checking.opened(article) as opened:
            workflow.merge(letter, article=article, by=person(request))
    except NotPermitted as error:
        return _too_late(request, pk, error, merge_form=form)
    warn_of(request, opened)
    messages.success(
        request, _("Letter %(case)s now asks for this article too.") % {"case": letter.case_number}
    )
    return redirect(_beside_queue(request, article))


@for_editors
@require_POST
def spam(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _letter(pk)
    try:
        workflow.mark_spam(letter, by=person(request))
    except NotPermitted as error:
        return _too_late(request, pk, error)
    messages.success(request, _("Letter %(case)s lies in the spam tray.") % {"case": letter.case_number})
    return onward(request)


@for_editors
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        workflow.reopen(_letter(pk), by=person(request))
    except NotPermitted as error:
        return _too_late(request, pk, error)
    messages.success(request, _("The letter is back in the queue."))
    return redirect("desk:letter", pk)
