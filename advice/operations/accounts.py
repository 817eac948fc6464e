"""What is done to one account at the command line, where nobody at the desk can."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advice.accounts.models import User
from advice.accounts.workflow import NotPossible


class AccountCommand(BaseCommand):
    """A command that takes the address somebody signs in with; `act` does it, and says what was done."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {email}. Nothing was changed.")
        try:
            done = self.act(user)
        except NotPossible as error:
            raise CommandError(f"{error} Nothing was changed.") from None
        self.stdout.write(done)

    def act(self, user: User) -> str:
        raise NotImplementedError
