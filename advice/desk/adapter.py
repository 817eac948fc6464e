"""How allauth works here: nobody signs up by themselves, and its mails leave through our outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from advice.accounts.models import User
from advice.mail.sending import send_later
from advice.site import absolute
from advice.trace.models import Kind
from advice.trace.writing import write_down, write_down_command


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

    def login(self, request: HttpRequest, user: Any) -> None:
        with transaction.atomic():
            super().login(request, user)
            write_down("sign in", Kind.PERSON, user.pk, by=user)

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            if isinstance(request.user, User):
                write_down("sign out", Kind.PERSON, request.user.pk, by=request.user)
            super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Whose account it was to be, if it was anybody's; never what was typed."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        write_down_command("fail to sign in", Kind.PERSON, user.pk if user else None)

    def set_password(self, user: Any, password: str) -> None:
        with transaction.atomic():
            super().set_password(user, password)
            write_down("set password", Kind.PERSON, user.pk, by=user)

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
