"""An authenticator app, after RFC 4226 and RFC 6238 and not after the code that is tested."""

import base64
import datetime as dt
import hmac
import struct
import time

PASSWORD = "running in the rain"
NOON = dt.datetime(2026, 3, 2, 12, 0, 10, tzinfo=dt.UTC)


def code(key: str, *, at: float | None = None) -> str:
    step = int((time.time() if at is None else at) // 30)
    mac = hmac.digest(base64.b32decode(key), struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def key_on(page: str) -> str:
    """The key of the app, as it stands on the page for those who cannot scan."""
    return page.partition('<code class="key">')[2].partition("</code>")[0].replace(" ", "")
