"""A letter's page at the desk in a real browser: what changed is kept up while somebody types, and replies go in at once."""

import itertools

from playwright.sync_api import Page, expect

from tests.browser.people import sign_in
from tests.browser.test_queue import make_letters

EDITOR = "editor@secondwind.example"
NUMBER = itertools.count()


def open_letter(page: Page, site) -> None:
    """One that waits, whatever other tests have left in the queue."""
    query, _ = make_letters(site, f"Table{next(NUMBER)}", 1)
    page.goto(f"/desk/?{query}")
    page.locator(".queue [data-row]").first.click()
    expect(page.get_by_role("heading", name="To be printed")).to_be_visible()


def test_what_changed_is_shown_while_somebody_types_and_put_away_again(page, site):
    sign_in(page, site, EDITOR)
    open_letter(page, site)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "differences" in request.url else None)
    box = page.locator("textarea[name=question]")
    box.fill("Entirely other words.")
    assert asked == []
    turn = page.get_by_role("button", name="Show what changed")
    turn.click()
    place = page.get_by_role("region", name="What changed")
    expect(place.locator("ins")).to_contain_text("Entirely other words.")
    box.press_sequentially(" Typed live.")
    expect(place.locator("ins")).to_contain_text("Typed live.")
    assert len(asked) < 8
    assert all("?" not in address for address in asked)
    expect(turn).to_have_attribute("aria-expanded", "true")
    turn.click()
    expect(place).to_be_hidden()
    expect(box).to_have_value("Entirely other words. Typed live.")


def test_a_saved_reply_goes_after_what_was_typed(page, site):
    sign_in(page, site, EDITOR)
    page.goto("/desk/replies/new/")
    page.get_by_label("For").select_option("decline")
    page.get_by_label("Name").fill("Answered in May")
    page.get_by_label("Text").fill("We answered this in May.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Answered in May")).to_be_visible()
    open_letter(page, site)
    page.locator("summary", has_text="Decline").click()
    box = page.get_by_label("Reason")
    box.fill("Dear Adam,")
    page.get_by_role("button", name="Answered in May").click()
    expect(box).to_have_value("Dear Adam,\n\nWe answered this in May.")
