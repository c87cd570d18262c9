from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LakeConfig(AppConfig):
    name = "huike.lake"
    label = "lake"

    def ready(self) -> None:
        from huike.lake import changes
        from huike.platform import housekeeping

        housekeeping.register("lake_changes", changes.forget_old)
        # Each capability declares its tables in its own `lake.py`.
        autodiscover_modules("lake")
