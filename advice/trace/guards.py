"""The database itself refuses to change a line of the trace, or to delete one before its time, whoever asks."""

from django.db.backends.base.base import BaseDatabaseWrapper

from advice.trace.models import KEPT

_DAYS = KEPT.days
_WHY = "The trace is only added to."
UP = {
    "sqlite": [
        f"CREATE TRIGGER trace_no_change BEFORE UPDATE ON trace_act BEGIN SELECT RAISE(ABORT, '{_WHY}'); END",
        "CREATE TRIGGER trace_no_delete BEFORE DELETE ON trace_act"
        f" WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-{_DAYS} days')"
        f" BEGIN SELECT RAISE(ABORT, '{_WHY}'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION trace_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '{_DAYS} days' THEN RETURN OLD; END IF;"
        f" RAISE EXCEPTION '{_WHY}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER trace_no_change BEFORE UPDATE ON trace_act FOR EACH ROW EXECUTE FUNCTION trace_only_added()",
        "CREATE TRIGGER trace_no_delete BEFORE DELETE ON trace_act FOR EACH ROW EXECUTE FUNCTION trace_only_added()",
        "CREATE TRIGGER trace_no_empty BEFORE TRUNCATE ON trace_act EXECUTE FUNCTION trace_only_added()",
    ],
}
DOWN = {
    "sqlite": ["DROP TRIGGER trace_no_change", "DROP TRIGGER trace_no_delete"],
    "postgresql": [
        *(f"DROP TRIGGER trace_no_{act} ON trace_act" for act in ("change", "delete", "empty")),
        "DROP FUNCTION trace_only_added()",
    ],
}


def put_up(connection: BaseDatabaseWrapper) -> None:
    _run(connection, UP)


def take_down(connection: BaseDatabaseWrapper) -> None:
    """For whoever empties a whole database: a test, or the way back of the migration."""
    _run(connection, DOWN)


def _run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
