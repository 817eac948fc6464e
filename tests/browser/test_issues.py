"""An issue of a newsletter from an empty draft to a subscriber's mailbox, by the desk's own buttons."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import sign_in
from tests.browser.test_editor import png
from tests.site import Site

EDITOR, READER = "editor@secondwind.example", "reader.of.issues@example.org"
SUBJECT = "Calves, watches, and what to do first"
IN_FULL, SHORT = "Why Do My Calf Muscles Always Spasm?", "My Watch Says I Am Unproductive"

_SUBSCRIBES = f"""
from advice.newsletter import workflow
from advice.newsletter.models import Newsletter, Subscriber
newsletter = Newsletter.objects.create(name="Desk Tests", slug="desk-tests", promise="Now and then", makes_itself=False)
workflow.subscribe(email="{READER}", newsletters=[newsletter])
workflow.confirm(Subscriber.objects.get(email="{READER}"), newsletters=[newsletter])
"""
_TIME_PASSES = f"""
import datetime as dt
from django.utils import timezone
from advice.newsletter.models import Issue
Issue.objects.filter(subject="{SUBJECT}").update(leaves_at=timezone.now() - dt.timedelta(seconds=1))
"""


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_an_editor_makes_an_issue_and_a_subscriber_gets_it(site, page, axe):
    site.manage("shell", "--no-imports", "-c", _SUBSCRIBES)
    begins(page, site, axe)
    previews_and_tests(page, site, axe)
    sends_takes_back_and_sends_again(page, axe)
    is_delivered(page, site, axe)


def begins(page: Page, site: Site, axe) -> None:
    sign_in(page, site, EDITOR)
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Newsletters").click()
    page.get_by_label("Newsletter", exact=True).select_option("Desk Tests")
    axe(page)
    button(page, "New issue")
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_label("Preheader").fill("Two answers for tired legs")
    page.locator("textarea[name=intro]").fill(
        "Good morning. [All answers](/questions/), and [a wrong one](/questions/gone/)."
    )
    adds_a_picture(page)
    page.get_by_label("Search published answers").fill("unproductive watch")
    button(page, "Search")
    expect(page.get_by_label("Subject")).to_have_value(SUBJECT)
    page.get_by_label(SHORT).check()
    page.get_by_label("Search published answers").fill("calf")
    button(page, "Search")
    page.get_by_label(IN_FULL).check()
    page.get_by_label("Subject").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    full, short = (page.get_by_role("group", name=name, exact=True) for name in (IN_FULL, SHORT))
    full.get_by_label("Place", exact=True).fill("1")
    short.get_by_label("Place", exact=True).fill("2")
    full.get_by_label("In full").check()
    short.get_by_label(re.compile("Remark")).fill("And one for those who count.")
    axe(page)
    button(page, "Save and preview")


def adds_a_picture(page: Page) -> None:
    page.get_by_text("Picture", exact=True).click()
    page.get_by_label("Picture (JPEG").set_input_files(png())
    page.get_by_label("What it shows").fill("A red field")
    button(page, "Add picture")
    expect(page.get_by_text("The picture stands in the text.")).to_be_visible()


def previews_and_tests(page: Page, site: Site, axe) -> None:
    expect(page.locator(".inbox")).to_contain_text("Two answers for tired legs")
    mail = page.frame_locator("iframe").first
    expect(mail.get_by_role("heading", level=1)).to_have_text("Desk Tests")
    assert mail.get_by_role("heading", level=2).all_inner_texts() == [SUBJECT, IN_FULL, SHORT]
    expect(mail.get_by_role("link", name="A red field")).to_be_attached()
    expect(mail.get_by_role("img")).to_have_count(0)
    expect(mail.get_by_text("I hope this helps.")).to_be_attached()
    assert [round(frame.bounding_box()["width"]) for frame in page.locator("iframe").all()] == [362, 602]
    expect(page.locator("pre")).to_contain_text("And one for those who count.")
    button(page, f"Send a test to {EDITOR}")
    test = site.wait_for_mail(EDITOR, f"[Test] {SUBJECT}")
    page.goto(test.link("/unsubscribe/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This is the link of a preview")
    page.go_back()
    button(page, "Check links")
    expect(page.get_by_text("1 link needs a look.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Back to the draft").click()
    page.locator("textarea[name=intro]").fill("Good morning. [All answers](/questions/).")
    button(page, "Save and preview")
    button(page, "Check links")
    expect(page.get_by_text("All links work.")).to_be_visible()


def sends_takes_back_and_sends_again(page: Page, axe) -> None:
    page.get_by_role("link", name="Send …").click()
    expect(page.get_by_text("It goes to 1 subscriber.")).to_be_visible()
    axe(page)
    button(page, "Send")
    expect(page.get_by_text(re.compile(r"in (9|10) min"))).to_be_visible()
    axe(page)
    button(page, "Take back")
    expect(page.get_by_text("It is a draft again. Nobody got it.")).to_be_visible()
    button(page, "Save and preview")
    page.get_by_role("link", name="Send …").click()
    button(page, "Send")
    expect(page.get_by_role("button", name="Take back")).to_be_visible()


def is_delivered(page: Page, site: Site, axe) -> None:
    assert not [mail for mail in site.mails() if READER in mail.to and mail.subject == SUBJECT]
    site.manage("shell", "--no-imports", "-c", _TIME_PASSES)
    mail = site.wait_for_mail(READER, SUBJECT, timeout=20)
    assert mail.subject == SUBJECT
    assert "I hope this helps." in mail.text
    assert "And one for those who count." in mail.text
    assert "List-Unsubscribe" in mail.message
    # The page has been open all the while, and comes to know by itself.
    expect(page.locator("[data-state=sent]")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("definition").first).to_have_text("1")
    expect(page.get_by_text("is not measured here")).to_be_visible()
    axe(page)
    assert [READER in mail.to and mail.subject == SUBJECT for mail in site.mails()].count(True) == 1


def test_without_javascript_a_picked_answer_and_its_order_are_saved(no_js_page, site):
    sign_in(no_js_page, site, EDITOR)
    no_js_page.goto("/desk/issues/")
    button(no_js_page, "New issue")
    no_js_page.get_by_label("Subject").fill("Plain")
    no_js_page.get_by_label(IN_FULL).check()
    no_js_page.get_by_label("Subject").press("Enter")
    expect(no_js_page.get_by_role("group", name=IN_FULL, exact=True)).to_be_visible()
    no_js_page.get_by_role("link", name="Throw away").click()
    button(no_js_page, "Throw away")
    expect(no_js_page.get_by_text("Thrown away.")).to_be_visible()
