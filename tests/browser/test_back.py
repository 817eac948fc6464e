"""Back, on a computer that others use. Playwright's Chromium keeps no pages in memory; this one does, as people's do."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import QUIET, chromium
from tests.browser.test_asking import LETTER, OTHER, QUESTION, fill, send

EMAIL = "back@example.org"
URGENT = "Some days I want to die, says the fog on the moor, and I do not know what to do."


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    kept = browser.browser_type.launch(
        executable_path=chromium(),
        args=[*sandbox, *QUIET],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield kept
    kept.close()


@pytest.fixture(params=[True, False], ids=["kept in memory", "asked for anew"])
def reader(request, open_page: Callable[..., Page]) -> Page:
    page = open_page()
    if not request.param:
        page.add_init_script("addEventListener('unload', () => {})")  # such a page is not kept
        page.route("**/*", lambda route: route.continue_())
    return page


def back(page: Page) -> None:
    """As the button does it; Playwright's own go_back waits for a load that never comes."""
    page.evaluate("void setTimeout(() => history.back())")  # later, or the answer may be lost with the page
    page.wait_for_timeout(700)
    # A page that comes out of the browser's memory loads nothing, and Playwright would wait for that.
    page.wait_for_function("document.readyState === 'complete'")
    expect(page.locator("html")).not_to_have_attribute("hidden", "")


def ask(page: Page, question: str, text: str = OTHER) -> None:
    page.goto("/")
    page.goto("/ask/")
    fill(page, question=question, text=text)
    page.get_by_label("Your e-mail address").first.fill(EMAIL)
    send(page).click()


def is_empty(page: Page) -> None:
    for name in ("question", "text", "signature", "email"):
        expect(page.locator(f".letter-form [name={name}]")).to_have_value("")
    expect(page.get_by_label("I have read this and agree.")).not_to_be_checked()


def test_after_sending_back_gives_an_empty_form_and_no_link(reader: Page):
    ask(reader, "Opera, and back?")
    expect(reader.get_by_role("heading", level=1)).to_contain_text("We have your letter")
    assert reader.url.endswith("/thanks/")
    assert ":" not in reader.url.partition("/letters/")[2]
    expect(reader.locator("#private-link")).to_be_visible()
    reader.get_by_role("link", name="Open your private page").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Your letter")
    back(reader)
    expect(reader.get_by_text("was shown once")).to_be_visible()
    expect(reader.locator("#private-link")).to_have_count(0)
    back(reader)
    is_empty(reader)


def test_after_an_answer_that_fits_back_gives_an_empty_form(reader: Page):
    reader.goto("/ask/")
    fill(reader, question=QUESTION, text=LETTER)
    reader.get_by_role("button", name="This answers my question").first.click()
    reader.wait_for_url("**/ask/answered/**")
    back(reader)
    is_empty(reader)


@pytest.mark.parametrize("act", ["erase", "leave"])
def test_after_it_was_closed_or_erased_back_gives_nothing_of_the_letter(reader: Page, problems, act):
    problems.allow("status of 404")
    ask(reader, f"Opera, and {act}?")
    reader.get_by_role("link", name="Open your private page").click()
    expect(reader.get_by_text(OTHER)).to_be_visible()
    if act == "erase":
        reader.get_by_role("link", name="Erase everything now").click()
        reader.get_by_role("button", name="Yes, erase it").click()
        expect(reader.get_by_role("heading", level=1)).to_have_text("It is erased")
    else:
        reader.get_by_role("button", name="Close this page on this computer").click()
        reader.wait_for_url(lambda url: "/letters/" not in url)
    for _ in range(3 if act == "erase" else 2):
        back(reader)
        assert OTHER not in reader.content()
        expect(reader.locator("#private-link")).to_have_count(0)


def expect_address(reader: Page) -> None:
    """Stored, it never is: the page as it was may have it, and one that is asked for anew says that it has not."""
    field = reader.locator("[name=email]")
    is_same_page = field.input_value() == EMAIL
    expect(field).to_have_value(EMAIL if is_same_page else "")
    expect(reader.get_by_text("please enter it again")).to_have_count(0 if is_same_page else 1)


def stored(page: Page) -> str:
    return page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def write(page: Page, question: str) -> None:
    page.goto("/")
    page.goto("/ask/")
    fill(page, question=question, text=OTHER)
    page.get_by_label("Your e-mail address").first.fill(EMAIL)


def test_while_somebody_writes_nothing_of_it_is_stored(reader: Page):
    write(reader, "Opera, and a parrot?")
    assert "parrot" not in stored(reader)
    assert EMAIL not in stored(reader)


def test_who_leaves_the_form_by_another_address_leaves_nothing(reader: Page):
    write(reader, "Opera, and away?")
    reader.goto("/")
    assert "parrot" not in stored(reader)
    back(reader)
    is_empty(reader)


def test_who_follows_a_link_of_the_form_finds_it_again(reader: Page):
    write(reader, "Opera, and a look?")
    reader.get_by_role("link", name="What we keep").click()
    reader.wait_for_url("**/privacy/")
    assert EMAIL not in stored(reader)
    back(reader)
    expect(reader.get_by_label("Your letter", exact=True)).to_have_value(OTHER)
    expect_address(reader)
    reader.goto("/")
    assert "parrot" not in stored(reader)


@pytest.mark.parametrize("keeps", [True, False], ids=["kept on the device", "not kept"])
def test_who_leaves_the_card_leaves_nothing_of_the_letter(reader: Page, keeps):
    reader.goto("/")
    reader.goto("/ask/")
    if keeps:
        reader.get_by_label("Keep what I write on this device").check()
    fill(reader, question="What now, and away?", text=URGENT)
    reader.get_by_label("Your e-mail address").first.fill(EMAIL)
    send(reader).click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Before you send it")
    expect(reader.get_by_text("This browser still has it")).to_be_visible()
    expect(reader.get_by_text("It is also kept on this device")).to_be_visible(visible=keeps)
    reader.get_by_role("button", name="Leave, and clear this device").first.click()
    reader.wait_for_url(lambda url: "/ask/" not in url)
    assert "moor" not in stored(reader)
    back(reader)
    is_empty(reader)
    expect(reader.get_by_label("Keep what I write on this device")).not_to_be_checked()


def test_who_leaves_the_card_of_a_letter_that_was_sent_closes_its_page(reader: Page, problems):
    problems.allow("status of 404")
    ask(reader, "Opera, and a change?")
    reader.get_by_role("link", name="Open your private page").click()
    reader.get_by_role("link", name="Change your letter").click()
    reader.get_by_label("Your letter", exact=True).fill(URGENT)
    reader.get_by_role("main").get_by_role("button").first.click()
    expect(reader.get_by_text("What you wrote just now has not been stored. The letter")).to_be_visible()
    reader.get_by_role("button", name="Leave, and clear this device").first.click()
    reader.wait_for_url(lambda url: "/letters/" not in url)
    for _ in range(2):
        back(reader)
        assert OTHER not in reader.content()
        assert URGENT not in reader.content()


def test_without_scripts_leaving_the_card_closes_the_letters_page(open_page: Callable[..., Page], problems):
    problems.allow("status of 404")
    page = open_page(java_script_enabled=False)
    page.goto("/ask/")
    fill(page, question="Opera, without scripts?", text=OTHER)
    send(page).click()
    page.get_by_role("link", name="Open your private page").click()
    own = page.url
    page.get_by_role("link", name="Change your letter").click()
    page.get_by_label("Your letter", exact=True).fill(URGENT)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_text("Then close the window, too")).to_be_visible()
    page.get_by_role("button", name="Leave, and clear this device").first.click()
    page.wait_for_url(lambda url: "/letters/" not in url)
    assert page.goto(own).status == 404


def test_back_from_the_card_gives_the_letter_back(reader: Page):
    ask(reader, "What now?", URGENT)
    expect(reader.get_by_role("heading", level=1)).to_have_text("Before you send it")
    back(reader)
    expect(reader.get_by_label("Your letter", exact=True)).to_have_value(URGENT)
    expect_address(reader)
    expect(reader.get_by_label("The Sports Doc")).to_be_checked()
    expect(reader.get_by_label("I have read this and agree.")).to_be_checked()
    send(reader).click()
    reader.get_by_role("button", name="Back to my letter").click()
    expect(reader.get_by_label("Your letter", exact=True)).to_have_value(URGENT)


def test_back_from_an_error_gives_the_letter_back(reader: Page, problems):
    problems.allow("status of 422")
    reader.goto("/ask/")
    reader.get_by_label("Your letter", exact=True).fill(OTHER)
    send(reader).click()
    expect(reader.locator("#problems")).to_be_focused()
    back(reader)
    expect(reader.get_by_label("Your letter", exact=True)).to_have_value(OTHER)


def test_without_scripts_a_button_of_the_card_leads_back(open_page: Callable[..., Page]):
    page = open_page(java_script_enabled=False)
    page.goto("/ask/")
    fill(page, question="What now, without scripts?", text=URGENT)
    send(page).click()
    page.get_by_role("button", name="Back to my letter").click()
    expect(page.get_by_label("Your letter", exact=True)).to_have_value(URGENT)
