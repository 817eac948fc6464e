"""A letter's writer and its editor side by side, in two browsers: each presses every button that the other waits for."""

import re

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.people import sign_in

EDITOR = "editor@secondwind.example"
SECRET = re.compile(r"/letters/[^/]+:[^/]+/")


SHIN = "My shin hurts on stairs.\n\nIt began in Leeds, in May."
KNEES = "Why Do Knees Creak Below Ground?"


def send(page: Page, question: str, email: str = "", text: str = SHIN) -> str:
    """Ask, as a reader does; gives the private link."""
    page.goto("/ask/")
    page.get_by_label("Your question, in one line").fill(question)
    page.get_by_label("Your letter", exact=True).fill(text)
    page.get_by_label("The Sports Doc").check()
    page.get_by_label("How shall we sign it?").fill("Sore")
    page.get_by_label(re.compile("Your e-mail address")).first.fill(email)
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Send your letter").click()
    link = page.locator("#private-link")
    try:
        link.wait_for()
    except TimeoutError:
        pytest.fail(f"not sent; the page says: {page.locator('main').inner_text()}")
    return link.inner_text()


def at_desk(editor: Page, question: str) -> None:
    editor.goto("/desk/")
    editor.get_by_role("link", name=re.compile(re.escape(question))).first.click()
    expect(editor.get_by_role("heading", level=1)).to_have_text(question)


def step(writer: Page, words: str) -> None:
    writer.reload()
    expect(writer.locator("[aria-current=step]")).to_have_text(words)


def test_writer_and_editor_side_by_side(site, open_page, axe):
    writer, editor = open_page(), open_page()
    question, email = "Why does my shin hurt on stairs?", "sore.shin@example.org"
    link = send(writer, question, email)
    writer.goto(link)
    assert not SECRET.search(writer.url), "the secret stays in the address"
    step(writer, "Received")
    axe(writer)
    sign_in(editor, site, EDITOR)
    at_desk(editor, question)
    asks_and_is_answered(site, writer, editor, email, axe)
    letter = editor.url
    takes_it_on(editor, "Why Do Shins Hurt on Stairs?", "My shin hurts on stairs.\n\nIt began in spring.")
    step(writer, "Being read")
    signs(writer, editor)
    shows_the_wording(site, writer, editor, letter, email, axe)
    changes(writer, editor, letter)
    stops_the_mails(writer, axe)
    erases(site, writer, link, email, axe)


def asks_and_is_answered(site, writer: Page, editor: Page, email: str, axe) -> None:
    editor.get_by_text("Ask the writer", exact=True).click()
    editor.get_by_label("Question to the writer").fill("Which shin is it?")
    axe(editor)
    editor.get_by_role("button", name="Put it on the writer’s page").click()
    expect(editor.get_by_text("No reply yet")).to_be_visible()
    mail = site.wait_for_mail(email, "About your letter")
    assert "shin" not in mail.text.replace(email, "")
    writer.goto(mail.link("/letters/", without="/mails/"))
    expect(writer.get_by_text("Which shin is it?")).to_be_visible()
    axe(writer)
    writer.get_by_label("Your reply").fill("The left one.\n\nOnly that.")
    writer.get_by_role("button", name="Send your reply").click()
    expect(writer.get_by_role("status")).to_have_text("Thank you. The editor has your reply.")
    editor.reload()
    expect(editor.get_by_text("Only that.")).to_be_visible()


def takes_it_on(editor: Page, headline: str, question: str) -> None:
    editor.get_by_label("Headline", exact=True).fill(headline)
    editor.get_by_label("Dek").fill("A short one.")
    editor.locator("textarea[name=question]").fill(question)
    editor.get_by_role("button", name=re.compile("^Accept")).click()
    editor.wait_for_url(re.compile(r"/desk/articles/\d+/"))


def signs(writer: Page, editor: Page) -> None:
    writer.get_by_label("How shall we sign it?").fill("Stairs")
    writer.get_by_role("button", name="Sign it so").click()
    expect(writer.get_by_role("status")).to_have_text("It is signed so from now on.")
    editor.reload()
    expect(editor.get_by_label("Signature")).to_have_value("Stairs")


def shows_the_wording(site, writer: Page, editor: Page, letter: str, email: str, axe) -> None:
    for button, said in (
        ("This changes my meaning", "“This changes my meaning”"),
        ("This is fine", "“This is fine”"),
    ):
        editor.goto(letter)
        editor.get_by_role("button", name=re.compile("Show the (writer the )?wording")).click()
        expect(editor.get_by_text("Waits for the writer").last).to_be_visible()
        writer.reload()
        expect(writer.locator("del")).to_have_text("Leeds, in May.")
        expect(writer.locator("ins")).to_have_text("spring.")
        axe(writer)
        writer.get_by_label("A word to the editor").fill("May is not spring here.")
        writer.get_by_role("button", name=button).click()
        expect(writer.get_by_text(f"You said: {said}.")).to_be_visible()
        editor.reload()
        expect(editor.get_by_text(said).last).to_be_visible()
        axe(editor)


def changes(writer: Page, editor: Page, letter: str) -> None:
    writer.get_by_role("link", name="Change your letter").click()
    writer.get_by_label("Your letter", exact=True).fill("My shin hurts on stairs, and on hills too.")
    writer.get_by_role("button", name="Send the changed letter").click()
    expect(writer.get_by_role("status")).to_contain_text("Your letter is changed.")
    editor.goto(letter)
    expect(editor.get_by_text("and on hills too.").first).to_be_visible()


def stops_the_mails(writer: Page, axe) -> None:
    writer.get_by_role("link", name="Stop the mails").click()
    axe(writer)
    writer.get_by_role("button", name="Yes, stop the mails").click()
    expect(writer.get_by_role("status")).to_contain_text("do not mail you")
    writer.get_by_role("link", name="Mail me again").click()
    writer.get_by_role("button", name="Yes, mail me again").click()
    expect(writer.get_by_role("status")).to_contain_text("mail you about this letter again")


def erases(site, writer: Page, link: str, email: str, axe) -> None:
    writer.get_by_role("link", name="Erase everything now").click()
    axe(writer)
    writer.get_by_role("link", name="No, keep it").click()
    writer.get_by_role("link", name="Erase everything now").click()
    writer.get_by_role("button", name="Yes, erase it").click()
    expect(writer.get_by_role("heading", level=1)).to_have_text("It is erased")
    assert writer.request.get(link).status == 404
    assert "/letters/" not in site.wait_for_mail(email, "It is erased").text


_PUBLISHED = """
import datetime as dt
from advice.accounts.models import User
from advice.articles import workflow
from advice.articles.models import Expert, Tag
from advice.letters import workflow as letters
from advice.letters.models import Letter
letter = Letter.objects.get(case_number="CASE")
article, by = letter.article, User.objects.filter(role="owner").first()
article.tags.add(Tag.objects.first())
answer = workflow.assign(article, expert=Expert.objects.first(), by=by)
workflow.file_answer(answer, text="Dear Sore,\\n\\nIt passes.", by=by, version=answer.version)
letters.publish(article, by=by)
letters.tell_answered()
letter.refresh_from_db()
letter.told_at -= dt.timedelta(weeks=7)
letter.save(update_fields=["told_at"])
"""


def test_what_happened_since_from_the_invitation_to_the_article_and_back(site, open_page, problems, axe):
    problems.allow("status of 422")
    writer, editor, reader = open_page(), open_page(), open_page()
    question, email = "Why do my knees creak?", "creaking.knees@example.org"
    text = "Both knees creak at each step down to the cellar.\n\nSince the frost in March they do so daily."
    writer.goto(
        send(writer, question, email, text)
    )  # words of its own: the same ones again look like a machine's
    case = re.search(r"/letters/yours/([^/]+)/", writer.url)[1]
    sign_in(editor, site, EDITOR)
    at_desk(editor, question)
    # Words of its own, too: what is published here is shown as near to whatever is asked alike afterwards.
    takes_it_on(editor, KNEES, "Both my knees creak on the cellar steps.\n\nIt began in spring.")
    article = editor.url
    site.manage("shell", "--no-imports", "-c", _PUBLISHED.replace("CASE", case))
    mail = site.wait_for_mail(email, "What happened since?")
    assert "knees" not in mail.text.replace(email, "")
    writer.goto(mail.link("/letters/", without="/mails/"))
    axe(writer)
    tells(writer, axe)
    prints(editor, axe)
    public = writer.get_by_role("link", name=KNEES).first.get_attribute("href")
    reader.goto(public)
    since = reader.get_by_role("region", name=re.compile("What happened since"))
    expect(since).to_contain_text("They creak less since I walk.")
    expect(since).not_to_contain_text("Leeds")
    expect(since.locator("time")).to_have_count(1)
    axe(reader)
    editor.goto(article)
    expect(editor.get_by_text("Take it off the page").first).to_be_visible()
    axe(editor)
    writer.reload()
    expect(writer.get_by_text("It stands under the answer since")).to_be_visible()
    axe(writer)
    takes_back(writer, axe)
    reader.reload()
    expect(since).to_have_count(0)


def tells(writer: Page, axe) -> None:
    writer.get_by_role("button", name="Send it to the editors").click()
    expect(writer.get_by_text("Please write here what happened since.")).to_be_visible()
    axe(writer)
    writer.get_by_label("In your words").fill("They creak less.")
    writer.get_by_label(re.compile("It may be published under the answer")).check()
    writer.get_by_role("button", name="Send it to the editors").click()
    expect(writer.get_by_role("status")).to_have_text("Thank you. The editors have it.")
    takes_back(writer, axe)
    writer.get_by_label("In your words").fill("They creak less since I moved.")
    writer.get_by_label(re.compile("It may be published under the answer")).check()
    writer.get_by_role("button", name="Send it to the editors").click()
    writer.get_by_label("In your words").fill("They creak less since I walk. In Leeds.")
    writer.get_by_role("button", name="Send it changed").click()
    expect(writer.get_by_role("status")).to_have_text("Thank you. The editors have it.")
    axe(writer)


def takes_back(writer: Page, axe) -> None:
    writer.get_by_role("link", name="Take it back").click()
    axe(writer)
    writer.get_by_role("button", name="Yes, take it back").click()
    expect(writer.get_by_role("status")).to_have_text("It is gone.")


def prints(editor: Page, axe) -> None:
    editor.goto("/desk/")
    editor.get_by_role("link", name="What happened since").click()
    axe(editor)
    editor.get_by_role("link", name=KNEES).first.click()
    expect(editor.get_by_text("In Leeds.").first).to_be_visible()
    axe(editor)
    editor.get_by_label("To be printed").fill("They creak less since I walk.")
    editor.get_by_role("button", name="Print it under the answer").click()
    expect(editor.get_by_text("It stands under the answer.")).to_be_visible()


def test_withdrawing_without_scripts_and_closing_the_page(open_page, problems, axe):
    writer = open_page(java_script_enabled=False)
    link = send(
        writer, "Why do my ankles click?", text="Both of them click when I rise from my desk, since spring."
    )
    expect(writer.get_by_text("It is the only way to see how your letter fares")).to_be_visible()
    writer.goto(link)
    own = writer.url
    writer.get_by_role("link", name="Withdraw this letter").click()
    writer.get_by_role("button", name="Yes, withdraw it").click()
    expect(writer.get_by_role("heading", name="Withdrawn")).to_be_visible()
    writer.get_by_role("button", name="Close this page on this computer").click()
    problems.allow("status of 404")
    assert writer.goto(own).status == 404
    expect(writer.get_by_role("heading", level=1)).to_have_text("This page is closed")


def test_the_keyboard_alone_on_a_narrow_screen(site, open_page):
    writer = open_page(viewport={"width": 320, "height": 640})
    writer.goto(
        send(writer, "Why do my heels itch?", text="They itch at night after I have worn my felt slippers.")
    )
    width = writer.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"scrolls sideways: {width} px"
    field = writer.get_by_label("How shall we sign it?")
    for _ in range(60):
        if field.evaluate("field => field === document.activeElement"):
            break
        writer.keyboard.press("Tab")
    writer.keyboard.press("ControlOrMeta+a")
    writer.keyboard.type("Heels")
    writer.keyboard.press("Enter")
    expect(writer.get_by_role("status")).to_have_text("It is signed so from now on.")
    for _ in range(60):
        writer.keyboard.press("Tab")
        if writer.evaluate("document.activeElement.textContent") == "Withdraw this letter":
            break
    writer.keyboard.press("Enter")
    expect(writer.get_by_role("heading", level=1)).to_have_text("Withdraw your letter?")
