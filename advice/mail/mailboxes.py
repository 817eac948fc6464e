"""Which spellings of an address lead to one mailbox, so that nobody is written to twice."""

import re
import unicodedata


def canonical(email: str) -> str:
    """One form for the spellings of one mailbox, so that nobody is written to twice.

    Case, Unicode forms, IDN, quotes (RFC 5321, 4.1.2: they change nothing), +tags. Dots are dropped only where the
    provider is known to ignore them.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        pass
    domain = domain.rstrip(".")
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = _QUOTED_PAIR.sub(r"\1", local[1:-1])
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# Other names of a provider under which the same mailboxes stand.
_OTHER_NAMES = {
    "pm.me": "proton.me",
    "protonmail.ch": "proton.me",
    "protonmail.com": "proton.me",
    "mac.com": "icloud.com",
    "me.com": "icloud.com",
    "ya.ru": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "yandex.ua": "yandex.ru",
}
# What else a provider ignores in a name.
_IGNORED = {"proton.me": "-_", "yandex.ru": "-"}
# Here tag@name.host is the mailbox name@host.
_NAME_IN_HOST = (".fastmail.com", ".fastmail.fm")


def loose(email: str) -> str:
    """One form for all addresses that may lead to the same mailbox, whatever its provider makes of dots and tags.

    For limits only, never to tell who somebody is: at most hosts two people may well differ by a dot alone.
    """
    local, _, domain = canonical(email).rpartition("@")
    domain = _OTHER_NAMES.get(domain, domain)
    for ending in _NAME_IN_HOST:
        if domain.endswith(ending):
            local, domain = domain.removesuffix(ending).rpartition(".")[2], ending[1:]
    if domain.startswith("yahoo.") or domain in {"ymail.com", "rocketmail.com"}:
        local = local.partition("-")[0] or local
    for sign in "." + _IGNORED.get(domain, ""):
        local = local.replace(sign, "")
    return f"{local}@{domain}"
