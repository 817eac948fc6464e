"""What a reader does on an article's page: votes, copies a link, shares; with a script, without, and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pieces import Pieces, counted, pieces
from tests.site import Site

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
SHARES = "navigator.share = async (what) => { window.shared = what; };"


@pytest.fixture
def made(site: Site) -> Pieces:
    return pieces(site)


def more(site: Site, before: dict[str, int]) -> dict[str, int]:
    """What was counted since."""
    now = counted(site)
    return {kind: now[kind] - before.get(kind, 0) for kind in now if now[kind] != before.get(kind, 0)}


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def cookies(page: Page) -> list[tuple[str, str, bool]]:
    return [(one["name"], one["path"], one["httpOnly"]) for one in page.context.cookies()]


def test_a_vote_is_thanked_for_in_its_place_and_the_thanks_have_the_focus(page: Page, site, made):
    before = counted(site)
    page.goto(made.article)
    page.evaluate("window.still = true")
    page.get_by_role("button", name="Yes, thanks").click()
    thanks = page.get_by_role("heading", name="Thank you. We are glad it helped.")
    expect(thanks).to_be_focused()
    expect(page.locator("form[action$='/helpful/']")).to_have_count(0)
    assert page.evaluate("window.still")  # the page was not left
    assert cookies(page) == [("helpful", "/questions/", True)]
    page.reload()
    page.get_by_role("button", name="Not really").click()
    expect(page.get_by_role("heading", name="Thank you for saying so.")).to_be_focused()
    assert more(site, before) == {"helpful": 1}


def test_a_vote_by_keyboard(page: Page, site, made):
    before = counted(site)
    page.goto(made.article)
    page.get_by_role("link", name="Send by e-mail").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Not really")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you for saying so.")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#helpful").get_by_role("link", name="Ask your own question")).to_be_focused()
    assert more(site, before) == {"unhelpful": 1}


def test_a_vote_without_javascript(no_js_page: Page, site, made):
    before = counted(site)
    no_js_page.goto(made.article)
    no_js_page.get_by_role("button", name="Not really").click()
    no_js_page.wait_for_url(f"**{made.helpful}?said=no")
    expect(no_js_page.get_by_role("heading", name="Thank you for saying so.")).to_be_visible()
    assert cookies(no_js_page) == [("helpful", "/questions/", True)]
    no_js_page.get_by_role("link", name="Back to the answer").click()
    no_js_page.get_by_role("button", name="Yes, thanks").click()
    expect(no_js_page.get_by_role("heading", name="Thank you. We are glad it helped.")).to_be_visible()
    assert more(site, before) == {"unhelpful": 1}


@pytest.mark.parametrize(
    "answer", ["throw new TypeError('away')", "return new Response('<p>Elsewhere</p>')"], ids=["away", "odd"]
)
def test_a_vote_that_the_script_could_not_send_is_sent_as_a_form(page: Page, made, answer):
    page.add_init_script(f"window.fetch = async () => {{ {answer}; }};")
    page.goto(made.article)
    page.get_by_role("button", name="Yes, thanks").click()
    page.wait_for_url(f"**{made.helpful}?said=yes")
    expect(page.get_by_role("heading", name="Thank you. We are glad it helped.")).to_be_visible()


def test_i_have_this_question_too(page: Page, no_js_page: Page, site, made):
    before = counted(site)
    page.goto("/working-on/")
    line = page.locator(f"#asked-{made.announced}")
    line.get_by_role("button", name="I have this question too").click()
    expect(line.get_by_text("Thank you.")).to_be_focused()
    expect(line).to_contain_text("Whether a stitch comes from what you drank")
    assert cookies(page) == [("asked_too", "/working-on/", True)]
    no_js_page.goto("/working-on/")
    no_js_page.locator(f"#asked-{made.announced}").get_by_role("button").click()
    no_js_page.wait_for_url(f"**{made.asked_too}?said=too")
    expect(no_js_page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert more(site, before) == {"asked_too": 2}


def test_the_link_of_the_page_is_copied_and_said(open_page: Callable[..., Page], site, made):
    page = open_page(**CLIPBOARD)
    page.goto(made.article)
    button = page.locator(".copy-link")
    button.click()
    expect(button).to_have_text("Copied")
    expect(page.locator(".share [role=status]")).to_have_text("The link is copied.")
    assert copied(page) == f"{site.url}{made.article}"
    button.click()  # pressed again while it still says so
    expect(button).to_have_text("Copy link")
    expect(page.locator(".share [role=status]")).to_have_text("")


def test_the_link_to_a_heading_is_copied_by_keyboard(open_page: Callable[..., Page], site, made):
    page = open_page(**CLIPBOARD)
    page.goto(made.article)
    expect(
        page.locator(".answer").get_by_role("heading", name="What to do tonight", exact=True)
    ).to_be_visible()
    button = page.get_by_role("button", name="Copy the link to “What to do tonight”")
    expect(page.get_by_role("button", name="Copy the link to “And tomorrow”")).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".share [role=status]")).to_have_text("The link is copied.")
    expect(button).to_be_focused()
    assert copied(page) == f"{site.url}{made.article}#on-what-to-do-tonight"
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    page.goto(copied(page))
    expect(page.get_by_role("heading", name="What to do tonight")).to_be_in_viewport()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_the_headings_get_their_buttons(open_page: Callable[..., Page], made, width):
    places = []
    for options in ({"java_script_enabled": False}, {}):
        page = open_page(viewport={"width": width, "height": 800}, **options)
        page.goto(made.article)
        boxes = [heading.bounding_box() for heading in page.locator(".prose h3, .prose h4").all()]
        places.append([round(box["y"]) for box in boxes if box])
    assert places[0] == places[1]
    assert len(places[0]) == 3  # the last is that of what happened since


def test_a_device_that_can_share_shares(open_page: Callable[..., Page], site, made):
    page = open_page(**CLIPBOARD)
    page.add_init_script(SHARES)
    page.goto(made.article)
    expect(page.locator(".copy-link")).to_be_hidden()
    expect(page.locator(".by-mail")).to_be_hidden()
    page.get_by_role("button", name="Share this answer").click()
    assert page.evaluate("window.shared") == {
        "title": "Does Ice Help a Sore Calf?",
        "url": f"{site.url}{made.article}",
    }


def test_a_device_that_cannot_share_copies_or_mails(page: Page, no_js_page: Page, made):
    page.goto(made.article)
    expect(page.locator(".share-now")).to_be_hidden()
    expect(page.locator(".copy-link")).to_be_visible()
    expect(page.locator(".by-mail")).to_be_visible()
    no_js_page.goto(made.article)
    expect(no_js_page.locator(".share button:visible")).to_have_count(0)
    mail = no_js_page.locator(".by-mail").get_attribute("href")
    assert mail
    assert mail.startswith("mailto:?subject=Does%20Ice%20Help%20a%20Sore%20Calf%3F&body=http")
    expect(no_js_page.locator(".link-here")).to_have_count(0)


def test_a_chosen_theme_still_stands_before_the_first_line(page: Page, made):
    page.goto(made.article)
    page.locator("[data-theme-switch]").click()
    page.reload(wait_until="commit")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_print_has_the_article_alone_with_its_links_spelled_out(page: Page, made):
    page.goto(made.article)
    page.emulate_media(media="print")
    for part in ("h1", ".letter", ".answer", ".correction", ".sources", ".printed-from"):
        expect(page.locator(part).first).to_be_visible()
    for part in (
        ".share",
        ".helpful",
        ".subscribe",
        ".related",
        ".ask",
        ".tags",
        ".link-here",
        ".masthead nav",
    ):
        expect(page.locator(f"{part}:visible")).to_have_count(0)
    spelled = page.evaluate("getComputedStyle(document.querySelector('.sources a'), '::after').content")
    assert "https://journal.example/cold" in spelled


def test_what_stood_before_is_one_press_away(page: Page, made):
    page.goto(made.article)
    page.get_by_role("link", name="See what stood before").click()
    page.wait_for_url(f"**{made.before}")
    expect(page.locator(".answer")).to_contain_text("A lot.")
    page.get_by_role("link", name="Read the article as it is now").first.click()
    page.wait_for_url(f"**{made.article}")
