from django.apps import AppConfig
from django.core.checks import Tags, register


class AccountsConfig(AppConfig):
    name = "advice.accounts"

    def ready(self) -> None:
        from advice.accounts import (
            checks,
            keeping,  # noqa: F401  (models are there only now)
        )

        register(checks.second_factor_is_required, Tags.security, deploy=True)
