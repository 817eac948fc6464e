"""`make screenshots`: a picture of every template, at 360 and 1280 px, light and dark, into docs/screenshots/; of mails
at 360 and 600 px.

Taken of the real site with its demo content, as small WebP files. To be looked at by people: nothing is compared.
"""

import argparse
import io
import os
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.people import sign_in
from tests.browser.pieces import issues
from tests.mail.shown import MAILS, mails
from tests.servers import find_chromium
from tests.site import PROJECT, Site

FOLDER = PROJECT / "docs" / "screenshots"
SCREENS = [(width, theme) for width in (360, 1280) for theme in ("light", "dark")]
TALLEST = 1_800  # pixels; the rest of a long page repeats
QUALITY = 40
PAGES = {
    "front": "/",
    "article": "/questions/why-do-my-calf-muscles-always-spasm/",
    "article-several": "{several}",
    "article-corrected": "{corrected}",
    "before": "{before}",
    "article-retracted": "{retracted}",
    "helpful": "/questions/why-do-my-calf-muscles-always-spasm/helpful/",
    "archive": "/questions/",
    "months": "/archive/",
    "month": "{month}",
    "columns": "/columns/",
    "column": "/columns/the-sports-doc/",
    "tags": "/tags/",
    "tag": "/tags/calf/",
    "experts": "/experts/",
    "expert": "/experts/ines-marlow/",
    "working-on": "/working-on/",
    "search": "/search/?q=cramp",
    "search-empty": "/search/?q=nothinglikethis",
    "corrections": "/corrections/",
    "about": "/about/",
    "standards": "/standards/",
    "privacy": "/privacy/",
    "contact": "/contact/",
    "api": "/api/",
    "not-found": "/questions/calf-spasms-of-old/",
    "gone": "{gone}",
    "ask": "/ask/",
    "subscribe": "/subscribe/",
    "newsletters": "/newsletters/",
    "membership": "/membership/",
    "newsletter": "{newsletter}",
    "issue": "{issue}",
    "sign-in": "/accounts/login/",
}
DESK = {
    "desk": "/desk/",
    "desk-article": "{desk_article}",
    "desk-pages": "/desk/pages/",
    "desk-members": "/desk/members/",
    "desk-manage": "/desk/manage/",
    "desk-dashboard": "/desk/dashboard/",
    "desk-demand": "/desk/demand/",
}
# What of the demo stands at which address.
PLACES = """
from advice.articles.models import *
from django.db.models import Count
public = Article.objects.published().newest_first()
corrected = Correction.objects.filter(article__in=public).exclude(before=None).first()
print("several", public.annotate(n=Count("answers")).filter(n__gt=1).first().get_absolute_url())
print("corrected", corrected.article.get_absolute_url())
print("before", f"{corrected.article.get_absolute_url()}before/{corrected.pk}/")
print("retracted", Article.objects.get(status="retracted").get_absolute_url())
print("month", public.exclude(undated=True).first().published_at.strftime("/archive/%Y/%m/"))
print("desk_article", f"/desk/articles/{public.first().pk}/")
FormerAddress.objects.get_or_create(path="/questions/deleted/")
print("gone", "/questions/deleted/")
"""
MAIL_SCREENS = [(width, theme) for width in (360, 600) for theme in ("light", "dark")]


def places(site: Site) -> dict[str, str]:
    said = site.manage("shell", "--no-imports", "-c", PLACES)
    left = issues(site)
    found = dict(line.split(" ", 1) for line in said.strip().splitlines())
    return {**found, "newsletter": left.newsletter, "issue": left.edited}


def take(page: Page, address: str, file: Path, width: int) -> int:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return picture(page, file, width)


def picture(page: Page, file: Path, width: int) -> int:
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    image.save(file, "WEBP", quality=QUALITY, method=6)
    return file.stat().st_size


def series(browser: Browser, site: Site, width: int, theme: Any, wanted: set[str]) -> int:
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": 800},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    where, size = places(site), 0
    for name, address in PAGES.items():
        if not wanted or name in wanted:
            size += take(page, address.format(**where), FOLDER / f"{name}-{width}-{theme}.webp", width)
    if not wanted or wanted & DESK.keys():
        sign_in(page, site, "editor@secondwind.example")
        for name, address in DESK.items():
            if not wanted or name in wanted:
                size += take(page, address.format(**where), FOLDER / f"{name}-{width}-{theme}.webp", width)
    context.close()
    return size


def mailed(browser: Browser, site: Site, wanted: set[str]) -> int:
    """Mails as a mail program shows them: without their site, on a phone and in a window's pane."""
    shown = {name: html for name, html in mails(site).items() if not wanted or name in wanted}
    size = 0
    for width, theme in MAIL_SCREENS if shown else []:
        page = browser.new_page(viewport={"width": width, "height": 400}, color_scheme=theme)  # type: ignore[arg-type]
        for name, html in shown.items():
            page.set_content(html)
            size += picture(page, FOLDER / f"{name}-{width}-{theme}.webp", width)
        page.close()
    return size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join([*PAGES, *DESK, *MAILS])}")
    wanted = set(parser.parse_args().names)
    FOLDER.mkdir(exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory(prefix="advice-pictures-") as folder,
        Site(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*sandbox, "--disable-gpu"]
        )
        size = sum(series(browser, site, width, theme, wanted) for width, theme in SCREENS)
        size += mailed(browser, site, wanted)
        browser.close()
    print(
        f"{len(list(FOLDER.glob('*.webp')))} pictures in docs/screenshots/, {size / 1e6:.1f} MB of them made now."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
