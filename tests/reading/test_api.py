"""The read-only API: what it tells, to whom, and what it never tells."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from advice.accounts.models import Role
from advice.articles import workflow
from advice.articles.models import Answer, Article, Expert, OldSlug, TagAlias, Tally
from advice.site import absolute
from tests.factories import (
    make_column,
    make_draft,
    make_expert,
    make_letter,
    make_published,
    make_tag,
    make_user,
)
from tests.reading.asked import LISTS, get, items, slugs
from tests.reading.printed import CANARY, make_printed, relate

pytestmark = pytest.mark.django_db

REL = 'rel="noopener nofollow ugc"'
DAY = dt.timedelta(days=1)


# -- what it tells ----------------------------------------------------------------------------------------------


def make_full() -> Article:
    """An article with everything that one can have."""
    column = make_column("The Sports Doc", slug="sports", disclaimer="No *diagnosis*.")
    first = make_expert(title="Physician", credentials="MD")
    article = make_printed(
        column=column,
        experts=(first, make_expert()),
        tags=(make_tag("Zinc"), make_tag("Calf")),
        question="My *calf* [twitches](/questions/other/).",
        answer="See ![it](/media/prints/x.png).",
        published_at=dt.datetime(2026, 3, 9, 7, tzinfo=dt.UTC),
        updated_at=dt.datetime(2026, 4, 2, 9, 30, tzinfo=dt.UTC),
        sources=[{"title": "Twitching", "publisher": "EJSM", "year": 2024, "url": ""}],
        asked_by=3,
        source_name="The Post",
    )
    reviewer = make_expert()
    workflow.record_review(article, reviewer=reviewer, on=dt.date(2026, 3, 1), by=None)
    workflow.correct(
        article,
        kind="clarification",
        text="Made *clear*.",
        by=None,
        at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
    )
    return Article.objects.get(pk=article.pk)


def names(row, **more):
    return {"slug": row.slug, "name": row.name, "url": absolute(row.get_absolute_url()), **more}


def card(article):
    experts = [answer.expert for answer in article.answers.all()]
    return {
        "slug": article.slug,
        "headline": article.headline,
        "dek": article.dek,
        "url": f"http://127.0.0.1:8000/questions/{article.slug}/",
        "published_at": "2026-03-09T07:00:00Z",
        "updated_at": "2026-04-02T09:30:00Z",
        "tags": [names(tag) for tag in article.tags.all()],
        "column": names(article.column),
        "experts": [names(expert, byline=expert.byline, title=expert.title) for expert in experts],
    }


def test_a_list_tells_of_each_article_what_a_card_shows(client):
    article = make_full()
    assert get(client, "questions").json() == {"items": [card(article)], "next": None}
    assert card(article)["experts"][0]["byline"].endswith(", MD")
    assert [tag["name"] for tag in card(article)["tags"]] == ["Calf", "Zinc"]


def test_one_article_is_told_whole(client):
    article = make_full()
    here = "http://127.0.0.1:8000"
    told = get(client, f"questions/{article.slug}").json()
    answer = {
        "html": f'<p>See <img src="{here}/media/prints/x.png" alt="it" loading="lazy">.</p>',
        "markdown": "See ![it](/media/prints/x.png).",
    }
    assert told == card(article) | {
        "question": {
            "html": f'<p>My <em>calf</em> <a href="{here}/questions/other/" {REL}>twitches</a>.</p>',
            "markdown": "My *calf* [twitches](/questions/other/).",
        },
        "signature": "Adam",
        "asked_by": 3,
        "answers": [answer | {"expert": expert} for expert in card(article)["experts"]],
        "sources": [{"title": "Twitching", "publisher": "EJSM", "year": 2024, "url": None}],
        "taken_from": {"name": "The Post", "url": None},
        "reviewer": names(article.reviewer, byline=article.reviewer.byline, title=""),
        "reviewed_on": "2026-03-01",
        "updates": [],
        "corrections": [
            {
                "kind": "clarification",
                "html": "<p>Made <em>clear</em>.</p>",
                "made_at": "2026-04-01T00:00:00Z",
            }
        ],
        "retraction": None,
        "disclaimer": {"html": "<p>No <em>diagnosis</em>.</p>", "markdown": "No *diagnosis*."},
        "minutes": 1,
        "markdown_url": f"{here}/questions/{article.slug}.md",
    }


def test_a_date_that_is_not_known_is_null(client):
    article = make_printed(undated=True)
    assert items(client, "questions")[0]["published_at"] is None
    assert get(client, f"questions/{article.slug}").json()["published_at"] is None


def test_related_articles_stand_in_their_order(client):
    article, near, nearer = make_printed(), make_printed(tags=(make_tag(),)), make_printed()
    relate(article, nearer, near)
    answer = get(client, f"questions/{article.slug}/related").json()
    assert [item["slug"] for item in answer["items"]] == [nearer.slug, near.slug]
    assert answer["items"][1]["tags"][0]["slug"] == near.tags.get().slug
    assert answer["next"] is None


def test_tags_are_those_of_published_articles_with_their_aliases(client):
    used, unused = make_tag("Calf"), make_tag("Unused")
    make_printed(tags=(used,))
    make_draft(tags=[unused])
    TagAlias.objects.create(slug="shank", tag=used)
    assert items(client, "tags") == [names(used, description="", aliases=["shank"])]


def test_columns_stand_in_the_order_of_the_site(client):
    second, first = make_column(position=2, is_medical=True, disclaimer="*No.*"), make_column(position=1)
    expert = make_expert()
    second.experts.add(expert)
    told = items(client, "columns")
    assert [column["slug"] for column in told] == [first.slug, second.slug]
    assert told[1] == names(
        second,
        description="",
        medical=True,
        disclaimer={"html": "<p><em>No.</em></p>", "markdown": "*No.*"},
        experts=[names(expert, byline=expert.name, title="")],
    )
    assert told[0]["disclaimer"] is None


def test_experts_are_those_with_a_published_answer(client):
    expert = make_expert(
        make_user(Role.EXPERT),
        credentials="RD",
        bio="*Runs.*",
        interests="None.",
        checked_on=dt.date(2026, 1, 15),
        checked_where="The register",
        portrait=SimpleUploadedFile("ines.webp", b"x"),
    )
    make_printed(experts=(expert,))
    make_expert()
    assert items(client, "experts") == [
        names(
            expert,
            byline=f"{expert.name}, RD",
            title="",
            credentials="RD",
            bio={"html": "<p><em>Runs.</em></p>", "markdown": "*Runs.*"},
            interests="None.",
            checked_on="2026-01-15",
            checked_where="The register",
            portrait=absolute(expert.portrait.url),
        )
    ]


# -- what it never tells ----------------------------------------------------------------------------------------


def make_hidden(beside: Article, at: dt.datetime | None = None) -> Article:
    """A draft, or what is scheduled, full of the canary, among the tags and neighbours of a published article."""
    draft = make_draft(
        headline=f"{CANARY} headline",
        dek=f"{CANARY} dek",
        question=f"{CANARY} calf",
        column=beside.column,
        tags=list(beside.tags.all()),
    )
    Article.objects.filter(pk=draft.pk).update(announced_as=f"{CANARY} announced")
    return workflow.publish(draft, by=make_user(), at=at) if at else draft


def test_nothing_private_and_nothing_unpublished_is_told(client):
    letter = make_letter(text=f"{CANARY} letter", email=f"{CANARY}@example.org")
    article = make_published(letter, question="Edited calf.")
    Tally.objects.create(article=article, kind="helpful", day=timezone.localdate(), count=87_654_321)
    article.answers.get().expert.columns.add(make_column())
    Expert.objects.update(user=make_user(Role.EXPERT, name=f"{CANARY} user"))
    hidden = [make_hidden(article), make_hidden(article, at=timezone.now() + DAY)]
    article.related_rows.all().delete()
    relate(article, hidden[1])
    for each in hidden:
        for place in ("", "/related"):
            assert get(client, f"questions/{each.slug}{place}").status_code == 404
    shown = [*LISTS, f"search?q={CANARY}", f"questions/{article.slug}", f"questions/{article.slug}/related"]
    told = [get(client, address).content.decode() for address in shown]
    assert "Edited calf." in told[-2]
    for text in told:
        for private in (CANARY, "87654321", letter.case_number, letter.secret, "@"):
            assert private not in text


def test_an_answer_that_is_not_filed_is_told_nowhere(client):
    article = make_printed()
    waiting = make_expert(bio=CANARY)
    Answer.objects.create(article=article, expert=waiting, position=2, text=CANARY)
    told = get(client, f"questions/{article.slug}").json()
    assert len(told["answers"]) == 1
    for address in (f"questions/{article.slug}", "questions"):
        assert waiting.slug not in get(client, address).content.decode()


def test_a_former_text_is_told_nowhere(client):
    article = make_published(question=f"Of {CANARY}.")
    workflow.edit(article, by=None, version=article.version, question="Of something else.")
    workflow.correct(article, kind="correction", text="Put right.", by=None)
    told = get(client, f"questions/{article.slug}").content.decode()
    assert "Put right." in told
    assert CANARY not in told


def test_a_retracted_article_tells_why_and_keeps_its_headline_only(client):
    article = make_published(
        headline="A calf", dek=f"{CANARY} dek", question=f"{CANARY} calf", signature=CANARY, tags=[make_tag()]
    )
    article.answers.update(text=CANARY, html=CANARY)
    other = make_printed(tags=tuple(article.tags.all()))
    relate(other, article)
    assert CANARY in get(client, f"questions/{article.slug}").content.decode()
    assert slugs(client, "search?q=calf") == [article.slug]
    workflow.retract(article, reason="The study was *wrong*.", by=None)
    told = get(client, f"questions/{article.slug}")
    assert told.status_code == 200
    assert told.json()["headline"] == "A calf"
    assert told.json()["retraction"]["reason_html"] == "<p>The study was <em>wrong</em>.</p>"
    nothing = {"question": None, "answers": [], "sources": [], "experts": [], "dek": "", "signature": ""}
    nothing |= {"minutes": None, "asked_by": None, "disclaimer": None, "taken_from": None, "updated_at": None}
    assert {name: told.json()[name] for name in nothing} == nothing
    assert CANARY not in told.content.decode()
    assert items(client, f"questions/{article.slug}/related") == []
    assert slugs(client, f"questions/{other.slug}/related") == []
    assert slugs(client, "questions") == [other.slug]
    assert slugs(client, "search?q=calf") == []


# -- addresses that last ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "/related"])
def test_a_former_slug_and_one_in_capitals_lead_to_the_article(client, place):
    article = make_printed(slug="calf")
    OldSlug.objects.create(slug="shank", article=article)
    for slug in ("shank", "SHANK", "Calf"):
        response = client.get(f"/api/v1/questions/{slug}{place}")
        assert (response.status_code, response["Location"]) == (301, f"/api/v1/questions/calf{place}"), slug


@pytest.mark.parametrize("place", ["", "/related"])
def test_a_deleted_article_says_so_and_an_unknown_one_is_not_there(client, place):
    article = make_published()
    slug = article.slug
    workflow.delete(article, by=None)
    gone = get(client, f"questions/{slug}{place}")
    assert (gone.status_code, gone.json()) == (410, {"detail": "This article was deleted."})
    unknown = get(client, f"questions/no-such{place}")
    assert (unknown.status_code, unknown.json()) == (404, {"detail": "There is no such article."})


def test_an_article_taken_back_is_not_there(client):
    article = make_published()
    assert get(client, f"questions/{article.slug}").status_code == 200
    workflow.unpublish(article, by=None)
    assert get(client, f"questions/{article.slug}").status_code == 404
