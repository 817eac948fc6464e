import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from advice.operations import rotating
from advice.operations.progress import Progress
from advice.trace.models import Kind
from advice.trace.writing import write_down_command

logger = logging.getLogger("advice.operations")


class Command(BaseCommand):
    help = "Write everything that is encrypted anew under the first of PRIVATE_KEYS (see docs/operators.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress("Writing anew", rotating.rows())
        write_down_command("change keys", Kind.SITE)
        try:
            rotated = rotating.rotate_all(progress)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What was written anew stays; run it again and it goes on. Keep all the keys until then."
            ) from None
        finally:
            progress.close()
        self._say(rotated)

    def _say(self, rotated: rotating.Rotated) -> None:
        for name, count in sorted(rotated.renewed.items()):
            self.stdout.write(f"{count} of {name} written anew")
        renewed, current = rotated.renewed.total(), rotated.current.total()
        logger.info("Private values were written anew under the first key: %d.", renewed)
        self.stdout.write(f"{renewed} values were written anew; {current} were under the first key already.")
        if rotated.nameless and len(settings.PRIVATE_KEYS) > 1:
            self.stdout.write(
                f"{rotated.nameless} addresses that must not be mailed are known by a digest alone, which cannot be made"
                " anew. Keep the key that was first when they were stored as the last of PRIVATE_KEYS, or they will be"
                " mailed again if somebody signs them up."
            )
        if rotated.left:
            found = ", ".join(f"{count} of {name}" for name, count in sorted(rotated.left.items()))
            raise CommandError(f"These stay as they are, as none of PRIVATE_KEYS reads them: {found}.")
