import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from advice.accounts import workflow as accounts
from advice.articles import workflow
from advice.articles.models import Answer, Autosave
from tests.factories import make_column, make_draft, make_expert, make_published, make_tag, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(db):
    article = workflow.draft(by=None, headline="Calves", question="Why?", column=make_column())
    return workflow.assign(article, expert=make_expert(make_user("expert")), by=None)


@pytest.fixture
def writing(client, answer):
    client.force_login(answer.expert.user)
    return client


def path(part):
    return f"/desk/{type(part).__name__.lower()}s/{part.pk}/"


def typed(client, part, **fields):
    return client.post(f"{path(part)}autosave/", {"version": part.version, **fields})


def test_what_is_typed_is_kept_and_the_session_is_not(writing, answer):
    before = Session.objects.get().expire_date, Session.objects.get().session_data
    response = typed(writing, answer, text="Dear\r\nAdam")
    assert re.fullmatch(r"\d\d:\d\d", response.json()["at"])
    assert Autosave.objects.get().fields == {"text": ["Dear\r\nAdam"]}
    assert (Session.objects.get().expire_date, Session.objects.get().session_data) == before
    assert not response.cookies


def test_opened_again_it_is_told_and_shown_and_taken_up(writing, answer):
    typed(writing, answer, text="Dear Adam")
    page = assert_valid(writing.get(path(answer)))
    assert "You typed something here and did not save it" in page
    assert "<ins>Dear Adam</ins>" in page
    assert writing.get(path(answer)).context["form"]["text"].value() == ""
    response = writing.get(path(answer), {"take_up": "1"})
    assert_valid(response)
    assert response.context["form"]["text"].value() == "Dear Adam"
    writing.post(path(answer), {"text": "Dear Adam", "version": answer.version})
    assert Answer.objects.get().text == "Dear Adam"
    assert not Autosave.objects.exists()


def test_thrown_away_it_is_gone(writing, answer):
    typed(writing, answer, text="Dear Adam")
    writing.post(f"{path(answer)}autosave/discard/")
    assert not Autosave.objects.exists()
    # What this browser kept since is another text, and is offered still.
    assert "settles-answer-" not in writing.get(path(answer)).content.decode()


def test_what_came_late_and_says_what_was_saved_is_not_offered(writing, answer):
    writing.post(path(answer), {"text": "Dear\r\nAdam", "version": answer.version})
    typed(writing, answer, text="Dear\r\nAdam")
    assert writing.get(path(answer)).context["typing"].kept is None


def test_filing_forgets_what_was_typed(writing, answer):
    typed(writing, answer, text="Dear Adam")
    writing.post(path(answer), {"text": "Dear Adam", "version": answer.version, "action": "file"})
    assert not Autosave.objects.exists()
    assert "settles-answer-" in writing.get("/desk/").content.decode()


def test_taken_up_after_somebody_else_saved_both_texts_are_shown(client, answer):
    client.force_login(answer.expert.user)
    typed(client, answer, text="Mine")
    workflow.save_answer(answer, text="Theirs", by=None, version=answer.version)
    response = client.get(path(answer), {"take_up": "1"})
    page = assert_valid(response)
    assert "Theirs" in page
    assert "Mine" in response.context["form"]["text"].value()
    assert response.context["form"]["version"].value() == str(answer.version + 1)


def test_of_an_article_every_field_comes_back(at_desk):
    article, tag = make_draft(), make_tag("Legs")
    fields = {
        **{
            "headline": "New",
            "dek": "D",
            "question": "Q2",
            "signature": "Eve",
            "slug": "new-one",
            "tags": tag.pk,
        },
        **{"column": article.column_id, "announced_as": "Soon"},
        **{
            "sources-0-title": "Book",
            "sources-0-publisher": "",
            "sources-0-year": "2020",
            "sources-0-url": "",
        },
    }
    typed(at_desk, article, **fields)
    page = assert_valid(at_desk.get(path(article)))
    assert "<ins>Legs</ins>" in page
    assert "Book, 2020" in page
    form = at_desk.get(path(article), {"take_up": "1"}).context["form"]
    assert form.is_valid(), form.errors
    assert form.cleaned_data["tags"] == [tag] or list(form.cleaned_data["tags"]) == [tag]
    assert form.cleaned_data["sources"] == [{"title": "Book", "publisher": "", "year": 2020, "url": ""}]


def test_nobody_keeps_or_sees_what_another_types(client, answer, editor):
    client.force_login(editor)
    typed(client, answer, text="Mara’s")
    client.force_login(answer.expert.user)
    assert "Mara’s" not in client.get(path(answer)).content.decode()
    typed(client, answer, text="Adam’s")
    assert Autosave.objects.count() == 2


def test_what_may_not_be_written_is_not_kept(client, answer):
    workflow.file_answer(answer, text="Filed", by=None, version=answer.version)
    client.force_login(answer.expert.user)
    assert typed(client, answer, text="More").status_code == 409
    assert client.post(f"{path(answer)}autosave/", {"text": "x", "version": "abc"}).status_code == 409
    client.force_login(make_user("editor", may_publish=False))
    assert typed(client, make_published(), headline="x").status_code == 409
    assert not Autosave.objects.exists()


# -- an ended session -------------------------------------------------------------------------------------------


def form_of(client, part):
    found = re.search(r'name="typist" value="([^"]+)"', client.get(path(part)).content.decode())
    return {"text": "Typed for an hour", "version": part.version, "typist": found[1]}


def test_save_after_the_session_ended_leads_through_the_sign_in_back_to_the_text(writing, answer):
    form = form_of(writing, answer)
    writing.logout()
    response = writing.post(path(answer), form)
    assert response["Location"] == f"/accounts/login/?next={path(answer)}%3Ftake_up%3D1"
    assert Answer.objects.get().text == ""
    writing.force_login(answer.expert.user)
    again = writing.get(f"{path(answer)}?take_up=1")
    assert again.context["form"]["text"].value() == "Typed for an hour"


def test_without_what_the_form_was_signed_with_a_stranger_keeps_nothing(writing, answer):
    form = form_of(writing, answer)
    stranger = Client()
    for wrong in ({**form, "typist": "x"}, {**form, "typist": ""}):
        assert stranger.post(path(answer), wrong)["Location"] == "/accounts/login/?next=/desk/"
    other = make_draft().answers.get()
    stranger.post(path(other), form)
    accounts.deactivate(answer.expert.user, by=make_user("owner"))
    stranger.post(path(answer), form)
    assert not Autosave.objects.exists()


def test_the_scripts_address_tells_who_is_signed_out_and_gives_a_new_token(writing, answer):
    assert "token" in writing.get(f"{path(answer)}autosave/").json()
    writing.logout()
    assert writing.get(f"{path(answer)}autosave/").status_code == 403
    assert typed(writing, answer, text="x").status_code == 403
    assert not Autosave.objects.exists()
