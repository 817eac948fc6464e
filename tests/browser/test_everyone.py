"""What people bring along: narrow screens, large type, a keyboard, high contrast, no wish for motion, a chosen theme."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import QUIET, chromium
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


def test_a_chosen_theme_is_remembered_and_stands_before_the_first_line_is_drawn(page: Page):
    page.goto(ARTICLE)
    switch = page.locator("[data-theme-switch]")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    switch.click()  # light
    switch.click()  # dark
    assert switch.inner_text() == "Theme: dark"
    dark = page.evaluate(paper)
    assert dark != light
    # What stands when the body's first child is parsed, long before the deferred scripts run.
    page.add_init_script("""new MutationObserver((changes, observer) => {
      if (!document.body) return;
      window.themeAtFirst = document.documentElement.dataset.theme;
      observer.disconnect();
    }).observe(document, {childList: true, subtree: true})""")
    page.goto("/")
    assert page.evaluate("window.themeAtFirst") == "dark"
    assert page.evaluate(paper) == dark
    switch.click()
    assert page.evaluate("document.documentElement.dataset.theme ?? null") is None
    page.reload()
    assert page.evaluate(paper) == light


def test_without_javascript_no_switch_is_shown_that_does_nothing(no_js_page: Page):
    no_js_page.goto("/")
    assert not no_js_page.locator("[data-theme-switch]").is_visible()


FOCUS = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
  return {
    name: (node.getAttribute("aria-label") || node.innerText || node.labels?.[0]?.innerText || "").trim(),
    tag: node.tagName, visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


@pytest.mark.parametrize("path", [ARTICLE, "/", "/tags/calf/", "/search/?q=cramp", "/ask/", "/subscribe/"])
@pytest.mark.parametrize("width", [320, 1280])
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
