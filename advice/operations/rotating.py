"""Everything that is encrypted, written anew under the first of PRIVATE_KEYS, with the digests that stand beside it.

A row is only changed if it still holds what was read, so the site may run meanwhile, and what it writes is not undone.
Nothing is remembered of how far it got: what is under the first key already is passed over, so it may be stopped at any
moment and begun again.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import ExpressionWrapper, F, Value

from advice import crypto
from advice.erasing import empty_log
from advice.newsletter.models import Subscriber, Suppression

BATCH = 500
FACTOR_SECRETS = {"secret", "seed"}
DIGEST = "_digest"  # of `email`, it stands in `email_digest`


@dataclass
class Rotated:
    """How many values of which column, by what became of them."""

    renewed: Counter[str] = field(default_factory=Counter)
    current: Counter[str] = field(default_factory=Counter)
    # Under a key that is not there, or beside another row that has the new digest already.
    left: Counter[str] = field(default_factory=Counter)
    # Known by a digest alone: an address that must not be mailed, of somebody about whom all else is erased.
    nameless: int = 0


def private_fields() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each model that has encrypted columns, with their names."""
    for model in apps.get_models(include_auto_created=True):
        names = [
            f.name for f in model._meta.local_concrete_fields if isinstance(f, crypto.EncryptedTextField)
        ]
        if names:
            yield model, names


def rows() -> int:
    """How many there are to look at."""
    private = sum(model._base_manager.count() for model, _ in private_fields())
    return private + Authenticator.objects.count() + Subscriber.objects.count()


def rotate_all(done: Callable[[int], None] = lambda count: None) -> Rotated:
    """Tells `done` how many rows it has looked at."""
    rotated, seen = Rotated(), 0
    try:
        for model, names in private_fields():
            for count in _rotate(model, names, rotated):
                seen += count
                done(seen)
        for count in chain(_rotate_factors(rotated), _rotate_suppressed(rotated)):
            seen += count
            done(seen)
    finally:
        if rotated.renewed:
            empty_log()  # what was written under a key that became known must not be read from the disk
    return rotated


def _raw(name: str) -> ExpressionWrapper:
    """The column as it stands, neither decrypted when read nor encrypted when compared."""
    return ExpressionWrapper(F(name), output_field=models.TextField())


def _rotate(model: type[models.Model], names: list[str], rotated: Rotated) -> Iterator[int]:
    stands = {f"stands_{name}": _raw(name) for name in names}
    columns = {f.name for f in model._meta.local_concrete_fields}
    digests = [name + DIGEST for name in names if name + DIGEST in columns]
    found = model._base_manager.annotate(**stands)
    after = 0
    while batch := list(found.filter(pk__gt=after).order_by("pk").values("pk", *stands, *digests)[:BATCH]):
        changes = [(row, _changes(model, names, row, rotated)) for row in batch]
        with transaction.atomic():
            for row, change in changes:
                same = {name: row[name] for name in stands if row[name] is not None}
                for columns_of_one in change:
                    _write(model, found.filter(pk=row["pk"], **same), columns_of_one, rotated)
        after = batch[-1]["pk"]
        yield len(batch)


def _changes(
    model: type[models.Model], names: list[str], row: dict[str, Any], rotated: Rotated
) -> list[dict[str, Any]]:
    """What is to be written: the digests before what they are made of, which a row is known by until it is written."""
    digests, tokens = [], {}
    for name in names:
        token, label = row[f"stands_{name}"], f"{model._meta.label}.{name}"
        if not token:
            continue
        try:
            text = crypto.decrypt(token)
        except InvalidToken:
            rotated.left[label] += 1
            continue
        if crypto.is_current(token):
            rotated.current[label] += 1
        else:
            tokens[name] = Value(crypto.rotate(token), output_field=models.TextField())
        if row.get(name + DIGEST) in crypto.digests(text)[1:]:
            digests.append({name + DIGEST: crypto.digest(text)})
    return [*digests, tokens] if tokens else digests


def _write(
    model: type[models.Model], row: "models.QuerySet[Any]", columns: dict[str, Any], rotated: Rotated
) -> None:
    try:
        with transaction.atomic():
            changed = row.update(**columns)
    except IntegrityError:
        counter, changed = rotated.left, 1  # the same person wrote anew, and that row has the new digest
    else:
        counter = rotated.renewed
    if changed:
        counter.update(f"{model._meta.label}.{name}" for name in columns)


def _rotate_factors(rotated: Rotated) -> Iterator[int]:
    """The keys of apps and the seeds of recovery codes stand encrypted within the data of allauth's rows."""
    after = 0
    while batch := list(Authenticator.objects.filter(pk__gt=after).order_by("pk")[:BATCH]):
        for row in batch:
            with transaction.atomic():
                # Anew and locked: which codes are used stands in the same column.
                locked = Authenticator.objects.select_for_update().filter(pk=row.pk).first()
                if locked and _renew_factor(locked, rotated):
                    locked.save(update_fields=["data"])
        after = batch[-1].pk
        yield len(batch)


def _renew_factor(row: Authenticator, rotated: Rotated) -> bool:
    before = rotated.renewed.total()
    for name in FACTOR_SECRETS & row.data.keys():
        label, token = f"{row._meta.label}.{name}", row.data[name]
        try:
            fresh = crypto.rotate(token)
        except InvalidToken:
            rotated.left[label] += 1
            continue
        if crypto.is_current(token):
            rotated.current[label] += 1
        else:
            row.data[name] = fresh
            rotated.renewed[label] += 1
    return rotated.renewed.total() > before


def _rotate_suppressed(rotated: Rotated) -> Iterator[int]:
    """Of those who are still known the digest can be made anew; of the others nothing is left to make it from."""
    label, known, after = Suppression._meta.label + ".digest", 0, 0
    found = Subscriber.objects.order_by("pk").values_list("pk", "canonical")
    while batch := list(found.filter(pk__gt=after)[:BATCH]):
        digests = [crypto.digests(address) for _, address in batch]
        newest = {old: new for new, *olds in digests for old in olds}
        stored = Suppression.objects.filter(digest__in=[one for row in digests for one in row])
        with transaction.atomic():
            for row in stored:
                known += 1
                if row.digest in newest:
                    same = Suppression.objects.filter(pk=row.pk, digest=row.digest)
                    _write(Suppression, same, {"digest": newest[row.digest]}, rotated)
                else:
                    rotated.current[label] += 1
        after = batch[-1][0]
        yield len(batch)
    rotated.nameless = Suppression.objects.count() - known
