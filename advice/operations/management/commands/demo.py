from typing import Any

from django.core.management.base import BaseCommand

from advice.operations import demo


class Command(BaseCommand):
    help = "Load the demo content. A second time changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if demo.is_loaded():
            self.stdout.write("The demo content is here already; nothing was changed.")
        else:
            counts = demo.load()
            self.stdout.write(
                "Loaded " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
            )
        for role, email, password in demo.sign_ins():
            self.stdout.write(f"  {role:7} {email:28} {password}")
