"""With few tags a box each; with many a line of names."""

import pytest

from advice.articles.models import Tag, TagAlias
from advice.desk.tagging import FEW, SUGGESTED
from tests.desk.differing import differ
from tests.desk.test_articles import texts
from tests.factories import make_draft, make_letter, make_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def many():
    Tag.objects.bulk_create(Tag(name=f"Topic {n}", slug=f"topic-{n}") for n in range(FEW))
    calf = Tag.objects.create(name="Calf", slug="calf")
    TagAlias.objects.create(tag=calf, slug="lower-leg")
    return calf


def test_few_tags_have_a_box_each(at_desk):
    make_tag("Calf")
    page = at_desk.get(f"/desk/letters/{make_letter().pk}/").content.decode()
    assert 'type="checkbox" name="tags"' in page


def test_many_are_written_by_name_alias_or_slug_in_any_case(at_desk, many):
    comma = Tag.objects.create(name="Aches, pains", slug="aches-pains")
    article = make_draft(tags=[comma])
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert 'type="checkbox" name="tags"' not in page
    assert 'name="tags" value="aches-pains"' in page
    data = texts(article, tags="Lower leg, CALF ,topic 1, aches-pains,, ")
    assert at_desk.post(f"/desk/articles/{article.pk}/", data).status_code == 302
    assert {tag.name for tag in article.tags.all()} == {"Calf", "Topic 1", "Aches, pains"}


def test_a_name_that_no_tag_has_is_named_beside_the_field(at_desk, many):
    letter = make_letter()
    data = {"headline": "H", "question": "Q", "column": letter.column_id, "tags": "calf, Elbow, <b>"}
    response = at_desk.post(f"/desk/letters/{letter.pk}/accept/", data)
    assert response.status_code == 422
    assert response.context["form"].errors["tags"] == ["No tag has this name: Elbow; <b>."]
    assert 'value="calf, Elbow, &lt;b&gt;"' in response.content.decode()


def test_thousands_of_tags_make_no_heavy_page(at_desk, many):
    Tag.objects.bulk_create(Tag(name=f"Other {n}", slug=f"other-{n}") for n in range(3_000))
    page = at_desk.get(f"/desk/letters/{make_letter().pk}/").content.decode()
    assert page.count("<option value=") <= SUGGESTED + 10
    assert len(page) < 60_000


def test_the_most_used_are_suggested(at_desk, many):
    Tag.objects.bulk_create(Tag(name=f"Aaa {n}", slug=f"aaa-{n}") for n in range(SUGGESTED))
    article = make_draft(tags=[many])
    page = at_desk.get(f"/desk/articles/{article.pk}/").content.decode()
    assert '<option value="Calf">' in page


def test_a_stale_save_shows_both_lists_of_tags(at_desk, many):
    article = make_draft(tags=[many])
    data = texts(article, tags="Topic 1", version=article.version - 1)
    response = at_desk.post(f"/desk/articles/{article.pk}/", data)
    assert response.status_code == 409
    both = {row["label"]: (row["theirs"], row["ours"]) for row in differ(response)}
    assert both["Tags"] == ("Calf", "Topic 1")
