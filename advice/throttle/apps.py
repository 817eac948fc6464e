from django.apps import AppConfig


class ThrottleConfig(AppConfig):
    name = "advice.throttle"

    def ready(self) -> None:
        from advice.throttle import keeping  # noqa: F401  (models are there only now)
