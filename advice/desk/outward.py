"""Asking other sites whether an address of theirs works, without ever being led to a machine of our own network.

A name may lead anywhere, and elsewhere a second later. So it is looked up once, each address it has must be one of the
open internet, and the connection is made to that very address. Redirects are gone after by the same rule.
See the OWASP cheat sheet on server-side request forgery.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

TIMEOUT = 3.0
# All of them together: a server that sends a byte now and then could hold us for ever.
TOGETHER = 12.0
MOST = 20
REDIRECTS = 3
_NO_HEAD = {405, 501}
# Addresses that carry an IPv4 address in them, which a gateway may unpack (RFC 6052, RFC 3056).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class NotAsked(Exception):
    """Why an address was not asked, or did not answer; may be shown."""


def is_of_the_open_internet(address: str) -> bool:
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.sixtofour or ip in _TRANSLATED:
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast


@dataclass
class Question:
    """One address, and the connection on which it is being asked."""

    url: str
    may_ask: Callable[[str], bool] = is_of_the_open_internet
    connection: http.client.HTTPConnection | None = None
    is_over: bool = False
    problem: str = ""

    def ask(self) -> None:
        """Sets `problem`, empty where all is well; what comes after somebody gave up is not listened to."""
        problem = self._problem()
        if not self.is_over:
            self.problem = problem

    def _problem(self) -> str:
        try:
            return _complaint(self._status())
        except NotAsked as error:
            return str(error)
        except ssl.SSLError:
            return _("Its certificate is not in order.")
        except TimeoutError:
            return _("It did not answer in time.")
        except (OSError, http.client.HTTPException, ValueError):
            return _("It could not be reached.")

    def give_up(self) -> None:
        """Cut the line, so that whatever waits on it comes back."""
        self.is_over, self.problem = True, _("It did not answer in time.")
        sock = self.connection.sock if self.connection else None
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def _status(self) -> int:
        url = self.url
        for _redirect in range(REDIRECTS + 1):
            status, leads_to = self._request("HEAD", url)
            if status in _NO_HEAD:
                status, leads_to = self._request("GET", url)
            if not 300 <= status < 400 or not leads_to:
                return status
            url = urljoin(url, leads_to)
        raise NotAsked(_("It redirects without end."))

    def _request(self, method: str, url: str) -> tuple[int, str]:
        if self.is_over:
            raise TimeoutError
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NotAsked(_("It redirects to what is no web address."))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = _address_of(parts.hostname, port, self.may_ask)
        kind = _Encrypted if parts.scheme == "https" else _Plain
        self.connection = kind(parts.hostname, port, address)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            self.connection.request(method, path, headers=_headers())
            answer = self.connection.getresponse()
            return answer.status, answer.getheader("Location") or ""
        finally:
            self.connection.close()


def ask_all(
    urls: Iterable[str], *, may_ask: Callable[[str], bool] = is_of_the_open_internet
) -> dict[str, str]:
    """What is wrong with each address, empty where nothing is. Never to be called within a transaction: it takes seconds."""
    questions = [Question(url, may_ask) for url in urls]
    if not questions:
        return {}
    threads = ThreadPoolExecutor(max_workers=len(questions))
    done = {threads.submit(question.ask): question for question in questions}
    late = wait(done, timeout=TOGETHER).not_done
    for future in late:
        done[future].give_up()
    threads.shutdown(wait=False, cancel_futures=True)
    return {question.url: question.problem for question in questions}


def _address_of(host: str, port: int, may_ask: Callable[[str], bool]) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotAsked(_("There is no such host, or its name cannot be looked up.")) from error
    addresses = [str(row[4][0]) for row in found]
    if not addresses or not all(may_ask(address) for address in addresses):
        raise NotAsked(_("It leads into a private network, so it was not asked."))
    return addresses[0]


def _headers() -> dict[str, str]:
    return {"User-Agent": f"link check (+{settings.SITE_URL})", "Accept": "*/*", "Connection": "close"}


def _complaint(status: int) -> str:
    if 200 <= status < 400:
        return ""
    if status in {404, 410}:
        return _("There is no such page (%(status)s).") % {"status": status}
    return _("It answers %(status)s, at least to a program.") % {"status": status}


def _connect(address: str, port: int) -> socket.socket:
    return socket.create_connection((address, port), TIMEOUT)


class _Plain(http.client.HTTPConnection):
    """A connection to `address`, whatever the name may lead to by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._dial = partial(_connect, address, port)

    def connect(self) -> None:
        self.sock = self._dial()


class _Encrypted(_Plain):
    default_port = 443

    def connect(self) -> None:
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self._dial(), server_hostname=self.host)
