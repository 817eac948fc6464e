"""The stop card, from the form to the desk, with and without scripts."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import sign_in
from tests.site import Site

EDITOR = "editor@secondwind.example"
DUTY = "desk@secondwind.example"
LETTER = 'Since Sunday\'s flight my left calf is swollen & warm.\n\nMay I run the "half" on <Saturday>?'
WIDE = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def fill(page: Page, question: str, text: str = LETTER) -> None:
    page.goto("/ask/the-sports-doc/")
    page.get_by_label("Your question, in one line").fill(question)
    page.get_by_label("Your letter", exact=True).fill(text)
    page.get_by_label("The Sports Doc").check()
    page.get_by_label("How shall we sign it?").fill("Flown In")
    page.get_by_label(re.compile("Your e-mail address")).first.fill("flown@example.org")
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Send your letter").click()


def is_card(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you send it")


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def reader(request, open_page: Callable[..., Page]) -> Page:
    return open_page(java_script_enabled=request.param)


def test_a_letter_meets_the_card_goes_its_way_and_is_urgent_at_the_desk(
    reader: Page, open_page: Callable[..., Page], site: Site, request
):
    question = f"May I race on a calf like this, {request.node.callspec.id}?"
    fill(reader, question)
    is_card(reader)
    expect(reader.locator(".stop-card")).to_contain_text("should be seen by a doctor today")
    expect(reader.locator("main")).to_contain_text("call your local emergency number")
    assert "the-sports-doc" in reader.url
    # Changing it brings everything back; what has been read is not shown again.
    reader.get_by_role("button", name="Change my letter").click()
    expect(reader.get_by_label("Your letter", exact=True)).to_have_value(LETTER)
    expect(reader.get_by_label("Your question, in one line")).to_have_value(question)
    expect(reader.get_by_label("How shall we sign it?")).to_have_value("Flown In")
    expect(reader.get_by_label("The Sports Doc")).to_be_checked()
    expect(reader.get_by_label("I have read this and agree.")).to_be_checked()
    reader.get_by_label("Your letter", exact=True).fill(LETTER + "\n\nAnd I want to die.")
    reader.get_by_role("button", name="Send your letter").click()
    is_card(reader)
    expect(reader.locator("main")).to_contain_text("You do not have to carry this alone")
    reader.get_by_role("button", name="Send my letter").click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Thank you")
    reader.get_by_role("link", name="Open your private page").click()
    expect(reader.locator(".letter.own")).to_contain_text('May I run the "half" on <Saturday>?')
    mail = site.wait_for_mail(DUTY, "An urgent letter is waiting", timeout=60)
    assert "calf" not in mail.text + mail.html + mail.subject
    assert "Flown" not in mail.text + mail.html + mail.subject
    is_seen_at_the_desk(open_page(), site, question)


def is_seen_at_the_desk(page: Page, site: Site, question: str) -> None:
    sign_in(page, site, EDITOR)
    expect(page.locator(".alarm")).to_contain_text("nobody has seen")
    row = page.locator(".queue li").filter(has_text=question)
    expect(row.locator("em")).to_have_text(re.compile(r"Urgent for \d+ minutes?"))
    titles = page.locator(".queue li").all_inner_texts()
    urgent = ["Urgent" in title for title in titles]
    assert urgent == sorted(urgent, reverse=True)
    row.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("nobody has seen it")
    expect(page.locator(".flags mark").filter(has_text="swollen")).to_be_visible()
    expect(page.locator(".flags mark").filter(has_text="want to die")).to_be_visible()
    page.get_by_role("button", name="I have seen it").click()
    expect(page.get_by_role("heading", name=re.compile("Urgent, seen after"))).to_be_visible()


def test_a_letter_that_only_comes_near_is_sent_at_once(page: Page):
    fill(
        page,
        "How do I carry a spare?",
        "My battery died at mile 20, and this club is killing me with kindness.",
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def test_an_editor_writes_a_rule_tries_it_and_puts_it_to_work(
    page: Page, open_page: Callable[..., Page], site: Site, problems
):
    problems.allow("status of 422")
    sign_in(page, site, EDITOR)
    page.get_by_role("link", name="Red-flag rules").click()
    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("A tooth")
    page.get_by_label("Words", exact=True).fill("tooth\nswollen jaw, face … swollen")
    page.get_by_label("What the card says").fill("Please see a **dentist** today. Call 1234.")
    number = page.get_by_role("group", name="Number 1", exact=True)
    number.get_by_label("Locale").fill("en-GB")
    number.get_by_label("Who answers, and where").fill("A line")
    number.get_by_label("Number", exact=True).fill("12-34")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_text_error").get_by_text("There is a number in the text.")).to_be_visible()
    expect(page.locator(".errors").get_by_text("Number 1: a number needs its source")).to_be_visible()
    page.get_by_label("What the card says").fill("Please see a **dentist** today.")
    number.get_by_label("Source (link)").fill("https://line.example/about")
    number.get_by_label("Checked on").fill("2026-01-02")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Try version 1 on old letters").click()
    expect(page.locator("main")).to_contain_text("Nothing was marked.")
    page.get_by_role("link", name="A tooth").click()
    page.get_by_role("button", name="Put version 1 to work").click()
    expect(page.get_by_text("Version 1 is at work from the next letter on.")).to_be_visible()
    reader = open_page()
    fill(reader, "May I run with a tooth?", "My tooth aches, and my face is quite swollen since Monday.")
    is_card(reader)
    expect(reader.locator(".call")).to_contain_text("A line: 12-34")
    page.get_by_role("button", name="Still right today").click()
    expect(page.get_by_text("Noted: still right today.")).to_be_visible()
    page.get_by_role("button", name="Switch off").click()
    reader.get_by_role("button", name="Send my letter").click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Thank you")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_card_and_the_desks_pages_are_accessible_and_fit_a_narrow_screen(
    open_page: Callable[..., Page], site: Site, axe, theme
):
    for width in (320, 1280):
        page = open_page(viewport={"width": width, "height": 800}, color_scheme=theme)
        fill(page, f"May I race on this, {theme} {width}?")
        is_card(page)
        is_fit(page, axe)
        page.keyboard.press("Tab")  # the keyboard alone reaches the button
        page.get_by_role("button", name="Send my letter").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        sign_in(page, site, EDITOR)
        is_fit(page, axe)
        letter = page.locator(".queue li").filter(has_text=f"{theme} {width}").get_by_role("link")
        letter.click()
        is_fit(page, axe)
        for path in (
            "/desk/red-flags/",
            "/desk/red-flags/1/",
            "/desk/red-flags/1/try/",
            "/desk/red-flags/new/",
        ):
            assert page.goto(path).status == 200
            is_fit(page, axe)


def is_fit(page: Page, axe) -> None:
    axe(page)
    wide, screen = page.evaluate(WIDE)
    assert wide <= screen, page.url


def test_a_queue_that_stays_open_hears_of_an_urgent_letter_and_keeps_its_order(
    open_page: Callable[..., Page], site: Site
):
    editor, reader = open_page(), open_page(java_script_enabled=False)
    editor.clock.install()
    sign_in(editor, site, EDITOR)
    before = editor.locator(".alarm").get_attribute("data-count") if editor.locator(".alarm").count() else "0"
    fill(reader, "May I race on Saturday, with this calf?")
    reader.get_by_role("button", name="Send my letter").click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Thank you")
    editor.clock.run_for(61_000)
    expect(editor.locator(".alarm")).to_have_attribute("data-count", str(int(before or 0) + 1))
    expect(editor.locator("[data-alarm-said]")).to_contain_text("nobody has seen")
    for width in (1280, 1600):
        editor.set_viewport_size({"width": width, "height": 800})
        tops = editor.evaluate(
            "[...document.querySelectorAll('.queue>div, .queue>ol')].map(one => one.getBoundingClientRect())"
            ".map(box => [box.top, box.bottom])"
        )
        assert all(above[1] <= below[0] + 1 for above, below in pairwise(tops))
        assert editor.evaluate(
            "document.querySelector('.filters').scrollHeight <= document.querySelector('.filters').clientHeight + 1"
        )
