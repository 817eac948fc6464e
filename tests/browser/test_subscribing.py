"""A subscriber's way in a browser: in, about and out, with scripts and without, and with the keyboard alone."""

import datetime as dt
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

SEED_PATH = "/questions/why-do-my-calf-muscles-always-spasm/"


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def subscribe_at(page: Page, path: str, email: str, *newsletters: str) -> None:
    page.goto(path)
    for name in newsletters:
        page.get_by_label(re.compile(name)).check()
    page.get_by_label("Your e-mail address").fill(email)
    page.locator(".subscribe").get_by_role("button", name="Subscribe").click()
    expect(heading(page)).to_have_text("Check your mail")


def confirm(page: Page, site, email: str):
    """Press the mailed button; gives the welcome mail."""
    page.goto(site.wait_for_mail(email, "One press, and you are in").link("/subscribe/confirm/"))
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(heading(page)).to_have_text("You are subscribed")
    return site.wait_for_mail(email, "To begin with")


def test_in_about_and_out_again(site, open_page, problems):
    problems.allow("status of 422")
    page = open_page()
    subscribe_at(page, SEED_PATH, "about@example.org", "The Sports Doc")
    welcome = confirm(page, site, "about@example.org")
    expect(page.get_by_role("link", name="Back to the article")).to_have_attribute("href", SEED_PATH)
    reads(page, welcome)
    page.goto(welcome.link("/subscribe/preferences/"))
    chooses(page)
    pauses(page)
    page.get_by_role("button", name="Mail me that link").click()
    fresh = site.wait_for_mail("about@example.org", "The link you asked for").link("/subscribe/preferences/")
    page.goto(fresh)
    downloads(page)
    moves(page, site, fresh)
    leaves_and_says_why(page, site)
    comes_back_and_is_erased(page, site)


def reads(page: Page, mail) -> None:
    assert mail.subject == "Welcome to Second Wind"
    answers = [link for link in mail.links if "/questions/" in link]
    assert len(answers) == 3
    page.goto(urlsplit(answers[0]).path)
    expect(page.locator(".kicker").first).to_contain_text("The Sports Doc")
    assert heading(page).inner_text() in mail.text
    opened = page.context.new_page()  # a mail program knows nothing of our policy
    opened.set_content(mail.html)
    expect(opened.get_by_role("link", name="Choose your newsletters")).to_be_visible()
    assert [link for link in links_of(opened) if "/questions/" in link] == answers
    opened.close()


def links_of(page: Page) -> list[str]:
    return page.locator("a").evaluate_all("links => links.map(link => link.href)")


def chooses(page: Page) -> None:
    expect(page.get_by_text("a…@example.org").first).to_be_visible()
    assert "about@example.org" not in page.content()
    page.get_by_label(re.compile("The Cooldown")).check()
    page.get_by_label("Calf", exact=True).check()
    page.get_by_label("Weekly").check()
    page.get_by_label(re.compile("As plain text")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    for name in ("The Cooldown", "The Sports Doc", "Calf", "Weekly", "As plain text"):
        expect(page.get_by_label(re.compile(name))).to_be_checked()
    expect(page.get_by_label("Shoes", exact=True)).not_to_be_checked()


def pauses(page: Page) -> None:
    page.get_by_role("button", name="2 weeks").click()
    expect(page.get_by_text("You are taking a pause.")).to_be_visible()
    page.get_by_role("button", name="End the pause now").click()
    expect(page.get_by_text("The pause is over.")).to_be_visible()
    page.get_by_label("No newsletters before").fill("2020-01-31")
    page.get_by_role("button", name="Pause until then").click()
    expect(page.get_by_text("A pause ends on a later day than today.").first).to_be_visible()
    expect(page.get_by_label("No newsletters before")).to_have_value("2020-01-31")
    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=40)
    page.get_by_label("No newsletters before").fill(soon.isoformat())
    page.get_by_role("button", name="Pause until then").click()
    expect(page.get_by_text(f"from {soon.day} {soon:%B %Y}")).to_be_visible()
    page.get_by_role("button", name="End the pause now").click()


def downloads(page: Page) -> None:
    with page.expect_download() as started:
        page.get_by_role("link", name="Download a copy").click()
    assert started.value.suggested_filename == "subscription.json"
    record = json.loads(Path(started.value.path()).read_text())
    assert record["email"] == "about@example.org"
    assert (record["topics"], record["rhythm"], record["text_only"]) == (["Calf"], "weekly", True)
    assert record["consent"]["article"] == SEED_PATH


def moves(page: Page, site, fresh: str) -> None:
    page.get_by_label("Your new e-mail address").fill("nobody")
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_label("Your new e-mail address")).to_have_value("nobody")
    page.get_by_label("Your new e-mail address").fill("moved@example.net")
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_text("a link is on its way there")).to_be_visible()
    asked = site.wait_for_mail("moved@example.net")
    assert "about@example.org" not in asked.message.as_string()
    page.goto(asked.link("/subscribe/confirm/address/"))
    page.get_by_role("button", name="Yes, use this address").click()
    expect(heading(page)).to_have_text("Your address is changed")
    assert page.request.get(fresh).status == 410
    page.get_by_role("link", name="Choose your newsletters").click()
    expect(page.get_by_text("m…@example.net").first).to_be_visible()
    expect(page.get_by_label("Calf", exact=True)).to_be_checked()


def leaves_and_says_why(page: Page, site) -> None:
    page.get_by_role("link", name="Stop everything").click()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_label("Too much mail").check()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(heading(page)).to_have_text("You are unsubscribed")
    expect(page.get_by_role("button", name="Tell us")).to_have_count(0)
    told = site.wait_for_mail("about@example.org", "go elsewhere now")
    assert "moved@example.net" not in told.message.as_string()


def comes_back_and_is_erased(page: Page, site) -> None:
    page.get_by_role("link", name="Subscribe again").click()
    subscribe_at(page, page.url, "moved@example.net")
    page.goto(confirm(page, site, "moved@example.net").link("/subscribe/preferences/"))
    expect(page.get_by_label("Calf", exact=True)).not_to_be_checked()
    page.get_by_role("button", name="Mail me that link").click()
    fresh = site.wait_for_mail("moved@example.net", "The link you asked for").link("/subscribe/preferences/")
    page.goto(fresh)
    page.get_by_role("link", name="Erase everything").click()
    expect(page.locator("main")).to_contain_text("moved@example.net")
    page.get_by_role("button", name="Yes, erase everything").click()
    expect(heading(page)).to_have_text("Erased")
    assert page.request.get(fresh).status == 410


def test_without_scripts(site, no_js_page):
    page = no_js_page
    subscribe_at(page, SEED_PATH, "plain@example.org")
    welcome = confirm(page, site, "plain@example.org")
    assert "The Sports Doc · Each new answer" in welcome.text  # the article's own: nothing was ticked
    page.goto(welcome.link("/subscribe/preferences/"))
    page.get_by_role("button", name="A month").click()
    expect(page.get_by_text("You are taking a pause.")).to_be_visible()
    page.goto(welcome.link("/unsubscribe/"))
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_label("Something else").check()
    page.get_by_role("button", name="Tell us").click()
    expect(page.get_by_text("Thank you for saying why.")).to_be_visible()


def test_with_the_keyboard_alone(site, open_page):
    page = open_page()
    page.goto("/subscribe/")
    press_to(page, "input[value=first-mile]", "Space")
    press_to(page, "#subscribe-email", *"keys@example.org", "Enter")
    expect(heading(page)).to_have_text("Check your mail")
    page.goto(site.wait_for_mail("keys@example.org").link("/subscribe/confirm/"))
    press_to(page, "main form button", "Enter")
    expect(heading(page)).to_have_text("You are subscribed")
    press_to(page, "main a.btn.quiet", "Enter")
    expect(heading(page)).to_have_text("Your newsletters")
    press_to(page, "#id_topics_1", "Space")
    press_to(page, "#id_rhythm_0", "ArrowDown")
    press_to(page, "input[name=text_only]", "Space", "Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    for field in ("#id_topics_1", "#id_rhythm_1", "input[name=text_only]"):
        expect(page.locator(field)).to_be_checked()
    press_to(page, "main a[href^='/unsubscribe/']", "Enter")
    expect(heading(page)).to_have_text("Stop the newsletters?")
    press_to(page, "#id_because_0", "ArrowDown")
    press_to(page, "main form button", "Enter")
    expect(heading(page)).to_have_text("You are unsubscribed")


def press_to(page: Page, selector: str, *keys: str) -> None:
    """Tab until it has the focus, then press."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
    else:
        raise AssertionError(f"Tab does not come to {selector}")
    for key in keys:
        page.keyboard.press(key)
