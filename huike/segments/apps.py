from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "huike.segments"
    label = "segments"

    def ready(self) -> None:
        from huike.platform import housekeeping
        from huike.segments import (
            handlers,  # noqa: F401 - registers them
            privacy,
            touchpoints,  # noqa: F401 - declares them
        )
        from huike.segments.membership import (
            services,
            tasks,  # noqa: F401 - registers them
        )

        housekeeping.register("segment_histories", services.forget_old)
        privacy.declare()
