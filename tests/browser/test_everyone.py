"""What people bring along: narrow screens, large type, a keyboard, high contrast, no wish for motion, a chosen theme."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import QUIET, chromium
from tests.browser.pieces import pieces
from tests.site import Site

ARTICLE = "/questions/why-do-my-calf-muscles-always-spasm/"
PAGES = [
    ARTICLE,
    "/questions/something-popped-in-my-calf/",
    "/",
    "/questions/",
    "/tags/calf/",
    "/columns/the-sports-doc/",
    "/experts/ines-marlow/",
    "/search/?q=cramp",
    "/ask/",
    "/subscribe/",
    "/privacy/",
]
SMALLEST = 20  # pixels of what can have the focus
WIDE = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
# What paints over what it should not: text cut off by its own box, without a way to scroll to it.
CUT = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(node => {
  const style = getComputedStyle(node);
  return node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1 && style.overflowX === "hidden";
}).map(node => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_reflows_at_320_pixels_as_at_400_percent(open_page: Callable[..., Page], path):
    """WCAG 1.4.10: 1280 CSS pixels at 400 % are 320 of them."""
    page = open_page(viewport={"width": 320, "height": 256})
    page.goto(path)
    wide, screen = page.evaluate(WIDE)
    assert wide <= screen
    assert page.evaluate(CUT) == []


@pytest.fixture(scope="module")
def large_type(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of somebody whose browser is set to type twice as large."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    arguments = [*sandbox, *QUIET, "--blink-settings=defaultFontSize=32"]
    theirs = browser.browser_type.launch(executable_path=chromium(), args=arguments)
    yield theirs.new_page(base_url=site.url, viewport={"width": 1280, "height": 800})
    theirs.close()


@pytest.mark.parametrize("path", PAGES)
def test_twice_as_large_type_is_not_cut_off(large_type: Page, path):
    """WCAG 1.4.4, with the text spacing of 1.4.12."""
    page = large_type
    page.goto(path)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-block-end:2em!important}");
      document.adoptedStyleSheets = [sheet];
    }""")
    wide, screen = page.evaluate(WIDE)
    assert wide <= screen
    assert page.evaluate(CUT) == []


def test_nothing_moves_for_those_who_want_no_motion(open_page: Callable[..., Page]):
    moving = """() => [...document.querySelectorAll("*")].some(node => {
      const style = getComputedStyle(node);
      return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
    }) || getComputedStyle(document.documentElement).scrollBehavior === "smooth" """
    for preference, moves in (("reduce", False), ("no-preference", True)):
        page = open_page(reduced_motion=preference)
        page.goto(ARTICLE)
        assert page.evaluate(moving) is moves


def test_in_forced_colours_what_colour_alone_set_apart_has_an_edge(open_page: Callable[..., Page]):
    page = open_page(forced_colors="active")
    page.goto(ARTICLE)
    for part in (".letter", ".subscribe", ".tools .btn >> nth=-1", ".tags a >> nth=0"):
        style = page.locator(part).first.evaluate("node => getComputedStyle(node).borderTopStyle")
        assert style == "solid", part


def rgb(colour: str) -> str:
    """
    >>> rgb("#171614")
    'rgb(23, 22, 20)'
    """
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def test_a_chosen_theme_is_remembered_and_stands_before_the_first_line_is_drawn(page: Page):
    page.goto(ARTICLE)
    switch = page.locator("[data-theme-switch]")
    paper = "getComputedStyle(document.body).backgroundColor"
    edges = "[...document.querySelectorAll('meta[name=theme-color]')].map(edge => edge.content)"
    light = page.evaluate(paper)
    by_device = page.evaluate(edges)
    assert [rgb(colour) for colour in by_device] == [light, "rgb(23, 22, 20)"]
    switch.click()  # light
    assert page.evaluate(edges) == by_device[:1] * 2
    switch.click()  # dark
    assert page.evaluate(edges) == by_device[1:] * 2
    assert switch.inner_text() == "Theme: dark"
    dark = page.evaluate(paper)
    assert dark == rgb(by_device[1])
    # What stands when the body's first child is parsed, long before the deferred scripts run.
    page.add_init_script("""new MutationObserver((changes, observer) => {
      if (!document.body) return;
      window.themeAtFirst = document.documentElement.dataset.theme;
      window.edgesAtFirst = [...document.querySelectorAll("meta[name=theme-color]")].map(edge => edge.content);
      observer.disconnect();
    }).observe(document, {childList: true, subtree: true})""")
    page.goto("/")
    assert page.evaluate("window.themeAtFirst") == "dark"
    assert page.evaluate("window.edgesAtFirst") == by_device[1:] * 2
    assert page.evaluate(paper) == dark
    switch.click()
    assert page.evaluate("document.documentElement.dataset.theme ?? null") is None
    assert page.evaluate(edges) == by_device
    page.reload()
    assert page.evaluate(paper) == light


def test_without_javascript_no_switch_is_shown_that_does_nothing(no_js_page: Page):
    no_js_page.goto("/")
    assert not no_js_page.locator("[data-theme-switch]").is_visible()


# Whatever cuts off what stands outside of it, on any side; what it cuts off by its own clip-path is cut off, too.
FOCUS = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
  const ring = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  let cut = style.clipPath !== "none" && style.clipPath;
  for (let around = node.parentElement; around && around !== document.body; around = around.parentElement) {
    const its = getComputedStyle(around), edge = around.getBoundingClientRect();
    if (its.clipPath !== "none") cut ||= its.clipPath;
    if (its.overflowY === "visible") continue;
    if (box.top - ring < edge.top - .1 || box.bottom + ring > edge.bottom + .1) cut ||= `above or below by ${around.tagName}`;
    if (box.left < edge.left - .1 || box.right > edge.right + .1) cut ||= `at a side by ${around.tagName}`;
  }
  return {
    width: box.width, height: box.height, cut,
    inline: style.display === "inline" && node.parentElement.innerText.trim() !== node.innerText.trim(),
    name: (node.getAttribute("aria-label") || node.innerText || node.labels?.[0]?.innerText || "").trim(),
    tag: node.tagName, visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


@pytest.mark.parametrize(
    "path", [ARTICLE, "/", "/tags/calf/", "/search/?q=cramp", "/ask/", "/subscribe/", "/experts/ines-marlow/"]
)
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_by_keyboard_each_stop_is_seen_named_and_left_again(open_page: Callable[..., Page], path, width):
    page = open_page(
        viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )  # so that it scrolls at once
    page.goto(path)
    seen: list[str] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["tag"] == "BODY":
            break
        assert stop["name"], f"a {stop['tag']} without a name after {seen[-3:]}"
        assert stop["visible"], f"{stop['name']} has the focus and is not in sight"
        assert not stop["cut"], f"{stop['name']} has the focus and is cut off: {stop['cut']}"
        # WCAG 2.5.8 wants 24 pixels, and lets a link within a line of text be as high as its line.
        least = min(stop["width"], 99 if stop["inline"] else stop["height"])
        assert least >= SMALLEST, f"{stop['name']} is {stop['width']} by {stop['height']} pixels"
        assert stop["outlined"] or stop["tag"] in {"INPUT", "TEXTAREA", "SELECT"}, stop["name"]
        seen.append(stop["name"])
    else:
        pytest.fail(f"the end of the page was not reached: {seen[-5:]}")
    assert seen[0].startswith("Skip to the")
    assert len(seen) > 10


def test_the_first_stop_skips_to_the_text(page: Page):
    page.goto(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_button_that_comes_with_the_focus_moves_nothing(open_page: Callable[..., Page]):
    """Without the keyboard nobody sees it: who types sends with Return."""
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(ARTICLE)
    button = page.locator(".masthead .search button")
    places = "[...document.querySelectorAll('header *, main > *')].filter(node => node.tagName !== 'BUTTON').map(node => JSON.stringify(node.getBoundingClientRect()))"
    page.locator("#masthead-q").focus()
    page.locator("#masthead-q[role=combobox]").wait_for()  # its suggestions come with its first focus
    page.locator("#masthead-q").blur()
    before = page.evaluate(places)
    assert button.bounding_box()["width"] == 1
    page.locator("#masthead-q").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    box, field = button.bounding_box(), page.locator("#masthead-q").bounding_box()
    assert min(box["width"], box["height"]) >= 24
    assert field["x"] < box["x"]
    assert box["x"] + box["width"] <= field["x"] + field["width"]
    assert page.evaluate(places) == before
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=")


def test_what_fades_out_fades_out_at_the_end_of_the_line(open_page: Callable[..., Page]):
    page = open_page(viewport={"width": 360, "height": 800})
    page.goto("/")
    mask = "getComputedStyle(document.querySelector('.masthead nav')).maskImage"
    assert page.evaluate(mask).startswith("linear-gradient(270deg, rgba(0, 0, 0, 0)")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(mask).startswith("linear-gradient(90deg, rgba(0, 0, 0, 0)")


# The boxes of letters, not of lines: a line may be lower than what stands in it.
OVERLAPS = """() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.querySelector(".article"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest(".unseen")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) boxes.push([box, node.data.trim().slice(0, 30)]);
  }
  const marks = boxes.filter(([, text]) => text === "Q" || text === "A");
  return [marks.length, marks.flatMap(([mark, sign]) => boxes.filter(([box]) => box !== mark && box.left < mark.right
    && box.right > mark.left && box.top < mark.bottom - .5 && box.bottom > mark.top + .5).map(([, text]) => sign + " over " + text))];
}"""


@pytest.mark.parametrize("width", [500, 794, 1280])
def test_on_paper_stands_the_article_alone_and_nothing_overlaps(open_page, site, width):
    page = open_page(viewport={"width": width, "height": 1100})
    page.goto(pieces(site).article)
    page.emulate_media(media="print")
    marks, overlaps = page.evaluate(OVERLAPS)
    assert (marks, overlaps) == (2, [])
    printed = page.evaluate("document.body.innerText")
    for word in ("Subscribe", "Was this helpful?", "Ask your question", "Columns", "Share"):
        assert word not in printed, word
    spelled = "node => getComputedStyle(node, '::after').content"
    assert page.locator(".sources a").evaluate(spelled) == '" <https://journal.example/cold>"'
    page.locator(".answer .prose p").first.evaluate("node => node.innerHTML = '<a href=\"/about/\">us</a>'")
    assert page.locator(".answer .prose a").first.evaluate(spelled) == '" </about/>"'
    sides = "[...document.querySelectorAll('.brand, .article > h1')].map(node => node.getBoundingClientRect().left)"
    assert len(set(page.evaluate(sides))) == 1
