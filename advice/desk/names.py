"""The names that may stand in print without being asked about: public figures, races, brands. Editors keep the list."""

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from advice.articles import checking
from advice.articles.models import AllowedName
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.paging import paged


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As it is written. Never of somebody whom a letter is about."),
    )

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if AllowedName.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("This name is on the list already."))
        return name


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                checking.allow(form.cleaned_data["name"], by=person(request))
        except IntegrityError:  # somebody else was as quick
            form.add_error("name", _("This name is on the list already."))
        else:
            messages.success(request, _("The check asks about it no more."))
            return redirect("desk:names")
    current = paged(request, AllowedName.objects.select_related("by"))
    context = {"form": form, "names": list(current), "page": current}
    return page(request, "names.html", context, section="manage", status=422 if form.errors else 200)


@for_editors
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    checking.ask_again(get_object_or_404(AllowedName, pk=pk), by=person(request))
    messages.success(request, _("The check asks about it again."))
    return redirect("desk:names")
