"""The links of an issue, each with what is wrong with it: whoever got it by mail cannot be given another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, unquote, unquote_to_bytes, urljoin, urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.validators import URLValidator, validate_email
from django.urls import reverse
from django.utils.translation import gettext as _

from advice import markup
from advice.desk import outward
from advice.newsletter.issuing import fill
from advice.newsletter.models import Issue, IssueItem

_is_web_address = URLValidator(schemes=["http", "https"])
REDIRECTS = 3


@dataclass(frozen=True)
class Link:
    where: str
    words: str
    address: str | None  # None: the text has one that is not kept


@dataclass(frozen=True)
class Checked:
    link: Link
    state: str = "ok"  # or error, warning, unseen (a picture that is not shown)
    note: str = ""


class _Reader(HTMLParser):
    """The links and pictures of rendered Markdown, in their order."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where, self.found = where, list[Link]()
        self._open: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self._open.append(Link(self.where, "", given.get("href")))
        elif tag == "img":
            self.found.append(Link(self.where, given.get("alt") or _("Picture"), given.get("src")))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1] = replace(self._open[-1], words=self._open[-1].words + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open:
            self.found.append(self._open.pop())


def links_of(issue: Issue) -> list[Link]:
    """Each link of the introduction and of the texts that are mailed in full, once for each place."""
    found: dict[tuple[str, str | None], Link] = {}
    for where, html in _texts(issue):
        reader = _Reader(where)
        reader.feed(html)
        for link in reader.found:
            if not (link.address or "").startswith("#"):  # within its own text
                found.setdefault((where, link.address), link)
    return list(found.values())


def _texts(issue: Issue) -> Iterator[tuple[str, str]]:
    yield _("Introduction"), issue.intro_html
    for item in _in_full(issue):
        yield item.headline, _whole(item)


def _in_full(issue: Issue) -> Iterator[IssueItem]:
    for item in issue.items.filter(in_full=True).select_related("article__column"):
        if issue.left_at is None:  # afterwards its text is what was mailed
            fill(item)
        yield item


def _pictures_of(issue: Issue) -> list[Checked]:
    """Pictures of elsewhere, in whose place their description is mailed."""
    note = _("It is on another site, so readers do not see it. Upload it here to have it shown.")
    texts = [(_("Introduction"), issue.intro)]
    for item in _in_full(issue):
        texts += [(item.headline, item.question), *((item.headline, row["text"]) for row in item.answers)]
    return [
        Checked(Link(where, words or _("Picture"), address), "unseen", note)
        for where, text in texts
        for words, address in markup.outside_pictures(text)
    ]


def _whole(item: IssueItem) -> str:
    return "\n".join([item.question_html, *(answer["html"] for answer in item.answers)])


def check(issue: Issue, *, others: bool) -> list[Checked]:
    """Every link with what is wrong; links to other sites are asked only with `others`, which takes seconds.

    What is certainly wrong is an error; what another site did not answer, a warning.
    """
    checked = [_look_at(link) for link in links_of(issue)]
    checked = _ask_ourselves(checked)
    return (_ask_others(checked) if others else checked) + _pictures_of(issue)


def errors(issue: Issue) -> list[Checked]:
    """What can be known to be wrong without asking anybody else."""
    return [row for row in check(issue, others=False) if row.state == "error"]


def _look_at(link: Link) -> Checked:
    """What can be seen from the address alone."""

    def wrong(note: str) -> Checked:
        return Checked(link, "error", note)

    if not link.address:
        return wrong(_("Only links that begin with https:, http:, mailto: or / are kept."))
    try:
        parts = urlsplit(link.address)
        if parts.scheme == "mailto":
            validate_email(unquote(parts.path))
        elif parts.scheme in {"http", "https"} and not _is_own(parts):
            _is_web_address(link.address)
    except (ValueError, ValidationError):
        return wrong(_("This is no address."))
    if not parts.scheme and not link.address.startswith("/"):
        return wrong(_("In a mail this leads nowhere. Begin it with / or https://"))
    return Checked(link)


def _is_own(parts: SplitResult) -> bool:
    return not parts.netloc or parts.netloc.lower() == urlsplit(settings.SITE_URL).netloc.lower()


# -- our own pages ------------------------------------------------------------------------------------------------


def _ask_ourselves(checked: list[Checked]) -> list[Checked]:
    """The site is asked as a stranger would ask it, without going through the network; for each page once."""
    handler = BaseHandler()
    handler.load_middleware()
    ours = [row for row in checked if _is_page_of_ours(row)]
    verdicts = {address: _ask_for(address, handler) for address in {row.link.address or "" for row in ours}}
    return [
        Checked(row.link, *verdicts[row.link.address]) if row.link.address in verdicts else row
        for row in checked
    ]


def _is_page_of_ours(row: Checked) -> bool:
    parts = urlsplit(row.link.address or "") if row.state == "ok" else None
    return parts is not None and parts.scheme in {"", "http", "https"} and _is_own(parts)


def _ask_for(address: str, handler: BaseHandler) -> tuple[str, str]:
    """The state of a page of ours and what is to be said of it."""
    for _redirect in range(REDIRECTS + 1):
        address = urljoin(f"{settings.SITE_URL}/", address)
        response: Any = handler.get_response(_request(address))
        for (
            close
        ) in response._resource_closers:  # response.close() would say that the editor's request is over
            close()
        leads_to = response.headers.get("Location", "")
        if not 300 <= response.status_code < 400 or not leads_to:
            return _verdict(response.status_code, response.headers.get("Cache-Control", ""))
        address = urljoin(address, leads_to)
        if urlsplit(address).path.startswith((reverse("account_login"), reverse("admin:login"))):
            return "error", _("Readers cannot open it: one has to sign in.")
        if not _is_own(urlsplit(address)):
            return "ok", ""
    return "error", _("It redirects without end.")


def _verdict(status: int, cached: str) -> tuple[str, str]:
    if status == 410:
        return "error", _("This page was removed.")
    if status >= 500:
        return "warning", _("It could not be asked just now.")
    if status != 200:
        return "error", _("There is no such page, or it is not public.")
    if "public" not in cached:  # as every page of ours says of itself that is not for one person alone
        return "error", _("This page is not the same for everybody: its address may be a secret.")
    return "ok", ""


def _request(address: str) -> WSGIRequest:
    site, asked = urlsplit(settings.SITE_URL), urlsplit(address)
    environ = {
        "PATH_INFO": unquote_to_bytes(asked.path or "/").decode("latin-1"),
        "QUERY_STRING": asked.query,
        "HTTP_HOST": site.netloc,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
        "REMOTE_ADDR": "127.0.0.1",
    }
    setup_testing_defaults(environ)
    return WSGIRequest(environ)


# -- other sites --------------------------------------------------------------------------------------------------


def _ask_others(checked: list[Checked]) -> list[Checked]:
    theirs = list(dict.fromkeys(row.link.address or "" for row in checked if _is_elsewhere(row)))
    problems = outward.ask_all(theirs[: outward.MOST])
    for address in theirs[outward.MOST :]:
        problems[address] = _("Not asked: only the first %(most)s are.") % {"most": outward.MOST}
    return [
        replace(row, state="warning", note=problems[row.link.address])
        if row.link.address and problems.get(row.link.address)
        else row
        for row in checked
    ]


def _is_elsewhere(row: Checked) -> bool:
    if row.state != "ok":
        return False
    parts = urlsplit(row.link.address or "")
    return parts.scheme in {"http", "https"} and not _is_own(parts)
