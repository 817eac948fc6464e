"""What is asked of each candidate comes with it, so that PostgreSQL need not look its rows up once more."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FUNCTION = """CREATE FUNCTION search_candidates(query tsquery, by timestamptz, most int, is_common boolean)
    RETURNS TABLE (id bigint, length int, vector tsvector{more})
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $function$
    DECLARE
        found text := 'SELECT id, published_at FROM search_document'
            ' WHERE vector @@ $1 AND ($2 IS NULL OR published_at <= $2)';
        newest text := ' ORDER BY published_at DESC, id DESC LIMIT $3';
    BEGIN
        IF is_common THEN
            found := 'SELECT id FROM (' || found || newest || ') AS found';
        ELSE
            found := 'WITH found AS MATERIALIZED (' || found || ') SELECT id FROM found' || newest;
        END IF;
        RETURN QUERY EXECUTE
            'SELECT id, length, vector{names} FROM search_document WHERE id = ANY(ARRAY(' || found || '))'
            USING query, by, most;
    END $function$"""
BEFORE = FUNCTION.format(more="", names="")
AFTER = FUNCTION.format(more=", published_at timestamptz, facets text", names=", published_at, facets")


def _put(function: str, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION IF EXISTS search_candidates(tsquery, timestamptz, int, boolean)")
        editor.execute(function)


def replace(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _put(AFTER, editor)


def put_back(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _put(BEFORE, editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0005_candidates")]
    operations = [migrations.RunPython(replace, put_back)]
