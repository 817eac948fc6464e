"""A writer's address is shown to an editor who asks, once, and the owners see that it was."""

import pytest
from django.db import IntegrityError, connection, transaction

from advice.accounts.models import Role
from advice.letters import looking, retention
from advice.letters.models import AddressLook, LookIsKept
from advice.operations import person
from tests.factories import make_letter, make_user

pytestmark = pytest.mark.django_db

ADDRESS = "eve@example.org"


@pytest.fixture
def letter():
    return make_letter(email=ADDRESS)


@pytest.fixture
def editor(client):
    editor = make_user(name="Mara Finch")
    client.force_login(editor)
    return editor


def test_only_the_press_shows_it_and_it_is_written_down(client, editor, letter):
    page = client.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert ADDRESS not in page
    assert "Show the writer’s address" in page
    assert client.get(f"/desk/letters/{letter.pk}/address/").status_code == 405
    assert not AddressLook.objects.exists()
    response = client.post(f"/desk/letters/{letter.pk}/address/")
    assert ADDRESS in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    look = AddressLook.objects.get()
    assert (look.case_number, look.by) == (letter.case_number, editor)
    assert ADDRESS not in client.get(f"/desk/letters/{letter.pk}/").content.decode()


def test_there_is_nothing_to_press_where_there_is_no_address(client, editor):
    letter = make_letter(email="")
    assert "Show the writer’s address" not in client.get(f"/desk/letters/{letter.pk}/").content.decode()
    response = client.post(f"/desk/letters/{letter.pk}/address/", follow=True)
    assert "left no address" in response.content.decode()
    assert not AddressLook.objects.exists()


def test_one_that_no_key_reads_is_said_to_be_so(client, editor, letter, settings):
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    response = client.post(f"/desk/letters/{letter.pk}/address/", follow=True)
    assert "None of the site’s keys reads this address." in response.content.decode()
    assert not AddressLook.objects.exists()


def test_an_expert_cannot(client, letter):
    client.force_login(make_user(Role.EXPERT))
    response = client.post(f"/desk/letters/{letter.pk}/address/")
    assert response.status_code == 404
    assert not AddressLook.objects.exists()


def test_the_owners_see_who_looked_also_after_the_letter_is_erased(client, editor, letter):
    other = make_letter()
    for one in (letter, other):
        client.post(f"/desk/letters/{one.pk}/address/")
    assert client.get("/desk/letters/looks/").status_code == 404
    retention.erase_of(ADDRESS)
    client.force_login(make_user(Role.OWNER))
    assert 'href="/desk/letters/looks/"' in client.get("/desk/people/").content.decode()
    page = client.get("/desk/letters/looks/").content.decode()
    assert page.index(other.case_number) < page.index(letter.case_number)
    assert page.count("Mara Finch") == 2
    assert f"/desk/letters/{other.pk}/" in page
    assert f"/desk/letters/{letter.pk}/" not in page
    assert ADDRESS not in page


@pytest.mark.parametrize("looked", [1, 3])
def test_the_list_is_asked_for_at_once(client, letter, looked, django_assert_num_queries):
    owner = make_user(Role.OWNER)
    for _ in range(looked):
        looking.look_at_address(make_letter(), by=make_user())
    client.force_login(owner)
    with django_assert_num_queries(8):
        client.get("/desk/letters/looks/")


def test_the_row_is_neither_changed_nor_deleted(editor, letter):
    looking.look_at_address(letter, by=editor)
    look, looks = AddressLook.objects.get(), AddressLook.objects.all()
    for act in (look.save, look.delete, looks.delete, lambda: looks.update(case_number="")):
        with pytest.raises(LookIsKept):
            act()
    for column, value in (("case_number", "X"), ("by_id", make_user().pk), ("at", "2020-01-01")):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE letters_addresslook SET {column} = %s", [value])
    editor.delete()
    look = AddressLook.objects.get()
    assert (look.by, look.case_number) == (None, letter.case_number)


def test_a_writer_who_asks_is_told_when(editor, letter):
    looking.look_at_address(letter, by=editor)
    exported = person.export(ADDRESS)["letters"][0]
    assert exported["address_looked_at"] == [AddressLook.objects.get().at.isoformat()]


def test_no_log_line_names_the_address(caplog, editor, letter):
    caplog.set_level("DEBUG", logger="advice")
    looking.look_at_address(letter, by=editor)
    assert [r.getMessage() for r in caplog.records if r.name == "advice.letters"] == [
        f"The address of letter {letter.pk} was shown to person {editor.pk}."
    ]
    assert ADDRESS not in caplog.text
