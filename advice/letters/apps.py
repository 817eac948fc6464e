from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "advice.letters"

    def ready(self) -> None:
        from advice.letters import keeping  # noqa: F401  (models are there only now)
