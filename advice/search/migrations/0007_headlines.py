"""PostgreSQL's candidates are the newest documents with the words, and before them those with words in their headline.

Only where there are more than can be ranked, or where the query that chooses them does not name all words: else all
that could be best are among them anyway.
"""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BEFORE = import_module("advice.search.migrations.0006_candidates_facts").AFTER
# `headed` is any word in the headline, `titled` all of them (NULL where that is the same); so many as `titles` come
# first. They match `within`, too. Where `query` is common the newest few are looked at one by one, because then many of
# them do; else all that do are gathered from the index, for to read a document's words takes longer.
AFTER = """CREATE FUNCTION search_candidates(query tsquery, by timestamptz, most int, is_common boolean,
        headed tsquery DEFAULT NULL, titled tsquery DEFAULT NULL, within tsquery DEFAULT NULL,
        titles int DEFAULT 0, is_partial boolean DEFAULT false)
    RETURNS TABLE (id bigint, length int, vector tsvector, published_at timestamptz, facets text)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $function$
    DECLARE
        public text := ' AND ($2 IS NULL OR published_at <= $2)';
        newest text := ' ORDER BY published_at DESC, id DESC LIMIT $3';
        found text := 'SELECT id, published_at FROM search_document WHERE vector @@ $1' || public;
        heading text := 'SELECT ARRAY(SELECT id FROM search_document WHERE headline_vector @@ $1' || public || newest || ')';
        ids bigint[];
        first bigint[] := '{}';
        others bigint[];
    BEGIN
        IF is_common THEN
            found := 'SELECT id FROM (' || found || newest || ') AS found';
        ELSE
            found := 'WITH found AS MATERIALIZED (' || found || ') SELECT id FROM found' || newest;
        END IF;
        EXECUTE 'SELECT ARRAY(' || found || ')' INTO ids USING query, by, most;
        IF titles > 0 AND (is_partial OR cardinality(ids) >= most) THEN
            IF within IS NULL OR is_common THEN
                IF titled IS NOT NULL THEN
                    EXECUTE heading INTO first USING titled, by, titles;
                END IF;
                EXECUTE heading INTO others USING headed, by, CASE WHEN is_partial THEN most ELSE titles END;
                first := first || others;
                IF within IS NOT NULL THEN
                    EXECUTE 'SELECT ARRAY(SELECT id FROM search_document WHERE id = ANY($1) AND vector @@ $2'
                        ' ORDER BY array_position($1, id))' INTO first USING first, within;
                END IF;
            ELSE
                EXECUTE 'WITH within AS MATERIALIZED (SELECT id FROM search_document WHERE vector @@ $5),'
                    ' headed AS MATERIALIZED (SELECT id, published_at, headline_vector @@ $4 AS is_titled'
                    ' FROM search_document WHERE headline_vector @@ $1' || public || ')'
                    ' SELECT ARRAY(SELECT id FROM headed JOIN within USING (id)'
                    ' ORDER BY is_titled DESC, published_at DESC, id DESC LIMIT $3)'
                    INTO first USING headed, by, most, coalesce(titled, headed), within;
            END IF;
            ids := ARRAY(
                SELECT one FROM unnest(first[1:titles] || ids || first[titles + 1:]) WITH ORDINALITY AS found (one, place)
                GROUP BY one ORDER BY min(place) LIMIT most
            );
        END IF;
        RETURN QUERY EXECUTE
            'SELECT id, length, vector, published_at, facets FROM search_document WHERE id = ANY($1)' USING ids;
    END $function$"""
MORE = ", tsquery, tsquery, tsquery, int, boolean"


def _put(function: str, more: str, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP FUNCTION IF EXISTS search_candidates(tsquery, timestamptz, int, boolean{more})")
        editor.execute(function)


def replace(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _put(AFTER, "", editor)


def put_back(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _put(BEFORE, MORE, editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0006_candidates_facts")]
    operations = [migrations.RunPython(replace, put_back)]
