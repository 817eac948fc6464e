import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from advice.articles import workflow as articles
from advice.articles.models import Article, ArticleEvent
from advice.articles.workflow import NotPermitted
from advice.letters import asking, wishes, workflow
from advice.letters.models import Letter, LetterEvent, LetterVersion
from advice.mail.models import Message, State
from tests.factories import make_draft, make_letter, make_published, make_user
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make_letter(text="Canaryletter, and it twitches.", email="canary@example.org")


def test_the_signature_goes_into_the_draft_with_an_event_of_nobody_at_the_desk(letter):
    article = make_draft(letter)
    wishes.sign(letter, signature="Eve")
    assert (Letter.objects.get().signature, Article.objects.get().signature) == ("Eve", "Eve")
    assert Article.objects.get().version == article.version + 1
    event = ArticleEvent.objects.order_by("pk").last()
    assert (event.verb, event.by) == ("sign", None)
    assert LetterEvent.objects.order_by("pk").last().verb == "sign"


def test_a_draft_that_was_signed_anew_does_not_come_out_before_somebody_has_looked(letter):
    article, by = make_draft(letter), make_user()
    wishes.sign(letter, signature="Eve")
    with pytest.raises(NotPermitted, match="another signature"):
        workflow.publish(article, by=by)
    articles.edit(article, by=by, version=article.version + 1)
    assert workflow.publish(article, by=by).signature == "Eve"


def in_review(letter):
    articles.review(make_draft(letter), by=make_user())


def scheduled(letter):
    make_published(letter, at=timezone.now() + dt.timedelta(hours=1))


@pytest.fixture(params=[in_review, scheduled])
def approved(request, letter):
    """A letter whose article comes out without another look."""
    request.param(letter)
    return letter


def printed():
    return Article.objects.get().signature


def test_under_what_somebody_has_approved_a_new_signature_is_a_wish_until_an_editor_prints_it(approved):
    version, by = Article.objects.get().version, make_user()
    wishes.sign(approved, signature="Eve")
    row = Letter.objects.get()
    assert (row.signature, row.wished_signature, printed()) == ("Adam", "Eve", "Adam")
    assert Article.objects.get().version == version
    wishes.print_signature(row, signature="Eve", by=by)
    row.refresh_from_db()
    assert (row.signature, row.wished_signature, printed()) == ("Eve", "", "Eve")
    of_question = Article.objects.get().revisions.filter(answer=None)
    assert set(of_question.values_list("signature", flat=True)) == {"Eve"}


def test_what_an_editor_prints_is_what_they_saw(approved):
    wishes.sign(approved, signature="Eve")
    wishes.sign(approved, signature="Buy pills")
    with pytest.raises(NotPermitted, match="another one since"):
        wishes.print_signature(approved, signature="Eve", by=make_user())
    assert printed() == "Adam"


def test_a_wish_is_taken_back_by_signing_as_before(approved):
    wishes.sign(approved, signature="Eve")
    wishes.sign(approved, signature="Adam")
    assert Letter.objects.get().wished_signature == ""
    with pytest.raises(NotPermitted, match="no other signature"):
        wishes.print_signature(approved, signature="", by=make_user())


def test_a_wish_comes_too_late_once_it_is_out_and_goes_with_the_words(letter):
    with time_machine.travel(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), tick=False) as clock:
        make_published(letter, at=timezone.now() + dt.timedelta(hours=1))
        wishes.sign(letter, signature="Canarywish")
        clock.shift(dt.timedelta(hours=2))
        with pytest.raises(NotPermitted, match="published already"):
            wishes.print_signature(letter, signature="Canarywish", by=make_user())
        wishes.erase(letter)
    assert not [table for table, rows in everything_stored() if "Canarywish" in rows]


def test_the_same_signature_again_changes_nothing(letter):
    make_draft(letter)
    events = ArticleEvent.objects.count()
    wishes.sign(letter, signature="Adam")
    assert ArticleEvent.objects.count() == events


def test_a_merged_letter_signs_nothing_but_itself(letter):
    article = make_draft()
    workflow.merge(letter, article=article, by=make_user())
    wishes.sign(letter, signature="Eve")
    assert (Letter.objects.get().signature, Article.objects.get().signature) == ("Eve", "Adam")


def test_all_of_an_unanswered_letter_goes_and_its_writer_is_told_without_a_link(letter):
    by = make_user()
    article = make_draft(letter, question="Canaryletter.")
    asking.ask_back(letter, text="Canaryasked?", by=by)
    asking.reply(letter, text="Canaryreplied.")
    asking.show_wording(letter, by=by, days=7)
    Message.objects.all().delete()  # as if they were sent
    assert wishes.erase(letter) is True
    assert not Letter.objects.exists()
    message = Message.objects.get()
    assert (message.kind, message.content["to"]) == ("erased", "canary@example.org")
    assert "/letters/" not in message.content["text"]
    assert Article.objects.get(pk=article.pk).question == ""
    assert not [table for table, rows in everything_stored() if "Canary" in rows or "canary@" in rows]


def test_of_an_answered_letter_its_record_and_the_published_copy_stay(letter):
    article = make_published(letter, question="Printed.")
    assert wishes.erase(letter) is False
    row = Letter.objects.get()
    assert (row.email, row.email_digest, row.signature, row.status) == (None, "", "Adam", "accepted")
    assert not LetterVersion.objects.exists()
    assert Article.objects.get().question == "Printed."
    assert Article.objects.get().pk == article.pk
    assert "What was published stays" in Message.objects.last().content["text"]


def test_the_notice_of_an_erasure_goes_to_those_who_want_no_mail_too(letter):
    wishes.stop_mails(letter)
    wishes.erase(letter)
    assert Message.objects.last().kind == "erased"


def test_one_without_an_address_is_erased_without_a_mail():
    letter = make_letter(email="")
    assert wishes.erase(letter) is True
    assert not Message.objects.exists()


def test_an_address_that_no_key_opens_goes_all_the_same(letter, settings):
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    assert wishes.erase(letter) is True
    assert not Letter.objects.exists()


def kinds():
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def test_whoever_had_no_receipt_is_not_told_of_an_erasure_either(letter):
    """Or whoever sends and erases a thousand letters in somebody's name fills their mailbox."""
    for other in (make_letter(email="Canary+2@example.org"), make_letter(email="eve@example.org", spam=True)):
        assert wishes.erase(other) is True
    assert kinds() == ["received"]


def test_one_whose_receipt_was_held_is_told_once_it_was_put_back():
    letter = make_letter(spam=True)
    workflow.reopen(letter, by=make_user())
    wishes.erase(letter)
    assert kinds() == ["erased"]


def test_one_address_is_told_of_an_erasure_once_a_day():
    with time_machine.travel(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), tick=False) as clock:
        letters = [make_letter(email="eve@example.org")]
        clock.shift(dt.timedelta(days=1))
        letters.append(make_letter(email="Eve+1@example.org"))
        for letter in letters:
            wishes.erase(letter)
        assert kinds() == ["erased"]
        clock.shift(dt.timedelta(days=1))
        wishes.erase(make_letter(email="eve@example.org"))
        assert kinds() == ["erased", "erased"]


def test_mails_of_the_letter_that_wait_or_failed_go_and_those_of_another_stay(letter):
    other = make_letter(email="eve@example.org", question="Another?")
    asking.ask_back(letter, text="Since when?", by=make_user())
    Message.objects.filter(kind="asked").update(state=State.FAILED)
    assert Message.objects.count() == 3
    wishes.erase(letter)
    assert kinds() == ["received", "erased"]
    assert other.case_number in Message.objects.order_by("pk").first().content["text"]
