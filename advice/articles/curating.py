"""What articles stand in and under, looked after by editors: the only place where the desk changes it.

Each act leaves its line in the trace, and one in the log of the reference data, from which feeds and sitemaps learn
that a name was changed (reading/changes.py).
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext as _

from advice.accounts.models import User
from advice.articles import addresses, indexing, merging
from advice.articles.models import Column, Expert, Tag, TagAlias
from advice.articles.workflow import NotPermitted
from advice.trace.models import Kind
from advice.trace.writing import write_down

FLAGS = {"make": ADDITION, "delete": DELETION}


def _record(row: models.Model, verb: str, kind: Kind, *, by: User) -> None:
    write_down(verb, kind, row.pk, by=by)
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=FLAGS.get(verb, CHANGE),
    )


def _set(row: models.Model, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)


# -- tags --------------------------------------------------------------------------------------------------------


def path_of_tag(slug: str) -> str:
    return Tag(slug=slug).get_absolute_url()


@transaction.atomic
def make_tag(*, by: User, name: str, slug: str, description: str = "") -> Tag:
    row = Tag.objects.create(name=name, slug=slug, description=description)
    _record(row, "make", Kind.TAG, by=by)
    return row


@transaction.atomic
def edit_tag(tag: Tag, *, by: User, **fields: str) -> Tag:
    """Its articles are found by a new name; a former slug becomes another word for it, whose address leads to it."""
    indexing.wait_for_turn()
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    name, slug = row.name, row.slug
    _set(row, fields)
    row.save()
    if row.slug != slug:
        addresses.follow(path_of_tag(slug), row.get_absolute_url())
        row.aliases.filter(slug=row.slug).delete()
        TagAlias.objects.update_or_create(slug=slug, defaults={"tag": row})
    if row.name != name:
        indexing.index_tag(row)
    _record(row, "edit", Kind.TAG, by=by)
    return row


@transaction.atomic
def merge_tags(tag: Tag, into: Tag, *, by: User) -> None:
    """As in merging.py. Raises NotPermitted for one tag and itself, and where somebody else took one of them away."""
    if Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).count() != len({tag.pk, into.pk}):
        raise NotPermitted(_("One of these tags is gone by now."))
    pk = tag.pk
    merging.merge(tag, into)
    tag.pk = pk  # which deleting took
    _record(tag, "merge", Kind.TAG, by=by)


@transaction.atomic
def delete_tag(tag: Tag, *, by: User) -> None:
    """Only one that no article has. Its addresses say for ever that it is gone."""
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    if row.articles.exists():
        raise NotPermitted(_("Articles have this tag. Merge it into another instead."))
    paths = [row.get_absolute_url(), *(path_of_tag(alias.slug) for alias in row.aliases.all())]
    _record(row, "delete", Kind.TAG, by=by)
    row.delete()
    for path in paths:
        addresses.gone(path)


@transaction.atomic
def add_word(tag: Tag, slug: str, *, by: User) -> TagAlias:
    """Another word for the tag. An address that led to a tag before, as a word that was taken away, leads to this one."""
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    alias = TagAlias.objects.create(slug=slug, tag=row)
    addresses.release(path_of_tag(slug))
    _record(row, "edit", Kind.TAG, by=by)
    return alias


@transaction.atomic
def remove_word(tag: Tag, slug: str, *, by: User) -> None:
    """The word is no longer taken for the tag. Its address still leads there: somebody may have kept it."""
    row = Tag.objects.select_for_update().get(pk=tag.pk)
    if not row.aliases.filter(slug=slug).delete()[0]:
        raise NotPermitted(_("This word is gone by now."))
    addresses.moved(path_of_tag(slug), row.get_absolute_url())
    _record(row, "edit", Kind.TAG, by=by)


# -- columns and experts -----------------------------------------------------------------------------------------


def _refers_to(row: models.Model) -> bool:
    """Whether anything else in the database names it. That experts stand in columns is no such thing."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and not relation.related_model._meta.auto_created
    )


@transaction.atomic
def make_column(*, by: User, experts: Iterable[Expert] = (), **fields: Any) -> Column:
    row = Column.objects.create(**fields)
    row.experts.set(experts)
    _record(row, "make", Kind.COLUMN, by=by)
    return row


@transaction.atomic
def edit_column(
    column: Column, *, by: User, experts: Iterable[Expert] | None = None, **fields: Any
) -> Column:
    """A former address leads to the new one for ever."""
    row = Column.objects.select_for_update().get(pk=column.pk)
    former = row.get_absolute_url()
    _set(row, fields)
    row.save()
    if experts is not None:
        row.experts.set(experts)
    addresses.moved(former, row.get_absolute_url())
    _record(row, "edit", Kind.COLUMN, by=by)
    return row


@transaction.atomic
def raise_column(column: Column, *, by: User) -> None:
    """One place up; what is first stays there."""
    rows = list(Column.objects.select_for_update().order_by("position", "name"))
    place = next((number for number, row in enumerate(rows) if row.pk == column.pk), 0)
    if place:
        rows.insert(place - 1, rows.pop(place))
    for number, row in enumerate(rows):
        Column.objects.filter(pk=row.pk).exclude(position=number).update(position=number)
    _record(column, "edit", Kind.COLUMN, by=by)


@transaction.atomic
def delete_column(column: Column, *, by: User) -> None:
    """Only one in which nothing is, and to which nothing is addressed. Its address says for ever that it is gone."""
    row = Column.objects.select_for_update().get(pk=column.pk)
    if _refers_to(row):
        raise NotPermitted(
            _("Articles, letters, red-flag rules or a newsletter belong to this column, so it stays.")
        )
    _delete(row, Kind.COLUMN, by=by)


@transaction.atomic
def make_expert(*, by: User, **fields: Any) -> Expert:
    row = Expert.objects.create(**fields)
    _record(row, "make", Kind.EXPERT, by=by)
    return row


@transaction.atomic
def edit_expert(expert: Expert, *, by: User, **fields: Any) -> Expert:
    """A former address leads to the new one for ever; a portrait that was replaced is deleted."""
    row = Expert.objects.select_for_update().get(pk=expert.pk)
    former, portrait = row.get_absolute_url(), row.portrait.name
    _set(row, fields)
    row.save()
    addresses.moved(former, row.get_absolute_url())
    if portrait and portrait != row.portrait.name:
        transaction.on_commit(lambda: default_storage.delete(portrait))
    _record(row, "edit", Kind.EXPERT, by=by)
    return row


@transaction.atomic
def delete_expert(expert: Expert, *, by: User) -> None:
    """Only one who wrote and reviewed nothing that is kept."""
    row = Expert.objects.select_for_update().get(pk=expert.pk)
    if _refers_to(row):
        raise NotPermitted(_("Answers or reviews are theirs, so their page stays."))
    portrait = row.portrait.name
    if portrait:
        transaction.on_commit(lambda: default_storage.delete(portrait))
    _delete(row, Kind.EXPERT, by=by)


def _delete(row: Column | Expert, kind: Kind, *, by: User) -> None:
    _record(row, "delete", kind, by=by)
    path = row.get_absolute_url()
    row.delete()
    addresses.gone(path)
