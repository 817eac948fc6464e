from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from advice.accounts import workflow
from advice.accounts.models import User
from advice.desk.people import mail_reset


class Command(BaseCommand):
    help = "Remove app, passkeys and recovery codes of somebody who lost them, when nobody at the desk can."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {email}. Nothing was changed.")
        try:
            with transaction.atomic():
                mail_reset(workflow.reset_second_factor(user, by=None), by=None)
        except workflow.NotPossible as error:
            raise CommandError(f"{error} Nothing was changed.") from None
        self.stdout.write(
            f"{user.name} is signed out everywhere, signs in with a password alone, and adds a second factor anew."
            f" They are told by mail to {user.email}."
        )
