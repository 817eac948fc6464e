"""Two tags become one."""

import pytest

from advice.articles import searching
from advice.articles.merging import merge
from advice.articles.models import Tag, TagAlias
from advice.articles.workflow import NotPermitted
from tests.factories import make_published, make_tag

pytestmark = pytest.mark.django_db


def test_articles_and_other_words_go_over_and_the_address_leads_on(
    client, django_capture_on_commit_callbacks
):
    calf, calves = make_tag("Calf"), make_tag("Lower leg")
    TagAlias.objects.create(slug="gastrocnemius", tag=calves)
    one, both = make_published(tags=[calves]), make_published(tags=[calf, calves])
    former, merged = calves.slug, calves.pk
    with django_capture_on_commit_callbacks(execute=True):
        merge(calves, calf)
    assert not Tag.objects.filter(pk=merged).exists()
    assert [list(article.tags.all()) for article in (one, both)] == [[calf], [calf]]
    assert set(calf.aliases.values_list("slug", flat=True)) == {former, "gastrocnemius"}
    for slug in (former, "gastrocnemius"):
        assert client.get(f"/tags/{slug}/")["Location"] == calf.get_absolute_url()
    assert {found.article for found in searching.search("calf", tag=calf.slug).items} >= {one}


def test_a_tag_is_not_merged_with_itself():
    tag = make_tag()
    with pytest.raises(NotPermitted):
        merge(tag, tag)
    assert Tag.objects.count() == 1
