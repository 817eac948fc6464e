import datetime as dt
import itertools
import re
import threading

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advice.articles import indexing
from advice.articles import workflow as articles
from advice.articles.models import Article, Status
from advice.articles.workflow import NotPermitted
from advice.letters import asking, wishes, workflow
from advice.letters.models import MOVES, Letter, LetterEvent, LetterStatus, LetterVersion
from advice.mail.models import Message
from tests.factories import make_column, make_draft, make_letter, make_published, make_user

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
WORDS = {
    "question": "Why?",
    "text": "My calf twitches for hours.",
    "signature": "Adam",
    "email": "adam@example.org",
}


def kinds(to=None):
    return [message.kind for message in Message.objects.order_by("id") if to in {None, message.content["to"]}]


def in_state(status):
    """A letter that stands at `status`, however it came there."""
    letter = make_letter()
    reason = "Because." if status == LetterStatus.DECLINED else ""
    Letter.objects.filter(pk=letter.pk).update(status=status, reason=reason)
    return Letter.objects.get(pk=letter.pk)


def accept(letter, by=None):
    return workflow.accept(
        letter, by=by or make_user(), headline="Why?", question="Why?", signature="Adam", column=letter.column
    )


def split(letter, *, by):
    Letter.objects.filter(pk=letter.pk).update(article=make_draft())
    return workflow.split(letter, by=by)


ACTS = {
    LetterStatus.SPAM: lambda letter: workflow.mark_spam(letter, by=None),
    LetterStatus.ACCEPTED: accept,
    LetterStatus.DECLINED: lambda letter: workflow.decline(letter, by=make_user(), reason="Not for us."),
    LetterStatus.WITHDRAWN: workflow.withdraw,
    LetterStatus.RECEIVED: lambda letter: (split if letter.status == "accepted" else workflow.reopen)(
        letter, by=make_user()
    ),
}


@pytest.mark.parametrize(("before", "after"), [*itertools.product(LetterStatus.values, repeat=2)])
def test_only_the_moves_of_the_table_are_made(before, after):
    letter = in_state(before)
    if after in MOVES[before]:
        ACTS[after](letter)
        assert Letter.objects.get().status == after
        event = LetterEvent.objects.filter(letter=letter).last()
        assert (event.before, event.after) == (before, after)
    else:
        events = LetterEvent.objects.count()
        with pytest.raises(NotPermitted):
            ACTS[after](letter)
        assert Letter.objects.get().status == before
        assert LetterEvent.objects.count() == events


def test_a_letter_is_received_word_for_word_and_its_receipt_is_mailed():
    text = "  Two lines,\n\nand *stars* <b>bold</b> — “quotes” & 🏃."
    letter, is_new = workflow.receive(column=make_column(), **{**WORDS, "text": text})
    assert is_new
    assert letter.status == LetterStatus.RECEIVED
    assert letter.consent_version == workflow.CONSENT_VERSION
    version = LetterVersion.objects.get()
    assert (version.number, version.question, version.text) == (1, "Why?", text)
    assert kinds() == ["received"]
    assert f"/letters/{letter.pk}" not in Message.objects.get().content["text"]
    assert letter.case_number in Message.objects.get().content["text"]


def test_without_an_address_nothing_is_mailed():
    letter, _ = workflow.receive(column=make_column(), **{**WORDS, "email": ""})
    assert (letter.email, letter.email_digest) == (None, "")
    assert kinds() == []


def test_the_same_words_twice_on_one_day_are_one_letter():
    column = make_column()
    first = workflow.receive(column=column, **WORDS)
    second = workflow.receive(column=column, **WORDS)
    assert first == (second[0], True)
    assert second[1] is False
    assert Letter.objects.count() == LetterVersion.objects.count() == 1
    assert kinds() == ["received"]


@pytest.mark.parametrize("name", ["question", "text", "signature", "email"])
def test_other_words_are_another_letter(name):
    column = make_column()
    workflow.receive(column=column, **WORDS)
    workflow.receive(column=column, **{**WORDS, name: "other@example.org"})
    assert Letter.objects.count() == 2


def test_the_same_words_on_the_next_day_are_another_letter():
    column = make_column()
    with time_machine.travel(NOW, tick=False) as clock:
        workflow.receive(column=column, **WORDS)
        clock.shift(dt.timedelta(days=1))
        assert workflow.receive(column=column, **WORDS)[1]


def test_the_same_form_on_the_next_day_is_one_letter_where_it_has_a_token():
    column = make_column()
    with time_machine.travel(NOW, tick=False) as clock:
        workflow.receive(column=column, form_token="abc", **WORDS)
        clock.shift(dt.timedelta(days=1))
        assert not workflow.receive(column=column, form_token="abc", **WORDS)[1]
        assert workflow.receive(column=column, form_token="def", **WORDS)[1]


def test_what_was_withdrawn_can_be_sent_again():
    column = make_column()
    first, _ = workflow.receive(column=column, **WORDS)
    workflow.withdraw(first)
    second, is_new = workflow.receive(column=column, **WORDS)
    assert is_new
    assert second != first


def test_the_key_of_a_form_cannot_be_guessed_from_its_words(settings):
    column = make_column()
    first = workflow.receive(column=column, **WORDS)[0].form_key
    Letter.objects.all().delete()
    settings.PRIVATE_KEYS = ["another private key"]
    assert workflow.receive(column=column, **WORDS)[0].form_key != first


def test_spam_is_kept_apart_and_not_answered_by_mail():
    letter, _ = workflow.receive(column=make_column(), spam=True, **WORDS)
    assert letter.status == LetterStatus.SPAM
    assert kinds() == []
    assert list(Letter.objects.waiting()) == []


def test_words_that_a_trap_caught_are_received_when_they_are_sent_again_clean():
    column = make_column()
    workflow.receive(column=column, spam=True, **WORDS)
    assert not workflow.receive(column=column, spam=True, **WORDS)[1]
    letter, is_new = workflow.receive(column=column, **WORDS)
    assert (letter.status, is_new) == (LetterStatus.RECEIVED, True)
    assert kinds() == ["received"]


def test_accepting_makes_a_draft_from_a_copy_and_leaves_the_letter():
    letter = make_letter(text="I work at the mill, and my calf twitches.")
    editor = make_user()
    article = workflow.accept(
        letter,
        by=editor,
        headline="A Calf",
        question="My calf twitches.",
        signature="Eve",
        column=letter.column,
    )
    assert (article.status, article.question, article.signature) == (Status.DRAFT, "My calf twitches.", "Eve")
    letter = Letter.objects.get()
    assert (letter.status, letter.article, letter.signature) == (LetterStatus.ACCEPTED, article, "Adam")
    assert LetterVersion.objects.get().text == "I work at the mill, and my calf twitches."
    assert "Calf" not in article.slug


def test_many_letters_lead_to_one_article_and_no_way_leads_back():
    first, second = make_letter(), make_letter()
    article = accept(first)
    workflow.merge(second, article=article, by=make_user())
    assert set(Letter.objects.values_list("article", flat=True)) == {article.pk}
    assert not [field for field in Article._meta.get_fields() if "letter" in field.name]


def test_declining_mails_the_reason():
    letter = make_letter(email="adam@example.org", text="A very private matter of mine.")
    workflow.decline(letter, by=make_user(), reason="This is for your doctor.")
    mail = Message.objects.get(kind="declined").content
    assert mail["to"] == "adam@example.org"
    for part in (mail["text"], mail["html"]):
        assert "This is for your doctor." in part
        assert "private matter" not in part


def test_reopening_takes_the_reason_back():
    letter = make_letter()
    workflow.decline(letter, by=make_user(), reason="No.")
    workflow.reopen(letter, by=make_user())
    assert (Letter.objects.get().status, Letter.objects.get().reason) == (LetterStatus.RECEIVED, "")


def test_a_writers_change_is_a_new_version():
    letter = make_letter(text="The first words.")
    workflow.change(letter, question="Why?", text="The second words.")
    assert list(letter.versions.values_list("number", "text")) == [
        (1, "The first words."),
        (2, "The second words."),
    ]
    assert Letter.objects.get().current.text == "The second words."
    workflow.withdraw(letter)
    with pytest.raises(NotPermitted):
        workflow.change(letter, question="Why?", text="Others.")


def test_a_writer_is_told_once_and_not_before_its_time():
    with time_machine.travel(NOW, tick=False) as clock:
        letter = make_letter(email="adam@example.org")
        make_published(letter, at=NOW + dt.timedelta(hours=3))
        assert workflow.tell_answered() == 0
        clock.shift(dt.timedelta(hours=3, seconds=-1))
        assert workflow.tell_answered() == 0
        assert "answered" not in kinds()
        clock.shift(dt.timedelta(seconds=1))
        assert workflow.tell_answered() == 1
        assert workflow.tell_answered() == 0
        assert kinds("adam@example.org") == ["received", "answered"]


def test_the_mail_that_tells_of_the_answer_leads_to_the_writers_page():
    make_published(letter := make_letter())
    workflow.tell_answered()
    mail = Message.objects.get(kind="answered").content
    for part in (mail["text"], mail["html"]):
        assert any(
            map(letter.is_opened_by, re.findall(r"http://127.0.0.1:8000/letters/([^/]+)/[\s\"]", part))
        )


def test_no_mail_to_a_writer_holds_a_word_of_the_letter():
    """Nor the headline made from it, or the address made from the headline."""
    by = make_user()
    words = {"question": "Canaryline, why does it twitch?", "text": "Canarytext, it twitches for hours."}
    answered, declined = (make_letter(signature=f"Canary {n}", **words) for n in "ab")
    asking.ask_back(answered, text="Since when?", by=by)
    asking.remind_due(now=timezone.now() + dt.timedelta(days=60))
    article = make_draft(answered, by=by, headline=words["question"], question=words["text"])
    asking.show_wording(answered, by=by, days=7)
    workflow.publish(article, by=by)
    workflow.tell_answered()
    workflow.decline(declined, by=by, reason="No.")
    wishes.erase(make_letter(signature="Canary c", **words))
    sent = [(one.kind, one.content) for one in Message.objects.all()]
    assert {kind for kind, _ in sent} >= {"received", "asked", "wording", "answered", "declined", "erased"}
    for kind, content in sent:
        mail = content["subject"] + content["text"] + content["html"]
        assert "canary" not in mail.lower(), kind


def test_every_writer_of_a_merged_article_is_told():
    first, second = make_letter(email="adam@example.org"), make_letter(email="eve@example.org")
    article = make_draft(first)
    workflow.merge(second, article=article, by=make_user())
    workflow.publish(article, by=make_user())
    assert workflow.tell_answered() == 2
    assert kinds("adam@example.org") == kinds("eve@example.org") == ["received", "answered"]


def test_who_withdrew_is_not_told():
    first, second = make_letter(), make_letter()
    article = make_draft(first)
    workflow.merge(second, article=article, by=make_user())
    workflow.withdraw(second)
    workflow.publish(article, by=make_user())
    assert workflow.tell_answered() == 1


def test_withdrawing_takes_a_scheduled_article_off_the_calendar():
    letter = make_letter()
    article = make_published(letter, at=timezone.now() + dt.timedelta(days=1))
    workflow.withdraw(letter)
    article.refresh_from_db()
    assert (article.status, article.published_at) == (Status.DRAFT, None)


def words_of(article):
    article.refresh_from_db()
    return (article.headline, article.dek, article.question, article.question_html, article.signature)


EMPTIED = ("Withdrawn letter", "", "", "", "")


def test_withdrawing_a_merged_letter_leaves_an_article_that_others_ask_for():
    first, second = make_letter(), make_letter()
    article = make_published(first, at=timezone.now() + dt.timedelta(days=1))
    workflow.merge(second, article=article, by=make_user())
    before = words_of(article)
    workflow.withdraw(second)
    assert words_of(article) == before
    assert article.is_scheduled


def test_the_last_letter_withdrawn_takes_an_article_off_the_calendar_though_it_was_no_copy_of_it():
    letter = make_letter()
    article = make_published(at=timezone.now() + dt.timedelta(days=1))
    workflow.merge(letter, article=article, by=make_user())
    before = words_of(article)
    workflow.withdraw(letter)
    assert words_of(article) == before
    assert article.status == Status.DRAFT


def test_only_the_letter_that_was_copied_leads():
    first, second = make_letter(), make_letter()
    article = make_draft(first)
    workflow.merge(second, article=article, by=make_user())
    assert list(Letter.objects.order_by("pk").values_list("is_lead", flat=True)) == [True, False]


@pytest.mark.parametrize("stage", ["draft", "in review", "scheduled", "unpublished"])
def test_the_words_copied_from_a_withdrawn_letter_are_gone_though_others_ask(stage):
    first, second, editor = make_letter(), make_letter(), make_user()
    article = make_draft(first, headline="A Calf at the Mill")
    workflow.merge(second, article=article, by=editor)
    if stage == "in review":
        articles.review(article, by=editor)
    elif stage != "draft":
        later = timezone.now() + dt.timedelta(days=1)
        workflow.publish(article, by=editor, at=later if stage == "scheduled" else None)
    if stage == "unpublished":
        articles.unpublish(article, by=editor)
    workflow.withdraw(first)
    assert words_of(article) == EMPTIED
    assert article.status == Status.DRAFT
    assert (article.slug == "a-calf-at-the-mill") == (stage == "unpublished")
    assert article.events.order_by("pk").last().verb == "empty"
    with pytest.raises(articles.NotReady, match="It has no question"):
        workflow.publish(article, by=editor)


def test_a_withdrawn_letters_words_stay_unpublishable_when_the_letter_is_erased():
    letter = make_letter()
    article = make_draft(letter)
    workflow.withdraw(letter)
    letter.delete()
    with pytest.raises(articles.NotReady, match="It has no question"):
        workflow.publish(article, by=make_user())


def test_an_emptied_article_can_be_written_anew():
    first, second, editor = make_letter(), make_letter(), make_user()
    article = make_draft(first)
    workflow.merge(second, article=article, by=editor)
    workflow.withdraw(first)
    article.refresh_from_db()
    texts = {"headline": "Another", "dek": "A dek.", "question": "The other's."}
    article = articles.edit(article, by=editor, version=article.version, **texts)
    assert workflow.publish(article, by=editor).slug == "another"


def test_withdrawing_waits_for_its_turn_between_the_letter_and_the_article(monkeypatch):
    letter = make_letter()
    make_draft(letter)
    with CaptureQueriesContext(connection) as queries:
        monkeypatch.setattr(indexing, "wait_for_turn", lambda: connection.cursor().execute("SELECT 'turn'"))
        workflow.withdraw(letter)
    said = [query["sql"] for query in queries]
    turn = next(number for number, sql in enumerate(said) if "'turn'" in sql)
    assert next(number for number, sql in enumerate(said) if 'FROM "letters_letter"' in sql) < turn
    assert next(number for number, sql in enumerate(said) if 'FROM "articles_article"' in sql) > turn


def test_a_letter_whose_address_no_key_opens_holds_up_nobody_else(settings, caplog):
    workflow._logged.clear()
    broken = make_letter()
    settings.PRIVATE_KEYS = ["a key of today", *settings.PRIVATE_KEYS]
    fine, editor = make_letter(email="eve@example.org"), make_user()
    article = make_draft(broken)
    workflow.merge(fine, article=article, by=editor)
    settings.PRIVATE_KEYS = ["a key of today"]
    workflow.publish(article, by=editor)
    assert workflow.tell_answered() == 1
    assert workflow.tell_answered() == 0
    assert list(Letter.objects.answered_untold().values_list("pk", flat=True)) == [broken.pk]
    assert [r.getMessage() for r in caplog.records if r.name == "advice.letters"] == [
        f"The writer of letter {broken.pk} cannot be told (InvalidToken)."
    ]


def test_a_letter_whose_address_no_key_opens_can_still_be_worked_on_and_withdrawn(settings):
    letter = make_letter()
    settings.PRIVATE_KEYS = ["a key that never wrote anything here"]
    assert Letter.objects.by_secret(letter.secret).left_address
    accept(letter)
    assert workflow.withdraw(letter).status == LetterStatus.WITHDRAWN


def test_what_is_published_cannot_be_withdrawn():
    letter = make_letter()
    article = make_published(letter)
    with pytest.raises(NotPermitted):
        workflow.withdraw(letter)
    articles.retract(article, reason="It was wrong.", by=None)
    with pytest.raises(NotPermitted):
        workflow.withdraw(letter)
    assert Letter.objects.get().status == LetterStatus.ACCEPTED


def test_what_was_withdrawn_is_not_published():
    letter = make_letter()
    article = make_draft(letter)
    workflow.withdraw(letter)
    with pytest.raises(NotPermitted):
        workflow.publish(article, by=make_user())
    article.refresh_from_db()
    assert article.status == Status.DRAFT


def at_once(*acts):
    """Run the acts in threads of their own; gives what each one gave or raised."""
    ready, results = threading.Barrier(len(acts)), {}

    def run(number, act):
        try:
            ready.wait()
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(acts))]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_accept_one_wins_and_the_other_is_told():
    letter, one, other = make_letter(), make_user(), make_user()
    results = at_once(lambda: accept(letter, one), lambda: accept(letter, other))
    assert sorted(type(result).__name__ for result in results) == ["Article", "NotPermitted"]
    assert Article.objects.count() == 1
    assert LetterEvent.objects.filter(verb="accept").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_at_once_is_one_letter():
    column = make_column()
    results = at_once(*[lambda: workflow.receive(column=column, **WORDS)] * 4)
    assert sorted(is_new for _, is_new in results) == [False, False, False, True]
    assert len({letter.pk for letter, _ in results}) == 1
    assert Letter.objects.count() == Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_runners_tell_each_writer_once():
    for _ in range(3):
        make_published(make_letter())
    results = at_once(workflow.tell_answered, workflow.tell_answered, workflow.tell_answered)
    assert sum(results) == 3
    assert Message.objects.filter(kind="answered").count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_withdrawing_and_publishing_at_once_one_wins_and_nobody_waits_for_ever():
    editor = make_user()
    for _ in range(5):
        letter, other = make_letter(), make_letter()
        article = make_draft(letter)
        workflow.merge(other, article=article, by=editor)
        results = at_once(
            lambda article=article: workflow.publish(article, by=editor),
            lambda letter=letter: workflow.withdraw(letter),
            lambda other=other: workflow.withdraw(other),
            lambda article=article: articles.edit(
                article, by=editor, version=article.version, dek="Another dek."
            ),
        )
        article.refresh_from_db()
        letter.refresh_from_db()
        assert article.is_published == (letter.status == LetterStatus.ACCEPTED)
        assert (article.question == "") == (letter.status == LetterStatus.WITHDRAWN)
        failures = {type(result) for result in results if isinstance(result, Exception)}
        assert failures <= {NotPermitted, articles.NotReady, articles.Stale}


def test_an_article_says_how_many_readers_asked_it():
    letters = [make_letter() for _ in range(3)]
    article = make_draft(letters[0])
    for letter in letters[1:]:
        workflow.merge(letter, article=article, by=make_user())
    article.refresh_from_db()
    assert article.asked_by == 3
    workflow.withdraw(letters[1])
    article.refresh_from_db()
    assert article.asked_by == 2


def test_the_announcement_goes_with_the_last_letter_that_asked_and_not_before():
    letters = [make_letter() for _ in range(2)]
    article = make_draft()  # of no letter's words
    for letter in letters:
        workflow.merge(letter, article=article, by=make_user())
    article.refresh_from_db()
    articles.edit(article, by=None, version=article.version, announced_as="Do hills help?")
    workflow.withdraw(letters[0])
    article.refresh_from_db()
    assert (article.announced_as, article.asked_by) == ("Do hills help?", 1)
    workflow.withdraw(letters[1])
    article.refresh_from_db()
    assert (article.announced_as, article.asked_by) == ("", 1)
