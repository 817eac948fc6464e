"""The writer's own page: how the letter fares, and every act that is theirs. Each asks on GET and acts on POST."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advice.articles.models import Article, Status
from advice.articles.workflow import NotPermitted
from advice.differing import differ
from advice.letterbox import sent, stopcard
from advice.letterbox.forms import WordsForm
from advice.letterbox.own_forms import ReplyForm, SignatureForm, UpdateForm, VerdictForm
from advice.letterbox.place import EVERY, SHORTLY, Place, held, hold, keep, let_go, open_letter, see
from advice.letters import asking, follow_ups, retention, wishes, workflow
from advice.letters.keeping import times
from advice.letters.models import FollowUp, Letter, LetterStatus
from advice.origin import for_strangers

asks_and_acts = require_http_methods(["GET", "HEAD", "POST"])
STEPS = ("received", "read", "expert", "scheduled", "answered")
SAID_COOKIE = "said"
SAID = {"reply", "wording", "sign", "change", "mails", "late", "update", "taken_back"}


@require_safe
def arrive(request: HttpRequest, secret: str) -> HttpResponse:
    """Where mails and bookmarks lead: hand the secret to a cookie, and go on without it where it was taken."""
    letter = open_letter(secret)
    others = [one for one in held(request) if not letter.is_opened_by(one)]
    return hold(see(Place(letter, secret, by_cookie=False).to()), [secret, *others])


@require_safe
def letter(request: HttpRequest, place: Place) -> HttpResponse:
    return _show(request, place)


def _show(request: HttpRequest, place: Place, *, status: int = 200, **forms: Any) -> HttpResponse:
    letter, progress = place.letter, progress_of(place.letter)
    said = request.COOKIES.get(SAID_COOKIE, "") if place.by_cookie else request.GET.get("said", "")
    context = {
        "letter": letter,
        "at": place.at,
        "version": letter.versions.last(),
        "said": said if said in SAID else "",
        "going": _days(letter),
        **progress,
        **(_asked(letter) if progress["may_change"] else {}),
        **(_since(letter) if letter.invited_at else {}),
        "earlier": letter.enquiries.exclude(reply=""),
        "reply_form": ReplyForm(),
        "verdict_form": VerdictForm(),
        "signature_form": SignatureForm(initial={"signature": letter.wished_signature or letter.signature}),
        **forms,
    }
    response = render(request, "letterbox/letter.html", context, status=status)
    if place.by_cookie and SAID_COOKIE in request.COOKIES:
        response.delete_cookie(SAID_COOKIE, path=place.to(), samesite="Lax")
    return response


def _asked(letter: Letter) -> dict[str, Any]:
    """The open question, and the newest round on the wording beside what was sent."""
    asked: dict[str, Any] = {"enquiry": letter.enquiries.open().first(), "wording": letter.wordings.last()}
    if asked["wording"]:
        asked["original"], asked["edited"] = differ(letter.current.text, asked["wording"].text)
    return asked


def _since(letter: Letter) -> dict[str, Any]:
    """What its writer tells of since the answer: the form, and what was sent or is printed."""
    sent = follow_ups.of_letter(letter)
    return {
        "may_tell": follow_ups.may_tell(letter),
        "sent_update": sent,
        "printed_update": letter.update,
        "update_terms": follow_ups.CONSENT_VERSION,
        "update_form": _update_form(sent),
    }


def _update_form(sent: FollowUp | None, data: Any = None) -> UpdateForm:
    """What they agreed to once, they need not agree to again to change a word."""
    agreed = sent is not None and sent.consent_version == follow_ups.CONSENT_VERSION
    return UpdateForm(data, initial={"text": sent.text if sent else ""}, agreed=agreed)


def _days(letter: Letter) -> dict[str, int | None]:
    """How many days until what goes."""
    going, now = retention.goes(letter), timezone.now()
    return {
        name: None if at is None else max(0, (at - now).days)
        for name, at in (("address", going.address), ("words", going.words), ("everything", going.everything))
    }


def progress_of(letter: Letter) -> dict[str, Any]:
    """How it fares. What is scheduled is said to be ready: not even its writer is told the date."""
    article = letter.article if letter.article and letter.status == LetterStatus.ACCEPTED else None
    answered = article if article and (article.is_published or article.is_retracted) else None
    # A trap's catch looks like any other letter, so that whoever sent it learns nothing.
    status = LetterStatus.RECEIVED if letter.status == LetterStatus.SPAM else letter.status
    may_change = not answered and status in {LetterStatus.RECEIVED, LetterStatus.ACCEPTED}
    step = "answered" if answered else _step(letter, article) if may_change else str(status)
    return {
        "status": step,
        "steps": STEPS if step in STEPS else (),
        "answered": answered,
        "may_change": may_change,
        "kept": times(),
    }


def _step(letter: Letter, article: Article | None) -> str:
    if article is None:
        return "read" if letter.enquiries.exists() else "received"
    if article.status == Status.PUBLISHED:
        return "scheduled"
    return "expert" if article.answers.exists() else "read"


def _done(place: Place, said: str) -> HttpResponse:
    """Back to the page, which says so once. Where no cookies are taken the address says it, at each look."""
    if not place.by_cookie:
        return see(f"{place.to()}?said={said}")
    response = see(place.to())
    return keep(response, SAID_COOKIE, said, path=place.to(), max_age=SHORTLY)


_FORMS = {"reply": "reply_form", "wording": "verdict_form", "update": "update_form"}


def _say(
    request: HttpRequest,
    place: Place,
    what: str,
    form: forms.Form,
    *,
    words: str,
    act: Callable[..., object],
    late: dict[str, Any] | None = None,
) -> HttpResponse:
    """What the writer says in a form of the page: it meets the stop card, then `act` keeps it.

    Where it comes too late, its `words` are shown again, for they are nowhere else.
    """
    shown: dict[str, Any] = {_FORMS[what]: form}
    if not form.is_valid():
        return _show(request, place, status=422, **shown)
    if card := stopcard.before_saying(request, place, form.cleaned_data[words]):
        return card
    if stopcard.wants_change(request):
        return _show(request, place, **shown)
    try:
        act(place.letter, **form.cleaned_data)
    except NotPermitted:
        return _show(
            request, place, status=409, too_late=form.cleaned_data[words], is_late=True, **(late or {})
        )
    return _done(place, what)


@asks_and_acts
def reply(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return redirect(place.to())
    form = ReplyForm(request.POST)
    # Too late is one answered in another window, too, whose form is still there.
    return _say(request, place, "reply", form, words="reply", act=_reply, late={"reply_form": form})


def _reply(letter: Letter, *, reply: str) -> None:
    asking.reply(letter, text=reply)


@asks_and_acts
def wording(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return redirect(place.to())
    return _say(request, place, "wording", VerdictForm(request.POST), words="note", act=asking.say)


@asks_and_acts
def sign(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return redirect(place.to())
    form = SignatureForm(request.POST)
    if not form.is_valid():
        return _show(request, place, status=422, signature_form=form)
    try:
        wishes.sign(place.letter, **form.cleaned_data)
    except NotPermitted:
        return _done(place, "late")
    return _done(place, "sign")


@asks_and_acts
def change(request: HttpRequest, place: Place) -> HttpResponse:
    """A new version of the letter; the ones before it stay as they came."""
    version = place.letter.current
    posted = request.POST if request.method == "POST" else None
    form = WordsForm(posted, initial={"question": version.question, "text": version.text})
    status, too_late = 200, False
    if request.method == "POST":
        if form.is_valid() and not stopcard.wants_change(request):
            if card := stopcard.before_change(request, place, form):
                return card
            try:
                workflow.change(place.letter, **form.cleaned_data)
                return _done(place, "change")
            except NotPermitted:
                status, too_late = 409, True
        elif form.errors:
            status = 422
    context = {"letter": place.letter, "at": place.at, "form": form, "is_late": too_late}
    return render(request, "letterbox/change.html", {**context, **progress_of(place.letter)}, status=status)


@asks_and_acts
def withdraw(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method == "POST":
        try:
            workflow.withdraw(place.letter)
        except NotPermitted:
            pass  # pressed twice, or published in the meantime: their page says how it stands
        return see(place.to())
    return _ask(request, place, "withdraw")


@asks_and_acts
def update(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method != "POST":
        return redirect(place.to())
    form = _update_form(follow_ups.of_letter(place.letter), request.POST)
    return _say(request, place, "update", form, words="text", act=_tell)


def _tell(letter: Letter, *, text: str, **consent: bool) -> None:
    follow_ups.tell(letter, text=text)


@asks_and_acts
def take_back(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method == "POST":
        follow_ups.take_back(place.letter)
        return _done(place, "taken_back")
    context = {"sent_update": follow_ups.of_letter(place.letter), "printed_update": place.letter.update}
    return _ask(request, place, "take_back", **context)


@asks_and_acts
def erase(request: HttpRequest, place: Place) -> HttpResponse:
    """All of it, now. Of an answered letter the record stays, so its page stays to say so."""
    if request.method != "POST":
        return _ask(request, place, "erase")
    gone = wishes.erase(place.letter)
    return let_go(request, see(reverse("letterbox:erased")), place.letter) if gone else see(place.to())


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "letterbox/erased.html")


@asks_and_acts
def mails(request: HttpRequest, place: Place) -> HttpResponse:
    """Where each mail's last line leads."""
    if request.method == "POST":
        wishes.stop_mails(place.letter, stop=request.POST.get("stop") != "0")
        return _done(place, "mails")
    return _ask(request, place, "mails")


@require_POST
def leave(request: HttpRequest, place: Place) -> HttpResponse:
    """Close the page on a computer that others use, too."""
    return let_go(request, see(reverse("reading:front")), place.letter)


@for_strangers
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Off a stop card: close every letter that this browser has open. The card is no letter's page, so it names none."""
    response = hold(see(reverse("reading:front")), [])
    response.delete_cookie(sent.COOKIE, path=EVERY, samesite="Lax")
    return response


def _ask(request: HttpRequest, place: Place, act: str, **more: Any) -> HttpResponse:
    context = {"letter": place.letter, "at": place.at, **progress_of(place.letter), **more}
    return render(request, f"letterbox/{act}.html", context)
