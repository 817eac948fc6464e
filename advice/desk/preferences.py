"""How somebody likes to work at the desk: their own choice, which changes nothing for others."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from advice.desk.frame import page
from advice.desk.permissions import for_staff, person


class PreferencesForm(forms.Form):
    uses_shortcuts = forms.BooleanField(
        label=lazy("Single letters work as shortcuts"),
        required=False,
        help_text=lazy(
            "Only while the queue has the focus; each stands on its button, and “?” shows them all. Switch them off if"
            " you speak to your computer, or if they get in your way."
        ),
    )
    opens_next = forms.BooleanField(
        label=lazy("After an act on a letter, open the next one"),
        required=False,
        help_text=lazy("Otherwise the queue comes back."),
    )


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        form.full_clean()  # two boxes: there is nothing that could be wrong
        user.uses_shortcuts, user.opens_next = (
            form.cleaned_data[name] for name in ("uses_shortcuts", "opens_next")
        )
        user.save(update_fields=["uses_shortcuts", "opens_next"])
        messages.success(request, _("Saved."))
        return redirect("desk:preferences")
    form = PreferencesForm(initial={"uses_shortcuts": user.uses_shortcuts, "opens_next": user.opens_next})
    return page(request, "preferences.html", {"form": form}, section="preferences")
