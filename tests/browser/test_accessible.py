"""axe finds nothing on any page of the walk, in both themes, on a phone and on a wide screen; nothing scrolls sideways."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.people import sign_in
from tests.browser.pieces import issues, pieces
from tests.browser.test_asking import fill
from tests.mail.shown import mails
from tests.site import Site

WALK = [
    "/",
    "/questions/why-do-my-calf-muscles-always-spasm/",
    "/questions/",
    "/columns/the-sports-doc/",
    "/tags/calf/",
    "/experts/ines-marlow/",
    "/archive/2026/11/",
    "/search/?q=cramp",
    "/ask/",
    "/accounts/login/",
    "/dev/mail/",
]
BESIDE = [
    "/questions/something-popped-in-my-calf/",
    "/questions/compression-socks-for-calf-cramps/",
    "/questions/do-salt-pills-do-anything-on-a-10k/",
    "/columns/",
    "/tags/",
    "/experts/",
    "/archive/",
    "/search/",
    "/search/?q=nothinglikethis",
    "/search/?q=cramp&column=the-sports-doc",
    "/search/?q=cramp&page=51",
    "/corrections/",
    "/about/",
    "/privacy/",
    "/ask/the-sports-doc/",
    "/subscribe/",
    "/newsletters/",
    "/membership/",
    "/membership/sent/",
    "/subscribe/erased/",
    "/accounts/password/reset/",
    "/no-such-page/",
]
SCREENS = [(width, theme) for width in (360, 1280) for theme in ("light", "dark")]
# `make test` looks at each page of the walk on all four; at the others on two of them, `make test-all` on all.
SPARING = [(360, "dark"), (1280, "light")]


@pytest.fixture
def looks_everywhere(request, pytestconfig) -> bool:
    return (
        "not full" not in (pytestconfig.getoption("-m") or "")
        or request.node.callspec.params["screen"] in SPARING
    )


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]} {screen[1]}")
def screen(request, open_page, problems, site) -> Iterator[Page]:
    width, theme = request.param
    problems.allow("status of 4(04|10|22)")
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    elsewhere: list[str] = []
    page.on("request", lambda asked: asked.url.startswith((site.url, "data:")) or elsewhere.append(asked.url))
    yield page
    assert elsewhere == [], "a page asked a third party for something"


def check(page: Page, axe) -> None:
    axe(page)
    wide, screen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= screen, f"{page.url} scrolls sideways: {wide} px on a screen of {screen}"


def private_link(site: Site) -> str:
    script = "from advice.letters.models import Letter as L; print(L.objects.filter(status='received').first().get_absolute_url())"
    return site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1]


def test_readers_pages(screen, axe, looks_everywhere):
    for path in [*WALK, *(BESIDE if looks_everywhere else [])]:
        answer = screen.goto(path)
        assert answer.status == (404 if path == "/no-such-page/" else 200), path
        check(screen, axe)


def test_votes_former_texts_and_what_is_worked_on(screen, axe, site, looks_everywhere):
    made = pieces(site)
    paths = [made.article, "/working-on/"]
    if looks_everywhere:
        paths += [made.before, made.helpful, f"{made.helpful}?said=yes", f"{made.helpful}?said=no"]
        paths += [made.asked_too, f"{made.asked_too}?said=too"]
    for path in paths:
        assert screen.goto(path).status == 200, path
        check(screen, axe)
    if looks_everywhere:
        answer = screen.request.post(made.helpful, form={"said": "perhaps"})
        assert answer.status == 422
        screen.set_content(answer.text())
        check(screen, axe)


def test_a_newsletters_archive(screen, axe, site):
    left = issues(site)
    for path in (left.newsletter, left.edited):
        assert screen.goto(path).status == 200, path
        check(screen, axe)


def test_mails(screen, axe, site, looks_everywhere):
    for name, html in mails(site).items():
        if looks_everywhere or name == "mail-edited":
            # As a mail program shows it: within a page of its own.
            screen.set_content(re.sub(r"(?s)(<body[^>]*>)(.*)(</body>)", r"\1<main>\2</main>\3", html))
            check(screen, axe)


def test_what_went_wrong_in_a_form(screen, axe):
    screen.goto("/ask/")
    with screen.expect_navigation():
        screen.get_by_role("button", name="Send your letter").click()
    check(screen, axe)
    screen.goto("/subscribe/")
    with screen.expect_navigation():
        screen.locator("main").get_by_role("button", name="Subscribe").first.click()
    check(screen, axe)
    screen.goto("/membership/")
    with screen.expect_navigation():
        screen.get_by_role("button", name="Ask for this plan").click()
    check(screen, axe)


def test_the_writers_pages(screen, axe, site):
    link = private_link(site)
    for path in (link, *(f"{link}{act}/" for act in ("thanks", "change", "withdraw", "erase", "mails"))):
        assert screen.goto(path).status == 200
        check(screen, axe)


def test_the_page_after_sending_with_its_link_and_without(screen, axe, site):
    for number, address in enumerate(("", f"sent{id(screen)}@example.org")):
        screen.goto("/ask/the-sports-doc/")
        fill(
            screen,
            question=f"May I plant {id(screen)} tulips in May?",
            text=f"Tulips and daffodils, {number} of each, and no word about running.",
        )
        screen.get_by_label("Your e-mail address").fill(address)
        with screen.expect_navigation(url="**/letters/**"):
            screen.get_by_role("button", name="Send").click()
        check(screen, axe)
    screen.goto(private_link(site))
    own = screen.url
    assert "/letters/yours/" in own
    screen.goto(f"{own}thanks/")
    check(screen, axe)


def test_the_subscribers_pages(screen, axe, site, looks_everywhere):
    screen.goto("/subscribe/")
    address = f"axe{screen.viewport_size['width']}{id(screen)}@example.org"
    screen.locator("main").get_by_label("Your e-mail address").first.fill(address)
    with screen.expect_navigation():
        screen.locator("main").get_by_role("button", name="Subscribe").first.click()
    check(screen, axe)
    screen.goto(site.wait_for_mail(address).link("/subscribe/confirm/"))
    check(screen, axe)
    with screen.expect_navigation():
        screen.get_by_role("button", name="Yes, subscribe me").click()
    check(screen, axe)
    mail = site.wait_for_mail(address, "/subscribe/preferences/")
    for kind in ("/subscribe/preferences/", "/unsubscribe/"):
        screen.goto(mail.link(kind))
        check(screen, axe)
    if looks_everywhere:
        subscribers_further_pages(screen, axe, site, address, mail)


def subscribers_further_pages(page: Page, axe, site, address: str, mail) -> None:
    def press(name: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name).click()
        check(page, axe)

    page.goto(mail.link("/subscribe/preferences/"))
    for name in ("Save", "2 weeks", "End the pause now", "Pause until then", "Mail me that link"):
        press(name)
    own = site.wait_for_mail(address, "The link you asked for").link("/subscribe/preferences/")
    page.goto(own)
    press("Change the address")  # nothing is entered
    page.get_by_label("Your new e-mail address").fill(f"new-{address}")
    press("Change the address")
    page.goto(site.wait_for_mail(f"new-{address}").link("/subscribe/confirm/address/"))
    check(page, axe)
    page.goto(f"{own}erase/")
    check(page, axe)
    page.goto(mail.link("/unsubscribe/"))
    for name in ("Unsubscribe", "Tell us"):  # no reason is given
        press(name)
    page.goto(own)  # it has died
    check(page, axe)


def one_of_each_status(site: Site) -> dict[str, int]:
    """The first article of each: asked for together, as each command takes a second to start."""
    script = """import json; from advice.articles.models import Article
ids = dict(Article.objects.reverse().values_list("status", "pk"))
print(json.dumps(ids))"""
    ids: dict[str, int] = json.loads(
        site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1]
    )
    return ids


def one_spam(site: Site) -> str:
    script = """from advice.letters.models import Letter
from advice.letters.workflow import mark_spam, receive
from advice.articles.models import Column
letter, _ = receive(question="Cheap shoes?", text="Cheap shoes, and cheap shoes.", signature="Shoe", column=Column.objects.first())
if letter.status != "spam": mark_spam(letter, by=None)
print(letter.pk)"""
    return site.manage("shell", "--no-imports", "-c", script).strip().splitlines()[-1]


def test_the_editors_desk(screen, axe, site, looks_everywhere):
    sign_in(screen, site, "editor@secondwind.example")
    articles = one_of_each_status(site)
    draft = articles["draft"]
    paths = ["/desk/", f"/desk/articles/{draft}/", f"/desk/articles/{draft}/preview/"]
    if looks_everywhere:
        paths += ["/desk/?show=declined", "/desk/articles/", "/desk/articles/new/", "/desk/outbox/"]
        paths += [
            "/desk/settings/",
            "/desk/people/",
            "/desk/people/invite/",
            "/desk/trace/",
            "/desk/members/",
            "/desk/manage/",
            "/desk/pins/",
            "/desk/columns/",
            "/desk/columns/new/",
            "/desk/columns/1/",
            "/desk/experts/",
            "/desk/experts/1/",
            "/desk/snippets/",
            "/desk/snippets/new/",
            "/desk/redirects/",
            "/desk/redirects/new/",
            "/desk/tags/?sort=use",
            "/desk/tags/new/",
            "/desk/tags/1/",
            "/desk/tags/8/merge/?into=Hydration",
            "/desk/replies/",
            "/desk/replies/new/",
            "/desk/updates/",
            "/desk/pages/",
            "/desk/pages/privacy/",
            "/desk/calendar/",
            "/desk/names/",
            "/desk/dashboard/",
            "/desk/demand/",
            "/desk/dashboard/?weeks=52",
            f"/desk/articles/{draft}/history/",
            "/desk/issues/",
            "/desk/search/",
            "/desk/search/most/",
            "/desk/search/synonyms/",
            "/desk/search/synonyms/new/?words=calf",
            "/desk/search/promoted/",
            "/desk/search/promoted/1/",
        ]
        for status in ("in_review", "published", "retracted"):
            article = articles[status]
            paths += [f"/desk/articles/{article}/", f"/desk/articles/{article}/preview/"]
    for path in paths:
        assert screen.goto(path).status == 200, path
        check(screen, axe)
    screen.goto("/desk/")
    with screen.expect_navigation():
        screen.locator("a[href^='/desk/letters/']").first.click()
    check(screen, axe)
    if looks_everywhere:
        spam = one_spam(site)
        for path in ("/desk/spam/", f"/desk/spam/{spam}/delete/"):
            assert screen.goto(path).status == 200, path
            check(screen, axe)


def test_the_experts_desk(screen, axe, site):
    sign_in(screen, site, "ines@secondwind.example")
    check(screen, axe)
    for path in ("/desk/reviews/", f"/desk/reviews/{one_of_each_status(site)['in_review']}/"):
        assert screen.goto(path).status == 200, path
        check(screen, axe)
    screen.goto("/desk/")
    with screen.expect_navigation():
        screen.locator("a[href^='/desk/answers/']").first.click()
    check(screen, axe)
