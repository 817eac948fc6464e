"""The trace, as the staff read it: who did what to what, and when, newest first, narrowed by a form whose address can be kept."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from advice.accounts.models import User
from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.trace.models import Act, ActQuerySet, Kind
from advice.typed import is_number

PER_PAGE = 50
# What has a page at the desk where one can look further, by kind.
PAGES = {
    Kind.LETTER: "desk:letter",
    Kind.ARTICLE: "desk:article",
    Kind.ANSWER: "desk:answer",
    Kind.ISSUE: "desk:issue",
    Kind.RED_FLAG: "desk:red_flag",
    Kind.NEWSLETTER: "desk:newsletter",
    Kind.TAG: "desk:tag",
    Kind.COLUMN: "desk:column",
    Kind.EXPERT: "desk:expert",
    Kind.SNIPPET: "desk:snippet",
}
# Of these only the owners read: they tell when somebody works, and who tried to get in.
COMING_AND_GOING = (
    *("sign in", "sign out", "fail to sign in", "set password", "sign out elsewhere", "use recovery code"),
    *("add second factor", "remove second factor", "make recovery codes", "rename passkey"),
)


class TraceForm(forms.Form):
    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    verb = forms.ChoiceField(label=_("Did"), required=False)
    kind = forms.ChoiceField(label=_("To"), required=False, choices=[("", _("anything")), *Kind.choices])
    number = forms.IntegerField(
        label=_("Number"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text=_("As the address has it."),
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(
        label=_("To the end of"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, verbs: list[str], names: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = sorted(names.items(), key=lambda one: one[1].casefold())
        self.fields["who"].choices = [("", _("anybody")), (0, _("the command line")), *people]  # type: ignore[attr-defined]
        self.fields["verb"].choices = [("", _("anything")), *((verb, verb) for verb in verbs)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the day it begins from."))
        return cleaned


def _verbs(acts: ActQuerySet) -> list[str]:
    """The different ones, by skipping from each to the next in their index: there are a hundred at most, of any number."""
    found: list[str] = []
    while (
        next_one := acts.filter(verb__gt=found[-1] if found else "")
        .order_by("verb")
        .values_list("verb", flat=True)
        .first()
    ):
        found.append(next_one)
    return found


def _narrowed(acts: ActQuerySet, given: dict[str, Any]) -> ActQuerySet:
    if given.get("who") is not None:
        acts = acts.filter(person=given["who"] or None)
    for name in ("verb", "kind", "number"):
        if given.get(name):
            acts = acts.filter(**{name: given[name]})
    if given.get("since"):
        acts = acts.filter(at__gte=_midnight(given["since"]))
    if given.get("until"):
        acts = acts.filter(at__lt=_midnight(given["until"] + dt.timedelta(days=1)))
    return acts


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


@for_editors
@require_GET
def trace(request: HttpRequest) -> HttpResponse:
    """A page begins before the line that the address names, so that however long the trace is each takes as long."""
    names = dict(User.objects.values_list("pk", "name"))
    acts = Act.objects.all()
    if not person(request).is_owner:
        acts = acts.exclude(verb__in=COMING_AND_GOING)
    form = TraceForm(request.GET or None, verbs=_verbs(acts), names=names)
    if form.is_bound and form.is_valid():
        acts = _narrowed(acts, form.cleaned_data)
    before = request.GET.get("before", "")
    if is_number(before):
        acts = acts.filter(pk__lt=int(before))
    lines = list(acts.order_by("-pk")[: PER_PAGE + 1])
    given = request.GET.copy()
    if len(lines) > PER_PAGE:
        lines.pop()
        given["before"] = str(lines[-1].pk)
    else:
        given = None  # type: ignore[assignment]
    context = {
        "form": form,
        "lines": [_Line(line, names) for line in lines],
        "older": given.urlencode() if given else "",
    }
    return page(request, "trace.html", context, section="people", status=422 if form.errors else 200)


class _Line:
    """A line with the names that belong to its numbers."""

    def __init__(self, act: Act, names: dict[int, str]) -> None:
        self.act = act
        self.who = (
            names.get(act.person, _("an account that was erased")) if act.person else _("the command line")
        )
        self.what = dict(Kind.choices).get(act.kind, act.kind)
        is_gone = act.verb == "delete" or (act.kind == Kind.TAG and act.verb == "merge")
        self.page = PAGES.get(act.kind) if act.number and not is_gone else None  # type: ignore[call-overload]
