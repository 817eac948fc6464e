"""Rate limits that hold across processes and restarts, in a table. (Redis comes where CACHE_URL names one.)

Nothing that names a person is stored: a key is a digest under a random secret that is replaced every day, so that
yesterday's rows cannot be linked to an address, not even by us; and under the site's own key, so that whoever has the
database alone cannot try addresses until one fits.
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
import math
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

# A window or a key that is over is erased by the first daily run that finds it this old.
FORGET_AFTER = dt.timedelta(days=1)
PARTS = 24  # smaller windows that one time is counted in


class Secret(models.Model):
    """One day's key for the digests."""

    day = models.DateField(unique=True)
    key = models.CharField(max_length=64)

    @classmethod
    def today(cls) -> "Secret":
        day = timezone.now().date()
        return cls.objects.get_or_create(day=day, defaults={"key": secrets.token_hex(32)})[0]

    def digest(self, action: str, key: str) -> str:
        secret = f"{settings.SECRET_KEY}\0{self.key}".encode()
        return hmac.new(secret, f"{action}\0{key}".encode(), hashlib.sha256).hexdigest()


class Count(models.Model):
    """How often something was done within one window of time."""

    digest = models.CharField(max_length=64)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "window"], name="throttle_once_a_window")]


def client_address(request: HttpRequest) -> str:
    """The client's address: the peer's, or what the outermost of our own proxies saw (TRUSTED_PROXY_COUNT)."""
    peer = request.META.get("REMOTE_ADDR", "")
    count = settings.TRUSTED_PROXY_COUNT
    if count:
        forwarded = [
            part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
        ]
        if len(forwarded) >= count:
            return forwarded[-count]
    return peer


def network(request: HttpRequest) -> str:
    """The client's address, or for IPv6 the /64 that one household is given."""
    address = client_address(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:  # how a socket for both kinds names an IPv4 client
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def neighbourhood(network: str) -> str:
    """The wider network around one that `network` gave: /24, or for IPv6 the /48 that one customer may be given."""
    try:
        address = ipaddress.ip_network(network, strict=False).network_address
    except ValueError:
        return network
    wide = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, wide), strict=False))


def allow(action: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one more `action` by `key` and say whether it is within `limit` in this window of `seconds`.

    The count is taken before the answer, in one statement, so two requests at once cannot share one place.
    """
    return bool(take(action, key, wanted=1, limit=limit, seconds=seconds))


def take(action: str, key: str, *, wanted: int, limit: int, seconds: int) -> int:
    """As `allow`, for several at once: gives how many of those `wanted` are within the limit.

    Only these are counted: what was refused must not use up what somebody gives back.
    """
    window = window_of(seconds)
    digest = Secret.today().digest(action, key)
    with transaction.atomic():
        Count.objects.bulk_create([Count(digest=digest, window=window)], ignore_conflicts=True)
        row = Count.objects.filter(digest=digest, window=window)
        row.update(count=F("count") + wanted)
        granted = max(0, min(wanted, limit - row.values_list("count", flat=True).get() + wanted))
        if granted < wanted:
            row.update(count=F("count") - (wanted - granted))
    return granted


def tally(wanted: Sequence[tuple[str, str, int]]) -> list[int]:
    """Count one more of each (action, key, seconds), and give how many of each there were in the last `seconds`, at most
    a day.

    For what is only weighed, and refused to nobody; in the same few statements for any number. Each is counted in
    windows of a small part of its time, of which the last ones are added up under today's key and yesterday's: so no
    count begins anew with an hour, nor at midnight.
    """
    now, today = timezone.now(), Secret.today()
    keys = [today, *Secret.objects.filter(day=today.day - dt.timedelta(days=1))]
    names = [[secret.digest(action, key) for secret in keys] for action, key, _ in wanted]
    begins = [now - dt.timedelta(seconds=seconds) for *_, seconds in wanted]
    places = {
        (name[0], window_of(seconds // PARTS)) for name, (*_, seconds) in zip(names, wanted, strict=True)
    }
    with transaction.atomic():
        # In one order everywhere, or two requests at once could wait for each other.
        rows = [Count(digest=digest, window=window) for digest, window in sorted(places)]
        Count.objects.bulk_create(rows, ignore_conflicts=True)
        kept = Count.objects.filter(digest__in={digest for name in names for digest in name})
        counts = list(kept.filter(window__gt=min(begins)).select_for_update().order_by("digest", "window"))
        for row in counts:
            row.count += (row.digest, row.window) in places
        new = [row.pk for row in counts if (row.digest, row.window) in places]
        Count.objects.filter(pk__in=new).update(count=F("count") + 1)
    return [
        sum(row.count for row in counts if row.digest in name and row.window > begin)
        for name, begin in zip(names, begins, strict=True)
    ]


def give_back(action: str, key: str, *, places: int, seconds: int) -> None:
    """What was taken in this window and not used is there for others. What an older one counted is of no use any more."""
    digest = Secret.today().digest(action, key)
    Count.objects.filter(digest=digest, window=window_of(seconds), count__gte=places).update(
        count=F("count") - places
    )


@transaction.atomic
def once_a_day(action: str, key: str) -> bool:
    """Whether the last 24 hours saw no `action` by `key`; the next 24 then see no other.

    A window of `allow` ends at midnight, and lets pass one just before and one just after. Here the time of the one
    that was let pass is kept, and looked for under yesterday's secret, too, which is forgotten only when today is over.
    Called inside a transaction it holds until that one's end, and is undone with it.
    """
    Secret.today()
    # One at a time, and the clock is read after the wait: two at the same moment, be it on both sides of midnight, must
    # not both find nothing.
    known = {secret.day: secret for secret in Secret.objects.select_for_update().order_by("day")}
    now = timezone.now()
    today = known.get(now.date()) or Secret.today()
    digests = [secret.digest(action, key) for secret in {**known, today.day: today}.values()]
    if Count.objects.filter(digest__in=digests, window__gt=now - dt.timedelta(days=1)).exists():
        return False
    Count.objects.create(digest=today.digest(action, key), window=now, count=1)
    return True


def release(action: str, key: str, *, until: dt.datetime) -> None:
    """The next 24 hours after what `once_a_day` let pass are over early; not where it did so later than `until`."""
    digests = [secret.digest(action, key) for secret in Secret.objects.all()]
    Count.objects.filter(digest__in=digests, window__lte=until).delete()


def window_of(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(timezone.now().timestamp() // seconds * seconds, dt.UTC)


def wait(seconds: int) -> int:
    """How many seconds until a window of `seconds` is over, and what it counted is allowed again."""
    over = window_of(seconds) + dt.timedelta(seconds=seconds)
    return math.ceil((over - timezone.now()).total_seconds())


def forget_old(*, now: dt.datetime | None = None) -> int:
    """Delete the counts and keys of past days; gives the number of rows."""
    now = now or timezone.now()
    counts, _ = Count.objects.filter(window__lt=now - FORGET_AFTER).delete()
    keys, _ = Secret.objects.filter(day__lt=(now - FORGET_AFTER).date()).delete()
    return counts + keys
