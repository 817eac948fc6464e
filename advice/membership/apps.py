from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "advice.membership"

    def ready(self) -> None:
        from advice.membership import keeping  # noqa: F401  (models are there only now)
