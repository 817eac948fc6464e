from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "advice.mail"

    def ready(self) -> None:
        from advice.mail import keeping  # noqa: F401  (models are there only now)
