from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from advice.accounts.models import Role, User
from advice.accounts.workflow import invitation_link, is_invited, renew_invitation
from advice.articles.models import Column
from advice.letters import redflags
from advice.newsletter.models import Newsletter
from advice.operations import demo
from advice.trace.models import Kind
from advice.trace.writing import write_down_command


class Command(BaseCommand):
    help = "Make the first owner of an empty site, with the pages and a column to begin with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="The owner's address (asked for when left out).")
        parser.add_argument("--name", help="The owner's name (asked for when left out).")

    def handle(self, *args: Any, **options: Any) -> None:
        owners = list(User.objects.filter(role=Role.OWNER))
        if owners:
            self._renew(owners, (options["email"] or "").strip().lower())
            return
        email = (options["email"] or self._ask("E-mail of the first owner: ")).strip()
        name = (options["name"] or self._ask("Their name: ")).strip()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"“{email}” is not an e-mail address. Nothing was made.") from None
        if not name:
            raise CommandError("The owner needs a name. Nothing was made.")
        with transaction.atomic():
            # Not signed in by a password from here: a command line is remembered by the shell and seen by others.
            owner = User.objects.create_user(email, None, name=name, role=Role.OWNER, is_active=False)
            write_down_command("make", Kind.PERSON, owner.pk, detail="owner")
            pages = demo.load_pages()
            redflags.load_shipped()
            if not Column.objects.exists():
                Column.objects.create(
                    name="Letters", slug="letters", description="Questions from our readers."
                )
            if not Newsletter.objects.exists():
                Newsletter.objects.create(
                    name="New answers", slug="new-answers", promise="Once a week, the newest answers"
                )
        self.stdout.write(f"Made the owner {name}, and {pages} pages that you can change at /admin/.")
        self._print_link(owner)

    def _renew(self, owners: list[User], email: str) -> None:
        """An owner who never opened their link gets a new one: until somebody has, nobody can invite anybody."""
        owner = owners[0]
        if not all(map(is_invited, owners)) or (email and email != owner.email):
            raise CommandError("This site has an owner already. Others are invited at /desk/people/.")
        self.stdout.write(
            f"{owner.name} is the owner and has not chosen a password yet. An older link is void."
        )
        self._print_link(renew_invitation(owner, by=None))

    def _print_link(self, owner: User) -> None:
        self.stdout.write(
            f"To choose a password, open this link within three days:\n\n  {invitation_link(owner)}\n"
        )

    @staticmethod
    def _ask(question: str) -> str:
        try:
            return input(question)
        except EOFError:
            raise CommandError("Give --email and --name, or answer at a terminal.") from None
