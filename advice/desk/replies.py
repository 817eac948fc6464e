"""Saved replies: kept at the desk, and put into a letter's forms with one press."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.desk.asked import AskForm
from advice.desk.forms import DeclineForm
from advice.desk.frame import page
from advice.desk.letters import _letter, _show
from advice.desk.permissions import for_editors, person
from advice.letters import noting
from advice.letters.models import ReplyKind, SavedReply

PER_PAGE = 30
FORMS: dict[str, tuple[str, type[forms.Form], str, str]] = {
    ReplyKind.DECLINE: ("decline_form", DeclineForm, "decline", "reason"),
    ReplyKind.ASK: ("ask_form", AskForm, "ask", "text"),
}


class ReplyForm(forms.ModelForm):
    class Meta:
        model = SavedReply
        fields = ("kind", "name", "text")
        labels = {
            "kind": gettext_lazy("For"),
            "name": gettext_lazy("Name"),
            "text": gettext_lazy("Text"),
        }
        help_texts = {
            "name": gettext_lazy("Stands on the button."),
            "text": gettext_lazy("It can still be changed wherever it is used."),
        }
        widgets = {"text": forms.Textarea({"rows": 6})}


@for_editors
@require_GET
def replies(request: HttpRequest) -> HttpResponse:
    current = Paginator(SavedReply.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "replies.html", {"page": current}, section="letters")


def _edit(request: HttpRequest, reply: SavedReply | None) -> HttpResponse:
    form = ReplyForm(request.POST or None, instance=reply)
    if request.method == "POST" and form.is_valid():
        noting.save_reply(form.save(commit=False), by=person(request))
        messages.success(request, _("Saved."))
        return redirect("desk:replies")
    context: dict[str, Any] = {"form": form, "reply": reply}
    return page(request, "reply.html", context, section="letters", status=422 if form.is_bound else 200)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(SavedReply, pk=pk))


@for_editors
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    noting.delete_reply(get_object_or_404(SavedReply, pk=pk), by=person(request))
    messages.success(request, _("Deleted."))
    return redirect("desk:replies")


@for_editors
@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Without JavaScript: the letter's page again, the reply's words after those that were typed."""
    number = request.POST.get("reply", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Http404
    reply, letter = get_object_or_404(SavedReply, pk=int(number)), _letter(pk)
    name, form, prefix, field = FORMS[reply.kind]
    data = request.POST.copy()
    typed = data.get(f"{prefix}-{field}", "").strip()
    data[f"{prefix}-{field}"] = f"{typed}\n\n{reply.text}" if typed else reply.text
    filled: dict[str, Any] = {name: form(data, prefix=prefix)}
    return _show(request, letter, **filled)
