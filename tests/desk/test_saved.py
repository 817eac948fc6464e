"""What the desk sees of “Already answered?” and of the line for the expert."""

import pytest

from advice.accounts.models import Role
from advice.articles import searching
from advice.articles import workflow as articles
from advice.letters import nearby
from tests.factories import make_column, make_draft, make_expert, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db


def test_saved_letters_stand_by_article_most_first(at_desk, django_assert_max_num_queries):
    assert "Here stands which answers spared" in at_desk.get("/desk/letters/saved/").content.decode()
    once, often = make_published(headline="Once"), make_published(headline="Often")
    make_published(headline="Never")
    for article, token in ((once, "a"), (often, "b"), (often, "c")):
        nearby.count_saved(article, token=token)
    page = at_desk.get("/desk/letters/saved/")
    text = page.content.decode()
    assert [(row.headline, row.saved) for row in page.context["page"]] == [("Often", 2), ("Once", 1)]
    assert "3 readers found an answer" in text
    assert "Never" not in text
    assert 'href="/desk/letters/saved/"' in at_desk.get("/desk/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_however_many_there_are(at_desk, number, django_assert_num_queries):
    for token in range(number):
        nearby.count_saved(make_published(), token=str(token))
    with django_assert_num_queries(7):
        at_desk.get("/desk/letters/saved/")


def test_what_was_near_stands_under_the_letter(at_desk):
    for number in range(4):
        make_published(headline=f"Another {number}")
    near = make_published(headline="Zebra stripes", question="Why has a zebra stripes?")
    found = searching.near_enough("Why do zebra have stripes?")
    shown, unshown = make_letter(near=found, shown=[near.slug]), make_letter(near=found)
    text = at_desk.get(f"/desk/letters/{shown.pk}/").content.decode()
    assert "Zebra stripes" in text
    assert f"nearness {found[0].score:.2f} · shown to the writer" in text
    assert "not shown" in at_desk.get(f"/desk/letters/{unshown.pk}/").content.decode()
    assert "Near answers" not in at_desk.get(f"/desk/letters/{make_letter().pk}/").content.decode()


def test_the_line_for_the_expert_is_seen_by_editors_and_the_expert_who_answers_alone(at_desk, client):
    column = make_column(context_question="How much do you run?")
    letter = make_letter(column, context="Canaryword a week")
    article = make_draft(letter)
    editor = at_desk.get(f"/desk/letters/{letter.pk}/").content.decode()
    assert "Canaryword a week" in editor
    assert "How much do you run?" in editor
    user = make_user(Role.EXPERT)
    answer = articles.assign(article, expert=make_expert(user), by=None)
    client.force_login(user)
    text = client.get(f"/desk/answers/{answer.pk}/").content.decode()
    assert "Canaryword a week" in text
    assert "How much do you run?" in text
    client.force_login(make_user(Role.EXPERT))
    assert client.get(f"/desk/answers/{answer.pk}/").status_code == 404


def test_the_line_is_in_nothing_that_is_public(client, at_desk):
    letter = make_letter(make_column(context_question="How much?"), context="Canaryword a week")
    article = make_published(letter)
    client.logout()
    for address in (
        article.get_absolute_url(),
        f"/api/v1/questions/{article.slug}",
        letter.get_absolute_url(),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert "Canaryword" not in response.content.decode()
