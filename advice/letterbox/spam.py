"""What speaks against a letter, in points by reason (advice/letters/tray.py says how many are too many).

Nothing here refuses anybody, and no outside service is asked. A signal that an honest writer may well give (few
seconds, a link, a busy network) has too few points to put a letter into the tray by itself.

The form stands in a page that caches may keep, the same for everybody. So its stamp says only in which hour it was
made, which tells the time nobody took. Where JavaScript runs, the first touch of the form fetches a stamp with the
second in it (`/ask/stamp/`), and only that one is measured. It is good for two letters: one that was sent and one more
from the same open form. Who has no JavaScript sends the page's stamp, and that is one point: advertising by a program
mostly comes so, and with one point more hardly any honest letter lies in the tray (docs/performance.md says how many).
"""

import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from advice.letterbox.forms import LetterForm
from advice.letterbox.wording import points_of_text
from advice.letters.models import Reason
from advice.letters.tray import FULL
from advice.mail.mailboxes import canonical
from advice.throttle.models import neighbourhood, network, tally

HOUR, DAY = 60 * 60, 24 * 60 * 60
LEAST_SECONDS = 5  # nobody fills in four fields faster, not even with the letter ready to be pasted
OLDEST_FORM = 30 * DAY  # a tab may stay open for weeks
# From so many on they weigh so much. What others do with one's network or address never fills the tray by itself
# (`_of_others`), and nobody is refused (views.py has the limit of a flood).
FROM_ONE_NETWORK = ((20, 1), (60, 3), (150, 4))  # an hour
FROM_NEIGHBOURS = ((300, 1), (600, 3))  # an hour; a telephone company may have thousands behind one /24
# A day. Whoever floods may leave the address out, and whoever gives another person's must not fill the tray with letters of
# that one's own: it stays so low that even without JavaScript a letter is received.
WITH_ONE_ADDRESS = ((6, 2), (15, 3))
FROM_ONE_FORM = ((3, 2), (6, 5))  # a day
SAME_WORDS = ((2, 2), (3, 5))  # a day; the second may be somebody who found a mistake in the first
_SAMPLES, _SHINGLE = 4, 3
_WORD = re.compile(r"\w+")
_signer = signing.Signer(salt="advice.letterbox.stamp")


def page_stamp() -> str:
    """For the page: the hour it was made in, so that it is the same for everybody within the hour."""
    return _signer.sign(f"h{int(time.time()) // HOUR}")


@require_safe
def stamp(request: HttpRequest) -> HttpResponse:
    """For the script: the second in which somebody began to write."""
    begun = f"s{int(time.time())}.{secrets.token_urlsafe(9)}"
    response = HttpResponse(_signer.sign(begun), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def points(request: HttpRequest, form: LetterForm) -> dict[str, int]:
    """The points against a valid form, by reason. It counts this sending; nothing but keyed digests is kept of it."""
    given = form.cleaned_data
    of_stamp, begun = _points_of_stamp(str(form.data.get("shown", ""))[:200])
    found = {
        Reason.TRAP: 5 if form.is_spam else 0,
        **of_stamp,
        **_points_of_counts(network(request), given["email"], f"{given['question']} {given['text']}", begun),
        **points_of_text(given["question"], given["text"], given["signature"]),
    }
    found |= _of_others(found)
    return {str(reason): weight for reason, weight in found.items() if weight}


def _of_others(found: dict[str, int]) -> dict[str, int]:
    """What a letter's writer cannot help, together one point short of the tray: it takes something of the letter itself."""
    bounded: dict[str, int] = {}
    left = FULL - 1
    for reason in (Reason.BUSY, Reason.NEIGHBOURS, Reason.ADDRESS):
        bounded[reason] = min(found[reason], left)
        left -= bounded[reason]
    return bounded


def _points_of_stamp(value: str) -> tuple[dict[str, int], str]:
    """With what is counted of a stamp that was made for one form alone."""
    try:
        said = _signer.unsign(value)
    except signing.BadSignature:
        return {Reason.UNSEEN: 1}, ""
    is_from_page = said[0] == "h"
    age = int(time.time()) - int(said[1:].partition(".")[0]) * (HOUR if is_from_page else 1)
    if not 0 <= age <= OLDEST_FORM:
        return {Reason.UNSEEN: 1}, ""
    if is_from_page:
        return {Reason.PLAIN: 1}, ""
    return {Reason.FAST: 3 if age < LEAST_SECONDS else 0}, said


def _points_of_counts(place: str, email: str, text: str, begun: str) -> dict[str, int]:
    samples = list(_samples(text))
    wanted = [("ask-network", place, HOUR), ("ask-near", neighbourhood(place), HOUR)]
    wanted += [("ask-words", sample, DAY) for sample in samples]
    wanted += [("ask-address", canonical(email), DAY)] if email else []
    wanted += [("ask-form", begun, DAY)] if begun else []
    counts = dict(zip(wanted, tally(wanted), strict=True))
    by = {action: [count for (one, *_), count in counts.items() if one == action] for action, *_ in wanted}
    words = sorted(by["ask-words"], reverse=True)
    return {
        Reason.BUSY: _step(FROM_ONE_NETWORK, by["ask-network"][0]),
        Reason.NEIGHBOURS: _step(FROM_NEIGHBOURS, by["ask-near"][0]),
        # Three of four samples: nearly the same words, though one word in ten was changed.
        Reason.REPEATED: _step(SAME_WORDS, words[2] if len(words) > 2 else min(words, default=0)),
        Reason.ADDRESS: _step(WITH_ONE_ADDRESS, sum(by.get("ask-address", []))),
        Reason.REUSED: _step(FROM_ONE_FORM, sum(by.get("ask-form", []))),
    }


def _step(steps: tuple[tuple[int, int], ...], count: int) -> int:
    return max((weight for least, weight in steps if count >= least), default=0)


def _samples(text: str) -> Iterator[str]:
    """A few short runs of words that stand for the whole: the same ones from nearly the same text (MinHash).

    Each is the least, in an order as good as random, of the runs whose hash falls into its share. They leave this module
    only as digests under a key that is thrown away daily.
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    runs = {" ".join(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1))}
    least: dict[int, tuple[bytes, str]] = {}
    for run in runs:
        order = blake2b(run.encode(), digest_size=8).digest()
        share = order[-1] % _SAMPLES
        least[share] = min(least.get(share, (order, run)), (order, run))
    return (f"{share} {run}" for share, (_, run) in sorted(least.items()))
