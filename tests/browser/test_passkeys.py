"""Promise 14, in a browser with a virtual authenticator: a passkey is added, used alone, and after a password."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.accounts.codes import code
from tests.site import Site

PASSWORD = "running in the rain"
OWN = "/accounts/sign-in/"
# Of this test alone: whoever has a passkey is asked for it.
MAKE = """
from advice.accounts.models import User
User.objects.create_user("{email}", "{password}", name="Noor Baker", role="editor", may_publish=True)
"""


@pytest.fixture
def email(site: Site, request) -> str:
    name = f"{re.sub('[^a-z]', '-', request.node.name)}@secondwind.example"
    site.manage("shell", "--no-imports", "-c", MAKE.format(email=name, password=PASSWORD))
    return name


@pytest.fixture
def desk(open_page, site: Site) -> Page:
    """By its name: a bare number has no passkeys."""
    return open_page(base_url=site.desk_url)


@pytest.fixture
def device(desk: Page) -> tuple[CDPSession, str]:
    session = desk.context.new_cdp_session(desk)
    session.send("WebAuthn.enable")
    options = {
        **{"protocol": "ctap2", "transport": "internal", "hasResidentKey": True},
        **{"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True},
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def enter_password(page: Page, email: str, *, then: str) -> None:
    page.get_by_label(re.compile("E-?mail")).fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(then)


def sign_out(page: Page) -> None:
    page.goto("/desk/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r":\d+/$"))


def add_passkey(page: Page, name: str, *, alone: bool = True) -> None:
    page.goto(f"{OWN}passkeys/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add a passkey").click()


def look(page: Page, axe) -> None:
    """As it stands on a small and a wide screen, light and dark."""
    for width, theme in ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px on {width}"


def test_a_passkey_is_added_and_signs_in_alone_and_after_the_password(desk, device, email, axe):
    desk.goto("/desk/people/")
    look(desk, axe)
    enter_password(desk, email, then="**/desk/people/")
    desk.goto(OWN)
    desk.get_by_role("link", name="Add a passkey").click()
    look(desk, axe)
    add_passkey(desk, "Laptop")
    desk.wait_for_url(f"**{OWN}codes/")
    expect(desk.locator(".codes li")).to_have_count(10)
    look(desk, axe)

    sign_out(desk)
    desk.goto("/desk/people/")
    desk.get_by_role("button", name="Use a passkey").click()
    desk.wait_for_url("**/desk/people/")
    expect(desk.locator(".me")).to_contain_text("Noor Baker")
    assert {c["name"]: c["expires"] for c in desk.context.cookies()}["sessionid"] == -1

    sign_out(desk)
    desk.goto("/desk/people/")
    enter_password(desk, email, then="**/login/second/")
    look(desk, axe)
    desk.get_by_role("button", name="Use a passkey").click()
    desk.wait_for_url("**/desk/people/")

    desk.goto(f"/accounts/reauthenticate/passkey/?next={OWN}codes/")
    look(desk, axe)
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk.locator(".codes li")).to_have_count(10)
    desk.goto(OWN)
    expect(desk.locator(".passkeys li")).to_contain_text(
        re.compile(r"Laptop\s*signs you in alone · last used on")
    )
    look(desk, axe)


def test_a_passkey_is_renamed_and_removed(desk, device, email, axe):
    desk.goto("/desk/")
    enter_password(desk, email, then="**/desk/")
    add_passkey(desk, "Laptop", alone=False)
    desk.wait_for_url(f"**{OWN}codes/")
    desk.goto(OWN)
    expect(desk.locator(".passkeys li")).to_contain_text("after your password")
    desk.get_by_role("link", name="Rename Laptop").click()
    look(desk, axe)
    desk.get_by_label("Name").fill("Old laptop")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_role("link", name="Remove Old laptop").click()
    look(desk, axe)
    desk.get_by_role("button", name="Remove it").click()
    expect(desk.get_by_role("status")).to_contain_text("The passkey is removed.")
    expect(desk.locator(".passkeys")).to_have_count(0)
    sign_out(desk)
    desk.goto("/desk/")
    enter_password(desk, email, then="**/desk/")


def test_what_went_wrong_is_said_beside_the_button(desk, device, email):
    session, authenticator = device
    desk.goto("/desk/")
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk.get_by_role("alert")).to_contain_text("there is none for this site")
    enter_password(desk, email, then="**/desk/")
    add_passkey(desk, "Laptop")
    desk.wait_for_url(f"**{OWN}codes/")
    add_passkey(desk, "The same once more")
    expect(desk.get_by_role("alert")).to_contain_text("has a passkey here already")
    sign_out(desk)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    desk.goto("/desk/")
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk.get_by_role("alert")).to_contain_text("it was stopped")
    expect(desk.get_by_role("button", name="Use a passkey")).to_be_enabled()


def test_everyone_can_use_the_pages_of_an_app(desk, email, axe, problems):
    problems.allow("status of 422")
    desk.goto("/desk/")
    enter_password(desk, email, then="**/desk/")
    desk.goto(f"{OWN}app/")
    desk.get_by_text("Or enter the key by hand").click()
    look(desk, axe)
    key = desk.locator("code.key").inner_text().replace(" ", "")
    desk.get_by_label("Code").fill("no code")
    desk.get_by_role("button", name="Set it up").click()
    expect(desk.locator(".errors")).to_contain_text("This is not right.")
    look(desk, axe)
    desk.get_by_label("Code").fill(code(key))
    desk.get_by_role("button", name="Set it up").click()
    expect(desk.locator(".codes li")).to_have_count(10)
    for path in (f"{OWN}codes/new/", f"{OWN}app/remove/", "/accounts/reauthenticate/code/"):
        desk.goto(path)
        look(desk, axe)


def test_under_a_bare_number_it_is_said_that_a_name_is_needed(page, site):
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("a number does not do")


def test_without_javascript_the_other_ways_are_there(no_js_page, email):
    no_js_page.goto("/desk/")
    expect(no_js_page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    enter_password(no_js_page, email, then="**/desk/")
    no_js_page.goto(f"{OWN}passkeys/")
    expect(no_js_page.get_by_text("This browser cannot use passkeys here.")).to_be_visible()
    no_js_page.goto(f"{OWN}app/")
    expect(no_js_page.get_by_label("Code")).to_be_visible()
