from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "huike.experiments"
    label = "experiments"
