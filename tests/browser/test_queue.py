"""The queue by keyboard alone: eight letters are triaged without a mouse, and the keys keep out of everybody's way."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import sign_in
from tests.site import Site

EDITOR = "editor@secondwind.example"
MAKE = """
import json
from advice.articles.models import Column
from advice.letters import workflow
column = Column.objects.create(name="{name}", slug="{name}".lower())
made = [workflow.receive(question=f"Why does toe number {{n}} tingle?", text=f"It tingles, on mile {{n}}.",
        signature="Eve", column=column)[0].pk for n in range({count})]
print(json.dumps([column.pk, made]))
"""


def make_letters(site: Site, name: str, count: int) -> tuple[str, list[int]]:
    """In a column of their own. Gives the query that narrows to it, and their keys."""
    said = site.manage("shell", "--no-imports", "-c", MAKE.format(name=name, count=count))
    column, keys = json.loads(said.strip().splitlines()[-1])
    return f"show=received&column={column}", keys


def statuses(site: Site, keys: list[int]) -> list[str]:
    script = f"""import json; from advice.letters.models import Letter
print(json.dumps([Letter.objects.get(pk=key).status for key in {keys}]))"""
    found: list[str] = json.loads(site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1])
    return found


def expect_focus(page: Page, number: int) -> None:
    expect(page.locator(".queue [data-row]:focus b")).to_have_text(f"Why does toe number {number} tingle?")


def to_queue(page: Page) -> None:
    """By the second of the links that the first Tabs come to."""
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the queue")).to_be_focused()
    page.keyboard.press("Enter")


def opened(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Why does toe number {number} tingle?")
    expect(page.locator(".queue [aria-current] [data-row]")).to_be_focused()


def test_eight_letters_by_keyboard_alone(site, open_page, axe):
    page = sign_in(open_page(), site, EDITOR)
    query, keys = make_letters(site, "Toes", 8)
    page.goto(f"/desk/?{query}")
    press = page.keyboard.press
    to_queue(page)
    expect_focus(page, 0)
    press("Enter")
    opened(page, 0)
    axe(page)
    press("d")  # what it opens takes the focus
    page.keyboard.type("Thank you for your letter. adsmjkx? /")
    press("Tab")
    press("Enter")
    opened(page, 1)
    press("s")
    opened(page, 2)
    press("a")  # its draft, with the letters still beside it
    expect(page.get_by_text("Accepted. Here is its draft.")).to_be_visible()
    expect_focus(page, 3)
    press("j")
    press("s")  # not open yet: it opens, and nothing has happened to it
    expect(page.get_by_role("heading", level=1)).to_have_text("Why does toe number 4 tingle?")
    expect(page.get_by_role("button", name="Spam")).to_be_focused()
    assert statuses(site, keys[3:5]) == ["received", "received"]
    press("Enter")
    opened(page, 5)
    press("k")
    press("Enter")
    opened(page, 3)
    press("a")
    expect(page.get_by_text("Accepted. Here is its draft.")).to_be_visible()
    press("Enter")
    opened(page, 5)
    for number in (5, 6):
        press("d")
        page.keyboard.type("Not for us.")
        press("Tab")
        press("Enter")
        opened(page, number + 1)
    press("a")
    expect(page.get_by_text("Accepted. Here is its draft.")).to_be_visible()
    assert statuses(site, keys) == [
        *("declined", "spam", "accepted", "accepted"),
        *("spam", "declined", "declined", "accepted"),
    ]


def test_the_keys_are_listed_and_keep_out_of_the_way(site, open_page, axe):
    page = sign_in(open_page(), site, EDITOR)
    query, keys = make_letters(site, "Heels", 2)
    page.goto(f"/desk/letters/{keys[0]}/?{query}")
    for key in "adsx?/":  # the queue has no focus: nothing happens
        page.keyboard.press(key)
    page.get_by_label("Headline", exact=True).focus()
    page.keyboard.type("jads?")
    expect(page.get_by_label("Headline", exact=True)).to_have_value("jads?Why does toe number 0 tingle?")
    assert statuses(site, keys) == ["received", "received"]
    page.get_by_label("Headline", exact=True).fill("Why does toe number 0 tingle?")
    page.locator(".queue [aria-current] [data-row]").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    axe(page)
    page.keyboard.press("s")  # the list is open: it is no button
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect_focus(page, 0)  # back where it was
    page.keyboard.press("Control+d")
    page.keyboard.press("d")
    page.keyboard.press("Escape")
    expect_focus(page, 0)
    assert statuses(site, keys) == ["received", "received"]


@pytest.fixture
def without_keys(site):
    switch = (
        "from advice.accounts.models import User; User.objects.filter(email='%s').update(uses_shortcuts=%s)"
    )
    site.manage("shell", "--no-imports", "-c", switch % (EDITOR, False))
    yield
    site.manage("shell", "--no-imports", "-c", switch % (EDITOR, True))


def test_switched_off_no_letter_does_anything(site, open_page, without_keys):
    page = sign_in(open_page(), site, EDITOR)
    query, keys = make_letters(site, "Ankles", 2)
    page.goto(f"/desk/letters/{keys[0]}/?{query}")
    page.locator(".queue [aria-current] [data-row]").focus()
    for key in "sajd?":
        page.keyboard.press(key)
    expect_focus(page, 0)
    assert statuses(site, keys) == ["received", "received"]


def test_several_are_ticked_found_and_done_by_keyboard(site, open_page, axe):
    page = sign_in(open_page(), site, EDITOR)
    query, keys = make_letters(site, "Knuckles", 3)
    page.goto(f"/desk/?{query}#queue")
    expect_focus(page, 0)
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    axe(page)
    page.keyboard.press("d")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decline 2 letters?")
    axe(page)
    page.get_by_label("Reason").fill("Not for us.")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("2 done.")).to_be_visible()
    assert statuses(site, keys) == ["declined", "received", "declined"]
    expect_focus(page, 1)
    page.keyboard.press("/")
    page.keyboard.type("number 1 tingle")
    page.keyboard.press("Enter")
    expect(page.locator(".queue mark").first).to_be_visible()
    assert "tingle" not in page.url
    axe(page)


def test_several_without_a_script(site, no_js_page):
    page = sign_in(no_js_page, site, EDITOR)
    query, keys = make_letters(site, "Wrists", 2)
    page.goto(f"/desk/?{query}")
    page.get_by_role("checkbox", name="Why does toe number 1 tingle?").check()
    page.get_by_role("button", name="Spam …").click()
    page.get_by_role("button", name="Spam").click()
    expect(page.get_by_text("1 done.")).to_be_visible()
    assert statuses(site, keys) == ["received", "spam"]
