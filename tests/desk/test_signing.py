"""A letter's writer signs anew: the desk sees it before a reader does."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles.models import Article
from advice.letters import wishes
from advice.letters.models import Letter
from tests.factories import make_draft, make_letter, make_published

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter()


def test_a_draft_says_that_its_writer_signed_it_anew_until_it_is_saved(at_desk, letter):
    article = make_draft(letter)
    address = f"/desk/articles/{article.pk}/"
    assert "as the signature on" not in at_desk.get(address).content.decode()
    wishes.sign(letter, signature="Eve <b>")
    page = at_desk.get(address)
    assert "chose “Eve &lt;b&gt;” as the signature on" in page.content.decode()
    assert "signature" in {point.key for point, _ in page.context["open_points"]}
    form = page.context["form"]
    typed = {
        name: form[name].value() for name in ("headline", "dek", "question", "signature", "column", "version")
    }
    assert at_desk.post(address, {**typed, "tags": [tag.pk for tag in article.tags.all()]}).status_code == 302
    page = at_desk.get(address)
    assert "as the signature on" not in page.content.decode()
    assert "signature" not in {point.key for point, _ in page.context["open_points"]}


def test_a_wish_stands_at_the_letter_the_article_and_in_the_queue_and_is_printed_by_a_press(at_desk, letter):
    article = make_published(letter, at=timezone.now() + dt.timedelta(days=1))
    address = f"/desk/letters/{letter.pk}/"
    wishes.sign(letter, signature="Eve <b>")
    for path in (address, f"/desk/articles/{article.pk}/"):
        assert "The writer asks to sign as “Eve &lt;b&gt;”" in at_desk.get(path).content.decode()
    row = at_desk.get("/desk/?show=answered").context["queue"].rows[0]
    assert (row.pk, row.said) == (letter.pk, "Asks to sign otherwise")
    assert at_desk.post(f"{address}print-signature/", {"signature": "Eve <b>"})["Location"] == address
    assert (Letter.objects.get().signature, Article.objects.get().signature) == ("Eve <b>", "Eve <b>")
    assert "asks to sign" not in at_desk.get(address).content.decode()
    assert at_desk.get("/desk/?show=answered").context["queue"].rows == []


def test_one_that_was_changed_meanwhile_is_not_printed(at_desk, letter):
    make_published(letter, at=timezone.now() + dt.timedelta(days=1))
    wishes.sign(letter, signature="Buy pills")
    response = at_desk.post(f"/desk/letters/{letter.pk}/print-signature/", {"signature": "Eve"})
    assert response.status_code == 409
    assert "chosen another one since" in response.content.decode()
    assert "sign as “Buy pills”" in response.content.decode()
    assert Article.objects.get().signature == "Adam"
