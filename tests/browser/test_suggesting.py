"""What a search box suggests while somebody types in it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_searching import SEED, box_of


def test_suggestions_are_fetched_with_the_first_focus_and_not_before(page: Page):
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "js/search" in url or "htmx" in url]
    box_of(page).focus()
    page.wait_for_load_state("networkidle")
    assert len([url for url in asked if "js/search" in url]) == 1
    box_of(page).blur()
    box_of(page).focus()
    page.wait_for_load_state("networkidle")
    assert len([url for url in asked if "js/search" in url]) == 1


def test_a_suggestion_is_clicked_or_touched(open_page: Callable[..., Page]):
    for options in ({}, {"has_touch": True, "viewport": {"width": 820, "height": 900}}):
        page = open_page(**options)
        page.goto("/")
        box_of(page).press_sequentially("calf mus", delay=20)
        option = page.get_by_role("option", name=SEED)
        option.tap() if options else option.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(SEED)


def test_return_without_a_choice_searches(page: Page):
    page.goto("/")
    box_of(page).press_sequentially("calf", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=calf")


def test_without_suggestions_the_box_is_a_box(page: Page, problems):
    problems.allow("status of 503")
    page.goto("/")
    page.route("**/search/suggest/*", lambda route: route.fulfill(status=503))
    with page.expect_response("**/search/suggest/*"):
        box_of(page).press_sequentially("calf", delay=20)
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=calf")


def test_open_suggestions_are_accessible_and_stay_on_the_screen(
    open_page: Callable[..., Page], axe, problems
):
    problems.allow("status of 404")
    for width, path in ((1280, "/"), (820, "/"), (320, "/no-such-page/")):
        for theme in ("light", "dark"):
            page = open_page(viewport={"width": width, "height": 800}, color_scheme=theme)
            page.goto(path)
            box_of(page).press_sequentially("calf", delay=20)
            expect(page.get_by_role("option").first).to_be_visible()
            page.keyboard.press("ArrowDown")
            axe(page)
            wide, screen = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert wide <= screen
            edges = page.locator(".suggestions").bounding_box()
            assert edges
            assert edges["x"] >= 0
            assert edges["x"] + edges["width"] <= screen
