"""Who may open what at the desk. Loading and allowing are one call: what a person may not see is not there (404)."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve, reverse

from advice.accounts.models import User
from advice.articles.models import Answer, AnswerStatus, Article, Expert, Status

View = Callable[..., HttpResponseBase]
DEEPEST = 7  # parts of an address of the desk, at most: /desk/articles/1/history/2/restore/


def person(request: HttpRequest) -> User:
    """Who works here; for views that stand behind `for_staff` or `for_editors`."""
    assert isinstance(request.user, User)
    return request.user


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in and come back; an act that was under way is not repeated, so its page comes instead."""
    if request.method in {"GET", "HEAD"}:
        path = page_at(request.path)
        return redirect_to_login(request.get_full_path() if path == request.path else path)
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # no browser writes such a one
        return redirect_to_login(reverse("desk:home"))
    known = came_from.netloc == request.get_host()
    # A form that was refused was shown again at the address of its act, which takes no GET.
    return redirect_to_login(page_at(came_from.path) if known else reverse("desk:home"))


def page_at(path: str) -> str:
    """The page at this address of the desk or, where only forms are sent to it, the nearest above; else the desk’s first."""
    home = reverse("desk:home")
    if path.startswith(home) and len(path.split("/")) > DEEPEST + 1:
        return home  # whoever made it up: nothing is looked for at each of its thousand parts
    while path.startswith(home) and not _is_page(path):
        path = _above(path)
    return path if path.startswith(home) else home


def _above(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0] + "/"


def _is_page(path: str) -> bool:
    try:
        view: Any = resolve(path).func
    except Resolver404:
        return False
    if getattr(view, "sleeps", False):
        return False  # a script asks it
    while view is not None:
        # What Django’s decorators (require_POST and the like) call the methods that they let through.
        if "GET" not in inspect.getclosurevars(view).nonlocals.get("request_method_list", ["GET"]):
            return False
        view = getattr(view, "__wrapped__", None)
    return True


def leads_up(view: View) -> View:
    """Who opens the address of an act in a browser comes to the page that has its button: a 405 is a blank page."""

    @wraps(view)
    def leading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        is_opened = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code != 405 or not is_opened:
            return response
        return redirect(page_at(_above(request.path)))

    return leading


def for_staff(view: View) -> View:
    leading = leads_up(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return leading(request, *args, **kwargs)

    return guarded


def for_editors(view: View) -> View:
    leading = leads_up(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not person(request).is_editor:
            raise Http404
        return leading(request, *args, **kwargs)

    return guarded


def for_reviewers(view: View) -> View:
    """Who may review, and is an expert in whose name that is printed; for others there is no such address."""

    @for_staff
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_reviewer(person(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def is_reviewer(user: User) -> bool:
    return user.can_review and Expert.objects.filter(user=user).exists()


def for_publishers(view: View) -> View:
    """What goes out to readers is let go by those who may publish; for others there is no such address."""

    @for_editors
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not person(request).can_publish:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def for_owners(view: View) -> View:
    """What nobody but the owners of the site may see; for others there is no such address."""

    @for_editors
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not person(request).is_owner:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def article_for(user: User, pk: int) -> Article:
    return get_object_or_404(Article.objects.for_user(user).select_related("column"), pk=pk)


def answer_for(user: User, pk: int) -> Answer:
    answers = Answer.objects.select_related("article__column", "expert__user")
    if not user.is_editor:
        answers = answers.filter(expert__user=user)
    return get_object_or_404(answers, pk=pk)


def may_write(user: User, answer: Answer) -> bool:
    """An expert writes until the answer is filed; editors after that too."""
    if user.is_editor:
        return may_edit(user, answer.article)
    return answer.status == AnswerStatus.ASSIGNED and answer.article.status == Status.DRAFT


def may_edit(user: User, article: Article) -> bool:
    """What is public, or will be by itself, is changed only by those who may publish."""
    if article.status == Status.RETRACTED:
        return False
    return user.can_publish or (user.is_editor and article.status != Status.PUBLISHED)
