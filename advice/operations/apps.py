from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "advice.operations"
