"""A real SMTP server in this process, which answers as each test tells it to."""

import asyncio
import contextlib
import socket
import struct

from aiosmtpd.controller import Controller

# Closed with this, a socket sends a reset and not a farewell.
AT_ONCE = struct.pack("ii", 1, 0)


class Sink:
    """Takes mail, but answers as `answers` says: for an address at RCPT, for `data:address` after DATA, for an address
    at MAIL or `sender`, and for `all`, `data:all` where nothing else is said.

    Beside lines of SMTP an answer may be "cut" (the line is gone before an answer), "hang up" (the same, but the mail was
    kept), "hang" (no answer ever), or after DATA "reset" (an answer, and then the line is gone).
    """

    def __init__(self):
        self.answers, self.mails, self.connections, self.is_tired = {}, [], 0, False
        self.asked = []  # each address that RCPT named, whatever was answered

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections, session.host_name = self.connections + 1, hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.is_tired and self.mails:
            self.is_tired = False
            server.transport.abort()
        answer = await self._answer(server, address, "sender")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(address)
        answer = await self._answer(server, address, "all")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        said = self.answers.get(f"data:{address}", self.answers.get("data:all", "250 OK"))
        if said.startswith("250") or said in {"hang up", "reset"}:
            self.mails.append((address, envelope.content))
        if said == "reset":
            await server.push("250 OK")
            self._drop(server)
        return "" if said == "reset" else await self._answer(server, f"data:{address}", "data:all")

    async def _answer(self, server, *keys):
        said = next((self.answers[key] for key in keys if key in self.answers), "250 OK")
        if said == "hang":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        if said in {"cut", "hang up"}:
            self._drop(server)
        return "" if said in {"cut", "hang up", "hang"} else said

    @staticmethod
    def _drop(server):
        server.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        server.transport.abort()

    @property
    def addresses(self):
        return [address for address, _ in self.mails]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(sink, port=0):
    """Serve `sink`; gives what is to be stopped."""
    controller = Controller(sink, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    return controller


def mail_to(settings, port, *, timeout=5):
    settings.EMAIL_BACKEND = "advice.mail.backends.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout
