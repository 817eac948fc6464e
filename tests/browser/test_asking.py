"""Asking, with “Already answered?”: while typing, without scripts, with the keyboard alone; and a draft kept on the device."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_searching import SEED
from tests.browser.test_subscribing import heading, press_to

SLUG = "why-do-my-calf-muscles-always-spasm"
QUESTION = "Why do my calf muscles always spasm after a run?"
LETTER = "My calf muscles twitch and spasm for hours after each run, whether it was long or short."
OTHER = "My aunt wants to know whether her parrot may watch opera with us on television."


def fill(page: Page, *, question: str, text: str, signature: str = "Adam") -> None:
    page.get_by_label("Your question, in one line").fill(question)
    page.get_by_label("Your letter", exact=True).fill(text)
    page.get_by_label("How shall we sign it?").fill(signature)
    page.get_by_label("The Sports Doc").check()
    page.get_by_label("I have read this and agree.").check()


def send(page: Page) -> Locator:
    return page.get_by_role("button", name="Send")


def test_answers_appear_while_typing_and_the_letter_is_then_sent_at_once(page: Page):
    page.goto("/ask/")
    region = page.locator("[data-near]")
    expect(region).to_be_empty()
    page.get_by_label("Your question, in one line").press_sequentially(QUESTION, delay=5)
    expect(region.get_by_role("link", name=SEED)).to_be_visible()
    expect(region.locator("mark").first).to_be_visible()
    fill(page, question=QUESTION, text=LETTER)
    expect(region.get_by_role("link", name=SEED)).to_be_visible()
    send(page).click()
    expect(heading(page)).to_contain_text("We have your letter")


def test_nonsense_shows_nothing(page: Page):
    page.goto("/ask/")
    with page.expect_response("**/ask/similar/"):
        page.get_by_label("Your letter", exact=True).fill(OTHER)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-near]")).to_be_empty()


def test_an_answer_that_fits_ends_the_form_and_takes_the_draft_with_it(page: Page):
    page.goto("/ask/")
    page.get_by_label("Keep what I write on this device").check()
    fill(page, question=QUESTION, text=LETTER)
    assert page.evaluate("localStorage.getItem('draft')")
    button = page.get_by_role("button", name=re.compile("This answers my question .*" + re.escape(SEED)))
    button.click()
    page.wait_for_url(f"**/ask/answered/{SLUG}/")
    expect(page.get_by_text("You need not send anything")).to_be_visible()
    expect(page.get_by_role("button", name="Subscribe")).to_be_visible()
    assert page.evaluate("localStorage.getItem('draft')") is None
    assert page.context.cookies() == []


def test_without_scripts_a_page_asks_before_the_letter_is_sent(no_js_page: Page):
    page = no_js_page
    page.goto("/ask/")
    expect(page.get_by_label("Keep what I write on this device")).to_be_hidden()
    expect(page.get_by_text("The Sports Doc asks: How much do you run?")).to_be_visible()
    fill(page, question=QUESTION, text=LETTER)
    page.get_by_label("One line about you, for the expert").fill("40 km a week")
    send(page).click()
    expect(page.get_by_role("heading", name="perhaps it is answered already")).to_be_visible()
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value(LETTER)
    expect(page.get_by_label("One line about you, for the expert")).to_have_value("40 km a week")
    expect(page.get_by_label("I have read this and agree.")).to_be_checked()
    page.get_by_role("button", name="Send my letter all the same").click()
    expect(heading(page)).to_contain_text("We have your letter")


def test_without_scripts_an_answer_that_fits_ends_it_too(no_js_page: Page):
    page = no_js_page
    page.goto("/ask/the-sports-doc/")
    fill(page, question=QUESTION, text=LETTER, signature="Eve")
    expect(page.get_by_label("How much do you run?")).to_be_visible()
    send(page).click()
    page.get_by_role("button", name=re.compile("This answers my question .*" + re.escape(SEED))).click()
    expect(page.get_by_text("You need not send anything")).to_be_visible()


def test_the_line_for_the_expert_is_the_chosen_columns(page: Page):
    page.goto("/ask/")
    expect(page.get_by_label("One line about you, for the expert")).to_be_visible()
    page.get_by_label("The Sports Doc").check()
    expect(page.get_by_label("How much do you run?")).to_be_visible()
    page.get_by_label("Training", exact=True).check()
    expect(page.get_by_label("How long have you been running")).to_be_visible()


def test_a_draft_stays_on_the_device_only_where_it_was_asked_for(page: Page):
    page.goto("/ask/")
    fill(page, question="Opera?", text=OTHER)
    page.reload()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value("")
    page.get_by_label("Keep what I write on this device").check()
    fill(page, question="Opera?", text=OTHER)
    page.reload()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value(OTHER)
    expect(page.get_by_label("The Sports Doc")).to_be_checked()
    expect(page.get_by_label("I have read this and agree.")).not_to_be_checked()
    page.get_by_label("Keep what I write on this device").uncheck()
    page.reload()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value("")
    assert page.evaluate("localStorage.getItem('draft')") is None


def test_a_draft_goes_on_sending_and_not_on_a_mistake(page: Page, problems):
    problems.allow("status of 422")
    page.goto("/ask/")
    page.get_by_label("Keep what I write on this device").check()
    fill(page, question="Opera?", text=OTHER, signature="")
    send(page).click()
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value(OTHER)
    assert page.evaluate("localStorage.getItem('draft')")
    page.get_by_label("How shall we sign it?").fill("Opera")
    send(page).click()
    expect(heading(page)).to_contain_text("We have your letter")
    assert page.evaluate("localStorage.getItem('draft')") is None


def test_a_draft_is_forgotten_after_three_days_by_any_page(page: Page):
    page.goto("/ask/")
    page.get_by_label("Keep what I write on this device").check()
    fill(page, question="Opera?", text=OTHER)
    page.evaluate("""() => {
        const draft = JSON.parse(localStorage.getItem("draft"));
        const days = (draft.until - Date.now()) / 86400000;
        if (days < 2.9 || days > 3) throw new Error(days);
        localStorage.setItem("draft", JSON.stringify({ ...draft, until: Date.now() - 1 }));
    }""")
    page.goto("/")
    assert page.evaluate("localStorage.getItem('draft')") is None


def test_a_search_that_fails_stops_nobody(page: Page, problems):
    problems.allow("status of 503")
    page.route("**/ask/similar/", lambda route: route.fulfill(status=503))
    page.goto("/ask/")
    with page.expect_response("**/ask/similar/"):
        page.get_by_label("Your letter", exact=True).fill(LETTER)
    fill(page, question="Opera, once more?", text=OTHER, signature="Away")
    send(page).click()
    expect(heading(page)).to_contain_text("We have your letter")


def test_with_the_keyboard_alone_on_a_narrow_screen(open_page: Callable[..., Page], axe):
    page = open_page(viewport={"width": 320, "height": 700})
    page.goto("/ask/")
    press_to(page, "#id_question")
    page.keyboard.type(QUESTION)
    press_to(page, "#id_text")
    page.keyboard.type(LETTER)
    expect(page.locator("[data-near]").get_by_role("link", name=SEED)).to_be_visible()
    axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
    press_to(page, f"[data-slug='{SLUG}'] button", "Enter")
    page.wait_for_url(f"**/ask/answered/{SLUG}/")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_page_that_asks_is_accessible_in_both_themes(open_page: Callable[..., Page], axe):
    for theme in ("light", "dark"):
        page = open_page(viewport={"width": 1280, "height": 900}, color_scheme=theme)
        page.route("**/ask/similar/", lambda route: route.fulfill(status=200, body=""))  # nothing was near
        page.goto("/ask/")
        fill(page, question=QUESTION, text=LETTER, signature=theme)
        send(page).click()
        expect(page.get_by_role("heading", name="perhaps it is answered already")).to_be_visible()
        axe(page)
