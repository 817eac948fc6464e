"""The printed page beside the text that is being written: the same page part as readers see, with what was typed so far."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from advice.accounts.models import User
from advice.articles import autosaving
from advice.articles.models import Answer, Article, Tag
from advice.articles.models.snippets import draw
from advice.articles.page import page_of
from advice.desk.autosaves import data_of
from advice.desk.forms import AnswerForm, ArticleForm
from advice.desk.frame import page
from advice.desk.permissions import person

View = TypeVar("View", bound=Callable[..., Any])
_TYPED = ("headline", "dek", "question", "signature", "column", "sources", "tags")

# For the page that has the frame, and nobody else's.
_framing: Any = csp_replace({"frame-src": [SELF]})


def shows_preview(draw: View) -> View:
    """Stands where such a page is drawn and not at its views: an act that is refused draws it at another address."""
    drawing: View = _framing(draw)
    return drawing


def beside_the_text(view: View) -> View:
    """Let our own pages show what `view` gives in a frame, where it is asked for that; elsewhere it stands alone."""
    framed = csp_replace({"frame-ancestors": [SELF]})(xframe_options_sameorigin(view))

    @wraps(view)
    def choosing(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return (framed if "beside" in request.GET else view)(request, *args, **kwargs)

    return choosing  # type: ignore[return-value]


def preview_page(request: HttpRequest, article: Article, *, answers: Iterable[Answer]) -> HttpResponse:
    """As it was saved; with `beside` as this person has typed it since."""
    is_beside, user, tags = "beside" in request.GET, person(request), None
    answers = list(answers)
    if is_beside:
        tags = _type_question(article, user)
        for answer in answers:
            _type_answer(answer, user)
    context = {"article": article, "page": page_of(article, answers=answers, tags=tags)}
    template = "beside.html" if is_beside else "preview.html"
    response = page(request, template, context, section="articles")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _type_question(article: Article, user: User) -> list[Tag] | None:
    """Put what is kept of this person's typing into the row, which is not saved. Gives the tags that they chose."""
    kept = autosaving.kept_of(article, user)
    if kept is None:
        return None
    form = ArticleForm(data_of(kept))
    form.is_valid()
    typed = {name: value for name, value in form.cleaned_data.items() if name in _TYPED}
    tags = typed.pop("tags", None)
    for name, value in typed.items():
        setattr(article, name, value)
    article.question_html = draw(article.question).html
    return None if tags is None else list(tags)


def _type_answer(answer: Answer, user: User) -> None:
    kept = autosaving.kept_of(answer, user)
    if kept is None:
        return
    form = AnswerForm(data_of(kept))
    form.is_valid()
    if "text" in form.cleaned_data:
        answer.text = form.cleaned_data["text"]
        answer.html = draw(answer.text).html
