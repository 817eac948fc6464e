"""What is typed at the desk is kept: on the server and, while that is away, in the browser; and an ended session loses none."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import password_of, sign_in
from tests.browser.test_editor import EDITOR, new_article

OFFER = "You typed something here and did not save it"


def question(page: Page):
    return page.locator("textarea[name=question]")


def closed(page: Page) -> Page:
    """The lid is shut: another page of the same browser, without a word about what was not saved."""
    again = page.context.new_page()
    url = page.url
    page.close(run_before_unload=False)
    again.goto(url)
    return again


def test_what_was_typed_is_on_the_server_within_seconds_and_is_offered(page, site):
    new_article(page, site, "Typing")
    question(page).fill("Half a thought.")
    expect(page.get_by_text("Saved on the server at")).to_be_visible(timeout=10_000)
    page = closed(page)
    expect(page.get_by_role("heading", name=OFFER)).to_be_visible()
    expect(question(page)).to_have_value("")
    page.get_by_role("button", name="Take it up").click()
    expect(question(page)).to_have_value("Half a thought.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=OFFER)).to_have_count(0)


def test_while_the_server_is_away_the_browser_keeps_it(page, site, problems):
    problems.allow("ERR_FAILED|ERR_INTERNET_DISCONNECTED|Failed to fetch")
    new_article(page, site, "Away")
    page.context.route("**/autosave/", lambda route: route.abort())
    question(page).fill("In a tunnel.")
    expect(page.get_by_text("Kept in this browser; the server cannot be reached")).to_be_visible(
        timeout=10_000
    )
    page.context.unroute("**/autosave/")
    page = closed(page)
    expect(page.get_by_role("heading", name=OFFER)).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Take it up").click()
    expect(question(page)).to_have_value("In a tunnel.")


def test_saving_after_the_session_has_ended_leads_through_sign_in_back_to_the_text(page, site, problems):
    problems.allow("status of 403")
    new_article(page, site, "Ended")
    page.context.clear_cookies(name="sessionid")
    question(page).fill("Written long after lunch.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label(re.compile("E-?mail")).fill(EDITOR)
    page.get_by_label("Password").fill(password_of(site, EDITOR))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This is what you had typed and not saved.")).to_be_visible()
    expect(question(page)).to_have_value("Written long after lunch.")


def test_two_windows_the_second_sees_both_texts_and_loses_none(open_page, page, site, problems):
    problems.allow("status of 409")
    new_article(page, site, "Two windows")
    other = open_page()
    sign_in(other, site, "owner@secondwind.example")
    other.goto(page.url)
    question(other).fill("The other one wrote this.")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved.")).to_be_visible()
    question(page).fill("And I wrote that.")
    page.get_by_role("button", name="Save", exact=True).click()
    both = page.get_by_role("alert").filter(has_text="Somebody else saved this in the meantime")
    expect(both).to_contain_text("The other one wrote this.")
    expect(both).to_contain_text("And I wrote that.")
    expect(question(page)).to_have_value("And I wrote that.")
    question(page).fill("The other one wrote this. And I wrote that.")
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_what_two_people_wrote_is_saved_together_from_the_box(open_page, page, site, problems):
    problems.allow("status of 409")
    new_article(page, site, "Together")
    question(page).fill("My calf hurts. It is hot. What now?")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    other = open_page()
    sign_in(other, site, "owner@secondwind.example")
    other.goto(page.url)
    question(other).fill("My calf hurts. It is warm. What now?")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved.")).to_be_visible()
    question(page).fill("My calf hurts. It is hot. What can I do?")
    page.get_by_role("button", name="Save", exact=True).click()
    box = page.get_by_label("Both together")
    expect(box).to_have_value("My calf hurts. It is warm. What can I do?")
    box.fill("My left calf hurts. It is warm. What can I do?")
    page.get_by_role("button", name="Save both together").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(question(page)).to_have_value("My left calf hurts. It is warm. What can I do?")


def test_the_page_beside_the_text_follows_what_is_typed(page, site):
    new_article(page, site, "Beside")
    page.locator("details.beside summary").click()
    beside = page.frame_locator("details.beside iframe")
    expect(beside.get_by_role("heading", level=1)).to_have_text("Beside")
    question(page).fill("Is it *safe*?")
    expect(beside.locator(".prose em")).to_have_text("safe", timeout=10_000)
