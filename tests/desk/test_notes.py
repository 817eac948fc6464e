import pytest

from advice.accounts.models import Role
from advice.letters.models import Note
from advice.operations import person
from tests.factories import make_draft, make_letter, make_user

pytestmark = pytest.mark.django_db


def places():
    letter = make_letter(email="adam@example.org")
    article = make_draft(letter)
    return letter, article, [f"/desk/letters/{letter.pk}/", f"/desk/articles/{article.pk}/"]


def test_a_note_stands_beside_a_letter_or_an_article_with_who_and_is_deleted_by_its_author(at_desk, editor):
    _, _, addresses = places()
    for address in addresses:
        assert at_desk.post(f"{address}note/", {"note-text": "Ask <Joss> first."})["Location"] == address
        page = at_desk.get(address).content.decode()
        assert "Ask &lt;Joss&gt; first." in page
        assert f"{editor.name}, <time" in page
        note = Note.objects.get()
        assert at_desk.post(f"/desk/notes/{note.pk}/delete/")["Location"] == address
        assert not Note.objects.exists()


def test_an_empty_note_is_not_kept(at_desk):
    _, _, addresses = places()
    for address in addresses:
        response = at_desk.post(f"{address}note/", {"note-text": " "})
        assert (response.status_code, response.context["note_form"].errors.keys()) == (422, {"text"})
    assert not Note.objects.exists()


def test_anothers_note_is_deleted_by_an_owner_alone(client, at_desk):
    letter, _, (address, _) = places()
    note = Note.objects.create(letter=letter, by=make_user(), text="Hm.")
    assert f"/desk/notes/{note.pk}/delete/" not in at_desk.get(address).content.decode()
    assert at_desk.post(f"/desk/notes/{note.pk}/delete/").status_code == 404
    client.force_login(make_user(Role.OWNER))
    client.post(f"/desk/notes/{note.pk}/delete/")
    assert not Note.objects.exists()


def test_the_expert_sees_none_and_the_writer_gets_them_with_an_export(client):
    letter, article, _ = places()
    user = make_user(Role.EXPERT)
    answer = article.answers.get()
    answer.expert.user = user
    answer.expert.save()
    Note.objects.create(letter=letter, text="Canarynote one.")
    Note.objects.create(article=article, text="Canarynote two.")
    client.force_login(user)
    assert "Canarynote" not in client.get(f"/desk/answers/{answer.pk}/").content.decode()
    (found,) = person.export("adam@example.org")["letters"]
    assert [one["text"] for one in found["notes_of_editors"]] == ["Canarynote two.", "Canarynote one."]
    person.erase("adam@example.org")
    assert not Note.objects.exists()
