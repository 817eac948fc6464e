"""Who may open what at the desk. Loading and allowing are one call: what a person may not see is not there (404)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advice.accounts.models import User
from advice.articles.models import Answer, AnswerStatus, Article, Expert, Status

View = Callable[..., HttpResponseBase]


def person(request: HttpRequest) -> User:
    """Who works here; for views that stand behind `for_staff` or `for_editors`."""
    assert isinstance(request.user, User)
    return request.user


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in and come back; an act that was under way is not repeated, so its page comes instead."""
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    came_from = urlsplit(request.headers.get("Referer", ""))
    known = came_from.netloc == request.get_host() and came_from.path.startswith(reverse("desk:home"))
    return redirect_to_login(came_from.path if known else reverse("desk:home"))


def for_staff(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    return guarded


def for_editors(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not person(request).is_editor:
            raise Http404
        return view(request, *args, **kwargs)

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
