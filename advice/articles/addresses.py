"""Addresses that last: what has moved redirects for ever, what was deleted says so (410), and neither is given away."""

from django.db import transaction

from advice.articles.models import FormerAddress


@transaction.atomic
def moved(former: str, path: str) -> None:
    """The page at the path `former` is at `path` now; so is what led to `former`."""
    if former == path:
        return
    FormerAddress.objects.filter(path=path).delete()  # its own former address, taken up again
    FormerAddress.objects.filter(leads_to=former).update(leads_to=path)
    FormerAddress.objects.update_or_create(path=former, defaults={"leads_to": path})


@transaction.atomic
def gone(path: str) -> None:
    """The page at `path` was deleted, and with it whatever led to it."""
    FormerAddress.objects.filter(leads_to=path).update(leads_to="")
    FormerAddress.objects.update_or_create(path=path, defaults={"leads_to": ""})


def found(path: str) -> FormerAddress | None:
    return FormerAddress.objects.filter(path=path[:200].replace("\0", "")).first()
