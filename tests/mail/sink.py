"""A real SMTP server in this process, which answers as each test tells it to."""

import socket

from aiosmtpd.controller import Controller


class Sink:
    """Takes mail, but answers as `answers` says for an address at RCPT or (key `data:address`) after DATA."""

    def __init__(self):
        self.answers, self.mails, self.connections, self.is_tired = {}, [], 0, False

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections, session.host_name = self.connections + 1, hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.is_tired and self.mails:
            self.is_tired = False
            server.transport.abort()
        answer = self.answers.get("sender")
        if not answer:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        answer = self.answers.get(f"data:{address}", "250 OK")
        if answer == "hang up":
            self.mails.append((address, envelope.content))
            server.transport.abort()
            return ""
        if answer.startswith("250"):
            self.mails.append((address, envelope.content))
        return answer

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


def mail_to(settings, port):
    settings.EMAIL_BACKEND = "advice.mail.backends.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
