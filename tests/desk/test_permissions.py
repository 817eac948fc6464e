"""Every address of the desk × everybody. A route without a row fails."""

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from advice.accounts.models import Role
from advice.articles import workflow
from advice.mail.models import Message, State
from tests.factories import make_draft, make_expert, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db

PEOPLE = ["anonymous", "expert", "other expert", "editor", "publishing editor", "owner"]
EDITORS = {"editor", "publishing editor", "owner"}
STAFF = {"expert", "other expert", *EDITORS}
MINE = {"expert", *EDITORS}

# name: (which object, method, who gets in). Everybody else is asked to sign in, or finds nothing there.
ROUTES = {
    "home": ("", "get", STAFF),
    "mine": ("", "get", STAFF),
    "letter": ("letter", "get", EDITORS),
    "accept": ("letter", "post", EDITORS),
    "decline": ("letter", "post", EDITORS),
    "merge": ("letter", "post", EDITORS),
    "spam": ("letter", "post", EDITORS),
    "reopen": ("letter", "post", EDITORS),
    "articles": ("", "get", EDITORS),
    "new": ("", "get", EDITORS),
    "article": ("article", "get", MINE),
    "preview": ("article", "get", EDITORS),
    "assign": ("article", "post", EDITORS),
    "review": ("article", "post", EDITORS),
    "publish": ("article", "post", EDITORS),
    "unpublish": ("article", "post", EDITORS),
    "correct": ("article", "post", EDITORS),
    "retract": ("article", "get", EDITORS),
    "related": ("article", "post", EDITORS),
    "answer": ("answer", "get", MINE),
    "send_back": ("answer", "post", EDITORS),
    "unassign": ("answer", "post", EDITORS),
    "people": ("", "get", EDITORS),
    "invite": ("", "get", EDITORS),
    "person": ("person", "get", EDITORS),
    "invite_again": ("person", "post", EDITORS),
    "deactivate": ("person", "post", EDITORS),
    "reactivate": ("person", "post", EDITORS),
    "outbox": ("", "get", EDITORS),
    "resend": ("message", "post", EDITORS),
    "discard": ("message", "post", EDITORS),
    "markdownx_markdownify": ("", "post", STAFF),
    "markdownx_upload": ("", "post", STAFF),
}
NEVER_REDIRECTED = {"markdownx_markdownify", "markdownx_upload"}  # what they answer is written into a page


@pytest.fixture
def people():
    return {
        "anonymous": None,
        "expert": make_user(Role.EXPERT),
        "other expert": make_user(Role.EXPERT),
        "editor": make_user(Role.EDITOR, may_publish=False),
        "publishing editor": make_user(Role.EDITOR),
        "owner": make_user(Role.OWNER),
    }


@pytest.fixture
def objects(people):
    article = workflow.draft(by=people["editor"], headline="H", question="Q")
    answer = workflow.assign(article, expert=make_expert(people["expert"]), by=people["editor"])
    make_expert(people["other expert"])
    message = Message.objects.create(kind="received", payload="{}", state=State.FAILED)
    return {
        "letter": make_letter().pk,
        "article": article.pk,
        "answer": answer.pk,
        "person": make_user(Role.EXPERT).pk,
        "message": message.pk,
    }


def test_every_route_of_the_desk_has_its_row():
    names = {pattern.name for pattern in get_resolver("advice.desk.urls").url_patterns}
    assert names == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_who_gets_in(client, people, objects, name):
    what, method, allowed = ROUTES[name]
    path = reverse(f"desk:{name}", args=[objects[what]] if what else [])
    for who in PEOPLE:
        client.logout()
        if people[who]:
            client.force_login(people[who])
        with transaction.atomic():
            response = getattr(client, method)(path)
            transaction.set_rollback(True)  # the next person finds the same
        status = response.status_code
        if who in allowed:
            to_sign_in = status == 302 and "/accounts/" in response["Location"]
            assert not to_sign_in, who
            assert status not in {403, 404, 405, 500}, who
        elif who == "anonymous" and name not in NEVER_REDIRECTED:
            assert (status, response["Location"].partition("?")[0]) == (302, "/accounts/login/")
        else:
            assert status == (403 if who == "anonymous" else 404), f"{who}: {status}"


@pytest.mark.parametrize("name", [name for name, row in ROUTES.items() if row[1] == "post"])
def test_an_act_is_never_done_by_a_link(client, people, objects, name):
    client.force_login(people["owner"])
    what = ROUTES[name][0]
    assert client.get(reverse(f"desk:{name}", args=[objects[what]] if what else [])).status_code == 405


def test_whoever_must_sign_in_first_comes_back(client):
    assert (
        client.get("/desk/articles/?show=filed")["Location"]
        == "/accounts/login/?next=/desk/articles/%3Fshow%3Dfiled"
    )


def test_an_act_that_was_under_way_comes_back_to_its_page_and_never_to_another_site(client):
    def to(referer):
        return client.post("/desk/letters/1/spam/", headers={"referer": referer})["Location"]

    assert to("http://testserver/desk/letters/1/") == "/accounts/login/?next=/desk/letters/1/"
    assert to("https://evil.example/desk/letters/1/") == "/accounts/login/?next=/desk/"
    assert to("http://testserver/accounts/logout/") == "/accounts/login/?next=/desk/"


def test_pages_of_the_desk_are_kept_by_no_cache(client, people):
    client.force_login(people["editor"])
    assert client.get("/desk/")["Cache-Control"] == "private, no-store"


PUBLISHING = {
    "publish": (make_draft, {}),
    "unpublish": (make_published, {}),
    "correct": (make_published, {"correct-kind": "correction", "correct-text": "Right."}),
    "retract": (make_published, {"reason": "Wrong."}),
}


@pytest.mark.parametrize("name", PUBLISHING)
@pytest.mark.parametrize("who", ["editor", "publishing editor", "owner"])
def test_publishing_is_for_those_who_may(client, people, name, who):
    make, data = PUBLISHING[name]
    article = make()
    client.force_login(people[who])
    response = client.post(reverse(f"desk:{name}", args=[article.pk]), data)
    before = (article.status, article.updated_at, article.corrections.count())
    article.refresh_from_db()
    if who == "editor":
        assert response.status_code == 409
        assert "by those who may publish" in response.content.decode()
        assert (article.status, article.updated_at) == before[:2]
    else:
        assert response.status_code == 302


def test_what_is_public_is_edited_only_by_those_who_may_publish(client, people):
    article = make_published()
    answer = article.answers.get()
    data = {"headline": "Changed", "question": "Q", "version": article.version}
    client.force_login(people["editor"])
    assert client.post(f"/desk/articles/{article.pk}/", data).status_code == 409
    assert (
        client.post(f"/desk/answers/{answer.pk}/", {"text": "Changed", "version": answer.version}).status_code
        == 409
    )
    article.refresh_from_db()
    answer.refresh_from_db()
    assert (article.headline, answer.text) != ("Changed", "Changed")


def test_an_expert_reads_no_letter_and_no_writer(client, people):
    expert = make_expert(people["expert"])
    letter = make_letter(email="secret@example.org", text="I work at the Northfield depot.")
    article = make_draft(letter, question="Edited question.")
    answer = workflow.assign(article, expert=expert, by=people["editor"])
    client.force_login(people["expert"])
    seen = client.get("/desk/").content.decode() + client.get(f"/desk/answers/{answer.pk}/").content.decode()
    assert "Edited question." in seen
    for private in ("secret@example.org", "Northfield", letter.case_number):
        assert private not in seen
    assert client.get(f"/desk/articles/{article.pk}/")["Location"] == f"/desk/answers/{answer.pk}/"
    other = article.answers.exclude(pk=answer.pk).get()
    assert client.get(f"/desk/answers/{other.pk}/").status_code == 404


def test_a_deactivated_person_is_signed_out_at_once(client, people):
    client.force_login(people["expert"])
    assert client.get("/desk/").status_code == 200
    people["expert"].is_active = False
    people["expert"].save()
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_nothing_of_markdownx_itself_is_mounted(client):
    for path in ("/markdownx/", "/markdownx/upload/", "/markdownx/markdownify/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
