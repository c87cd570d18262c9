from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "huike.imports"
    label = "imports"
