"""Searching as people do it: by typing, by keyboard alone, on a phone, without JavaScript, and while the server is away."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Request, Route, expect

from tests.site import Site

SEED = "Why Do My Calf Muscles Always Spasm?"


def box_of(page: Page):
    return page.locator(".search input[type=search]:visible").first


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def loads(page: Page) -> list[str]:
    """Addresses that were opened whole from here on."""
    seen: list[str] = []
    page.on("framenavigated", lambda frame: seen.append(frame.url))
    page.on("request", lambda asked: asked.is_navigation_request() and seen.append(f"whole {asked.url}"))
    return seen


# -- typing ------------------------------------------------------------------------------------------------------


def test_typing_brings_the_answers_in_place(page: Page):
    page.goto("/search/")
    expect(page.get_by_role("heading", name="What people ask about")).to_be_visible()
    opened = loads(page)
    box = box_of(page)
    box.press_sequentially("calf crmp", delay=20)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("a")
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    expect(page.locator("#found")).to_have_attribute("data-q", "calf cramp")
    expect(box).to_be_focused()
    expect(box).to_have_value("calf cramp")
    assert box.evaluate("box => box.selectionStart") == len("calf cra")
    assert page.url.endswith("/search/?q=calf%20cramp")
    assert page.title().startswith("calf cramp · ")
    expect(page.locator("#said")).to_have_text(re.compile(r"^\d+ answers? for “calf cramp”$"))
    assert not [address for address in opened if address.startswith("whole")]
    assert page.evaluate("history.length") == 2  # the empty page and this one


def test_only_a_pause_asks_and_the_newest_answer_wins(page: Page, problems):
    problems.allow("htmx:(sendAbort|afterRequest)")  # it tells the console what it left off
    page.goto("/search/")
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route.request.url.rpartition("=")[2])
        if asked[-1] == "calf":
            held.append(route)  # answered after the later one
        else:
            route.continue_()

    page.route("**/search/?q=*", hold)
    box = box_of(page)
    with page.expect_request("**/search/?q=calf"):
        box.press_sequentially("calf", delay=30)
    box.fill("cramp")
    expect(page.locator("#found")).to_have_attribute("data-q", "cramp")
    assert asked == ["calf", "cramp"]
    for route in held:
        route.abort()
    expect(page.locator("#found")).to_have_attribute("data-q", "cramp")
    assert page.url.endswith("?q=cramp")


def test_return_leads_to_the_answers_that_stand_there(page: Page):
    page.goto("/search/")
    box = box_of(page)
    box.fill("calf")
    expect(page.locator("#found")).to_have_attribute("data-q", "calf")
    expect(page.locator("#found")).not_to_have_attribute("aria-busy", "true")
    opened = loads(page)
    box.press("Enter")
    expect(page.locator("#count")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert not [address for address in opened if address.startswith("whole")]


def test_words_that_somebody_stops_at_are_asked_for_once_as_a_form_would(page: Page):
    page.goto("/search/")
    whole: list[str] = []

    def is_whole(one: Request) -> bool:
        return "?q=" in one.url and "hx-request" not in one.headers

    page.on("request", lambda one: is_whole(one) and whole.append(one.url.rpartition("?")[2]))
    box = box_of(page)
    box.fill("calf")
    expect(page.locator("#found")).to_have_attribute("data-q", "calf")
    with page.expect_request(is_whole):
        box.fill("cramp")  # and nothing more
    box.press("Enter")
    expect(page.locator("#count")).to_be_focused()
    assert whole == ["q=cramp"]
    box.fill("calf")
    expect(page.locator("#found")).to_have_attribute("data-q", "calf")
    expect(page.locator("#found")).not_to_have_attribute("aria-busy", "true")
    with page.expect_request(is_whole):
        box.press("Enter")
    assert whole == ["q=cramp", "q=calf"]


def test_back_from_an_answer_shows_the_whole_page_as_it_was(page: Page):
    page.goto("/search/")
    box_of(page).fill("calf")
    page.get_by_role("link", name=SEED).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SEED)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search the answers")
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    expect(box_of(page)).to_have_value("calf")


def test_emptying_the_box_brings_the_topics_back(page: Page):
    page.goto("/search/?q=calf")
    box_of(page).fill("")
    expect(page.get_by_role("heading", name="What people ask about")).to_be_visible()


# -- other words than those that are printed ---------------------------------------------------------------------


def test_a_typing_error_is_searched_for_as_it_was_meant(page: Page):
    page.goto("/search/?q=crmap")
    expect(page.locator("#count")).to_have_text(
        "Nothing stands under “crmap”. These are the answers for “cramp”."
    )
    headlines = page.locator(".results h2").all_inner_texts()
    page.evaluate("window.same = true")
    page.locator("#count").get_by_role("link", name="cramp").click()
    expect(page.locator("#found")).to_have_attribute("data-q", "cramp")
    expect(box_of(page)).to_have_value("cramp")
    expect(page.locator("#count")).to_be_focused()
    assert page.locator(".results h2").all_inner_texts() == headlines
    assert page.evaluate("window.same")


def test_a_synonym_of_the_editors_finds_what_it_means(page: Page, site: Site):
    make = "from advice.search.models import Synonym; Synonym.objects.get_or_create(words='zwick, spasm')"
    site.manage("shell", "--no-imports", "-c", make)
    page.goto("/search/")
    box_of(page).fill("zwick")
    expect(page.get_by_role("link", name=SEED)).to_be_visible()


# -- filters and pages -------------------------------------------------------------------------------------------


def test_a_filter_is_taken_off_in_place_and_back_puts_it_on(page: Page):
    page.goto("/search/?q=cramp&column=food-and-drink")
    expect(page.get_by_role("link", name=SEED)).to_have_count(0)
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Food & Drink remove this filter").click()
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    assert page.evaluate("window.same")
    assert page.url.endswith("/search/?q=cramp")
    expect(page.locator("#count")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("link", name=SEED)).to_have_count(0)
    expect(page.locator(".chosen")).to_contain_text("Food & Drink")
    assert page.url.endswith("/search/?q=cramp&column=food-and-drink")


def test_a_filter_is_chosen_with_its_count_and_brings_so_many(open_page: Callable[..., Page]):
    for width in (360, 1280):
        page = open_page(viewport={"width": width, "height": 800})
        page.goto("/search/?q=cramp")
        if width == 360:
            page.get_by_text("Narrow it down").click()
        choice = page.locator(".narrow").get_by_role("link", name=re.compile("^Food & Drink"))
        count = choice.locator(".uses").inner_text()
        choice.click()
        expect(page.locator(".chosen")).to_contain_text("Food & Drink")
        expect(page.locator("#count")).to_contain_text(f"{count} answers for “cramp”")
        expect(page.locator(".results li")).to_have_count(int(count))
        assert page.url.endswith("/search/?q=cramp&column=food-and-drink")
        expect(page.locator("#count")).to_be_focused()


def test_typing_keeps_the_filters(page: Page):
    page.goto("/search/?q=calf&column=food-and-drink")
    box_of(page).fill("cramp")
    expect(page.locator("#found")).to_have_attribute("data-q", "cramp")
    expect(page.locator(".chosen")).to_contain_text("Food & Drink")
    assert page.url.endswith("/search/?q=cramp&column=food-and-drink")
    page.get_by_role("link", name="Food & Drink remove this filter").click()
    expect(page.locator(".chosen")).to_have_count(0)
    box_of(page).fill("cramps")
    expect(page.locator("#found")).to_have_attribute("data-q", "cramps")
    assert page.url.endswith("/search/?q=cramps")


def test_pages_are_turned_in_place(page: Page):
    page.goto("/search/?q=run")
    first = page.locator(".results h2").first.inner_text()
    page.evaluate("window.same = true")
    page.get_by_role("link", name="More →").click()
    expect(page.locator(".results h2").first).not_to_have_text(first)
    expect(page.locator(".pagination")).to_contain_text("Page 2")
    assert page.evaluate("window.same")
    expect(page.locator("#count")).to_be_focused()
    expect(page.locator("#count")).to_be_in_viewport()
    assert page.url.endswith("/search/?q=run&page=2")


# -- without a script, without a server --------------------------------------------------------------------------


def test_the_whole_way_without_javascript(no_js_page: Page):
    page = no_js_page
    page.goto("/")
    box_of(page).fill("cramp")
    box_of(page).press("Enter")
    page.wait_for_url("**/search/?q=cramp")
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    expect(page.locator(".slash")).to_be_hidden()
    page.locator(".narrow").get_by_role("link", name=re.compile("^Food & Drink")).click()
    page.wait_for_url("**/search/?q=cramp&column=food-and-drink")
    page.get_by_role("button", name="Search").click()  # the filter goes with the form
    page.wait_for_url("**/search/?q=cramp&column=food-and-drink")
    page.get_by_role("link", name="Food & Drink remove this filter").click()
    page.wait_for_url("**/search/?q=cramp")
    page.goto("/search/?q=run")
    page.get_by_role("link", name="More →").click()
    expect(page.locator(".pagination")).to_contain_text("Page 2")


def test_where_the_server_is_away_the_words_stay_and_the_box_still_sends(page: Page, problems):
    problems.allow("ERR_FAILED|ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    page.goto("/search/?q=calf")
    page.route("**/search/?*", lambda route: route.abort())
    box = box_of(page)
    box.fill("cramp")
    expect(page.locator("#said")).to_have_text(
        "The answers could not be brought up to date. Press Search to try again."
    )
    expect(page.locator("#said")).to_be_visible()
    expect(box).to_have_value("cramp")
    expect(page.get_by_role("link", name=SEED)).to_be_visible()  # what stood there stands
    page.unroute("**/search/?*")
    box.press("Enter")
    page.wait_for_url("**/search/?q=cramp")
    expect(page.locator("#found")).to_have_attribute("data-q", "cramp")


def test_where_the_server_fails_a_filter_is_followed_as_a_link(page: Page, problems):
    problems.allow("status of 500|htmx:responseError|Response Status Error")
    page.goto("/search/?q=cramp&column=food-and-drink")

    def fail(route: Route) -> None:
        if "hx-request" in route.request.headers:
            route.fulfill(status=500, body="broken")
        else:
            route.continue_()

    page.route("**/search/?*", fail)
    page.get_by_role("link", name="Food & Drink remove this filter").click()
    expect(page.get_by_role("link", name=SEED)).to_be_visible()
    assert page.url.endswith("/search/?q=cramp")


def test_nothing_found_leads_to_a_letter_that_begins_with_the_words(page: Page):
    page.goto("/search/")
    box_of(page).fill("xylophones marimbas")
    expect(page.locator("#count")).to_contain_text("Nobody has asked about “xylophones marimbas” yet")
    page.locator("#count").get_by_role("link", name="Ask your question").click()
    expect(page.get_by_label("Your question, in one line")).to_have_value("xylophones marimbas")


# -- keys --------------------------------------------------------------------------------------------------------


def test_by_keyboard_alone_to_an_answer(page: Page):
    page.goto("/questions/")
    page.keyboard.press("/")
    assert focused(page) == "masthead-q"
    page.keyboard.type("calf")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_have_text("Topic Calf")
    box = page.get_by_role("combobox", name="Search the answers")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("ArrowUp")  # back into the box
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_be_focused()
    expect(box).to_have_value("calf")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    headline = page.locator("[aria-selected=true]").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)


def test_the_link_to_the_results_passes_the_box_and_the_filters(page: Page):
    page.goto("/search/?q=cramp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.results h2 a')")


def test_escape_leaves_the_box_and_keeps_what_was_typed(page: Page):
    page.goto("/search/?q=calf")
    page.keyboard.press("/")
    assert focused(page) == "page-q"
    assert page.evaluate("getSelection().toString()") == "calf"
    page.keyboard.press("Escape")
    assert focused(page) != "page-q"
    expect(box_of(page)).to_have_value("calf")


def test_a_stroke_that_is_typed_is_typed(page: Page):
    page.goto("/ask/")
    page.get_by_label("Your letter").press_sequentially("1/2")
    expect(page.get_by_label("Your letter")).to_have_value("1/2")
    page.locator("body").press("Control+/")
    assert focused(page) == "id_text"
    page.get_by_label("Your letter").blur()
    page.keyboard.press("Control+/")
    assert focused(page) == ""


def test_the_key_can_be_switched_off_and_stays_so(page: Page):
    page.goto("/search/")
    page.get_by_role("button", name="Turn it off").click()
    page.goto("/")
    page.keyboard.press("/")
    assert focused(page) == ""
    page.goto("/search/")
    page.get_by_role("button", name="It is off. Turn it on").click()
    page.goto("/")
    page.keyboard.press("/")
    assert focused(page) == "masthead-q"


def test_on_a_narrow_screen_the_key_leads_to_the_page_of_the_box(open_page: Callable[..., Page]):
    page = open_page(viewport={"width": 360, "height": 800})
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/search/")
