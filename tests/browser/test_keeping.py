"""What is typed at the desk is kept: on the server and, while that is away, in the browser; and an ended session loses none."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import password_of, sign_in
from tests.browser.test_editor import EDITOR, new_article

OFFER = "You typed something here and did not save it"


def question(page: Page):
    return page.locator("textarea[name=question]")


def closed(page: Page, *, at: str = "") -> Page:
    """The lid is shut: another page of the same browser, without a word about what was not saved."""
    again = page.context.new_page()
    url = at or page.url
    page.close(run_before_unload=False)
    again.goto(url)
    return again


def test_what_was_typed_is_on_the_server_within_seconds_and_is_offered(page, site):
    new_article(page, site, "Typing")
    question(page).fill("Half a thought.")
    expect(page.get_by_text("Saved on the server at")).to_be_visible()
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
    expect(page.get_by_text("Kept in this browser; the server cannot be reached")).to_be_visible()
    page.context.unroute("**/autosave/")
    page = closed(page)
    expect(page.get_by_role("heading", name=OFFER)).to_be_visible()
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


def test_nothing_else_of_the_page_is_sent_unasked_while_something_is_typed(page, site, axe):
    new_article(page, site, "Asked first")
    question(page).fill("A name is out.")
    page.get_by_text("Write a note").click()
    note = page.locator("textarea[name=note-text]")
    note.fill("Look.")
    page.get_by_role("button", name="Keep the note").click()
    said = page.get_by_role("alert").filter(has_text="is not saved, and does not go along")
    expect(said).to_be_visible()
    axe(page)
    page.get_by_role("button", name="To what I typed").click()
    note.fill("Look at the name.")  # typing anew is asked about anew
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Noted.")).to_have_count(0)
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    page.get_by_role("button", name="Take it up").click()
    expect(question(page)).to_have_value("A name is out.")


def test_what_was_typed_before_a_refused_act_is_offered_on_its_page(page, site, problems):
    problems.allow("status of 409")
    new_article(page, site, "Refused")
    question(page).fill("First words.")
    publish = page.get_by_role("button", name="Publish", exact=True)
    publish.click()
    publish.click()
    page.wait_for_url("**/publish/")
    expect(page.get_by_role("heading", name=OFFER)).to_be_visible()
    question(page).fill("Second words.")
    expect(page.get_by_text("Once you have taken up or thrown away")).to_be_visible()
    page = closed(page, at=page.url.removesuffix("publish/"))
    expect(page.get_by_text("You typed something here that this browser kept")).to_be_visible()
    page.get_by_role("button", name="Take it up").first.click()
    expect(question(page)).to_have_value("First words.")
    expect(page.get_by_text("You typed something here that this browser kept")).to_be_visible()
    page.get_by_role("button", name="Take it up").click()
    expect(question(page)).to_have_value("Second words.")


def test_a_letters_copy_and_the_words_to_its_writer_are_kept_in_the_browser(page, site, problems):
    sign_in(page, site, EDITOR)
    links = page.locator("a[href^='/desk/letters/']").evaluate_all(
        "links => links.map((link) => link.getAttribute('href'))"
    )
    page.goto(next(link for link in links if re.match(r"/desk/letters/\d+/\?", link)))
    question(page).fill("Edited for an hour.")
    page.locator("summary").filter(has_text="Decline").click()
    reason = page.locator("textarea[name=decline-reason]")
    reason.fill("A long and kind reason.")
    expect(page.get_by_text("Kept in this browser until it is sent").first).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    decline = page.locator("form[action*='/decline/']").get_by_role("button", name="Decline")
    decline.click()
    decline.click()
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label(re.compile("E-?mail")).fill(EDITOR)
    page.get_by_label("Password").fill(password_of(site, EDITOR))
    page.get_by_role("button", name="Sign in").click()
    take = page.get_by_role("button", name="Take it up")
    expect(take).to_have_count(2)
    for _ in range(2):
        take.first.click()
    expect(question(page)).to_have_value("Edited for an hour.")
    expect(reason).to_have_value("A long and kind reason.")


def test_a_text_that_the_server_does_not_take_is_told_so(page, site, problems):
    problems.allow("status of 4(09|13)")
    new_article(page, site, "Too long")
    question(page).fill("x " * 210_000)
    expect(page.get_by_text("the server does not take it as it is")).to_be_visible()


def test_what_was_not_taken_is_told_at_the_top_and_leads_to_its_field(page, site, problems, axe):
    problems.allow("status of 422")
    new_article(page, site, "Not taken")
    slug = page.locator("input[name=slug]")
    slug.fill("no good slug!!")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="That was not taken")
    expect(told).to_be_focused()
    expect(told).to_be_in_viewport()
    axe(page)
    told.get_by_role("link", name="Address").click()
    expect(slug).to_be_in_viewport()


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
    expect(beside.locator(".prose em")).to_have_text("safe")
