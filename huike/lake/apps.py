from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LakeConfig(AppConfig):
    name = "huike.lake"
    label = "lake"

    def ready(self) -> None:
        # Each capability declares its tables in its own `lake.py`.
        autodiscover_modules("lake")
