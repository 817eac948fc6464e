"""The door for readers who ask. A letter's writer has no account: who holds the link holds the letter."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from advice.articles.models import Column
from advice.articles.searching import Found
from advice.caching import public
from advice.letterbox import nearby, sent, spam, stopcard
from advice.letterbox.forms import LetterForm
from advice.letters import workflow
from advice.letters.keeping import times
from advice.letters.models import Letter
from advice.letters.nearby import DRAFT
from advice.origin import for_strangers
from advice.throttle.models import allow, network
from advice.typed import printable

HOUR = 60 * 60
LETTERS_AN_HOUR = (
    500  # from one network: no office writes as many, and what is doubtful lies in the tray long before
)
LONGEST_CARRIED = 2_000  # characters


@public()
@for_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, column: str = "") -> HttpResponse:
    """The form, and what is sent with it. It stands in a cacheable page, so it knows nothing of who looks at it."""
    chosen = get_object_or_404(Column, slug=column) if column else None
    if request.method != "POST":
        carried = _carried(request.GET.get("q", ""))
        form = LetterForm(initial={"column": column, **carried}, chosen=chosen)
        response = _ask_page(request, form, chosen, more={"carried": bool(carried)})
        return _kept_out(response) if carried else response
    form = LetterForm(request.POST, chosen=chosen)
    if not form.is_valid():
        return _ask_page(request, form, chosen, status=422)
    if stopcard.wants_change(request):
        return _ask_page(request, form, chosen)
    try:
        card = stopcard.before_sending(request, form, chosen)
        if card is not None:
            return card
        near = nearby.near_to(request, form)
        if nearby.is_to_be_asked(request, form, near):
            return _ask_page(request, form, chosen, more=nearby.shown_now(form, near))
        if not allow("ask", network(request), limit=LETTERS_AN_HOUR, seconds=HOUR):
            return _not_now(_ask_page(request, form, chosen, status=429), HOUR)
        letter = _receive(request, form, near)
    except (
        OperationalError
    ):  # the database is away, or busy for longer than a reader waits: nothing was stored
        return _not_now(_ask_page(request, form, chosen, status=503), 30)
    return sent.lead_on(letter)


def _kept_out(response: HttpResponse) -> HttpResponse:
    """What somebody looked for may be as private as a letter: no cache keeps it, and no search engine."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _carried(words: str) -> dict[str, str]:
    """What somebody looked for and did not find, as the beginning of a letter: in its one line where it fits there."""
    words = " ".join(printable(words[:LONGEST_CARRIED]).split())
    return {"question" if len(words) <= 160 else "text": words} if words else {}


def _not_now(response: HttpResponse, seconds: int) -> HttpResponse:
    response.headers["Retry-After"] = str(seconds)
    return response


def _ask_page(
    request: HttpRequest,
    form: LetterForm,
    column: Column | None,
    *,
    status: int = 200,
    more: dict[str, object] | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "column": column,
        "is_busy": status == 429,
        "is_away": status == 503,
        "kept": times(),
        "draft_days": DRAFT.days,
        "terms": workflow.CONSENT_VERSION,
        "seen": " ".join(form.seen),
        "stamp": str(form.data.get("shown", ""))[:200] if form.is_bound else spam.page_stamp(),
        **(more or {}),
    }
    return render(request, "letterbox/ask.html", context, status=status)


def _receive(request: HttpRequest, form: LetterForm, near: list[Found]) -> Letter:
    given = {name: value for name, value in form.cleaned_data.items() if name != "consent"}
    doubts = spam.points(request, form)
    letter, _ = workflow.receive(**given, spam=form.is_spam, doubts=doubts, near=near, shown=form.seen)
    return letter
