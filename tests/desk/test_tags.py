"""Tags at the desk: what they are called, what is unused, and what their addresses lead to."""

import pytest
from django.utils.html import escape

from advice.accounts.models import Role
from advice.articles import searching
from advice.articles.models import FormerAddress, RelatedChoice, Tag, TagAlias
from tests.factories import make_draft, make_published, make_tag, make_user
from tests.hostile import HOSTILE
from tests.test_valid import HARD, assert_all_valid, assert_valid

pytestmark = pytest.mark.django_db


@pytest.fixture
def calf():
    return Tag.objects.create(name="Calf", slug="calf", description="The lower leg.")


def main_of(response):
    return response.content.decode().partition("<main")[2]


def names(response):
    return [row["tag"].name for row in response.context["rows"]]


def test_a_tag_is_made_and_its_address_comes_from_its_name(at_desk):
    response = at_desk.post("/desk/tags/new/", {"name": " Knee  pain ", "description": "Below it."})
    tag = Tag.objects.get()
    assert (tag.name, tag.slug, tag.description) == ("Knee pain", "knee-pain", "Below it.")
    assert response["Location"] == f"/desk/tags/{tag.pk}/"


def test_a_renamed_tag_is_found_by_its_new_name_and_its_former_address_leads_to_it(
    at_desk, client, calf, django_capture_on_commit_callbacks
):
    article = make_published(tags=[calf])
    FormerAddress.objects.create(path="/tags/shank/", leads_to="/tags/calf/")
    with django_capture_on_commit_callbacks(execute=True):
        at_desk.post(f"/desk/tags/{calf.pk}/", {"name": "Gastrocnemius", "slug": "gastro"})
    client.logout()
    for former in ("/tags/calf/", "/tags/shank/"):
        assert client.get(former)["Location"] == "/tags/gastro/"
    assert "Gastrocnemius" in client.get("/tags/gastro/").content.decode()
    assert [found.article for found in searching.search("gastrocnemius").items] == [article]


def test_a_tag_takes_up_its_own_former_address_and_leaves_a_changed_slug_alone(at_desk, calf):
    at_desk.post(f"/desk/tags/{calf.pk}/", {"name": "Calf", "slug": "lower-leg"})
    at_desk.post(f"/desk/tags/{calf.pk}/", {"name": "Calf", "slug": "calf"})
    at_desk.post(f"/desk/tags/{calf.pk}/", {"name": "The calf", "slug": ""})
    calf.refresh_from_db()
    assert (calf.name, calf.slug) == ("The calf", "calf")
    assert list(calf.aliases.values_list("slug", flat=True)) == ["lower-leg"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "cAlF"),
        ("name", "x" * 61),
        ("name", "a\0b"),
        ("name", "\u200b"),
        ("name", "跑步"),
        ("slug", "calf"),
        ("slug", "CALF"),
        ("slug", "shank"),
        ("slug", "once"),
        ("slug", "led"),
        ("slug", "two words"),
        ("slug", "x" * 61),
        ("slug", "a\0b"),
        ("description", "x" * 501),
        ("description", "a\0b"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(at_desk, calf, field, typed):
    TagAlias.objects.create(tag=calf, slug="shank")
    FormerAddress.objects.create(path="/tags/once/")
    FormerAddress.objects.create(path="/tags/led/", leads_to="/tags/calf/")
    given = {"name": "Knee", "description": "Typed.", field: typed}
    response = at_desk.post("/desk/tags/new/", given)
    assert response.status_code == 422
    wrong = "slug" if typed == "跑步" else field
    assert list(response.context["form"].errors) == [wrong]
    if field != "description":
        assert "Typed." in main_of(response)
    assert Tag.objects.count() == 1


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(at_desk, words):
    words = words.encode("utf-8", "replace").decode()  # as a browser sends them
    at_desk.post("/desk/tags/new/", {"name": f"x{words}"[:60], "slug": "x", "description": words})
    tag = Tag.objects.first()
    if tag is None:
        return  # refused: it holds what no text can
    for path in ("/desk/tags/", f"/desk/tags/{tag.pk}/", f"/desk/tags/{tag.pk}/merge/"):
        page = main_of(at_desk.get(path))
        assert escape(tag.name) in page
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page


def test_another_word_means_the_tag_until_it_is_taken_away_and_its_address_leads_on(at_desk, client, calf):
    at_desk.post(f"/desk/tags/{calf.pk}/words/add/", {"word": "Lower Leg"})
    assert list(calf.aliases.values_list("slug", flat=True)) == ["lower-leg"]
    assert client.get("/tags/lower-leg/")["Location"] == "/tags/calf/"
    at_desk.post(f"/desk/tags/{calf.pk}/words/remove/", {"word": "lower-leg"})
    assert not calf.aliases.exists()
    assert client.get("/tags/lower-leg/")["Location"] == "/tags/calf/"
    other = make_tag("Shin")
    at_desk.post(f"/desk/tags/{other.pk}/words/add/", {"word": "lower-leg"})
    assert client.get("/tags/lower-leg/")["Location"] == other.get_absolute_url()
    assert not FormerAddress.objects.exists()


@pytest.mark.parametrize("word", ["", "calf", "shank", "once", "!", "x" * 61, "a\0b"])
def test_a_word_that_means_something_already_is_refused_beside_its_field(at_desk, calf, word):
    TagAlias.objects.create(tag=calf, slug="shank")
    FormerAddress.objects.create(path="/tags/once/")
    response = at_desk.post(f"/desk/tags/{make_tag().pk}/words/add/", {"word": word})
    assert response.status_code == 422
    assert response.context["word_form"].errors.keys() == {"word"}


def test_a_word_that_is_gone_is_not_taken_away_twice(at_desk, calf):
    for word in ("nothing", "a\0b", ""):
        assert at_desk.post(f"/desk/tags/{calf.pk}/words/remove/", {"word": word}).status_code == 409


def test_merging_says_first_what_will_happen_and_then_does_it(at_desk, client, calf):
    leg = make_tag("Lower leg")
    TagAlias.objects.create(tag=leg, slug="shank")
    FormerAddress.objects.create(path="/tags/old/", leads_to=leg.get_absolute_url())
    one, _both = make_published(tags=[leg]), make_published(tags=[leg, calf])
    page = main_of(at_desk.get(f"/desk/tags/{leg.pk}/merge/?into=calf"))
    for words in ("1 article gets “Calf”", "1 has both already", "/tags/shank/", "cannot be undone"):
        assert words in page
    assert Tag.objects.filter(pk=leg.pk).exists()
    assert (
        at_desk.post(f"/desk/tags/{leg.pk}/merge/", {"into": "Calf"})["Location"] == f"/desk/tags/{calf.pk}/"
    )
    assert list(one.tags.all()) == [calf]
    for former in (leg.get_absolute_url(), "/tags/shank/", "/tags/old/"):
        assert client.get(former)["Location"] == "/tags/calf/"


@pytest.mark.parametrize("into", ["", "Calf", "Nobody", "Calf, Shin", "a\0b", "x" * 3_000])
def test_a_tag_is_merged_into_one_other(at_desk, calf, into):
    make_tag("Shin")
    address = f"/desk/tags/{calf.pk}/merge/"
    for response in (at_desk.get(address, {"into": into}), at_desk.post(address, {"into": into})):
        assert response.status_code == 422
        assert response.context["form"].errors.keys() == {"into"}
    assert at_desk.post(address, {}).status_code == 422
    assert Tag.objects.count() == 2


def test_only_what_no_article_has_is_deleted_and_its_addresses_say_so(at_desk, client, calf):
    TagAlias.objects.create(tag=calf, slug="shank")
    draft = make_draft(tags=[calf])
    response = at_desk.post(f"/desk/tags/{calf.pk}/delete/")
    assert response.status_code == 409
    assert "Articles have this tag" in main_of(response)
    draft.tags.clear()
    at_desk.post(f"/desk/tags/{calf.pk}/delete/")
    assert not Tag.objects.filter(pk=calf.pk).exists()
    for path in ("/tags/calf/", "/tags/shank/"):
        assert client.get(path).status_code == 410
    assert at_desk.post("/desk/tags/new/", {"name": "Calf"}).status_code == 422


def test_merging_and_deleting_are_for_those_who_may_publish(client, calf):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    other = make_tag()
    assert client.post(f"/desk/tags/{calf.pk}/merge/", {"into": other.name}).status_code == 409
    assert client.post(f"/desk/tags/{calf.pk}/delete/").status_code == 409
    assert Tag.objects.count() == 2


def test_the_list_is_narrowed_and_sorted(at_desk, calf):
    shin, idle = make_tag("Shin"), make_tag("Ankle")
    TagAlias.objects.create(tag=shin, slug="tibia")
    make_published(tags=[shin, calf])
    make_draft(tags=[shin])
    Tag.objects.filter(name__startswith="Tag ").delete()
    assert names(at_desk.get("/desk/tags/")) == ["Ankle", "Calf", "Shin"]
    assert names(at_desk.get("/desk/tags/?sort=use")) == ["Shin", "Calf", "Ankle"]
    assert names(at_desk.get("/desk/tags/?unused=on")) == [idle.name]
    assert names(at_desk.get("/desk/tags/?q=TIBI&sort=use")) == ["Shin"]
    assert names(at_desk.get("/desk/tags/?q=%25")) == []
    rows = {
        row["tag"].name: (row["all"], row["public"]) for row in at_desk.get("/desk/tags/").context["rows"]
    }
    assert rows == {"Ankle": (0, 0), "Calf": (1, 1), "Shin": (2, 1)}


@pytest.mark.parametrize("query", ["q=a%00b", "q=" + "x" * 99, "sort=x", "page=x", "page=99"])
def test_an_address_that_asks_for_nonsense_gets_a_page(at_desk, calf, query):
    response = at_desk.get(f"/desk/tags/?{query}")
    assert response.status_code == (200 if "page" in query else 422)
    assert names(response) == ["Calf"]


def test_the_list_is_paged_and_keeps_what_it_is_narrowed_by(at_desk):
    Tag.objects.bulk_create(Tag(name=f"Topic {n:02}", slug=f"topic-{n}") for n in range(31))
    response = at_desk.get("/desk/tags/?q=topic")
    assert len(names(response)) == 30
    assert 'href="?q=topic&amp;page=2"' in main_of(response)
    assert names(at_desk.get("/desk/tags/?q=topic&page=2")) == ["Topic 30"]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["/desk/tags/?sort=use", "/desk/pins/", "/desk/manage/"])
def test_the_lists_take_the_same_few_queries_for_any_number(at_desk, django_assert_num_queries, path, count):
    for _ in range(count):
        article = make_published(tags=[make_tag()])
        RelatedChoice.objects.create(article=article, other=make_published())
    at_desk.get(path)
    with django_assert_num_queries({"/desk/tags/?sort=use": 8, "/desk/pins/": 6, "/desk/manage/": 18}[path]):
        assert at_desk.get(path).status_code == 200


def test_all_pages_are_valid(at_desk):
    tag = Tag.objects.create(name=HARD[:60], slug="hard", description=HARD)
    TagAlias.objects.create(tag=tag, slug="harder")
    article = make_published(tags=[tag, make_tag("Calf")], headline=HARD[:60])
    RelatedChoice.objects.create(article=article, other=make_draft(headline=HARD[:60]))
    assert_all_valid(
        at_desk,
        *("/desk/manage/", "/desk/pins/", "/desk/tags/", "/desk/tags/?q=nothing", "/desk/tags/new/"),
        *(f"/desk/tags/{tag.pk}/", f"/desk/tags/{tag.pk}/merge/", f"/desk/tags/{tag.pk}/merge/?into=Calf"),
    )
    assert_valid(at_desk.post("/desk/tags/new/", {"name": HARD * 9, "description": HARD * 99}), 422)


def test_manage_leads_to_everything_and_counts_it(at_desk, calf):
    make_published(tags=[calf])
    Tag.objects.exclude(pk=calf.pk).delete()
    page = main_of(at_desk.get("/desk/manage/"))
    for path in ("tags", "pages", "replies", "red-flags", "search", "people", "members", "outbox", "trace"):
        assert f'href="/desk/{path}/"' in page
    make_tag()
    assert "2, 1 unused" in main_of(at_desk.get("/desk/manage/"))
    assert "/admin/" not in page


def test_what_is_looked_after_rarely_stands_in_no_bar(at_desk):
    bar = at_desk.get("/desk/").content.decode().partition("<nav")[2].partition("</nav>")[0]
    for rarely in ("Search", "Pages", "People", "Members", "Outbox", "Reference data"):
        assert rarely not in bar
    assert 'aria-current="page">Manage' in at_desk.get("/desk/manage/").content.decode()
    for path in ("/desk/tags/", "/desk/people/", "/desk/search/", "/desk/pages/"):
        assert 'aria-current="true">Manage' in at_desk.get(path).content.decode()
