"""Numbers that no database can hold lead nowhere, and are no fault."""

import pytest
from django.urls import get_resolver

from advice.accounts.models import Role
from tests.factories import make_draft, make_letter, make_user

pytestmark = pytest.mark.django_db

HUGE = "9" * 30


@pytest.fixture
def owner(client):
    client.force_login(make_user(Role.OWNER))
    return client


def addresses():
    """Each of the desk's that has the number of a row in it."""
    desk = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "desk")
    return [str(one.pattern) for one in desk.url_patterns if "<key:" in str(one.pattern)]


def test_no_address_takes_a_number_without_bounds():
    assert len(addresses()) > 60
    desk = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "desk")
    assert not [one.pattern for one in desk.url_patterns if "<int:" in str(one.pattern)]


@pytest.mark.parametrize("number", [HUGE, "9" * 18])
def test_a_huge_number_in_an_address_is_no_fault(owner, number):
    for pattern in addresses():
        path = "/desk/"
        for part in pattern.replace("<slug:slug>", "slug").split("<key:"):
            path += part if ">" not in part else number + part.partition(">")[2]
        for ask in (owner.get, owner.post):
            assert ask(path).status_code < 500, path


@pytest.mark.parametrize("number", [HUGE, "-1", "x", "\x00"])
def test_a_huge_number_in_a_form_is_a_wrong_choice(owner, number):
    letter, article = make_letter(), make_draft()
    data = dict.fromkeys(("letters", "searched", "article"), number)
    assert owner.post("/desk/demand/open/", data).status_code < 500
    assert owner.post("/desk/demand/not-now/", data).status_code < 500
    texts = {"headline": "H", "question": "Q", "version": article.version, "tags": number, "column": number}
    response = owner.post(f"/desk/articles/{article.pk}/", texts)
    assert response.status_code == 422
    assert {"tags", "column"} <= response.context["form"].errors.keys()
    owner.post(f"/desk/articles/{article.pk}/autosave/", texts)
    assert owner.get(f"/desk/articles/{article.pk}/preview/?beside=1").status_code == 200
    ticked = {**texts, "with-ticked": number}
    assert owner.post(f"/desk/letters/{letter.pk}/accept/", ticked).status_code == 422
