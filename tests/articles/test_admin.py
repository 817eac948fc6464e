"""Columns, experts and tags are renamed, merged and deleted in the admin; search and addresses follow."""

import pytest
from django.contrib.admin.models import LogEntry

from advice.accounts.models import Role
from advice.articles.models import Column, Expert, Tag, TagAlias
from advice.articles.searching import search
from tests.factories import make_column, make_expert, make_published, make_tag, make_user

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


@pytest.mark.parametrize("typed", ["999999", "9" * 26])
def test_an_expert_who_cannot_be_is_said_beside_the_field_of_a_column(client, owner, typed):
    data = {"name": "New", "slug": "new", "wording_days": 7, "update_weeks": 6, "position": 0}
    response = client.post("/admin/articles/column/add/", {**data, "experts": [typed]})
    assert list(response.context["adminform"].form.errors) == ["experts"]
    assert not Column.objects.exists()


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


def rename(client, row: Column | Expert, slug: str):
    data = {"name": row.name, "slug": slug, "position": 0, "wording_days": 7, "update_weeks": 6}
    return client.post(f"/admin/articles/{row._meta.model_name}/{row.pk}/change/", data)


def refused(response) -> str:
    assert response.status_code == 200
    return " ".join(response.context["adminform"].form.errors["slug"])


@pytest.mark.parametrize("make", [make_column, make_expert])
def test_a_renamed_page_leads_on_from_every_address_it_had(client, owner, make):
    row = make()
    first = row.get_absolute_url()
    for slug in ("second", "third"):
        assert rename(client, row, slug).status_code == 302
    row.refresh_from_db()
    second = type(row)(slug="second").get_absolute_url()
    for former in (first, second):
        assert client.get(former)["Location"] == row.get_absolute_url()
    assert rename(client, row, "second").status_code == 302
    assert client.get(second).status_code == 200
    assert client.get(row.get_absolute_url())["Location"] == second


def test_a_save_that_keeps_the_slug_moves_nothing(client, owner):
    column = make_column()
    assert rename(client, column, column.slug).status_code == 302
    assert client.get(column.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("make", [make_column, make_expert, make_tag])
def test_a_deleted_page_says_so_for_ever(client, owner, make, many):
    row = make()
    kind, address = row._meta.model_name, row.get_absolute_url()
    if many:
        data = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        client.post(f"/admin/articles/{kind}/", data)
    else:
        client.post(f"/admin/articles/{kind}/{row.pk}/delete/", {"post": "yes"})
    assert not type(row).objects.exists()
    assert client.get(address).status_code == 410


def test_the_other_words_of_a_deleted_tag_are_gone_too(client, owner):
    tag = make_tag()
    TagAlias.objects.create(slug="lower-leg", tag=tag)
    client.post(f"/admin/articles/tag/{tag.pk}/delete/", {"post": "yes"})
    assert client.get("/tags/lower-leg/").status_code == 410


def test_an_address_is_never_given_away(client, owner):
    moved, deleted, other = make_column(), make_column(), make_column()
    once = moved.slug
    rename(client, moved, "now")
    client.post(f"/admin/articles/column/{deleted.pk}/delete/", {"post": "yes"})
    assert "leads to /columns/now/ for ever" in refused(rename(client, other, once))
    assert "was deleted" in refused(rename(client, other, deleted.slug))
    assert "was deleted" in refused(rename(client, other, deleted.slug.upper()))
    new = {"name": "New", "slug": once, "position": 0}
    assert "leads to /columns/now/ for ever" in refused(client.post("/admin/articles/column/add/", new))
    assert set(Column.objects.values_list("slug", flat=True)) == {"now", other.slug}


def test_another_word_for_a_tag_is_no_new_tag(client, owner):
    tag = make_tag("Calf")
    TagAlias.objects.create(slug="lower-leg", tag=tag)
    data = {"name": "Leg", "slug": "lower-leg", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    assert "leads to the tag “Calf”" in refused(client.post("/admin/articles/tag/add/", data))
    assert Tag.objects.count() == 1


def test_new_addresses_are_in_small_letters(client, owner):
    column = make_column()
    assert rename(client, column, "Sports-Doc").status_code == 302
    column.refresh_from_db()
    assert column.slug == "sports-doc"


def test_two_columns_that_would_differ_in_capitals_only_are_refused(client, owner):
    make_column(slug="training")
    assert "already exists" in refused(rename(client, make_column(), "Training"))


def merging(client, *tags: Tag, **more):
    data = {"action": "merge_into_another", "_selected_action": [tag.pk for tag in tags], **more}
    return client.post("/admin/articles/tag/", data)


def test_tags_are_merged_after_the_target_is_named(client, owner, django_capture_on_commit_callbacks):
    calf, calves, muscle = make_tag("Calf"), make_tag("Calves"), make_tag("Muscle")
    article = make_published(tags=[calves])
    asked = merging(client, calves, muscle)
    page = asked.content.decode()
    assert asked.status_code == 200
    assert f'<option value="{calf.pk}">Calf</option>' in page
    assert f'<option value="{calves.pk}">' not in page
    assert Tag.objects.filter(pk__in=[calves.pk, muscle.pk]).count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert merging(client, calves, muscle, into=calf.pk, merge="Merge").status_code == 302
    assert not Tag.objects.filter(slug__in=[calves.slug, muscle.slug]).exists()
    assert list(article.tags.all()) == [calf]
    for former in (calves, muscle):
        assert client.get(f"/tags/{former.slug}/?page=1")["Location"] == f"{calf.get_absolute_url()}?page=1"
    assert [found.article for found in search("calf").items] == [article]
    said = [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=str(calf.pk))]
    assert said == ["Merged into it: Calves, Muscle."]


@pytest.mark.parametrize("into", ["", "0", "itself", "x"])
def test_a_merge_into_nothing_or_itself_asks_again(client, owner, into):
    tag, other = make_tag(), make_tag()
    response = merging(client, tag, into=tag.pk if into == "itself" else into, merge="Merge")
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"into"}
    assert Tag.objects.count() == 2
    assert not TagAlias.objects.exists()
    assert other in Tag.objects.all()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.EXPERT])
def test_only_owners_merge_tags(client, role):
    client.force_login(make_user(role))
    tag, other = make_tag(), make_tag()
    merging(client, tag, into=other.pk, merge="Merge")
    assert Tag.objects.count() == 2
