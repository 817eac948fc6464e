from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "advice.accounts"

    def ready(self) -> None:
        from advice.accounts import keeping  # noqa: F401  (models are there only now)
