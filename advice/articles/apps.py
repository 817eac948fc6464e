from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "advice.articles"

    def ready(self) -> None:
        from advice.articles import keeping  # noqa: F401  (models are there only now)
