"""A real Chromium before the real site: `site`, `page`, `open_page`, `no_js_page`, `axe`."""

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.servers import find_chromium
from tests.site import Site

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread

PATIENCE = 30_000  # milliseconds, for a busy machine; who waits in vain fails, only later
expect.set_options(timeout=PATIENCE)

NO_BROWSER = "no Chromium was found; `python -m tests.servers chromium` installs one"
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@lru_cache(maxsize=1)
def chromium() -> str | None:
    return find_chromium()


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    if ours and not is_ci() and not chromium():
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not chromium():
        pytest.fail(f"{NO_BROWSER}, and CI=true asks for it")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=[*sandbox, *QUIET])
        yield running
        running.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with its job runner and demo content, shared by all browser tests of a run."""
    database = os.environ["ADVICE_TEST_DB"]
    with Site(tmp_path_factory.mktemp("site"), database=database, prepared=True) as running:
        yield running


class Problems:
    """What pages complained about; a test that expects a complaint allows it."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._allowed: list[str] = []
        self.listening = True

    def add(self, text: str) -> None:
        if self.listening:
            self._found.append(text)

    def allow(self, pattern: str) -> None:
        """Complaints that match this regular expression are expected, as "status of 404" for a page that is gone."""
        self._allowed.append(pattern)

    @property
    def unexpected(self) -> list[str]:
        return [
            text for text in self._found if not any(re.search(pattern, text) for pattern in self._allowed)
        ]


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def open_page(browser: Browser, site: Site, problems: Problems) -> Iterator[Callable[..., Page]]:
    """Make a page in a context of its own: no cookies, and Playwright's options, as `color_scheme="dark"`.

    Addresses may be relative to the site. At the test's end no console error, uncaught exception or
    violation of the content security policy may have come, unless `problems.allow(...)` names it.
    """
    contexts: list[BrowserContext] = []

    def open_(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": site.url, "viewport": {"width": 1280, "height": 900}, **options}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        # Chromium reports violations of the content security policy here, too, also where scripts are off.
        context.on("console", lambda message: message.type == "error" and problems.add(_place(message)))
        context.on("weberror", lambda error: problems.add(f"uncaught: {error.error}"))
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()
    if problems.unexpected:
        pytest.fail("the browser complained:\n" + "\n".join(problems.unexpected), pytrace=False)


def _place(message: Any) -> str:
    return f"{message.text} ({message.location.get('url')}:{message.location.get('lineNumber')})"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture
def no_js_page(open_page: Callable[..., Page]) -> Page:
    return open_page(java_script_enabled=False)


@pytest.fixture
def axe(problems: Problems) -> Callable[..., None]:
    """`axe(page)`: fails with a readable list when axe finds an accessibility fault on the page as it stands."""

    def check(page: Page, *, without: tuple[str, ...] = ()) -> None:
        from axe_playwright_python.sync_playwright import Axe

        options = {
            "resultTypes": ["violations"],
            "runOnly": {"type": "tag", "values": AXE_RULES},
            "rules": {rule: {"enabled": False} for rule in without},
        }
        problems.listening = False  # axe itself tries things that the policy refuses
        found = Axe().run(page, options=options).response["violations"]
        problems.listening = True
        if found:
            pytest.fail(f"axe on {page.url}:\n" + "\n".join(map(_tell, found)), pytrace=False)

    return check


def _tell(violation: dict[str, Any]) -> str:
    lines = [f"- {violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"][:5]:
        lines.append(f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}")
        lines += [f"      {line.strip()}" for line in node.get("failureSummary", "").splitlines()[1:4]]
    if len(violation["nodes"]) > 5:
        lines.append(f"    and {len(violation['nodes']) - 5} more")
    return "\n".join(lines)
