"""How allauth works here: nobody signs up by themselves, and its mails leave through our outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from advice.mail.sending import send_later
from advice.site import absolute


class StaffAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one mail of allauth that happens here is the link to a new password.

        An address without an account gets no mail: it may be anybody's.
        """
        if template_prefix == "account/email/password_reset_key":
            days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
            link = context["password_reset_url"]
            user = context["user"]
            send_later(
                "password_reset",
                to=email,
                context={"user": user, "password_reset_url": link, "link": link, "days": days},
            )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From SITE_URL: allauth's own takes the host that the request names."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """“Signed in” and “signed out” are plain from the page; after signing out there is no session to keep it in."""
        if message_template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, message_template, *args, **kwargs)
