import json
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from advice.operations import person
from advice.trace.models import Kind
from advice.trace.writing import write_down_command

logger = logging.getLogger("advice.operations")


class Command(BaseCommand):
    help = "Print as JSON, or erase, what is kept of one e-mail address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["export", "erase"])
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *, act: str, email: str, yes: bool, **options: Any) -> None:
        email = email.strip()
        found = person.export(email)
        if not found:
            self.stdout.write("Nothing is kept of this address.")
        elif act == "export":
            logger.info("What is kept of a person was exported by the command line.")
            write_down_command("export", Kind.SITE, detail="person")
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False))
        elif yes or self._is_sure(found):
            self._erase(email)
        else:
            self.stdout.write("Nothing was erased.")

    def _is_sure(self, found: dict[str, Any]) -> bool:
        self.stdout.write(f"There are: {', '.join(found).replace('_', ' ')}.")
        return input("Erase? It cannot be undone. [y/N] ").strip().casefold() in {"y", "yes"}

    def _erase(self, email: str) -> None:
        counts = person.erase(email)
        logger.info("What is kept of a person was erased by the command line: %s.", counts)
        for name, count in counts.items():
            self.stdout.write(f"{count} {name}")
        if person.is_staff(email):
            self.stdout.write(
                "An account of the staff has this address. It was not erased: see People at the desk."
            )
        self.stdout.write(
            "What was printed of a letter stays unless its writer asks: delete the article at the desk."
            " A fingerprint of an address that must not be mailed stays, too."
        )
