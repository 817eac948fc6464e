"""Tags are renamed and deleted in the admin; search and addresses follow."""

import pytest

from advice.accounts.models import Role
from advice.articles.models import Tag, TagAlias
from advice.articles.searching import search
from tests.factories import make_published, make_tag, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    client.force_login(make_user(Role.OWNER))


def save(client, tag: Tag, name: str, slug: str, **aliases: str) -> None:
    data = {
        "name": name,
        "slug": slug,
        "aliases-TOTAL_FORMS": len(aliases),
        "aliases-INITIAL_FORMS": 0,
        **{f"aliases-{number}-slug": alias for number, alias in enumerate(aliases.values())},
    }
    assert client.post(f"/admin/articles/tag/{tag.pk}/change/", data).status_code == 302


def test_a_renamed_tag_is_found_by_its_new_name_only(client, owner, django_capture_on_commit_callbacks):
    tag = make_tag("Zebra")
    article = make_published(tags=[tag])
    with django_capture_on_commit_callbacks(execute=True):
        save(client, tag, "Giraffe", tag.slug)
    assert search("zebra").total == 0
    assert [found.article for found in search("giraffe").items] == [article]


@pytest.mark.parametrize("many", [False, True])
def test_a_deleted_tag_is_found_no_more(client, owner, django_capture_on_commit_callbacks, many):
    tag = make_tag("Zebra")
    make_published(headline="Stays", tags=[tag])
    with django_capture_on_commit_callbacks(execute=True):
        if many:
            data = {"action": "delete_selected", "_selected_action": tag.pk, "post": "yes"}
            client.post("/admin/articles/tag/", data)
        else:
            client.post(f"/admin/articles/tag/{tag.pk}/delete/", {"post": "yes"})
    assert not Tag.objects.filter(pk=tag.pk).exists()
    assert (search("zebra").total, search("stays").total) == (0, 1)


def test_the_old_address_of_a_tag_leads_to_the_new_one_and_back(client, owner):
    tag = make_tag("Zebra")
    save(client, tag, "Zebra", "striped")
    save(client, tag, "Zebra", "horse")
    assert client.get("/tags/striped/")["Location"] == "/tags/horse/"
    assert client.get(f"/tags/{tag.slug}/")["Location"] == "/tags/horse/"
    save(client, tag, "Zebra", "striped")
    assert client.get("/tags/horse/")["Location"] == "/tags/striped/"
    assert set(TagAlias.objects.values_list("slug", flat=True)) == {tag.slug, "horse"}


def test_an_old_address_typed_in_by_hand_as_another_word_is_no_fault(client, owner):
    tag = make_tag("Zebra")
    save(client, tag, "Zebra", "striped", by_hand=tag.slug)
    assert TagAlias.objects.get().slug == tag.slug
