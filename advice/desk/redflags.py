"""Red-flag rules at the desk: write, try on old letters, put to work, check once a year, switch off."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.desk.frame import page
from advice.desk.permissions import for_editors, person
from advice.desk.redflag_forms import RedFlagForm, as_it_is
from advice.letters import redflags
from advice.letters.matching import Match, read
from advice.letters.models import Alarm, Letter, RedFlag, RedFlagVersion
from advice.letters.nearby import context_of

MOST_SHOWN = 50


def _rule(pk: int) -> RedFlag:
    rules = RedFlag.objects.select_related("live", "checked_by").prefetch_related(
        "versions__saved_by", "versions__column"
    )
    return get_object_or_404(rules, pk=pk)


@for_editors
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    found = RedFlag.objects.select_related("live").prefetch_related("versions__column")
    context = {
        "rules": sorted(found, key=lambda rule: rule.newest.name.casefold()),
        "missing": len(redflags.news()),
        "calls_nobody": not settings.DUTY_EMAILS,
    }
    return page(request, "red_flags.html", context, section="letters")


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@for_editors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, _rule(pk))


def _edit(request: HttpRequest, rule: RedFlag | None) -> HttpResponse:
    if request.method != "POST":
        return _show(request, rule, RedFlagForm(initial=as_it_is(rule.newest if rule else None)))
    form = RedFlagForm(request.POST)
    if not form.is_valid():
        return _show(request, rule, form, status=422)
    given = dict(form.cleaned_data)
    if given.pop("version") != (rule.newest.number if rule else None):
        return _overtaken(request, rule, form)
    version = redflags.save(rule, by=person(request), **given)
    messages.success(
        request,
        _("Saved as version %(number)s. Try it on old letters before you put it to work.")
        % {"number": version.number},
    )
    return redirect("desk:red_flag", version.rule_id)


def _overtaken(request: HttpRequest, rule: RedFlag | None, form: RedFlagForm) -> HttpResponse:
    """Somebody saved meanwhile: what was typed stays, and the next press is a deliberate one."""
    data = request.POST.copy()
    data["version"] = str(rule.newest.number) if rule else ""
    messages.warning(
        request, _("Somebody saved another version meanwhile; it stands below. Yours is still in the form.")
    )
    return _show(request, rule, RedFlagForm(data), status=409)


def _show(
    request: HttpRequest, rule: RedFlag | None, form: RedFlagForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "rule": rule,
        "newest": rule.newest if rule else None,
        "form": form,
        "may_put": person(request).can_publish,
    }
    return page(request, "red_flag.html", context, section="letters", status=status)


@for_editors
@require_GET
def try_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Which letters a version would call urgent. Nothing of them is marked."""
    rule = _rule(pk)
    number, before = (_whole(request.GET.get(name, "")) for name in ("version", "before"))
    version = get_object_or_404(rule.versions, number=number) if number else rule.newest
    version.rule = rule
    trial = redflags.try_on(version, before=before)
    context = {
        "rule": rule,
        "version": version,
        "trial": trial,
        "rows": [(one, redflags.cut(one.text, one.match.spots)) for one in trial.tried[:MOST_SHOWN]],
        "more": max(0, len(trial.tried) - MOST_SHOWN),
    }
    return page(request, "red_flag_try.html", context, section="letters")


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@for_editors
@require_POST
def put_to_work(request: HttpRequest, pk: int) -> HttpResponse:
    """The version that was looked at, which need not be the newest by now."""
    version = get_object_or_404(RedFlagVersion, rule=pk, number=_whole(request.POST.get("version", "")) or 0)
    if not person(request).can_publish:
        return _not_yours(request, pk)
    redflags.put_to_work(version, by=person(request))
    messages.success(
        request, _("Version %(number)s is at work from the next letter on.") % {"number": version.number}
    )
    return redirect("desk:red_flag", pk)


@for_editors
@require_POST
def switch_off(request: HttpRequest, pk: int) -> HttpResponse:
    rule = _rule(pk)
    if not person(request).can_publish:
        return _not_yours(request, pk)
    redflags.switch_off(rule, by=person(request))
    messages.success(request, _("Switched off. Its versions are kept."))
    return redirect("desk:red_flag", pk)


def _not_yours(request: HttpRequest, pk: int) -> HttpResponse:
    messages.warning(request, _("What readers see is changed by those who may publish."))
    rule = _rule(pk)
    return _show(request, rule, RedFlagForm(initial=as_it_is(rule.newest)), status=409)


@for_editors
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    redflags.still_right(_rule(pk), by=person(request))
    messages.success(request, _("Noted: still right today."))
    return redirect("desk:red_flag", pk)


@for_editors
@require_POST
def add_shipped(request: HttpRequest) -> HttpResponse:
    if not person(request).can_publish:
        messages.warning(request, _("What readers see is changed by those who may publish."))
        return redirect("desk:red_flags")
    added = redflags.load_shipped(by=person(request))
    messages.success(
        request,
        ngettext("%(count)d rule was added or renewed.", "%(count)d rules were added or renewed.", added)
        % {"count": added},
    )
    return redirect("desk:red_flags")


# -- on a letter's page --------------------------------------------------------------------------------------------


@for_editors
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter.objects.defer("email"), pk=pk)
    if redflags.seen(letter, by=person(request)):
        messages.success(request, _("Noted that you have seen it. The clock has stopped."))
    else:
        messages.info(request, _("It was noted as seen already."))
    return redirect("desk:letter", pk)


def urgency(letter: Letter) -> dict[str, Any]:
    """Why a letter is urgent, for its page: each rule it had the words of, with those words."""
    rows = []
    for flag in letter.flags.select_related("version"):
        found: list[tuple[str, str, Match | None]] = [
            (where, text, match)
            for where, text in _said(letter, flag.letter_version)
            if (match := redflags.matches(flag.version, read(text)))
        ]
        for where, text, match in found or [("", "", None)]:
            rows.append((flag, where, redflags.cut(text, match.spots) if match else []))
    return {
        "alarm": Alarm.objects.select_related("seen_by").filter(letter=letter).first() if rows else None,
        "flags": rows,
    }


def _said(letter: Letter, number: int) -> Iterator[tuple[str, str]]:
    """All that a flag of this version of the letter can come from: the version, and what its writer said beside it."""
    for one in letter.versions.all():
        if one.number == number:
            yield "", redflags.whole(one.question, one.text)
    yield _("in the line for the expert"), context_of(letter) or ""
    for enquiry in letter.enquiries.all():
        yield _("in a reply"), enquiry.reply
    for wording in letter.wordings.all():
        yield _("in a word on the wording"), wording.note
