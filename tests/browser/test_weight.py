"""What a visit costs, measured in Chromium as bytes on the wire: a first one, a second one, and what moves meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page

ARTICLE = "/questions/why-do-my-calf-muscles-always-spasm/"
KB = 1024
# A portrait and the favicon come on top of the six requests.
ON_TOP = ("/media/", "/favicon.ico", "/static/img/")
SHIFTS = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(sum), 400);
})"""


@dataclass
class Visit:
    requests: dict[str, str] = field(default_factory=dict)  # address by the browser's number
    sizes: dict[str, float] = field(default_factory=dict)  # bytes on the wire, headers too
    kept: set[str] = field(default_factory=set)  # what came out of the browser's own cache

    def fetched(self, base: str) -> list[str]:
        return [
            address.removeprefix(base)
            for number, address in self.requests.items()
            if number not in self.kept and not address.startswith("data:")
        ]

    @property
    def bytes(self) -> float:
        return sum(self.sizes.values())


def visit(page: Page, path: str) -> Visit:
    """Open the page and listen to the network below the browser's cache."""
    seen = Visit()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on(
        "Network.requestWillBeSent", lambda e: seen.requests.update({e["requestId"]: e["request"]["url"]})
    )
    wire.on("Network.loadingFinished", lambda e: seen.sizes.update({e["requestId"]: e["encodedDataLength"]}))
    wire.on("Network.requestServedFromCache", lambda e: seen.kept.add(e["requestId"]))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # what is loaded lazily, too
    page.wait_for_load_state("networkidle")
    wire.detach()
    return seen


@pytest.mark.parametrize("width", [360, 1280])
def test_a_first_visit_to_an_article_is_light(open_page: Callable[..., Page], site, width):
    page = open_page(viewport={"width": width, "height": 800})
    seen = visit(page, ARTICLE)
    addresses = seen.fetched(site.url)
    own = [address for address in addresses if address.startswith("/")]
    assert own == addresses, "a third party was asked for something"
    counted = [address for address in own if not address.startswith(ON_TOP)]
    assert len(counted) <= 6, counted
    assert seen.bytes <= 100 * KB, f"{seen.bytes / KB:.1f} KB in {addresses}"


def test_a_second_visit_costs_next_to_nothing(page: Page, site):
    visit(page, "/")
    visit(page, ARTICLE)
    seen = visit(page, ARTICLE)
    assert seen.bytes <= 15 * KB, f"{seen.bytes / KB:.1f} KB in {seen.fetched(site.url)}"


@pytest.mark.parametrize("path", [ARTICLE, "/", "/tags/calf/", "/search/?q=cramp", "/ask/", "/subscribe/"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_a_page_loads(open_page: Callable[..., Page], path, width):
    page = open_page(viewport={"width": width, "height": 800})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) <= 0.01


def test_an_article_is_whole_without_javascript(no_js_page: Page):
    no_js_page.goto(ARTICLE)
    main = no_js_page.locator("main")
    assert main.locator("h1").inner_text() == "Why Do My Calf Muscles Always Spasm?"
    for part in (
        ".letter",
        ".answer",
        ".tags",
        "form[action$='/helpful/']",
        "#subscribe",
        ".related",
        ".ask",
    ):
        assert main.locator(part).first.is_visible(), part
