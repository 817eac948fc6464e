"""What `manage.py check --deploy` says of how staff sign in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning


def second_factor_is_required(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.REQUIRE_SECOND_FACTOR:
        return []
    return [
        Warning(
            "Staff can sign in with a password alone.",
            hint="Take REQUIRE_SECOND_FACTOR=0 out of the environment.",
            id="accounts.W001",
        )
    ]
