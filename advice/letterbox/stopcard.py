"""The stop card: what somebody whose letter has the words of a red-flag rule reads before it is sent.

It is shown once for each version of a rule, with everything they wrote kept in the page. It never holds a letter back.
"""

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advice.articles.models import Column
from advice.letterbox.forms import LetterForm, WordsForm
from advice.letterbox.place import Place
from advice.letters import redflags
from advice.letters.models import RedFlagVersion
from advice.typed import printable

SEEN, ACT = "stop_card", "stop_card_act"
_PLAIN_NUMBER = re.compile(r"\+?[\d ()./–-]+")
MOST_CARRIED = 50  # fields; more than any form of ours has


def before_sending(request: HttpRequest, form: LetterForm, column: Column | None) -> HttpResponse | None:
    """The card, where one has to be shown before `form` is sent; else None. `form` is valid."""
    given = form.cleaned_data
    found = redflags.flags_in(
        question=given["question"],
        text=given["text"],
        context=given.get("context", ""),
        column=given["column"],
    )
    return _card(request, found, {"form": form, "column": column})


def before_change(request: HttpRequest, place: Place, form: WordsForm) -> HttpResponse | None:
    found = redflags.flags_in(**form.cleaned_data, column=place.letter.column)
    return _card(request, found, _own(place, form.cleaned_data))


def before_saying(request: HttpRequest, place: Place, text: str) -> HttpResponse | None:
    """The same for a reply, or a word on the wording."""
    found = redflags.flags_since(place.letter, text) if text.strip() else []
    return _card(request, found, _own(place, {"text": text}))


def _own(place: Place, words: dict[str, Any]) -> dict[str, Any]:
    """Of a letter that was sent before: it is stored, so other things are true of it than of one that is being sent."""
    letter = place.letter
    mails_come = letter.left_address and not letter.wants_no_mail
    return {"at": place.at, "own": words, "is_at_link": not place.by_cookie, "mails_come": mails_come}


def _card(request: HttpRequest, found: list[redflags.Flagged], more: dict[str, Any]) -> HttpResponse | None:
    versions = [one.version for one in found if not one.match.is_denied]
    seen = _seen(request)
    if wants_change(request) or all(str(version.pk) in seen for version in versions):
        return None
    context = {
        "versions": versions,
        "numbers": _numbers(request, versions),
        "carried": carried(request),
        "seen": " ".join(sorted({*seen, *(str(version.pk) for version in versions)})),
        "calls_somebody": bool(settings.DUTY_EMAILS),
        **more,
    }
    return render(request, "letterbox/stop_card.html", context)


def wants_change(request: HttpRequest) -> bool:
    return request.POST.get(ACT) == "change"


def _seen(request: HttpRequest) -> set[str]:
    """The versions whose card this writer has read, as the page that showed it says."""
    keys = request.POST.get(SEEN, "")[:500].split()
    return {key for key in keys if key.isascii() and key.isdigit()}


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """All that was posted, as it is to be posted again, but for what the card itself adds."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    kept = [(name, value) for name, value in fields if name not in {SEEN, ACT, "csrfmiddlewaretoken"}][
        :MOST_CARRIED
    ]
    return [(printable(name), printable(value)) for name, value in kept]


def _numbers(request: HttpRequest, versions: list[RedFlagVersion]) -> list[dict[str, Any]]:
    """Each number once, those for the browser's own language first."""
    unique = {(row["locale"], row["number"]): row for version in versions for row in version.numbers}
    wanted = _languages(request)
    rows = [
        {**row, "checked_on": dt.date.fromisoformat(row["checked_on"]), "tel": _tel(row["number"])}
        for row in unique.values()
    ]
    return sorted(rows, key=lambda row: _place(row["locale"], wanted))


def _languages(request: HttpRequest) -> list[str]:
    accepted = request.headers.get("Accept-Language", "")[:200].lower().split(",")
    return [one.partition(";")[0].strip() for one in accepted]


def _place(locale: str, wanted: list[str]) -> tuple[int, int]:
    """By language, then by country: a browser that wants “de” is served by “de-DE”."""
    locale = locale.lower()
    languages = [one.partition("-")[0] for one in wanted]
    return _index(locale.partition("-")[0], languages), _index(locale, wanted)


def _index(one: str, wanted: list[str]) -> int:
    return wanted.index(one) if one in wanted else len(wanted)


def _tel(number: str) -> str:
    """What a telephone dials; empty where it is no plain number (“text HOME to 123”)."""
    plain = number.replace("(0)", "") if number.strip().startswith("+") else number
    return re.sub(r"[^\d+]", "", plain) if _PLAIN_NUMBER.fullmatch(plain) else ""
