import pytest
from django.test import Client

from tests.factories import make_draft, make_letter, make_user

pytestmark = pytest.mark.django_db


def told(response):
    return [(label, at) for label, at, _said in response.context.get("not_taken", [])]


def test_what_was_not_taken_is_told_at_the_top_with_its_field(at_desk):
    article = make_draft()
    data = {"headline": "", "question": "Why?", "slug": "no slug!", "version": article.version}
    response = at_desk.post(f"/desk/articles/{article.pk}/", data)
    assert response.status_code == 422
    assert ("Headline", "id_headline") in told(response)
    assert 'role="alert" tabindex="-1" autofocus' in response.content.decode()
    assert '<a href="#id_headline">Headline</a>' in response.content.decode()


@pytest.mark.parametrize(
    ("act", "data", "field"),
    [
        ("decline", {}, "id_decline-reason"),
        ("ask", {}, "id_ask-text"),
        ("note", {}, "id_note-text"),
    ],
)
def test_of_many_forms_the_one_that_was_sent_is_told_of(at_desk, act, data, field):
    response = at_desk.post(f"/desk/letters/{make_letter().pk}/{act}/", data)
    assert [at for _label, at in told(response)] == [field]


def test_a_form_in_a_list_of_them_is_told_of_too(at_desk):
    answer = make_draft().answers.get()
    response = at_desk.post(f"/desk/answers/{answer.pk}/send-back/", {})
    assert [at for _label, at in told(response)] == [f"id_back-{answer.pk}-note"]


def test_a_page_that_was_asked_for_tells_of_nothing(at_desk):
    assert "not_taken" not in at_desk.get(f"/desk/articles/{make_draft().pk}/").context


@pytest.mark.parametrize(("signed_in", "said"), [(True, "You signed in again"), (False, "Allow cookies")])
def test_a_form_of_before_the_sign_in_is_refused_with_a_way_on(signed_in, said):
    client = Client(enforce_csrf_checks=True)
    if signed_in:
        client.force_login(make_user("editor"))
    response = client.post(f"/desk/letters/{make_letter().pk}/note/", {"note-text": "Look."})
    assert response.status_code == 403
    assert said in response.content.decode()
