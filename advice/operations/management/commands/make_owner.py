from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advice.accounts import workflow
from advice.accounts.models import User


class Command(BaseCommand):
    help = "Make somebody who signs in already an owner, when no owner is there to do it at the desk."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {email}. Nothing was changed.")
        try:
            workflow.make_owner(user)
        except workflow.NotPossible as error:
            raise CommandError(f"{error} Nothing was changed.") from None
        self.stdout.write(f"{user.name} is an owner. Who no longer is one they change at /desk/people/.")
