"""The stamp that the form fetches when somebody begins, and the spam tray at the desk."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.people import sign_in

EDITOR = "editor@secondwind.example"


def send(page: Page, question: str, text: str) -> None:
    page.get_by_label("Your question, in one line").fill(question)
    page.get_by_label("Your letter", exact=True).fill(text)
    page.get_by_label("The Sports Doc").check()
    page.get_by_label("How shall we sign it?").fill("Numb")
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Send your letter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def test_the_stamp_is_fetched_with_the_first_focus_and_once(page: Page):
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto("/ask/")
    page.wait_for_load_state("networkidle")
    made = page.locator("[name=shown]").input_value()
    assert made.startswith("h")
    assert not [url for url in asked if "stamp/" in url]
    with page.expect_response("**/ask/stamp/"):
        page.get_by_label("Your question, in one line").focus()
    page.get_by_label("Your letter", exact=True).focus()
    page.wait_for_load_state("networkidle")
    assert page.locator("[name=shown]").input_value().startswith("s")
    assert len([url for url in asked if "stamp/" in url]) == 1


def test_without_an_answer_or_without_javascript_the_letter_goes_all_the_same(
    page: Page, no_js_page: Page, problems
):
    problems.allow("status of 503")
    page.route("**/ask/stamp/", lambda route: route.fulfill(status=503))
    for one, question in ((page, "Why does my left elbow click?"), (no_js_page, "Is cold tea bad for me?")):
        one.goto("/ask/")
        send(one, question, f"{question} It has been so for many weeks, and nobody could tell me.")


def test_an_editor_looks_through_the_tray_puts_back_and_empties(open_page: Callable[..., Page], site, axe):
    for number, words in enumerate(("pills and more pills for everybody", "castles of gold on the moon")):
        writer = open_page()
        writer.goto("/ask/")
        send(
            writer, f"Offer {number}: {words}", f"<a href='http://{number}.example/'>Buy now {words}</a> " * 3
        )
    for width in (360, 1280):
        for theme in ("light", "dark"):
            page = sign_in(
                open_page(viewport={"width": width, "height": 800}, color_scheme=theme), site, EDITOR
            )
            page.goto("/desk/?show=spam")
            page.get_by_role("link", name="The whole tray, with reasons").click()
            expect(page.get_by_role("row").filter(has_text="Offer 1")).to_contain_text("code of web pages")
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Reason").select_option(label="Links in the code of web pages or forums")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("row").filter(has_text="Offer 1").get_by_role("button").click()
    expect(page.get_by_text("is back in the queue")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Offer 1")).to_have_count(0)
    page.get_by_role("link", name="Empty the tray").click()
    axe(page)
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("deleted for good.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(0)
    page.goto("/desk/")
    expect(page.get_by_role("link", name="Offer 1").first).to_be_visible()
