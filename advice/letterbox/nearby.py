"""“Already answered?”, at the moment of sending: what is near to a letter, and the reader who needs to send none.

None of this stands in a letter's way: where the search fails or too many ask, the letter is simply sent.
"""

import logging
import secrets
from collections.abc import Sequence

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from advice.articles import searching
from advice.articles.models import Article
from advice.articles.searching import Found
from advice.caching import public
from advice.letterbox import similar
from advice.letterbox.forms import LetterForm
from advice.letters.nearby import count_saved
from advice.origin import for_strangers
from advice.throttle.models import allow, network

HOUR = 60 * 60
SAVED_AN_HOUR = 60  # counted from one network, which may be a whole school
SHOWN = 3
LONGEST_TOKEN = 64  # characters

logger = logging.getLogger("advice.letterbox")


def near_to(request: HttpRequest, form: LetterForm) -> list[Found]:
    """The published answers that may well answer this letter; none where that cannot be found out."""
    words = f"{form.cleaned_data['question']}\n{form.cleaned_data['text']}"
    try:
        if not allow("similar", network(request), limit=similar.ASKED_A_MINUTE, seconds=similar.MINUTE):
            return []
        return searching.near_enough(words[: similar.LONGEST], limit=SHOWN)
    except Exception as error:  # its words may be the letter's, so only its kind is logged
        logger.error("No near answers were looked for (%s).", type(error).__name__)
        return []


def is_to_be_asked(request: HttpRequest, form: LetterForm, near: Sequence[Found]) -> bool:
    """Whether the writer sees what is near before the letter is sent: once, and not where they saw the nearest already
    while they typed. A program, which asks for no page, has nobody who would read it."""
    if not near or form.is_checked or form.is_spam or not _reads_pages(request):
        return False
    return near[0].article.slug not in form.seen


def _reads_pages(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def shown_now(form: LetterForm, near: Sequence[Found]) -> dict[str, object]:
    """What the page that asks has besides the form."""
    slugs = [one.article.slug for one in near]
    return {
        "near": near,
        "token": secrets.token_urlsafe(16),
        "seen": " ".join([*form.seen, *(slug for slug in slugs if slug not in form.seen)]),
    }


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def answered(request: HttpRequest, slug: str) -> HttpResponse:
    """“This answers my question”: counted, and the form ends here. Nothing of what was written comes with it."""
    article = Article.objects.published().for_cards().prefetch_related("tags").filter(slug=slug).first()
    if article is None:
        raise Http404
    if request.method == "POST":
        _count(request, article)
        return HttpResponseRedirect(reverse("letterbox:answered", args=[article.slug]), status=303)
    return render(request, "letterbox/answered.html", {"article": article})


def _count(request: HttpRequest, article: Article) -> None:
    token = request.POST.get("token", "")[:LONGEST_TOKEN]
    if not token:
        return  # not from our form
    try:
        if allow("saved", network(request), limit=SAVED_AN_HOUR, seconds=HOUR):
            count_saved(article, token=token)
    except OperationalError:
        pass  # the reader has their answer; one that is not counted costs less than an error
