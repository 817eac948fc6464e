"""What is being typed: kept on the server every few seconds, offered when its form is opened again, and rescued where
somebody presses Save after their session has ended."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from advice.accounts.idle import sleeps
from advice.accounts.models import User
from advice.articles import autosaving
from advice.articles.autosaving import Fields, Part
from advice.articles.models import Answer, Article, Autosave
from advice.desk.comparing import Difference, differences, taken, values_of, version_of
from advice.desk.forms import AnswerForm, ArticleForm
from advice.desk.permissions import answer_for, article_for, for_staff, may_edit, may_write, person

MOST = 400_000  # characters: eight times what a text may have
RESCUED_FOR = 3 * 24 * 60 * 60
NOT_TYPED = {"version", "base"}
FORMS: dict[type, type[forms.Form]] = {Answer: AnswerForm, Article: ArticleForm}


@dataclass(frozen=True)
class Typing:
    """What a form needs so that its typing is kept, and what is kept of it from before."""

    key: str
    url: str
    discard_url: str
    typist: str
    kept: Autosave | None = None
    differ: list[Difference] = field(default_factory=list)


def _name(part: Part) -> str:
    return "answer" if isinstance(part, Answer) else "article"


def typing(request: HttpRequest, part: Part, *, initial: dict[str, Any], shown: dict[str, Any]) -> Typing:
    """`initial` is the form as it begins, `shown` its values as they are read."""
    user, name = person(request), _name(part)
    kept = autosaving.kept_of(part, user)
    differ = _differences(part, kept, initial, shown) if kept else []
    return Typing(
        key=f"{name}-{part.pk}",
        url=reverse(f"desk:{name}_autosave", args=[part.pk]),
        discard_url=reverse(f"desk:{name}_discard", args=[part.pk]),
        typist=_typist(user, reverse(f"desk:{name}", args=[part.pk])),
        kept=kept if differ else None,
        differ=differ,
    )


def _differences(
    part: Part, kept: Autosave, initial: dict[str, Any], shown: dict[str, Any]
) -> list[Difference]:
    form = FORMS[type(part)](data_of(kept), initial=initial)
    names = [name for name in form.changed_data if name not in NOT_TYPED and name in shown]
    return differences(form, shown, values_of(form, names), names)


def data_of(kept: Autosave) -> QueryDict:
    """As if the form had been sent with it."""
    data = QueryDict(mutable=True)
    for name, values in kept.fields.items():
        data.setlist(name, values)
    data["version"] = str(kept.version)
    return data


def settles(part: Part) -> str:
    """The tag of a message after which the browser, too, forgets what was typed."""
    return sent(_name(part), part.pk)


def sent(name: str, pk: int) -> str:
    """The same of a small form, which is kept in the browser alone (`keep_here` in its template)."""
    return f"settles-{name}-{pk}"


# -- the script's address ---------------------------------------------------------------------------------------


def _load(user: User, name: str, pk: int) -> Part:
    if name == "answer":
        return answer_for(user, pk)
    if not user.is_editor:
        raise Http404  # an expert's form is that of their own answer
    return article_for(user, pk)


def _may(user: User, part: Part) -> bool:
    return may_write(user, part) if isinstance(part, Answer) else may_edit(user, part)


def _fields(data: QueryDict, names: Iterable[str]) -> Fields:
    known = set(names) - {"version"}
    # PostgreSQL keeps no NUL; a form refuses it, or leaves it out.
    return {
        key: [value.replace("\0", "") for value in data.getlist(key)]
        for key in data
        if key.partition("-")[0] in known and "\0" not in key
    }


def _keep(part: Part, data: QueryDict, user: User) -> Autosave | None:
    """None where it may not be kept."""
    version = version_of(data)
    fields = _fields(taken(data), FORMS[type(part)].base_fields)
    size = sum(len(value) for values in fields.values() for value in values)
    if not version or not fields or size > MOST or not _may(user, part):
        return None
    try:
        return autosaving.keep(part, by=user, version=version, fields=fields)
    except autosaving.Refused:
        return None


def _autosave(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """POST keeps what is typed; GET says whether the session lasts, with a token for a form that was opened before it."""
    if not request.user.is_authenticated:
        return JsonResponse({}, status=403)
    user = person(request)
    part = _load(user, name, pk)
    if request.method != "POST":
        return JsonResponse({"token": get_token(request)})
    kept = _keep(part, request.POST, user)
    if kept is None:
        return JsonResponse({}, status=409)
    return JsonResponse({"at": timezone.localtime(kept.at).strftime("%H:%M")})


@sleeps
@require_http_methods(["GET", "POST"])
def answer_autosave(request: HttpRequest, pk: int) -> HttpResponse:
    return _autosave(request, "answer", pk)


@sleeps
@require_http_methods(["GET", "POST"])
def article_autosave(request: HttpRequest, pk: int) -> HttpResponse:
    return _autosave(request, "article", pk)


def _discard(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    part = _load(person(request), name, pk)
    autosaving.discard(part, by=person(request))
    messages.success(request, _("Thrown away."))
    return redirect(f"desk:{name}", pk)


@for_staff
@require_POST
def answer_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _discard(request, "answer", pk)


@for_staff
@require_POST
def article_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _discard(request, "article", pk)


# -- Save, after the session has ended --------------------------------------------------------------------------


def _typist(user: User, path: str) -> str:
    """Says, signed, to whom this form was shown: with it, and with nothing else, their typing is kept though they are signed
    out by now. It opens nothing. It dies with their password and with their place at the desk."""
    return signing.dumps([user.pk, path, user.get_session_auth_hash()[:20]], salt="advice.desk.typist")


def keeps_typing(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def rescuing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if (
            request.method == "POST"
            and not request.user.is_authenticated
            and _rescued(request, view.__name__, **kwargs)
        ):
            return redirect_to_login(f"{request.path}?take_up=1")
        return view(request, *args, **kwargs)

    return rescuing


def _rescued(request: HttpRequest, name: str, pk: int) -> bool:
    try:
        user_pk, path, digest = signing.loads(
            request.POST.get("typist", ""), salt="advice.desk.typist", max_age=RESCUED_FOR
        )
    except (signing.BadSignature, ValueError):
        return False
    user = User.objects.filter(pk=user_pk, is_active=True).first()
    if user is None or path != request.path or digest != user.get_session_auth_hash()[:20]:
        return False
    return _keep(_load(user, name, pk), request.POST, user) is not None
