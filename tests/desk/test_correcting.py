"""A note or a reason that may tell who wrote a letter is held back until it is put otherwise, or kept with a reason."""

import pytest

from advice.articles.models import Article, Status
from advice.letters import workflow as letters
from tests.factories import make_letter, make_published, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db

TELLS = "It was 07700 900123 that zebedee gave."
REASON = "A helpline, and a horse."


@pytest.fixture
def article():
    article = make_published(make_letter(), question="It hurts, and I do not know why.")
    letters.merge(make_letter(signature="Zebedee"), article=article, by=make_user())
    return article


def assert_held_back(response, form, field):
    """Gives the reasons as the page asks for them."""
    page = assert_valid(response, 422)
    found = response.context.get("found_beside") or response.context["new_finds"]
    assert {finding.text for finding, _reason in found} == {"07700 900123", "zebedee"}
    assert response.context[form][field].value() == TELLS
    names = [f"keep-{finding.field_key}" for finding, _reason in found]
    for name in names:
        assert page.count(f'name="{name}"') == 1
    return dict.fromkeys(names, REASON)


def assert_kept_without_words(article):
    notes = list(article.events.filter(verb="keep").values_list("note", flat=True))
    assert len(notes) == 2
    assert not any(word in note for note in notes for word in ("zebedee", "07700", "horse"))


def test_a_correction_that_tells_is_held_back_and_printed_with_reasons(at_desk, article):
    address = f"/desk/articles/{article.pk}/correct/"
    data = {"correct-kind": "correction", "correct-text": TELLS}
    kept = assert_held_back(at_desk.post(address, data), "correct_form", "text")
    assert not article.corrections.exists()
    one = dict([next(iter(kept.items()))])
    assert f'value="{REASON}"' in assert_valid(at_desk.post(address, {**data, **one}), 422)
    assert not article.waivers.exists()
    assert at_desk.post(address, {**data, **kept}).status_code == 302
    assert article.corrections.get().text == TELLS
    assert {waiver.reason for waiver in article.waivers.all()} == {REASON}
    assert_kept_without_words(article)


def test_a_note_about_privacy_takes_the_reasons_away_again(at_desk, article):
    address = f"/desk/articles/{article.pk}/correct/"
    data = {"correct-kind": "correction", "correct-text": TELLS, "correct-is_privacy": "on"}
    kept = assert_held_back(at_desk.post(address, data), "correct_form", "text")
    assert at_desk.post(address, {**data, **kept}).status_code == 302
    assert not article.waivers.exists()
    assert_kept_without_words(article)


def test_so_is_the_reason_of_a_retraction(at_desk, article):
    address, data = f"/desk/articles/{article.pk}/retract/", {"reason": TELLS}
    kept = assert_held_back(at_desk.post(address, data), "form", "reason")
    assert Article.objects.get().status == Status.PUBLISHED
    assert at_desk.post(address, {**data, **kept}).status_code == 302
    assert article.corrections.get().text == TELLS
    assert not article.waivers.exists()
    assert_kept_without_words(article)


def test_a_note_that_tells_nothing_is_printed_at_once(at_desk, article):
    data = {"correct-kind": "correction", "correct-text": "It was 5 km, and not 6."}
    assert at_desk.post(f"/desk/articles/{article.pk}/correct/", data).status_code == 302
