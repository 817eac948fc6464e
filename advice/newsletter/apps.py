from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "advice.newsletter"

    def ready(self) -> None:
        from advice.newsletter import keeping  # noqa: F401  (models are there only now)
