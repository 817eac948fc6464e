"""The calendar of what comes out, and another time for what is scheduled."""

import datetime as dt
import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from advice.articles import planning, workflow
from advice.articles.models import Article
from advice.articles.workflow import NotPermitted, NotReady, Stale
from advice.desk.forms import YEARS, MoveForm
from advice.desk.frame import page
from advice.desk.permissions import article_for, for_editors, for_publishers, person
from advice.desk.templatetags.desk import zoned
from advice.letters import checking


def _month(given: str) -> dt.date:
    if not given:
        return timezone.localdate().replace(day=1)
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", given)
    if found is None or int(found[1]) not in YEARS[1:-1]:
        raise Http404("No such month.")
    return dt.date(int(found[1]), int(found[2]), 1)


@for_editors
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    first = _month(request.GET.get("month", ""))
    context = {"month": planning.month(first), "zone": timezone.get_current_timezone_name()}
    return page(request, "calendar.html", context, section="articles")


@for_publishers
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the new time, POST moves; a time that cannot be is told beside the field."""
    article = article_for(person(request), pk)
    if request.method != "POST":
        return _show(request, article, _form(article))
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _show(request, article, form, status=422)
    try:
        moved = checking.move(article, by=person(request), **form.cleaned_data)
    except Stale as error:
        return _stale(request, error.current)
    except NotReady as error:
        form.add_error(None, [_("It cannot come out as it is:"), *error.problems])
        return _show(request, article, form, status=422)
    except NotPermitted as error:
        messages.warning(request, str(error))
        return _show(request, article_for(person(request), pk), form, status=409)
    assert moved.published_at is not None
    messages.success(request, _("It comes out on %(when)s now.") % {"when": zoned(moved.published_at)})
    month = timezone.localtime(moved.published_at).strftime("%Y-%m")
    return redirect(f"{reverse('desk:calendar')}?month={month}")


def _form(article: Article) -> MoveForm:
    at = article.published_at and timezone.localtime(article.published_at)
    return MoveForm(initial={"at": at, "version": article.version})


def _stale(request: HttpRequest, current: Article) -> HttpResponse:
    """What was typed stays in the field; its next sending is a deliberate one."""
    messages.warning(
        request, _("Somebody changed it in the meantime. See when it comes out now, then decide.")
    )
    data = request.POST.copy()
    data["version"] = str(current.version)
    return _show(request, current, MoveForm(data), status=409)


def _show(request: HttpRequest, article: Article, form: MoveForm, *, status: int = 200) -> HttpResponse:
    context = {"article": article, "form": form, "address": workflow.address_to_be(article)}
    return page(request, "move.html", context, section="articles", status=status)
