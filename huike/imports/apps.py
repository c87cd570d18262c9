from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "huike.imports"
    label = "imports"

    def ready(self) -> None:
        from huike.imports import privacy

        privacy.declare()
