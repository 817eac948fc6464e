"""Addresses that lead on, listed at the desk; those that editors add lead nowhere in a ring, and take no page away."""

import pytest
from django.utils.html import escape

from advice.accounts.models import Role
from advice.articles import addresses, workflow
from advice.articles.models import FormerAddress, OldSlug, TagAlias
from advice.trace.models import Act
from tests.factories import make_column, make_draft, make_published, make_tag, make_user
from tests.hostile import HOSTILE
from tests.test_valid import assert_all_valid, assert_valid

pytestmark = pytest.mark.django_db


def main_of(response):
    return response.content.decode().partition("<main")[2]


def add(at_desk, path, leads_to="", **more):
    gone = {} if leads_to else {"is_gone": "on"}
    return at_desk.post("/desk/redirects/new/", {"path": path, "leads_to": leads_to, **gone, **more})


def test_an_address_of_an_older_site_leads_to_a_page_however_it_is_written(at_desk, client):
    article = make_published()
    path = article.get_absolute_url()
    assert add(at_desk, "/2009/07/Calf-Spasms.html", path)["Location"] == "/desk/redirects/"
    client.logout()
    for asked in ("/2009/07/calf-spasms.html", "/2009/07/Calf-Spasms.html", "/2009/07/calf-spasms.html/"):
        response = client.get(asked)
        assert (response.status_code, response["Location"]) == (301, path)
    assert [str(act) for act in Act.objects.filter(kind="redirect")] == [
        f"make redirect {FormerAddress.objects.get().pk}"
    ]


def test_an_address_that_is_gone_says_so(at_desk, client):
    add(at_desk, "/shop/")
    assert client.get("/shop/").status_code == 410
    assert client.get("/shop").status_code == 410


@pytest.mark.parametrize(
    "leads_to",
    ["/tags/calf/", "tags/calf/", "/about", "/", "/tags/CALF", "https://site.example/tags/calf/", "/ask/", "/membership/"],
)  # fmt: skip
def test_the_page_may_be_given_in_any_way_that_is_read(at_desk, settings, leads_to):
    settings.SITE_URL = "https://site.example"
    make_tag().__class__.objects.update(name="Calf", slug="calf")
    response = add(at_desk, "https://SITE.example/old", leads_to)
    if leads_to in ("tags/calf/", "/"):
        assert response.status_code == 422
    else:
        assert response.status_code == 302
        assert FormerAddress.objects.get().path == "/old/"


@pytest.mark.parametrize(
    "path",
    [
        *("", "old", "//evil.example/", "https://evil.example/old/", "javascript:alert(1)", "\\\\evil", "/\\evil"),
        *("/old?x=1", "/old#x", "/old page", "/alt/ä/", "/%C3%A4/", "/a\0b/", "/../x", "/a/./b", "/%2e%2e/x"),
        *("/desk/x/", "/Letters/abc/", "/accounts/x/", "/admin/x", "/media/x.webp", "/static/x", "//desk/"),
        *("/tags/calf/", "/TAGS/Calf", "/tags/shank/", "/questions/public/", "/questions/draft/", "/"),
        *("/questions/once/", "/columns/sports/", "/ask/sports/", "/about", "/archive/2031/01/", "/feeds/latest.atom"),
        *("/questions/anything.md", "/taken/", "/" + "x" * 199, "/" + "x" * 300),
    ],
)  # fmt: skip
def test_from_where_no_redirect_can_start_is_said_beside_the_field(at_desk, path):
    tag, article = make_tag(), make_published()
    tag.__class__.objects.filter(pk=tag.pk).update(slug="calf")
    TagAlias.objects.create(tag=tag, slug="shank")
    OldSlug.objects.create(article=article, slug="once")
    article.__class__.objects.filter(pk=article.pk).update(slug="public")
    article.__class__.objects.filter(pk=make_draft().pk).update(slug="draft")
    make_column(slug="sports")
    FormerAddress.objects.create(path="/taken/")
    response = add(at_desk, path, "/tags/")
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["path"]
    assert 'value="/tags/"' in main_of(response)
    assert FormerAddress.objects.count() == 1


@pytest.mark.parametrize(
    "leads_to",
    [
        *("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "/a\0b/"),
        *(
            "/old/",
            "/OLD",
            "/nothing/",
            "/questions/draft/",
            "/questions/nothing/",
            "/desk/",
            "/moved/",
            "/gone/",
        ),
        *("/letters/abc/", "/subscribe/confirm/abc/", "/tags/?x", "x" * 201),
    ],
)
def test_where_no_redirect_can_lead_is_said_beside_the_field(at_desk, leads_to):
    article = make_draft()
    article.__class__.objects.filter(pk=article.pk).update(slug="draft")
    FormerAddress.objects.create(path="/moved/", leads_to="/tags/")
    FormerAddress.objects.create(path="/gone/")
    response = add(at_desk, "/old/", leads_to)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["leads_to"]
    assert FormerAddress.objects.count() == 2


def test_it_leads_somewhere_or_is_gone_and_never_both(at_desk):
    for given in ({"path": "/old/"}, {"path": "/old/", "leads_to": "/tags/", "is_gone": "on"}):
        response = at_desk.post("/desk/redirects/new/", given)
        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["leads_to"]


def test_what_leads_to_a_page_that_moves_follows_it_in_one_step(at_desk, client):
    article, by = make_published(), make_user()
    add(at_desk, "/old/", article.get_absolute_url())
    article.refresh_from_db()
    workflow.edit(article, by=by, version=article.version, slug="another")
    assert client.get("/old/")["Location"] == "/questions/another/"
    article.refresh_from_db()
    workflow.delete(article, by=by)
    assert client.get("/old/").status_code == 410


def test_a_redirect_that_led_to_the_new_one_leads_on_with_it(at_desk, client):
    FormerAddress.objects.create(path="/older/", leads_to="/old/")
    add(at_desk, "/old/", "/tags/")
    assert client.get("/older/")["Location"] == "/tags/"


def test_only_what_was_added_by_hand_is_deleted(at_desk, client):
    add(at_desk, "/old/", "/tags/")
    addresses.moved("/columns/a/", "/columns/b/")
    by_hand, moved = FormerAddress.objects.order_by("pk")
    assert at_desk.post(f"/desk/redirects/{moved.pk}/delete/").status_code == 409
    assert at_desk.post(f"/desk/redirects/{by_hand.pk}/delete/").status_code == 302
    assert list(FormerAddress.objects.all()) == [moved]
    assert client.get("/old/").status_code == 404
    assert at_desk.post(f"/desk/redirects/{by_hand.pk}/delete/").status_code == 404


def test_those_who_may_not_publish_read_them_and_change_nothing(client):
    row = addresses.add("/old/", "/tags/", by=make_user())
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    page = main_of(client.get("/desk/redirects/"))
    assert "/old/" in page
    assert "/delete/" not in page
    assert add(client, "/older/", "/tags/").status_code == 409
    assert client.post(f"/desk/redirects/{row.pk}/delete/").status_code == 409
    assert list(FormerAddress.objects.all()) == [row]


def test_all_kinds_stand_in_one_list_and_can_be_narrowed(at_desk):
    add(at_desk, "/old/", "/tags/")
    addresses.moved("/columns/a/", "/columns/b/")
    addresses.gone("/experts/c/")
    tag, article = make_tag(), make_published()
    TagAlias.objects.create(tag=tag, slug="shank")
    OldSlug.objects.create(article=article, slug="once")
    expected = {
        "hand": ("/old/", "/tags/"),
        "moved": ("/columns/a/", "/columns/b/"),
        "gone": ("/experts/c/", ""),
        "article": ("/questions/once/", article.get_absolute_url()),
        "tag": ("/tags/shank/", tag.get_absolute_url()),
    }
    rows = at_desk.get("/desk/redirects/").context["rows"]
    assert {row["kind"]: (row["former"], row["now"]) for row in rows} == expected
    for kind, row in expected.items():
        rows = at_desk.get(f"/desk/redirects/?kind={kind}").context["rows"]
        assert [(row["former"], row["now"]) for row in rows] == [row]
    assert len(at_desk.get("/desk/redirects/?q=COLUMNS/B").context["rows"]) == 1
    assert at_desk.get("/desk/redirects/?q=%25").context["rows"] == []
    for nonsense in ("kind=x", "q=a%00b", "q=" + "x" * 101):
        assert at_desk.get(f"/desk/redirects/?{nonsense}").status_code == 422


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(at_desk, words):
    words = words.encode("utf-8", "replace").decode()  # as a browser sends them
    page = main_of(add(at_desk, f"/{words}"[:200], f"/{words}"[:200])) + main_of(
        at_desk.get("/desk/redirects/")
    )
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    page = main_of(at_desk.get("/desk/redirects/", {"q": words[:100]}))
    assert escape(words[:20].strip().replace("\0", "")) in page or "\0" in words


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_few_queries_for_any_number(at_desk, django_assert_num_queries, count):
    for number in range(count):
        add(at_desk, f"/old-{number}/", "/tags/")
    at_desk.get("/desk/redirects/")  # it says that they were saved, once
    with django_assert_num_queries(6):
        assert len(at_desk.get("/desk/redirects/").context["rows"]) == count


def test_the_list_is_paged(at_desk):
    FormerAddress.objects.bulk_create(FormerAddress(path=f"/old-{n:02}/") for n in range(31))
    assert len(at_desk.get("/desk/redirects/").context["rows"]) == 30
    assert [row["former"] for row in at_desk.get("/desk/redirects/?page=2").context["rows"]] == ["/old-30/"]


def test_all_pages_are_valid(at_desk):
    assert_all_valid(at_desk, "/desk/redirects/", "/desk/redirects/?q=x", "/desk/redirects/new/")
    add(at_desk, "/old/", "/tags/")
    assert_all_valid(at_desk, "/desk/redirects/")
    assert_valid(add(at_desk, '"><b>', '"><b>'), 422)
