"""How PostgreSQL finds the newest documents with some words: by the index of words, unless every fourth one has them.

Its planner takes no count of the work of reading a long vector, and would look through all documents from the newest on.
Texts and vectors are stored out of line, so that the rows themselves, which are looked at by the thousand, fill few pages.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BEFORE = """CREATE FUNCTION search_candidates(query tsquery, by timestamptz, most int)
    RETURNS TABLE (id bigint, length int, vector tsvector)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $function$
    BEGIN
        RETURN QUERY EXECUTE $query$
            SELECT id, length, vector || ''::tsvector FROM search_document WHERE id = ANY(ARRAY(
                SELECT id FROM search_document WHERE vector @@ $1 AND ($2 IS NULL OR published_at <= $2)
                ORDER BY published_at DESC, id DESC LIMIT $3
            ))
        $query$ USING query, by, most;
    END $function$"""
AFTER = """CREATE FUNCTION search_candidates(query tsquery, by timestamptz, most int, is_common boolean)
    RETURNS TABLE (id bigint, length int, vector tsvector)
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
        RETURN QUERY EXECUTE 'SELECT id, length, vector FROM search_document WHERE id = ANY(ARRAY(' || found || '))'
            USING query, by, most;
    END $function$"""


def replace(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION IF EXISTS search_candidates(tsquery, timestamptz, int)")
        editor.execute(AFTER)
        editor.execute("ALTER TABLE search_document SET (toast_tuple_target = 128)")


def put_back(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION IF EXISTS search_candidates(tsquery, timestamptz, int, boolean)")
        editor.execute(BEFORE)
        editor.execute("ALTER TABLE search_document RESET (toast_tuple_target)")


class Migration(migrations.Migration):
    dependencies = [("search", "0004_vectors")]
    operations = [migrations.RunPython(replace, put_back)]
