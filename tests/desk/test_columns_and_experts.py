"""Columns and experts at the desk: what is printed of them, their addresses, and what stays because something needs it."""

import datetime as dt
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape
from PIL import Image

from advice.accounts.models import Role
from advice.articles.models import Column, Expert
from tests.factories import (
    make_column,
    make_expert,
    make_letter,
    make_newsletter,
    make_published,
    make_user,
)
from tests.hostile import HOSTILE
from tests.test_valid import HARD, assert_all_valid, assert_valid

pytestmark = pytest.mark.django_db

COLUMN = {"name": "The Sports Doc", "wording_days": "7", "update_weeks": "6", "position": "0"}


def main_of(response):
    return response.content.decode().partition("<main")[2]


def picture(kind="PNG", size=(900, 900)) -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, kind)
    return SimpleUploadedFile("Me at home.png", data.getvalue(), "image/png")


# -- columns -----------------------------------------------------------------------------------------------------


def test_a_column_is_made_with_its_experts_and_its_address_comes_from_its_name(at_desk, client):
    first, second = make_expert(), make_expert()
    given = {**COLUMN, "description": "For runners.", "is_medical": "on", "experts": [first.pk, second.pk]}
    response = at_desk.post("/desk/columns/new/", given)
    column = Column.objects.get()
    assert response["Location"] == f"/desk/columns/{column.pk}/"
    assert (column.slug, column.is_medical, set(column.experts.all())) == (
        "the-sports-doc",
        True,
        {first, second},
    )
    assert "For runners." in client.get("/columns/the-sports-doc/").content.decode()


def test_a_changed_disclaimer_shows_at_once_under_each_answer(at_desk, client):
    column = make_column(disclaimer="Not a *diagnosis*.")
    article = make_published(column=column)
    at_desk.post(
        f"/desk/columns/{column.pk}/", {**COLUMN, "slug": column.slug, "disclaimer": "See a **doctor**."}
    )
    page = client.get(article.get_absolute_url()).content.decode()
    assert "See a <strong>doctor</strong>." in page
    assert "diagnosis" not in page


def test_a_former_address_of_a_column_leads_to_it(at_desk, client):
    column = make_column(slug="doc")
    at_desk.post(f"/desk/columns/{column.pk}/", {**COLUMN, "slug": "the-doc"})
    for former, now in (("/columns/doc/", "/columns/the-doc/"), ("/ask/doc/", "/ask/the-doc/")):
        assert client.get(former)["Location"] == now
    assert at_desk.post("/desk/columns/new/", {**COLUMN, "name": "X", "slug": "doc"}).status_code == 422


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("name", typed) for typed in ("", "x" * 81, "a\0b", "\u200b", "TAKEN")),
        *(("slug", typed) for typed in ("taken", "two words", "x" * 81, "a\0b")),
        *(("description", typed) for typed in ("x" * 501, "a\0b")),
        *(("disclaimer", typed) for typed in ("x" * 2_001, "a\0b")),
        *(("context_question", typed) for typed in ("x" * 121, "a\0b")),
        *(("wording_days", typed) for typed in ("", "-1", "366", "x", "9" * 30)),
        *(("update_weeks", typed) for typed in ("", "-1", "9", "9" * 30)),
        *(("position", typed) for typed in ("-1", "9" * 30)),
        *(("experts", typed) for typed in ("999999", "x", "9" * 26)),
    ],
)
def test_what_a_column_cannot_be_is_said_beside_its_field(at_desk, field, typed):
    make_column("Taken", slug="taken")
    response = at_desk.post("/desk/columns/new/", {**COLUMN, "description": "Typed.", field: typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    if field != "description":
        assert "Typed." in main_of(response)
    assert Column.objects.count() == 1


def test_two_who_edit_a_column_lose_nothing(at_desk):
    column = make_column(description="First.")
    seen = at_desk.get(f"/desk/columns/{column.pk}/").context["form"]["seen"].value()
    given = {**COLUMN, "name": column.name, "slug": column.slug}
    at_desk.post(f"/desk/columns/{column.pk}/", {**given, "seen": seen, "description": "Theirs."})
    response = at_desk.post(f"/desk/columns/{column.pk}/", {**given, "seen": seen, "description": "Mine."})
    assert response.status_code == 409
    page = main_of(response)
    assert "Theirs." in page
    assert "Mine." in page
    assert Column.objects.get().description == "Theirs."
    again = response.context["form"]["seen"].value()
    at_desk.post(f"/desk/columns/{column.pk}/", {**given, "seen": again, "description": "Mine."})
    assert Column.objects.get().description == "Mine."


def test_columns_are_put_in_order(at_desk):
    names = [make_column(name, position=0).name for name in ("A", "B", "C")]
    at_desk.post(f"/desk/columns/{Column.objects.get(name='C').pk}/up/")
    assert [column.name for column in Column.objects.all()] == ["A", "C", "B"]
    at_desk.post(f"/desk/columns/{Column.objects.get(name='A').pk}/up/")
    assert [row["column"].name for row in at_desk.get("/desk/columns/").context["rows"]] == ["A", "C", "B"]
    assert names == ["A", "B", "C"]


def test_a_column_is_deleted_only_when_nothing_belongs_to_it(at_desk, client):
    lettered, listed, printed, idle = (make_column(slug=slug) for slug in ("one", "two", "three", "four"))
    make_letter(lettered)
    make_newsletter(column=listed)
    make_published(column=printed)
    idle.experts.add(make_expert())
    for column in (lettered, listed, printed):
        response = at_desk.post(f"/desk/columns/{column.pk}/delete/")
        assert response.status_code == 409
        assert "belong to this column" in main_of(response)
    at_desk.post(f"/desk/columns/{idle.pk}/delete/")
    assert set(Column.objects.all()) == {lettered, listed, printed}
    assert client.get("/columns/four/").status_code == 410


# -- experts -----------------------------------------------------------------------------------------------------


def test_an_expert_is_made_with_a_portrait_of_pixels_alone(at_desk, client):
    given = {"name": "Ines Marlow", "credentials": "MD", "bio": "She *runs*.", "interests": "A shoe shop."}
    response = at_desk.post("/desk/experts/new/", {**given, "portrait": picture()})
    expert = Expert.objects.get()
    assert response["Location"] == f"/desk/experts/{expert.pk}/"
    with default_storage.open(expert.portrait.name) as file, Image.open(file) as kept:
        assert (kept.format, kept.size) == ("WEBP", (640, 640))
    assert "home" not in expert.portrait.name
    page = client.get("/experts/ines-marlow/").content.decode()
    assert "She <em>runs</em>." in page
    assert expert.portrait.url in page


def test_a_portrait_stays_is_replaced_or_taken_away_and_then_its_file_is_gone(
    at_desk, django_capture_on_commit_callbacks
):
    at_desk.post("/desk/experts/new/", {"name": "Ines", "portrait": picture()})
    expert = Expert.objects.get()
    first, address = expert.portrait.name, f"/desk/experts/{expert.pk}/"
    for changes, same in (({}, True), ({"portrait": picture("JPEG")}, False)):
        with django_capture_on_commit_callbacks(execute=True):
            assert at_desk.post(address, {"name": "Ines", **changes}).status_code == 302
        expert.refresh_from_db()
        assert (expert.portrait.name == first) is same
        assert default_storage.exists(first) is same
    second = expert.portrait.name
    with django_capture_on_commit_callbacks(execute=True):
        at_desk.post(address, {"name": "Ines", "without_portrait": "on"})
    expert.refresh_from_db()
    assert not expert.portrait
    assert not default_storage.exists(second)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("name", typed) for typed in ("", "x" * 121, "a\0b", "taken")),
        *(("slug", typed) for typed in ("taken", "two words", "a\0b")),
        *((name, typed) for name in ("title", "credentials") for typed in ("x" * 121, "a\0b")),
        *(("bio", typed) for typed in ("x" * 5_001, "a\0b")),
        *(("interests", typed) for typed in ("x" * 1_001, "a\0b")),
        *(("checked_on", typed) for typed in ("x", "2999-01-01", "2026-02-30", "a\0b")),
        *(("checked_where", typed) for typed in ("x" * 201, "a\0b")),
        *(("user", typed) for typed in ("999999", "x", "a\0b", "9" * 26)),
        ("portrait", SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")),
        ("portrait", SimpleUploadedFile("x.png", b"", "image/png")),
    ],
)
def test_what_an_expert_cannot_be_is_said_beside_its_field(at_desk, field, typed):
    Expert.objects.create(name="Taken", slug="taken")
    response = at_desk.post("/desk/experts/new/", {"name": "Ines", "title": "Typed.", field: typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    if field != "title":
        assert "Typed." in main_of(response)
    assert Expert.objects.count() == 1


def test_who_writes_as_an_expert_is_said_by_those_who_may_manage_that_person(at_desk, editor):
    expert, writer, owner = make_expert(), make_user(Role.EXPERT), make_user(Role.OWNER)
    address = f"/desk/experts/{expert.pk}/"
    at_desk.post(address, {"name": "Ines", "user": writer.pk})
    expert.refresh_from_db()
    assert expert.user == writer
    for user in (owner, editor):
        response = at_desk.post(address, {"name": "Ines", "user": user.pk})
        assert list(response.context["form"].errors) == ["user"]
    Expert.objects.update(user=owner)
    assert at_desk.post(address, {"name": "Ines", "user": ""}).status_code == 422
    other = make_expert(writer)
    assert at_desk.post("/desk/experts/new/", {"name": "X", "user": writer.pk}).status_code == 422
    assert other.user == writer


def test_a_former_address_of_an_expert_leads_to_the_page_and_who_answered_stays(at_desk, client):
    expert, answered = make_expert(), make_published().answers.get().expert
    former = expert.get_absolute_url()
    at_desk.post(f"/desk/experts/{expert.pk}/", {"name": "Ines", "slug": "ines"})
    assert client.get(former)["Location"] == "/experts/ines/"
    assert at_desk.post(f"/desk/experts/{answered.pk}/delete/").status_code == 409
    at_desk.post(f"/desk/experts/{expert.pk}/delete/")
    assert list(Expert.objects.all()) == [answered]
    for path in (former, "/experts/ines/"):
        assert client.get(path).status_code == 410


def test_credentials_that_nobody_has_checked_for_a_year_are_flagged(at_desk):
    today = timezone.localdate()
    make_expert(checked_on=today - dt.timedelta(days=364), checked_where="The register")
    assert "not checked for a year" not in main_of(at_desk.get("/desk/experts/"))
    make_expert(checked_on=today - dt.timedelta(days=366))
    make_expert()
    assert main_of(at_desk.get("/desk/experts/")).count("not checked for a year") == 2
    assert "3, 2 not checked for a year" in main_of(at_desk.get("/desk/manage/"))


# -- both --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(at_desk, words):
    words = words.encode("utf-8", "replace").decode()  # as a browser sends them
    line = f"x{words}"[:80]
    column = {**COLUMN, "name": line, "slug": "x", "description": words, "disclaimer": words}
    at_desk.post("/desk/columns/new/", {**column, "context_question": words[:120]})
    expert = {"name": line, "slug": "x", "title": words[:120], "credentials": words[:120], "bio": words}
    at_desk.post("/desk/experts/new/", {**expert, "interests": words, "checked_where": words[:200]})
    for model, path in ((Column, "/desk/columns/"), (Expert, "/desk/experts/")):
        row = model.objects.first()
        if row is None:
            continue  # refused: it holds what no text can
        for address in (path, f"{path}{row.pk}/"):
            page = main_of(at_desk.get(address))
            assert escape(row.name) in page
            assert "<script>alert" not in page
            assert "onerror=alert(1)>" not in page


@pytest.mark.parametrize("what", ["columns", "experts"])
def test_those_who_may_not_publish_read_and_change_nothing(client, what):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    row = make_column(description="Kept.") if what == "columns" else make_expert(bio="Kept.")
    page = main_of(client.get(f"/desk/{what}/{row.pk}/"))
    assert "Kept." in page
    assert "by those who may publish" in page
    response = client.post(f"/desk/{what}/{row.pk}/", {**COLUMN, "name": "Changed"})
    assert response.status_code == 409
    assert "Changed" in main_of(response)
    row.refresh_from_db()
    assert row.name != "Changed"
    assert client.post(f"/desk/{what}/{row.pk}/delete/").status_code == 409


@pytest.mark.parametrize(("path", "field"), [("columns", "disclaimer"), ("experts", "bio")])
def test_without_javascript_a_press_shows_the_text_and_another_adds_a_picture(at_desk, path, field):
    given = {**COLUMN, "name": "Kept", field: "Some *words*."}
    response = at_desk.post(f"/desk/{path}/new/", {**given, "action": "preview"})
    assert response.status_code == 200
    assert "Some <em>words</em>." in main_of(response)
    response = at_desk.post(
        f"/desk/{path}/new/", {**given, "action": "picture", "image": picture(), "alt": "A calf"}
    )
    assert "![A calf](/media/uploads/" in main_of(response)
    assert not Column.objects.exists()
    assert not Expert.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("columns", 8), ("experts", 7)])
def test_the_lists_take_the_same_few_queries_for_any_number(
    at_desk, django_assert_num_queries, path, queries, count
):
    for _ in range(count):
        make_published()
    with django_assert_num_queries(queries):
        assert len(at_desk.get(f"/desk/{path}/").context["rows"]) == count


@pytest.mark.parametrize("path", ["columns", "experts"])
def test_the_lists_are_paged(at_desk, path):
    make = make_column if path == "columns" else make_expert
    for _ in range(31):
        make()
    assert len(at_desk.get(f"/desk/{path}/").context["rows"]) == 30
    assert len(at_desk.get(f"/desk/{path}/?page=2").context["rows"]) == 1


def test_all_pages_are_valid(at_desk):
    assert_all_valid(at_desk, "/desk/columns/", "/desk/experts/")
    column = make_column(HARD[:60], description=HARD, disclaimer=HARD)
    expert = make_expert(title=HARD[:60], bio=HARD, interests=HARD, checked_where=HARD[:60])
    column.experts.add(expert)
    for path, row in (("columns", column), ("experts", expert)):
        assert_all_valid(at_desk, f"/desk/{path}/", f"/desk/{path}/new/", f"/desk/{path}/{row.pk}/")
        assert_valid(at_desk.post(f"/desk/{path}/{row.pk}/", {"name": HARD * 9}), 422)
        stale = {**COLUMN, "name": HARD[:60], "seen": "x", "description": HARD, "bio": HARD}
        assert_valid(at_desk.post(f"/desk/{path}/{row.pk}/", stale), 409)
