"""Issues at the desk: written, looked at, tested, sent at a time, taken back, watched, stopped, decided about."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from django.utils.html import escape

from advice.accounts.models import Role
from advice.articles import workflow
from advice.mail.models import Message
from advice.newsletter import issuing, returns
from advice.newsletter.issuing import Pick
from advice.newsletter.models import Bounce, DeliveryState, Issue, IssueKind, IssueStatus
from tests.desk.differing import differ
from tests.factories import (
    make_draft,
    make_issue,
    make_left,
    make_newsletter,
    make_published,
    make_reader,
    make_readers,
    make_user,
)
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db


def fresh(issue):
    return Issue.objects.get(pk=issue.pk)


def form_of(issue, **changes):
    """The form as it stands, with its rows."""
    data = {
        "subject": issue.subject,
        "preheader": issue.preheader,
        "intro": issue.intro,
        "version": issue.version,
        "action": "save",
        "picks": [item.article_id for item in issue.items.all()],
    }
    for number, item in enumerate(issue.items.all(), start=1):
        name = f"picks-{item.article_id}"
        data |= {f"{name}-position": str(number), f"{name}-remark": item.remark}
        data |= {f"{name}-in_full": "on"} if item.in_full else {}
    return data | changes


def picked(issue):
    items = fresh(issue).items.select_related("article")
    return [(item.article.headline, item.in_full, item.remark) for item in items]


def at(issue, act=""):
    return f"/desk/issues/{issue.pk}/{act}"


def words(response):
    return " ".join(response.content.decode().partition("<main")[2].split())


# -- list ---------------------------------------------------------------------------------------------------------


def test_an_issue_begins_as_an_empty_draft_of_a_newsletter(at_desk, editor):
    newsletter = make_newsletter("The Cooldown")
    response = at_desk.post("/desk/issues/new/", {"newsletter": newsletter.pk})
    issue = Issue.objects.get()
    assert response["Location"] == at(issue)
    assert (issue.newsletter, issue.by, issue.status) == (newsletter, editor, IssueStatus.DRAFT)
    assert at_desk.post("/desk/issues/new/", {"newsletter": "none"}).status_code == 422


def test_the_list_tells_how_far_each_issue_is(at_desk):
    newsletter = make_newsletter("The Cooldown")
    make_readers(newsletter, 3)
    left = make_left(newsletter, subject="On its way")
    left.deliveries.filter(pk=left.deliveries.first().pk).update(state=DeliveryState.SENT)
    make_issue(newsletter, subject="")
    shown = words(at_desk.get("/desk/issues/"))
    assert "On its way" in shown
    assert "1 of 3 sent" in shown
    assert "no. 1" in shown
    assert "Without a subject" in shown


def test_the_list_asks_no_more_of_the_database_for_more_issues(at_desk, django_assert_num_queries):
    make_readers(newsletter := make_newsletter(), 2)
    make_left(newsletter)
    with django_assert_num_queries(10):
        at_desk.get("/desk/issues/")
    for _ in range(3):
        make_left(newsletter)
        make_issue(make_newsletter())
    with django_assert_num_queries(10):
        at_desk.get("/desk/issues/")


def test_what_is_paused_comes_first_with_its_reason_and_is_counted_on_every_page(at_desk):
    issue = make_left(subject="It paused itself")
    issuing.pause(issue, reason="The mail server refused 20 copies in a row.")
    make_issue(subject="Newer")
    shown = words(at_desk.get("/desk/issues/"))
    assert shown.index("It paused itself") < shown.index("Newer")
    assert "The mail server refused 20 copies in a row." in shown
    for page in ("/desk/", "/desk/articles/"):
        assert re.search(r">Newsletters <b>1</b></a>", at_desk.get(page).content.decode())


def test_the_list_has_pages(at_desk):
    newsletter = make_newsletter()
    for number in range(21):
        make_issue(newsletter, subject=f"Number {number}")
    assert "1 of 2" in words(at_desk.get("/desk/issues/"))
    assert "Number 0<" in words(at_desk.get("/desk/issues/?page=2"))


# -- editing ------------------------------------------------------------------------------------------------------


def test_saving_keeps_the_texts_and_puts_the_answers_in_order(at_desk):
    one, two, three = (make_published(headline=name) for name in ("One", "Two", "Three"))
    issue = make_issue(None, Pick(one), Pick(two))
    data = form_of(
        issue,
        subject="A subject",
        preheader="And more",
        intro="Good *morning*.",
        **{f"picks-{one.pk}-position": "9", f"picks-{two.pk}-remark": " Read this. "},
        **{f"picks-{two.pk}-in_full": "on", "picks-add": [three.pk]},
    )
    assert at_desk.post(at(issue), data)["Location"] == at(issue)
    row = fresh(issue)
    assert (row.subject, row.preheader, row.intro) == ("A subject", "And more", "Good *morning*.")
    assert picked(issue) == [("Two", True, "Read this."), ("One", False, ""), ("Three", False, "")]


def test_an_answer_is_taken_out_and_may_be_put_in_again(at_desk):
    one, two = make_published(headline="One"), make_published(headline="Two")
    issue = make_issue(None, Pick(one), Pick(two))
    at_desk.post(at(issue), form_of(issue, **{f"picks-{one.pk}-remove": "on"}))
    assert picked(issue) == [("Two", False, "")]
    shown = words(at_desk.get(at(issue)))
    assert f'name="picks-add" value="{one.pk}"' in shown
    assert f'name="picks-add" value="{two.pk}"' not in shown


def test_only_what_is_published_is_offered_and_taken(at_desk):
    draft, later = make_draft(), make_published(at=timezone.now() + dt.timedelta(days=1))
    issue = make_issue()
    assert at_desk.get(at(issue)).context["offered"] == []
    at_desk.post(at(issue), form_of(issue, **{"picks-add": [draft.pk, later.pk, "x", "9" * 30]}))
    assert picked(issue) == []


def test_what_was_unpublished_since_stays_in_the_draft_and_is_marked(at_desk):
    one = make_published(headline="One")
    issue = make_issue(None, Pick(one))
    workflow.unpublish(one, by=None)
    at_desk.post(at(issue), form_of(issue, subject="Still"))
    assert picked(issue) == [("One", False, "")]
    assert "not published" in words(at_desk.get(at(issue)))


def test_published_answers_are_searched_by_address_and_by_a_button_that_loses_nothing(at_desk):
    found, other = make_published(headline="Why calves twitch"), make_published(headline="Socks")
    issue = make_issue(None, Pick(other))
    offered = at_desk.get(at(issue) + "?q=twitch").context["offered"]
    assert [article.headline for article in offered] == ["Why calves twitch"]
    data = form_of(issue, subject="Not saved yet", action="find", q="socks", **{"picks-add": [found.pk]})
    response = at_desk.post(at(issue), data)
    assert response.status_code == 200
    assert response.context["offered"] == []
    assert response.context["form"]["subject"].value() == "Not saved yet"
    assert response.context["form"].picked == [other.pk, found.pk]
    assert fresh(issue).subject == issue.subject
    assert at_desk.post(at(issue), form_of(issue, q="calf & co"))["Location"].endswith(
        "?q=calf+%26+co#answers"
    )


@pytest.mark.parametrize("name", ["subject", "preheader"])
@pytest.mark.parametrize("typed", ["One\nBcc: all@example.org", "One\r\nTwo", "One\x07Two", "One\u2028Two"])
def test_a_line_of_the_mails_head_holds_no_line_break(at_desk, name, typed):
    issue = make_issue()
    response = at_desk.post(at(issue), form_of(issue, **{name: typed, "intro": "Kept"}))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {name}
    assert response.context["form"]["intro"].value() == "Kept"
    assert fresh(issue).version == issue.version


def test_whatever_is_wrong_with_an_answer_is_said_beside_them_and_all_that_was_typed_stays(at_desk):
    one = make_published(headline="One")
    issue = make_issue(None, Pick(one))
    for wrong, message in (
        ({f"picks-{one.pk}-position": "first"}, "The place of “One” is a number up to 999."),
        ({f"picks-{one.pk}-position": "-1"}, "The place of “One” is a number up to 999."),
        ({f"picks-{one.pk}-remark": "x" * 301}, "The remark on “One” is too long"),
        ({f"picks-{one.pk}-remark": "a\nb"}, "The remark on “One” is to be one line."),
        ({"intro": "x" * 20_001}, "at most 20000 characters"),
        ({"subject": "x" * 121}, "at most 120 characters"),
    ):
        response = at_desk.post(at(issue), form_of(issue, preheader="Kept", **wrong))
        assert response.status_code == 422
        shown = words(response)
        assert message in shown
        assert 'value="Kept"' in shown
        name, value = next(iter(wrong.items()))
        assert value in response.content.decode(), name


def test_an_issue_holds_so_many_answers_and_no_more(at_desk, monkeypatch):
    monkeypatch.setattr("advice.desk.picking.MOST", 1)
    issue = make_issue()
    add = [make_published().pk, make_published().pk]
    response = at_desk.post(at(issue), form_of(issue, **{"picks-add": add}))
    assert "An issue holds 1 answers at most." in words(response)


def test_two_windows_the_second_save_shows_both_and_a_third_is_deliberate(at_desk):
    one = make_published(headline="One")
    issue = make_issue(None, Pick(one))
    mine = form_of(issue, intro="Mine")
    at_desk.post(at(issue), form_of(issue, intro="Theirs", **{f"picks-{one.pk}-in_full": "on"}))
    response = at_desk.post(at(issue), mine)
    assert response.status_code == 409
    assert differ(response) == [
        {"label": "Introduction, in Markdown", "theirs": "Theirs", "ours": "Mine"},
        {"label": "Answers", "theirs": "1. One, in full", "ours": "1. One"},
    ]
    assert fresh(issue).intro == "Theirs"
    assert re.findall(r'value="save">([^<]+)<', words(response)) == ["Save mine over theirs"] * 2
    again = {**mine, "version": response.context["form"]["version"].value()}
    assert at_desk.post(at(issue), again).status_code == 302
    assert (fresh(issue).intro, picked(issue)) == ("Mine", [("One", False, "")])


def test_what_is_on_its_way_is_not_edited_and_what_was_typed_stays(at_desk):
    issue = issuing.schedule(make_issue())
    response = at_desk.post(at(issue), form_of(issue, intro="Typed too late"))
    assert response.status_code == 409
    shown = words(response)
    assert "It is on its way. Take it back first." in shown
    assert "Typed too late" in shown
    assert fresh(issue).intro == issue.intro


def test_the_introduction_has_a_preview_without_javascript(at_desk):
    issue = make_issue()
    response = at_desk.post(at(issue), form_of(issue, intro="Good **day**.", action="preview"))
    assert "<p>Good <strong>day</strong>.</p>" in words(response)
    assert fresh(issue).intro == issue.intro


def test_a_draft_is_thrown_away_after_a_question(at_desk):
    issue = make_issue()
    assert at_desk.get(at(issue, "discard/")).status_code == 200
    assert Issue.objects.exists()
    at_desk.post(at(issue, "discard/"))
    assert not Issue.objects.exists()


# -- as a reader gets it ------------------------------------------------------------------------------------------


def test_the_preview_shows_subject_preheader_text_and_the_mail_in_frames(at_desk):
    article = make_published(headline="Why calves twitch", question="It *twitches*.")
    issue = make_issue(None, Pick(article, in_full=True), subject="Five & more", preheader="And <one>")
    response = at_desk.get(at(issue, "preview/"))
    shown = words(response)
    assert "<strong>Five &amp; more</strong>" in shown
    assert "And &lt;one&gt;" in shown
    assert shown.count(f'src="{at(issue, "preview/html/")}"') == 2
    assert "It twitches." in shown
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_the_mail_stands_in_a_frame_of_ours_and_runs_no_script(at_desk):
    article = make_published(headline="<script>alert(1)</script>")
    issue = make_issue(None, Pick(article, in_full=True), intro="<script>alert(2)</script>")
    response = at_desk.get(at(issue, "preview/html/"))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Cache-Control"] == "private, no-store"
    assert "<script" not in response.content.decode()
    # Elsewhere nothing of it is allowed.
    assert "unsafe-inline" not in at_desk.get(at(issue, "preview/"))["Content-Security-Policy"]


def test_a_test_goes_to_whoever_asks_and_to_nobody_else(at_desk, editor):
    newsletter = make_newsletter(sender_name="The Desk", sender_address="news@site.example")
    make_readers(newsletter, 2)
    issue = make_issue(newsletter, Pick(make_published()), subject="Five answers")
    at_desk.post(at(issue, "test/"))
    content = Message.objects.get().content
    assert content["to"] == editor.email
    assert content["from"] == "The Desk <news@site.example>"
    assert content["subject"] == "[Test] Five answers"
    assert "/unsubscribe/preview/" in content["text"]
    assert "List-Unsubscribe" not in content["headers"]
    assert fresh(issue).status == IssueStatus.DRAFT


@pytest.mark.parametrize("path", ["/unsubscribe/preview/", "/subscribe/preferences/preview/"])
def test_the_links_of_a_preview_say_so_and_change_nothing(client, path):
    reader = make_reader(make_newsletter())
    shown = assert_valid(client.get(path))
    assert "This is the link of a preview" in shown
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 405
    reader.refresh_from_db()
    assert reader.status == "confirmed"


def test_links_are_checked_by_a_button_and_each_has_its_result_beside_it(at_desk):
    draft = make_draft()
    issue = make_issue(intro=f"[good](/about/) and [bad](/questions/{draft.slug}/)")
    shown = words(at_desk.post(at(issue, "links/"), {}))
    assert "1 link needs a look." in shown
    assert re.search(
        r"bad <span class=\"said\">Introduction · /questions/.*?<b>Wrong: There is no such page", shown
    )
    assert "no link in it" in words(at_desk.post(at(make_issue(), "links/"), {}))


# -- sending ------------------------------------------------------------------------------------------------------


def test_before_it_is_sent_the_page_says_to_how_many(at_desk):
    newsletter = make_newsletter()
    make_readers(newsletter, 3)
    make_reader(newsletter, paused_until=timezone.localdate() + dt.timedelta(days=9))
    make_reader(make_newsletter())
    assert "It goes to <b>3</b> subscribers." in words(at_desk.get(at(make_issue(newsletter), "schedule/")))


def test_what_is_too_long_for_one_mail_is_said_in_the_preview_and_before_it_is_sent(at_desk):
    one, two = (make_published(headline=name, question="Twitch. " * 5_900) for name in ("One", "<Two>"))
    three = make_published(headline="Three")
    issue = make_issue(None, Pick(one, in_full=True), Pick(two, in_full=True), Pick(three))
    for page in ("preview/", "schedule/"):
        shown = words(at_desk.get(at(issue, page)))
        assert re.findall("Too long for one mail: .*? is cut to a link", shown) == [
            "Too long for one mail: “&lt;Two&gt;” is cut to a link"
        ], page


def test_sent_now_it_leaves_in_ten_minutes_and_can_be_taken_back(at_desk):
    issue = make_issue()
    response = at_desk.post(at(issue, "schedule/"), {"version": 2, "at": ""}, follow=True)
    row = fresh(issue)
    assert row.status == IssueStatus.SCHEDULED
    assert dt.timedelta(minutes=9) < row.leaves_at - timezone.now() <= dt.timedelta(minutes=10)
    shown = words(response)
    assert "Until then you can take it back." in shown
    assert "(in 9 min)" in shown
    assert "Take back" in shown
    back = at_desk.post(at(issue, "take-back/"), follow=True)
    assert "It is a draft again. Nobody got it." in words(back)
    assert fresh(issue).status == IssueStatus.DRAFT


def test_what_is_sent_is_the_state_that_was_previewed_with_its_wrong_links(at_desk):
    issue = make_issue(intro="[gone](/questions/gone/)")
    link = re.search(r'href="([^"]*/schedule/[^"]*)"', words(at_desk.get(at(issue, "preview/"))))[1]
    assert 'name="version" value="2"' in words(at_desk.get(link))
    at_desk.post(at(issue), form_of(issue, intro="[gone](/questions/gone/) [lost](/lost/)"))
    sent = {"version": 2, "at": "2099-07-01T07:00", "despite": "on"}
    for response, status in ((at_desk.get(link), 200), (at_desk.post(at(issue, "schedule/"), sent), 409)):
        shown = assert_valid(response, status)
        assert "Somebody saved it since you looked at it, so it is not sent yet." in shown
        assert '<button class="btn">Send</button>' not in shown
        assert f'<a class="btn" href="{at(issue, "preview/")}">Preview</a>' in shown
    assert "The time you typed was 2099-07-01T07:00." in shown
    assert fresh(issue).status == IssueStatus.DRAFT
    at_desk.post(at(issue, "schedule/"), {**sent, "version": 3})
    assert fresh(issue).status == IssueStatus.SCHEDULED


def test_sent_at_a_time_of_the_sites_own_clock(at_desk, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    issue = make_issue()
    at_desk.post(at(issue, "schedule/"), {"version": 2, "at": "2099-07-01T07:00"})
    assert fresh(issue).leaves_at == dt.datetime(2099, 7, 1, 5, 0, tzinfo=dt.UTC)
    other = make_issue()
    response = at_desk.post(at(other, "schedule/"), {"version": 2, "at": "2020-01-01T00:00"})
    assert (response.status_code, fresh(other).status) == (422, IssueStatus.DRAFT)
    assert "This time has passed." in words(response)


def test_what_keeps_it_from_being_sent_is_said_and_holds_it(at_desk):
    one = make_published(headline="One")
    issue = make_issue(None, Pick(one), subject="")
    workflow.unpublish(one, by=None)
    shown = words(at_desk.get(at(issue, "schedule/")))
    assert "It has no subject." in shown
    assert "“One” is not published." in shown
    assert '<button class="btn">Send</button>' not in shown
    assert at_desk.post(at(issue, "schedule/"), {"version": 2, "at": ""}).status_code == 409
    assert fresh(issue).status == IssueStatus.DRAFT


def test_links_of_ours_that_lead_nowhere_are_shown_before_it_is_sent_which_is_then_deliberate(at_desk):
    issue = make_issue(intro="[gone](/questions/gone/)")
    assert "There is no such page, or it is not public." in words(at_desk.get(at(issue, "schedule/")))
    assert at_desk.post(at(issue, "schedule/"), {"version": 2, "at": ""}).status_code == 422
    assert fresh(issue).status == IssueStatus.DRAFT
    at_desk.post(at(issue, "schedule/"), {"version": 2, "at": "", "despite": "on"})
    assert fresh(issue).status == IssueStatus.SCHEDULED


def test_what_has_left_cannot_be_taken_back_and_the_page_shows_how_far_it_is(at_desk):
    issue = make_left()
    response = at_desk.post(at(issue, "take-back/"))
    assert response.status_code == 409
    assert "This is no longer possible." in words(response)
    assert fresh(issue).status == IssueStatus.SENDING


def test_an_editor_who_may_not_publish_sees_no_button_that_sends(client):
    client.force_login(make_user(Role.EDITOR, may_publish=False))
    newsletter = make_newsletter()
    make_readers(newsletter, 1)
    issue, paused = make_issue(newsletter), issuing.pause(make_left(newsletter))
    paused.deliveries.update(state=DeliveryState.UNCERTAIN, claimed_at=timezone.now())
    assert "/schedule/" not in words(client.get(at(issue, "preview/")))
    shown = words(client.get(at(paused, "progress/")))
    assert "Take for sent" in shown
    assert "/resume/" not in shown
    assert "/send-again/" not in shown


# -- on its way ---------------------------------------------------------------------------------------------------


@pytest.fixture
def left():
    """Ten copies in every state."""
    newsletter = make_newsletter("The Cooldown")
    make_readers(newsletter, 9)
    make_reader(newsletter, email="rosa.secret@example.org")
    issue, now = make_left(newsletter), timezone.now()
    copies = list(issue.deliveries.order_by("pk"))

    def put(which, **fields):
        issue.deliveries.filter(pk__in=[copy.pk for copy in which]).update(**fields)

    put(copies[:4], state=DeliveryState.SENT, settled_at=now)
    put(copies[:1], bounced_at=now)
    put(copies[1:2], left_at=now)
    put(copies[4:6], state=DeliveryState.FAILED, last_error="SMTPRecipientsRefused 550 5.1.1")
    put(copies[6:7], not_before=now + dt.timedelta(hours=1))
    put(copies[8:], state=DeliveryState.UNCERTAIN, claimed_at=now - dt.timedelta(hours=1))
    return issue


def test_the_numbers_are_those_of_the_copies(at_desk, left):
    response = at_desk.get(at(left, "progress/"))
    numbers = response.context["numbers"]
    assert (numbers.total, numbers.sent, numbers.waiting, numbers.put_off) == (10, 4, 2, 1)
    assert (numbers.failed, numbers.uncertain, numbers.bounced, numbers.left) == (2, 2, 1, 1)
    assert (numbers.percent, numbers.a_minute) == (80, 4)
    shown = words(response)
    assert "SMTPRecipientsRefused 550 5.1.1 <span>2</span>" in shown
    assert "is not measured here" in shown


def test_progress_takes_the_same_few_queries_for_any_number_of_copies(
    at_desk, left, django_assert_num_queries
):
    with django_assert_num_queries(10):
        at_desk.get(at(left, "progress/"))
    left.deliveries.update(state=DeliveryState.UNCERTAIN, claimed_at=timezone.now())
    with django_assert_num_queries(10):
        at_desk.get(at(left, "progress/"))
    with django_assert_num_queries(4):
        at_desk.get(at(left, "progress/numbers/"))


def test_the_numbers_alone_are_asked_for_again_as_long_as_something_may_change(at_desk, left):
    def again():
        fragment = at_desk.get(at(left, "progress/numbers/")).content.decode()
        assert "<html" not in fragment
        return re.search(r'data-state="(\w+)"(?: data-again="(\d+)")?', fragment).groups()

    assert again() == ("sending", "2")
    issuing.pause(left)
    assert again() == ("paused", "10")
    assert "sending.js" in words(at_desk.get(at(left, "progress/")))
    issuing.cancel(left)
    assert again() == ("cancelled", None)


def test_trouble_is_told_with_its_time(at_desk, left):
    issuing.note_trouble(
        left, "The mail server takes no mail at the moment.", now=timezone.now() - dt.timedelta(hours=2)
    )
    shown = words(at_desk.get(at(left, "progress/")))
    assert "The mail server takes no mail at the moment." in shown
    assert "(2 h ago)" in shown


def test_an_issue_is_paused_resumed_and_cancelled_for_good(at_desk, left):
    at_desk.post(at(left, "pause/"))
    assert fresh(left).status == IssueStatus.PAUSED
    at_desk.post(at(left, "resume/"))
    assert fresh(left).status == IssueStatus.SENDING
    asked = words(at_desk.get(at(left, "cancel/")))
    assert "4 copies were sent, and stay sent." in asked
    assert "2 more are not sent then" in asked
    assert fresh(left).status == IssueStatus.SENDING
    at_desk.post(at(left, "cancel/"))
    assert fresh(left).status == IssueStatus.CANCELLED
    assert at_desk.post(at(left, "resume/")).status_code == 409


def test_an_uncertain_copy_is_known_by_the_first_letter_of_its_address(at_desk, left):
    page = at_desk.get(at(left, "progress/")).content.decode()
    assert "r…@example.org" in page
    assert "rosa.secret" not in page


def test_uncertain_copies_of_one_host_are_told_apart_as_the_mail_servers_log_names_them(at_desk, left):
    page = words(at_desk.get(at(left, "progress/")))
    for copy in issuing.uncertain(left):
        assert f"<code>{escape(returns.message_id(copy.pk))}</code>" in page


def test_chosen_uncertain_copies_are_sent_again_and_the_others_taken_for_sent(at_desk, left):
    one, other = issuing.uncertain(left).order_by("pk")
    told = at_desk.post(at(left, "send-again/"), {"which": "ticked", "copy": [one.pk, "x"]}, follow=True)
    assert "1 copy is sent again." in words(told)
    one.refresh_from_db(), other.refresh_from_db()
    assert (one.state, other.state) == (DeliveryState.PENDING, DeliveryState.UNCERTAIN)
    at_desk.post(at(left, "take-for-sent/"), {"which": "all"})
    one.refresh_from_db(), other.refresh_from_db()
    assert (one.state, other.state) == (DeliveryState.PENDING, DeliveryState.SENT)


def test_copies_that_were_refused_are_sent_again_where_their_addresses_are_not_dead(at_desk, left):
    left.deliveries.filter(state=DeliveryState.FAILED).update(state=DeliveryState.SENT)
    one, dead = left.deliveries.filter(subscriber__isnull=False).order_by("pk")[:2]
    Bounce.objects.create(delivery=dead, kind="hard", code="5.1.1")
    left.deliveries.filter(pk__in=[one.pk, dead.pk]).update(state=DeliveryState.FAILED)
    assert "Send 1 refused copy again" in words(at_desk.get(at(left, "progress/")))
    told = at_desk.post(at(left, "send-refused-again/"), follow=True)
    assert "1 copy is sent again." in words(told)
    assert "refused copy again" not in words(told)
    one.refresh_from_db(), dead.refresh_from_db()
    assert (one.state, dead.state) == (DeliveryState.PENDING, DeliveryState.FAILED)


def test_with_none_ticked_nothing_is_decided(at_desk, left):
    at_desk.post(at(left, "send-again/"), {"which": "ticked"})
    assert issuing.uncertain(left).count() == 2


def test_a_copy_of_one_issue_is_not_decided_about_at_another(at_desk, left):
    other = make_left()
    at_desk.post(at(other, "take-for-sent/"), {"copy": [copy.pk for copy in left.deliveries.all()]})
    assert issuing.uncertain(left).count() == 2


def test_what_is_sent_keeps_its_page_with_what_became_of_it(at_desk, left):
    left.deliveries.filter(state=DeliveryState.PENDING).delete()
    issuing.finish_due()
    shown = words(at_desk.get(at(left), follow=True))
    assert "finished" in shown
    assert "stopped by its link" in shown
    assert "sending.js" not in shown


def test_the_words_of_what_has_left_are_mended_in_the_archive(at_desk, left, editor):
    assert at(left, "amend/") in words(at_desk.get(at(left, "progress/")))
    asked = assert_valid(at_desk.get(at(left, "amend/")))
    assert "2 copies that still wait are sent with the new words." in asked
    mended = {"subject": "Of *one*", "preheader": "Line", "intro": "Now **right**.", "version": left.version}
    response = at_desk.post(at(left, "amend/"), mended, follow=True)
    assert "Mended. The archive shows it from now on." in words(response)
    row = fresh(left)
    assert (row.subject, row.preheader, row.intro) == ("Of *one*", "Line", "Now **right**.")
    assert row.amended_at is not None
    page = assert_valid(at_desk.get(left.get_absolute_url()))
    assert "<p>Now <strong>right</strong>.</p>" in page
    assert "Changed on" in page
    assert left.intro not in page
    assert "What was mailed" not in words(at_desk.get(at(left, "preview/")))


def test_mending_loses_nothing_that_was_typed(at_desk, left):
    mine = {"subject": "Mine", "preheader": "", "intro": "Mine", "version": left.version}
    for wrong in ({"subject": ""}, {"subject": "a\nb"}, {"version": "x"}):
        assert "Mine</textarea>" in assert_valid(at_desk.post(at(left, "amend/"), {**mine, **wrong}), 422)
    assert "<p>Mine</p>" in words(at_desk.post(at(left, "amend/"), {**mine, "action": "preview"}))
    at_desk.post(at(left, "amend/"), {**mine, "intro": "Theirs"})
    response = at_desk.post(at(left, "amend/"), mine)
    assert "Save mine over theirs" in assert_valid(response, 409)
    assert fresh(left).intro == "Theirs"
    at_desk.post(at(left, "amend/"), {**mine, "version": response.context["form"]["version"].value()})
    assert fresh(left).intro == "Mine"


@pytest.mark.parametrize("kind", [IssueKind.DIGEST, IssueKind.CORRECTION])
def test_there_is_nothing_to_mend_in_what_no_editor_wrote_nor_in_a_draft(at_desk, left, kind):
    Issue.objects.filter(pk=left.pk).update(kind=kind, rhythm="weekly", slot="x")
    assert at_desk.get(at(left, "amend/")).status_code == 404
    assert at_desk.get(at(make_issue(), "amend/")).status_code == 404
    assert "/amend/" not in words(at_desk.get(at(left, "progress/")))


# -- all of them --------------------------------------------------------------------------------------------------


def test_every_page_is_html_without_an_error(at_desk, left):
    hard = "<b>“A” & 'b'</b> \"]]>"
    article = make_published(headline=hard)
    issue = make_issue(make_newsletter(hard), Pick(article, remark=hard), subject=hard, preheader=hard)
    for act in ("", "discard/", "preview/", "schedule/"):
        assert_valid(at_desk.get(at(issue, act)))
    assert_valid(at_desk.post(at(issue), form_of(issue, subject="a\nb")), 422)
    assert_valid(at_desk.post(at(issue), form_of(issue, version=99)), 409)
    assert_valid(at_desk.post(at(issue, "links/"), {}))
    assert_valid(at_desk.get("/desk/issues/"))
    scheduled = issuing.schedule(make_issue(intro="[a](/no/)"))
    assert_valid(at_desk.get(at(scheduled, "progress/")))
    assert_valid(at_desk.get(at(make_issue(intro="[a](/no/) [b](x)"), "schedule/")))
    for act in ("progress/", "cancel/", "preview/"):
        assert_valid(at_desk.get(at(left, act)))


@pytest.mark.parametrize("kind", [IssueKind.DIGEST, IssueKind.CORRECTION])
def test_an_issue_that_made_itself_has_the_same_pages(at_desk, left, kind):
    Issue.objects.filter(pk=left.pk).update(kind=kind, rhythm="weekly", slot="x")
    assert at_desk.get(at(left, "progress/")).status_code == 200
    assert at_desk.get(at(left, "preview/html/")).status_code == 200
