from django.apps import AppConfig


class LetterboxConfig(AppConfig):
    name = "advice.letterbox"
