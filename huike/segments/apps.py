from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "huike.segments"
    label = "segments"

    def ready(self) -> None:
        from huike.segments import (
            handlers,  # noqa: F401 - registers them
            privacy,
            touchpoints,  # noqa: F401 - declares them
        )

        privacy.declare()
