"""How the web server runs, the same under `make run` and under a service manager (`deploy/gunicorn.conf.py`)."""

import socket
from typing import Any

from gunicorn.http import message

# Whatever is typed into the search gives a page, and 10 kB of signs are 30 kB in an address. gunicorn takes 8,190 bytes
# for the most that can be asked of it, or else any number, which a stranger would fill its memory with.
LONGEST_ADDRESS = 32 * 1024
message.MAX_REQUEST_LINE = LONGEST_ADDRESS

THREADS = 3
SECONDS_FOR_A_REQUEST = 5


def wait_for_requests(server: Any) -> None:
    """Leave a connection with the kernel until its request begins to arrive (Linux): browsers open some ahead.

    Otherwise each of them would keep a thread waiting, and a worker takes no more connections than `SETTINGS` says.
    """
    if option := getattr(socket, "TCP_DEFER_ACCEPT", None):
        for listener in server.LISTENERS:
            if listener.sock.family in (socket.AF_INET, socket.AF_INET6):
                listener.sock.setsockopt(socket.IPPROTO_TCP, option, SECONDS_FOR_A_REQUEST)


SETTINGS: dict[str, Any] = {
    "worker_class": "gthread",
    "threads": THREADS,
    "limit_request_line": LONGEST_ADDRESS,
    # As many as it has threads for, and one that is kept open: what a worker has taken dies with it, and what it has
    # not waits in the kernel for the next worker (promise 4).
    "worker_connections": THREADS + 1,
    "when_ready": wait_for_requests,
    # No access log: addresses hold secrets. Errors are logged without them.
    "accesslog": None,
    "logger_class": "advice.operations.weblog.WithoutPrivatePaths",
    "control_socket_disable": True,
}
