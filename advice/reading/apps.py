from django.apps import AppConfig


class ReadingConfig(AppConfig):
    name = "advice.reading"

    def ready(self) -> None:
        from advice.reading import keeping  # noqa: F401  (models are there only now)
