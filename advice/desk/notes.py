"""Internal notes: written, and deleted by who wrote them or an owner."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advice.desk import articles
from advice.desk.autosaves import sent
from advice.desk.letters import _letter, _show
from advice.desk.noted import NoteForm, may_delete
from advice.desk.permissions import article_for, for_editors, person
from advice.letters import noting
from advice.letters.models import Note


@for_editors
@require_POST
def note_letter(request: HttpRequest, pk: int) -> HttpResponse:
    letter, form = _letter(pk), NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return _show(request, letter, status=422, note_form=form)
    noting.note(letter, by=person(request), **form.cleaned_data)
    messages.success(request, _("Noted."), extra_tags=sent("note-letter", pk))
    return redirect("desk:letter", pk)


@for_editors
@require_POST
def note_article(request: HttpRequest, pk: int) -> HttpResponse:
    article, form = article_for(person(request), pk), NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return articles.show(request, article, status=422, note_form=form)
    noting.note(article, by=person(request), **form.cleaned_data)
    messages.success(request, _("Noted."), extra_tags=sent("note-article", pk))
    return redirect("desk:article", pk)


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    note = get_object_or_404(Note, pk=pk)
    if not may_delete(person(request), note):
        raise Http404
    beside = ("desk:letter", note.letter_id) if note.letter_id else ("desk:article", note.article_id)
    noting.delete_note(note, by=person(request))
    messages.success(request, _("The note is deleted."))
    return redirect(*beside)
