"""The API against its own document: schemathesis asks everything that the document allows and much that it forbids."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
import schemathesis
from django.db import connections
from ninja.errors import HttpError
from schemathesis.engine import events, from_schema

from advice.articles import workflow
from advice.articles.models import OldSlug, TagAlias
from advice.reading.api import endpoints
from advice.wsgi import application
from tests.factories import make_column, make_expert, make_published, make_tag
from tests.reading.printed import make_printed, make_site, relate

OPERATIONS = {
    f"GET /api/v1/{path}"
    for path in (
        *("questions", "questions/{slug}", "questions/{slug}/related"),
        *("tags", "columns", "experts", "search"),
    )
}
PHASES = {"examples", "coverage", "fuzzing"}


@dataclass
class Outcome:
    cases: Counter[tuple[str, str]] = field(default_factory=Counter)  # by phase and operation
    statuses: Counter[int] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)


def site(environ, start_response):
    """The site, which leaves no connection behind in the threads of schemathesis: PostgreSQL would keep its database."""
    try:
        return application(environ, start_response)
    finally:
        connections.close_all()


def schema(examples: int = 10):
    """The document as the site gives it, and the site behind it, without a network."""
    generation = {"max-examples": examples, "database": "none", "deterministic": True}
    config = schemathesis.Config.from_dict({"generation": generation})
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site, config=config)


def examine(asked) -> Outcome:
    outcome = Outcome()
    for event in from_schema(asked).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            outcome.found.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        outcome.cases[(str(event.phase), event.label)] += len(event.recorder.cases)
        outcome.statuses.update(each.response.status_code for each in event.recorder.interactions.values())
        for checks in event.recorder.checks.values():
            failures = (check.failure_info for check in checks if check.failure_info)
            outcome.found += [f"{event.label}: {failure.failure}" for failure in failures]
    return outcome


def seed() -> dict[str, tuple[int, str]]:
    """A site with an article of each kind: the status of each slug."""
    newest = make_site(12)
    full = make_printed(
        slug="full",
        column=make_column(disclaimer="No diagnosis.", is_medical=True),
        experts=(make_expert(credentials="MD", bio="Runs."), make_expert()),
        tags=(make_tag(), make_tag()),
        sources=[{"title": "Twitching", "publisher": "", "year": None, "url": "https://journal.example/1"}],
        source_name="The Post",
        undated=True,
    )
    TagAlias.objects.create(slug="shank", tag=full.tags.first())
    OldSlug.objects.create(slug="former", article=full)
    relate(full, newest)
    workflow.record_review(full, reviewer=make_expert(), on=full.published_at.date(), by=None)
    workflow.correct(full, kind="correction", text="Put right.", by=None)
    retracted, deleted = make_published(), make_published()
    workflow.retract(retracted, reason="Wrong.", by=None)
    workflow.delete(deleted, by=None)
    statuses = {newest.slug: 200, full.slug: 200, retracted.slug: 200, deleted.slug: 410}
    return statuses | {"former": 301, "no-such": 404}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nothing_is_found():
    seed()
    outcome = examine(schema(10))
    assert outcome.found == []
    assert set(outcome.cases) == {(phase, operation) for phase in PHASES for operation in OPERATIONS}
    assert sum(outcome.cases.values()) > 300
    assert {200, 404, 405, 422} <= set(outcome.statuses) <= {200, 204, 301, 404, 405, 410, 422}


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_nothing_is_found_in_a_long_search():
    seed()
    outcome = examine(schema(200))
    assert outcome.found == []
    assert sum(outcome.cases.values()) > 1_200


@pytest.mark.django_db(transaction=True)
def test_a_status_that_is_not_declared_would_be_found(monkeypatch):
    def conflict(*arguments: object) -> None:
        raise HttpError(409, "Not as it is declared.")

    monkeypatch.setattr(endpoints, "_moved", conflict)
    outcome = examine(schema(1).include(path="/api/v1/questions/{slug}"))
    assert {operation for _, operation in outcome.cases} == {"GET /api/v1/questions/{slug}"}
    assert any("Undocumented status code\n\nReceived: 409" in each for each in outcome.found), outcome.found


@pytest.mark.django_db(transaction=True)
def test_each_kind_of_article_answers_as_declared():
    seeded = seed()
    asked = Counter()
    for result in schema().get_all_operations():
        operation = result.ok()
        if "{slug}" not in operation.path:
            continue
        for slug, status in seeded.items():
            response = operation.Case(path_parameters={"slug": slug}).call_and_validate()
            assert response.status_code == status, (operation.path, slug)
            asked[operation.path] += 1
    assert asked == {"/api/v1/questions/{slug}": 6, "/api/v1/questions/{slug}/related": 6}
