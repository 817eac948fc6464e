from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "advice.trace"

    def ready(self) -> None:
        from advice.trace import keeping  # noqa: F401  (models are there only now)
