"""A whole day at the desk, from eight letters in the morning to a correction in the evening, by five people."""

import datetime as dt
import json
import re

from playwright.sync_api import Page, expect

from tests.browser.people import password_of
from tests.browser.test_editor import png
from tests.site import Site

EDITOR, OWNER = "editor@secondwind.example", "owner@secondwind.example"
EXPERT, REVIEWER = "joss@secondwind.example", "ines@secondwind.example"
PHONE = "07700 900123"
COLUMN = "Toes of the day"
# Two of them ask the same. What is planted must not come out.
QUESTIONS = [
    "Why do my toes go numb on long downhill runs?",
    "Can I take your shoes back for me?",
    "Cheap watches for your readers?",
    "My toes go numb on every long downhill run. Why?",
    "Are black toenails from downhill running dangerous?",
    "What is the meaning of a hammer toe?",
    "Should I lace my shoes another way?",
    "Is it fine to run barefoot on grass?",
]
TEXT = (
    "Hello, on long downhill runs my toes go numb after about forty minutes, first the big one, then the others. "
    f"You can ring me at {PHONE}. It passes when I stop. Should I worry?"
)
TEXT_ALIKE = (
    "On every long downhill run my toes go numb after forty minutes or so, the big one first and then the others. "
    "It passes as soon as I stop. Is it the shoes?"
)
MAKE = """
import json
from advice.articles.models import Column, Expert, Snippet
from advice.letters import workflow
column = Column.objects.create(name="{column}", slug="toes-of-the-day", is_medical=True, asks_review=True)
Snippet.objects.create(name="Box of the day", slug="box-of-the-day", text="**Stretch** the calf for half a minute.")
column.experts.set(Expert.objects.filter(user__email__in=["{expert}", "{reviewer}"]))
made = [workflow.receive(question=question, text=text, signature=f"Toe {{n}}", email=f"toe{{n}}@example.org",
        column=column)[0].pk for n, (question, text) in enumerate(json.loads('''{letters}'''))]
print(json.dumps([column.pk, made]))
"""


def make_letters(site: Site) -> tuple[int, list[int]]:
    texts = {0: TEXT, 3: TEXT_ALIKE}
    letters = [
        (question, texts.get(n, f"{question} I wonder about it, number {n}."))
        for n, question in enumerate(QUESTIONS)
    ]
    script = MAKE.format(column=COLUMN, expert=EXPERT, reviewer=REVIEWER, letters=json.dumps(letters))
    said = site.manage("shell", "--no-imports", "-c", script)
    column, keys = json.loads(said.strip().splitlines()[-1])
    return column, keys


def statuses(site: Site, keys: list[int]) -> list[str]:
    script = f"""import json; from advice.letters.models import Letter
print(json.dumps([Letter.objects.get(pk=key).status for key in {keys}]))"""
    found: list[str] = json.loads(site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1])
    return found


def at_desk(page: Page, site: Site, email: str, path: str = "/desk/") -> Page:
    page.goto(path)
    page.get_by_label(re.compile("E-?mail")).fill(email)
    page.get_by_label("Password").fill(password_of(site, email))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/desk/**")
    return page


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


def question_of(page: Page):
    return page.locator("textarea[name=question]")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_whole_day_at_the_desk(site, open_page, problems):
    problems.allow(
        "status of (409|422)|ERR_INTERNET_DISCONNECTED|markdownx"
    )  # whose preview was off-line, too
    column, keys = make_letters(site)
    editor, owner, expert, reviewer, writer = (open_page() for _ in range(5))
    at_desk(editor, site, EDITOR)
    article = triages_by_keyboard(editor, site, column, keys)
    asks_one_writer_back(editor, writer, site, keys[4])
    assigns(editor, article)
    writes_with_a_picture_and_a_snippet(expert, site)
    loses_the_connection_and_comes_back(editor, article)
    meets_a_second_editor(editor, owner, site, article)
    fails_the_check_and_mends_it(editor, article)
    is_reviewed_by_a_second_person(editor, reviewer, site, article)
    schedules_publishes_and_corrects(editor, open_page(), article)
    the_writers_are_told(site)


def opened(page: Page, question: str) -> None:
    """With the keys at work: they are the queue's, whose row has the focus."""
    heading(page, question)
    expect(page.locator(".queue [aria-current] [data-row]")).to_be_focused()


def triages_by_keyboard(page: Page, site: Site, column: int, keys: list[int]) -> str:
    """Not one click: declines, spam, and the lead with the one that asks the same."""
    page.goto(f"/desk/?show=received&column={column}#queue")
    press, typed = page.keyboard.press, page.keyboard.type
    press("Enter")
    opened(page, QUESTIONS[0])
    press("j")
    press("Enter")
    opened(page, QUESTIONS[1])
    press("d")
    typed("Shops do that; we only answer questions.")
    press("Tab")
    press("Enter")
    opened(page, QUESTIONS[2])
    press("s")
    opened(page, QUESTIONS[3])
    for _ in range(2):  # back to the first: it is accepted together with the one that asks the same
        press("k")
    press("Enter")
    opened(page, QUESTIONS[0])
    tick = page.get_by_role("checkbox", name=re.compile("Accept together: " + re.escape(QUESTIONS[3])))
    tick.focus()
    press("Space")
    page.locator(".queue [aria-current] [data-row]").focus()
    press("a")
    expect(page.get_by_text("Accepted. Here is its draft.")).to_be_visible()
    article = page.url.partition("?")[0]
    page.goto(f"/desk/?show=received&column={column}#queue")
    for question in QUESTIONS[5:]:
        page.get_by_role("link", name=question).focus()
        press("Enter")
        opened(page, question)
        press("d")
        typed("Not for us today.")
        press("Tab")
        press("Enter")
        page.wait_for_load_state()
    assert statuses(site, keys) == [
        *("accepted", "declined", "spam", "accepted"),
        *("received", "declined", "declined", "declined"),
    ]
    return article


def asks_one_writer_back(page: Page, writer: Page, site: Site, key: int) -> None:
    page.goto(f"/desk/letters/{key}/")
    page.get_by_text("Ask the writer", exact=True).click()
    page.get_by_label("Question to the writer").fill("Since when are they black?")
    page.get_by_role("button", name="Put it on the writer’s page").click()
    expect(page.get_by_text("No reply yet").first).to_be_visible()
    mail = site.wait_for_mail("toe4@example.org", "About your letter")
    writer.goto(mail.link("/letters/", without="/mails/"))
    writer.get_by_label("Your reply").fill("Since the race in spring.")
    writer.get_by_role("button", name="Send your reply").click()
    expect(writer.get_by_text("Since the race in spring.").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Since the race in spring.")).to_be_visible()


def assigns(page: Page, article: str) -> None:
    page.goto(article)
    work = page.get_by_role("region", name="Work on it")
    work.get_by_label("Expert", exact=True).select_option(label="Joss Adeyemi")
    work.get_by_label("Due").fill((dt.date.today() + dt.timedelta(days=7)).isoformat())
    work.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Assigned to Joss Adeyemi.")).to_be_visible()


def writes_with_a_picture_and_a_snippet(page: Page, site: Site) -> None:
    at_desk(page, site, EXPERT)
    page.get_by_role("link", name=QUESTIONS[0]).click()
    box = page.locator("textarea[name=text]")
    box.fill("Dear Toe,\n\nNumb toes on long descents mostly come from the shoe.")
    page.get_by_text("Picture", exact=True).first.click()
    page.get_by_label("Picture (JPEG").set_input_files(png())
    page.get_by_label("What it shows").fill("A shoe laced one eye lower")
    page.get_by_role("button", name="Add picture").click()
    expect(page.get_by_text("The picture stands in the text.")).to_be_visible()
    page.get_by_text("Snippet", exact=True).first.click()
    page.get_by_label("Which one").select_option(label="Box of the day")
    page.get_by_role("button", name="Insert").click()
    page.locator("details.beside summary").click()
    beside = page.frame_locator("details.beside iframe")
    expect(beside.get_by_text("Stretch the calf for half a minute.")).to_be_visible()
    page.get_by_role("button", name="File", exact=True).click()
    expect(page.get_by_text("Filed. Thank you.")).to_be_visible()


def loses_the_connection_and_comes_back(page: Page, article: str) -> None:
    page.goto(article)
    page.get_by_label("Headline", exact=True).fill("Why Do My Toes Go Numb Downhill?")
    page.get_by_label("Dek").fill("It is mostly the shoe.")
    page.get_by_label("Easy running", exact=True).check()
    page.context.set_offline(True)
    question_of(page).press("Control+End")
    question_of(page).press_sequentially(" Typed in a tunnel.")
    expect(page.get_by_text("Kept in this browser; the server cannot be reached")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Saved on the server at")).to_be_visible()
    save(page)
    expect(question_of(page)).to_have_value(re.compile("Typed in a tunnel."))


def meets_a_second_editor(page: Page, other: Page, site: Site, article: str) -> None:
    at_desk(other, site, OWNER)
    other.goto(article)
    page.goto(article)
    question_of(other).fill(question_of(other).input_value().replace("Should I worry?", "Must I worry?"))
    save(other)
    question_of(page).fill(question_of(page).input_value().replace(" Typed in a tunnel.", ""))
    page.get_by_role("button", name="Save", exact=True).click()
    box = page.get_by_label("Both together")
    expect(box).to_have_value(re.compile("Must I worry"))
    assert "tunnel" not in box.input_value()
    page.get_by_role("button", name="Save both together").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(question_of(page)).to_have_value(re.compile("Must I worry"))


def fails_the_check_and_mends_it(page: Page, article: str) -> None:
    page.goto(article)
    page.get_by_role("button", name="Publish", exact=True).click()
    check = page.get_by_role("region", name="Before it is published")
    expect(check).to_contain_text(PHONE)
    expect(page.locator(".status").first).not_to_have_text("Published")
    find = check.locator("fieldset", has_text=PHONE)
    find.get_by_label("Replace by").check()
    check.get_by_role("button", name="Apply").click()
    expect(question_of(page)).not_to_have_value(re.compile(re.escape(PHONE)))


def is_reviewed_by_a_second_person(page: Page, reviewer: Page, site: Site, article: str) -> None:
    page.get_by_role("button", name="Hand in for review").click()
    at_desk(reviewer, site, REVIEWER)
    reviewer.goto("/desk/reviews/")
    reviewer.get_by_role("link", name="Why Do My Toes Go Numb Downhill?").click()
    reviewer.get_by_role("button", name="Approve").click()
    page.goto(article)
    expect(page.get_by_text(re.compile("Reviewed by Dr. Ines Marlow")).first).to_be_visible()


def schedules_publishes_and_corrects(page: Page, reader: Page, article: str) -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    page.goto(article)
    page.locator("input[name=publish-at]").fill(tomorrow.strftime("%Y-%m-%dT10:00"))
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Comes out:")).to_be_visible()
    path = "/questions/why-do-my-toes-go-numb-downhill/"
    assert reader.request.get(path).status == 404
    page.locator("input[name=publish-at]").fill("")
    page.get_by_role("button", name="Publish at another time").click()
    reader.goto(path)
    letter = reader.get_by_role("region", name="The letter")
    expect(letter).to_contain_text("Must I worry?")
    expect(letter).not_to_contain_text(PHONE)
    expect(reader.get_by_role("img", name="A shoe laced one eye lower")).to_be_visible()
    expect(reader.get_by_text("Stretch the calf for half a minute.")).to_be_visible()
    expect(reader.get_by_text("Reviewed by").first).to_be_visible()
    page.goto(article)
    page.get_by_text("Correct", exact=True).first.click()
    page.locator("textarea[name=correct-text]").fill("An earlier version said too little about laces.")
    page.get_by_role("button", name="Correct", exact=True).click()
    reader.reload()
    expect(reader.locator("main")).to_contain_text("An earlier version said too little about laces.")
    reader.goto("/corrections/")
    expect(reader.locator("main")).to_contain_text("An earlier version said too little about laces.")


def the_writers_are_told(site: Site) -> None:
    """Both whose letters it answers; the declined ones; and nobody by the words of a letter."""
    for number in (0, 3):
        mail = site.wait_for_mail(f"toe{number}@example.org", "Your letter has been answered")
        assert PHONE not in mail.message.as_string()
        assert "downhill" not in mail.message.as_string()
    for number in (1, 5, 6, 7):
        site.wait_for_mail(f"toe{number}@example.org", "Not for us" if number > 1 else "Shops do that")
    told = [mail.to for mail in site.mails() if mail.subject == "Your letter has been answered"]
    assert sorted(one for one in told if one.startswith("toe")) == ["toe0@example.org", "toe3@example.org"]
