"""The Markdown editor in a real browser: pictures by button, the keyboard, and without JavaScript."""

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.people import sign_in

EDITOR = "editor@secondwind.example"


def png() -> dict:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), "#a8341a").save(file, "PNG")
    return {"name": "my holiday.png", "mimeType": "image/png", "buffer": file.getvalue()}


def new_article(page: Page, site, headline: str) -> None:
    sign_in(page, site, EDITOR)
    page.goto("/desk/articles/new/")
    page.get_by_label("Working headline").fill(headline)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/desk/articles/*/")


def test_a_picture_by_button_stands_as_a_paragraph_and_shows_in_the_preview(page, site):
    new_article(page, site, "Pictures")
    # Written by somebody else: nobody has been in the field on this page yet.
    page.locator("textarea[name=question]").evaluate("(box) => { box.value = 'First words.'; }")
    page.get_by_text("Picture", exact=True).first.click()
    page.get_by_label("Picture (JPEG").set_input_files(png())
    page.get_by_role("button", name="Add picture").click()
    expect(page.get_by_text("Say what the picture shows")).to_be_visible()
    page.get_by_label("What it shows").fill("A red field")
    page.get_by_role("button", name="Add picture").click()
    expect(page.get_by_text("The picture stands in the text.")).to_be_visible()
    written = page.locator("textarea[name=question]").input_value()
    assert written.startswith("First words.\n\n![A red field](/media/uploads/")
    assert "holiday" not in written
    shown = page.locator(".markdownx-preview img")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 320


@pytest.mark.parametrize(("event", "of"), [("drop", "dataTransfer"), ("paste", "clipboardData")])
def test_a_picture_that_is_dropped_or_pasted_waits_for_what_it_shows(page, site, event, of):
    new_article(page, site, f"By {event}")
    body = base64.b64encode(png()["buffer"]).decode()
    page.locator("textarea[name=question]").evaluate(
        """(box, [event, of, body]) => {
            const bytes = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
            const files = new DataTransfer();
            files.items.add(new File([bytes], "my holiday.png", { type: "image/png" }));
            const init = { bubbles: true, cancelable: true, [of]: files };
            box.dispatchEvent(event === "drop" ? new DragEvent(event, init) : new ClipboardEvent(event, init));
        }""",
        [event, of, body],
    )
    expect(
        page.get_by_text("Say what the picture shows, for those who cannot see it; then add it.")
    ).to_be_visible()
    alt = page.get_by_label("What it shows")
    expect(alt).to_be_focused()
    assert page.locator("textarea[name=question]").input_value() == ""
    alt.fill("A red field")
    page.get_by_role("button", name="Add picture").click()
    expect(page.get_by_text("The picture stands in the text.")).to_be_visible()
    assert "![A red field](/media/uploads/" in page.locator("textarea[name=question]").input_value()


def test_tab_leaves_the_editor_and_enter_in_a_field_saves(page, site):
    new_article(page, site, "Keys")
    box = page.locator("textarea[name=question]")
    box.fill("Words.")
    box.press("Tab")
    assert not box.evaluate("(box) => box === document.activeElement")
    assert box.input_value() == "Words."
    box.focus()
    box.press("Shift+Tab")
    assert not box.evaluate("(box) => box === document.activeElement")
    page.get_by_label("Headline", exact=True).fill("Other keys")
    page.get_by_label("Headline", exact=True).press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Other keys")


def test_without_javascript_there_is_a_plain_field_and_a_button_for_the_preview(no_js_page, site):
    new_article(no_js_page, site, "Plain")
    no_js_page.locator("textarea[name=question]").fill("Some **bold** words.")
    no_js_page.get_by_role("button", name="Preview", exact=True).click()
    expect(no_js_page.locator(".markdownx-preview strong")).to_have_text("bold")
    assert no_js_page.locator("textarea[name=question]").input_value() == "Some **bold** words."


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "polyglot.gif"])
def test_what_is_no_picture_is_refused_beside_the_button(page, site, problems, name):
    problems.allow("status of 400")
    new_article(page, site, "No picture")
    page.get_by_text("Picture", exact=True).first.click()
    body = {"name": name, "mimeType": "image/png", "buffer": b"GIF89a<script>alert(1)</script>"}
    page.get_by_label("Picture (JPEG").set_input_files(body)
    page.get_by_label("What it shows").fill("Evil")
    page.get_by_role("button", name="Add picture").click()
    expect(page.locator(".editor-status").first).to_contain_text("JPEG, PNG")
    assert page.locator("textarea[name=question]").input_value() == ""


def test_a_snippet_by_button_stands_in_a_paragraph_of_its_own_and_the_preview_draws_it(page, site):
    sign_in(page, site, EDITOR)
    page.goto("/desk/snippets/new/")
    page.get_by_label("Name", exact=True).fill("Stretch box")
    page.locator("textarea[name=text]").fill("Stretch *calves*.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/desk/snippets/*/")
    page.goto("/desk/articles/new/")
    page.get_by_label("Working headline").fill("Snippets")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/desk/articles/*/")
    page.locator("textarea[name=question]").fill("First words.")
    page.get_by_text("Snippet", exact=True).first.click()
    page.get_by_label("Which one").select_option("Stretch box")
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_text("The snippet stands in the text.")).to_be_visible()
    assert page.locator("textarea[name=question]").input_value() == "First words.\n\n{{stretch-box}}\n\n"
    expect(page.locator(".markdownx-preview em")).to_have_text("calves")
