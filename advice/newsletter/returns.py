"""Where a copy of an issue comes back to. Its number is signed, so that nobody can make somebody else's mail bounce.

The same signed number stands in its Message-ID, for reports that come to another address.
"""

import hashlib
import hmac
import re
from functools import lru_cache

from django.conf import settings

from advice.mail.composing import mail_host

# Lower case and digits only: some mail servers fold the case of what stands before the @ (RFC 5321, 4.1.2 and 2.4).
_SIGNED = re.compile(r"\bc(\d{1,19})\.([0-9a-f]{20})\b", re.IGNORECASE)


def _signature(delivery: int) -> str:
    return hmac.new(_key(settings.SECRET_KEY), str(delivery).encode(), hashlib.sha256).hexdigest()[:20]


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"returns").digest()


def mark(delivery: int) -> str:
    """The signed number of one copy: “c17.0123456789abcdef0123”."""
    return f"c{delivery}.{_signature(delivery)}"


def path(delivery: int) -> str:
    """The envelope's sender for one copy; empty where no BOUNCE_ADDRESS is set."""
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{mark(delivery)}@{domain}" if local else ""


def message_id(delivery: int) -> str:
    """The same however often a copy is tried, so that a mail server or reader can tell a double one."""
    return f"<{mark(delivery)}@{mail_host()}>"


def read(text: str) -> int | None:
    """The copy that an address or a Message-ID names, if the signature is ours."""
    for number, signature in _SIGNED.findall(text):
        if hmac.compare_digest(_signature(int(number)), signature.lower()):
            return int(number)
    return None
