from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "advice.search"

    def ready(self) -> None:
        from advice.search import keeping  # noqa: F401  (models are there only now)
