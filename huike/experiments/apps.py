from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "huike.experiments"
    label = "experiments"

    def ready(self) -> None:
        from huike.experiments import privacy

        privacy.declare()
