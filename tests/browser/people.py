"""The demo's people, signed in."""

import json
import re

from playwright.sync_api import Page

from tests.site import Site


def password_of(site: Site, email: str) -> str:
    rows = json.loads((site.var / "demo_sign_ins.json").read_text())["people"]
    return next(password for _, address, password in rows if address == email)


def sign_in(page: Page, site: Site, email: str) -> Page:
    """Through the sign-in page, as a person does."""
    page.goto("/desk/")
    page.get_by_label(re.compile("E-?mail")).fill(email)
    page.get_by_label("Password").fill(password_of(site, email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/**")
    return page
