"""The acts of a letter's own page. Where it stands and who gets in: test_letter.py."""

import datetime as dt

import pytest
from django.utils import timezone

from advice.articles import workflow as articles
from advice.letters import asking, workflow
from advice.letters.models import Enquiry, Letter, LetterVersion, Wording
from advice.mail.models import Message
from tests.factories import make_draft, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter(text="My calf twitches for hours, I say.")


@pytest.fixture
def own(client, letter):
    """The page without the secret, as a browser that takes cookies has it."""
    client.get(letter.get_absolute_url())
    return f"/letters/yours/{letter.case_number}/"


def test_the_question_is_shown_and_replied_to_word_for_word(client, letter, own):
    asking.ask_back(letter, text="Since <when>?", by=make_user())
    assert "Since &lt;when&gt;?" in client.get(own).content.decode()
    text = "Since May.\n\nAnd <b>always</b>."
    response = client.post(f"{own}reply/", {"reply": text})
    assert (response.status_code, response["Location"]) == (303, own)
    assert Enquiry.objects.get().reply == text
    page = client.get(response["Location"]).content.decode()
    assert "The editor has your reply." in page
    assert "The editor has your reply." not in client.get(own).content.decode()  # it is said once
    assert "And &lt;b&gt;always&lt;/b&gt;." in page
    assert "Send your reply" not in page


@pytest.mark.parametrize(("typed", "said"), [("", "write your reply"), ("x" * 10_001, "10,000 characters")])
def test_what_is_wrong_with_a_reply_is_said_and_it_is_kept(client, letter, own, typed, said):
    asking.ask_back(letter, text="Since when?", by=make_user())
    response = client.post(f"{own}reply/", {"reply": typed})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert typed in response.content.decode()
    assert Enquiry.objects.get().reply == ""


def test_a_reply_that_comes_too_late_is_shown_again(client, letter, own):
    asking.ask_back(letter, text="Since when?", by=make_user())
    workflow.decline(letter, by=make_user(), reason="No.")
    response = client.post(f"{own}reply/", {"reply": "Since <May>."})
    assert response.status_code == 409
    assert "Since &lt;May&gt;." in response.content.decode()


@pytest.mark.parametrize(
    ("verdict", "words"), [("fine", "This is fine"), ("changed", "This changes my meaning")]
)
def test_the_wording_is_shown_beside_the_letter_and_judged(client, letter, own, verdict, words):
    make_draft(letter, question="My calf twitches for *days*, \\<b>I say.")
    assert "How it would be printed" not in client.get(own).content.decode()
    one = asking.show_wording(letter, by=make_user(), days=7)
    page = client.get(own).content.decode()
    assert "<del>hours, I</del>" in page
    assert "<ins>days, &lt;b&gt;I</ins>" in page
    # Where a line runs through a word is not heard.
    assert ">left out: </span><del>" in page
    assert ">put in: </span><ins>" in page
    response = client.post(f"{own}wording/", {"wording": one.pk, "verdict": verdict, "note": "So <be> it."})
    assert response["Location"] == own
    one.refresh_from_db()
    assert (one.verdict, one.note) == (verdict, "So <be> it.")
    page = client.get(own).content.decode()
    assert f"You said: “{words}”." in page
    assert "So &lt;be&gt; it." in page


def test_a_verdict_on_a_wording_that_is_no_longer_the_last_is_not_taken(client, letter, own):
    article, by = make_draft(letter), make_user()
    old = asking.show_wording(letter, by=by, days=7)
    articles.edit(article, by=by, version=article.version, question="Another.")
    asking.show_wording(letter, by=by, days=7)
    response = client.post(f"{own}wording/", {"wording": old.pk, "verdict": "fine", "note": "Mine."})
    assert response.status_code == 409
    assert "Mine." in response.content.decode()
    assert set(Wording.objects.values_list("verdict", flat=True)) == {""}


def test_the_signature_is_chosen_until_it_is_published(client, letter, own):
    assert client.post(f"{own}sign/", {"signature": ""}).status_code == 422
    assert client.post(f"{own}sign/", {"signature": " Eve \n of Leeds"})["Location"] == own
    assert Letter.objects.get().signature == "Eve of Leeds"
    make_published(letter)
    assert client.post(f"{own}sign/", {"signature": "Late"})["Location"] == own
    assert Letter.objects.get().signature == "Eve of Leeds"


@pytest.mark.parametrize(
    "typed", ["https://pills.example/now", "www.pills.example", "pills.shop", "a.bit.ly/x"]
)
def test_a_link_is_no_signature(client, letter, own, typed):
    response = client.post(f"{own}sign/", {"signature": typed})
    assert response.status_code == 422
    assert "without a link" in response.context["signature_form"].errors["signature"][0]
    assert f'value="{typed}"' in response.content.decode()
    assert Letter.objects.get().signature == "Adam"


def test_before_it_comes_out_the_page_says_that_an_editor_looks_at_a_new_signature(client, letter, own):
    make_published(letter, at=timezone.now() + dt.timedelta(days=1))
    response = client.post(f"{own}sign/", {"signature": "Eve <b>"}, follow=True)
    page = response.content.decode()
    assert "The editors will look at it" in page
    assert "You asked to sign as “Eve &lt;b&gt;”." in page
    assert "until then it stays signed “Adam”" in page
    assert client.get(own).context["signature_form"]["signature"].value() == "Eve <b>"


def test_a_changed_letter_is_a_new_version(client, letter, own):
    form = client.get(f"{own}change/").context["form"]
    assert form["text"].value() == "My calf twitches for hours, I say."
    assert client.post(f"{own}change/", {"question": "", "text": "short"}).status_code == 422
    changed = {"question": "Why is it so?", "text": "It has stopped twitching since."}
    assert client.post(f"{own}change/", changed)["Location"] == own
    assert list(LetterVersion.objects.values_list("number", "text")) == [
        (1, "My calf twitches for hours, I say."),
        (2, "It has stopped twitching since."),
    ]
    make_published(letter)
    late = client.post(f"{own}change/", {**changed, "text": "This comes much too late, I fear."})
    assert late.status_code == 409
    assert "This comes much too late, I fear." in late.content.decode()
    assert LetterVersion.objects.count() == 2


def test_erasing_asks_first_and_then_closes_the_page(client, letter, own):
    assert "this page go at once" in client.get(f"{own}erase/").content.decode()
    assert Letter.objects.count() == 1
    response = client.post(f"{own}erase/", follow=True)
    assert response.redirect_chain == [("/letters/erased/", 303)]
    assert "It is erased" in response.content.decode()
    assert not Letter.objects.exists()
    assert client.get(own).status_code == 404
    assert client.get(letter.get_absolute_url()).status_code == 404


def test_of_an_answered_letter_it_is_said_that_the_published_copy_stays(client, letter, own):
    make_published(letter)
    page = client.get(f"{own}erase/").content.decode()
    assert "What was published stays" in page
    assert 'href="/contact/"' in page
    assert client.post(f"{own}erase/")["Location"] == own
    page = client.get(own).content.decode()
    assert "Your words have been deleted" in page
    assert "We have no address of yours" in page


def test_mails_are_stopped_by_a_press_behind_their_own_link(client, letter):
    link = next(
        line.rpartition(" ")[2]
        for line in Message.objects.get().content["text"].splitlines()
        if line.endswith("/mails/")
    )
    path = link.removeprefix("http://127.0.0.1:8000")
    assert "Yes, stop the mails" in client.get(path).content.decode()
    assert not Letter.objects.get().wants_no_mail
    client.post(path, {"stop": "1"})
    assert Letter.objects.get().wants_no_mail
    assert "Yes, mail me again" in client.get(path).content.decode()
    client.post(path, {"stop": "0"})
    assert not Letter.objects.get().wants_no_mail


def test_the_page_counts_down_to_what_goes(client, letter, own):
    page = client.get(own).content.decode()
    assert "Your address goes in 89 days." in page
    assert "Everything, this page too, goes in 89 days." in page
    make_published(letter)
    workflow.tell_answered()
    page = client.get(own).content.decode()
    assert "Your address goes in 41 days." in page
    assert "Your words go in 364 days." in page
    assert "its case number and its signature stay" in page


def test_what_a_trap_caught_can_do_all_that_what_was_received_can(client):
    letter = make_letter(spam=True)
    base = letter.get_absolute_url()
    assert client.post(f"{base}sign/", {"signature": "Eve"})["Location"].endswith("?said=sign")
    changed = {"question": "Why is it so?", "text": "It has stopped twitching since."}
    assert client.post(f"{base}change/", changed)["Location"].endswith("?said=change")
