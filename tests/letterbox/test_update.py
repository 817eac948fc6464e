"""The writer's own page after publication: what happened since."""

import pytest

from advice.articles import workflow as articles
from advice.articles.models import Update
from advice.letters import follow_ups, wishes
from advice.letters.models import Alarm, FollowUp, Letter
from tests.factories import make_invited, make_letter, make_published, make_update, make_user
from tests.letters.test_red_flags import make_rule

pytestmark = pytest.mark.django_db

AGREED = {"consent": follow_ups.CONSENT_VERSION}


@pytest.fixture
def letter():
    return make_invited(text="My calf twitches for hours, I say.")


@pytest.fixture
def own(client, letter):
    client.get(letter.get_absolute_url())
    return f"/letters/yours/{letter.case_number}/"


def page(client, own):
    return client.get(own).content.decode()


def test_nothing_is_asked_before_the_invitation(client):
    letter = make_letter()
    make_published(letter)
    client.get(letter.get_absolute_url())
    assert "What happened since?" not in page(client, f"/letters/yours/{letter.case_number}/")


def test_it_is_told_changed_and_taken_back(client, own):
    assert "What happened since?" in page(client, own)
    text = "It <b>passed</b>.\n\nIn May."
    response = client.post(f"{own}update/", {"text": text, **AGREED})
    assert (response.status_code, response["Location"]) == (303, own)
    assert FollowUp.objects.get().text == text
    shown = client.get(response["Location"]).content.decode()
    assert "The editors have it." in shown
    assert "It &lt;b&gt;passed&lt;/b&gt;." in shown
    client.post(f"{own}update/", {"text": "It came back."})  # agreed already
    assert FollowUp.objects.get().text == "It came back."
    assert "It is deleted at once" in client.get(f"{own}update/take-back/").content.decode()
    assert FollowUp.objects.exists()
    assert client.post(f"{own}update/take-back/")["Location"] == own
    assert not FollowUp.objects.exists()
    assert "nothing to take back" in client.get(f"{own}update/take-back/").content.decode()


def test_what_should_not_wait_meets_the_card_and_calls_the_editors(client, own):
    make_rule("sharp pain")
    given = {"text": "Now it is a sharp pain.", **AGREED}
    card = client.post(f"{own}update/", given)
    assert "Before you send it" in card.content.decode()
    assert not FollowUp.objects.exists()
    client.post(f"{own}update/", {**given, "stop_card": card.context["seen"]})
    assert (FollowUp.objects.count(), Alarm.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": "", **AGREED}, "write here what happened"),
        ({"text": "x" * 5_001, **AGREED}, "5,000 characters we can take"),
        ({"text": "It passed."}, "Please tick this"),
        ({"text": "It passed.", "consent": "2020-01"}, "Our terms have changed"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, own, sent, said):
    response = client.post(f"{own}update/", sent)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert sent["text"] in response.content.decode()
    assert not FollowUp.objects.exists()


def test_what_comes_too_late_is_shown_again(client, letter, own):
    articles.unpublish(letter.article, by=None)
    response = client.post(f"{own}update/", {"text": "It <passed>.", **AGREED})
    assert response.status_code == 409
    assert "It &lt;passed&gt;." in response.content.decode()


def test_what_is_printed_is_shown_as_it_stands_and_leaves_the_article_at_a_press(client, letter, own):
    make_update(letter, text="It *passed*.")
    shown = page(client, own)
    assert "<p>It <em>passed</em>.</p>" in shown
    assert "Send it" not in shown
    assert "leaves the page with the answer at once" in client.get(f"{own}update/take-back/").content.decode()
    public = letter.article.get_absolute_url()
    assert "passed" in client.get(public).content.decode()
    client.post(f"{own}update/take-back/")
    assert "passed" not in client.get(public).content.decode()
    assert not Update.objects.exists()


def test_a_declined_one_is_said_with_its_reason(client, letter, own):
    sent = follow_ups.tell(letter, text="Buy my book.")
    follow_ups.decline(sent, version=1, reason="It <sells>.", by=make_user())
    shown = page(client, own)
    assert "We do not print it." in shown
    assert "It &lt;sells&gt;." in shown
    assert "Send it" not in shown
    client.post(f"{own}update/take-back/")
    assert not FollowUp.objects.exists()


def test_while_the_answer_is_off_the_site_it_can_only_be_taken_back(client, letter, own):
    follow_ups.tell(letter, text="It passed.")
    articles.retract(letter.article, reason="Wrong.", by=None)
    shown = page(client, own)
    assert "nothing is printed under it" in shown
    assert "Send it" not in shown
    assert f"{own}update/take-back/" in shown


def test_erasing_says_what_becomes_of_it(client, letter, own):
    assert "was not printed goes, too" in client.get(f"{own}erase/").content.decode()
    make_update(letter, text="It *passed*.")
    assert "stands under the answer and stays there" in client.get(f"{own}erase/").content.decode()
    wishes.erase(Letter.objects.get())
    shown = page(client, own)
    assert "Your words have been deleted" in shown
    assert f"{own}update/take-back/" in shown
