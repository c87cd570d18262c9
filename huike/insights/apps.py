from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "huike.insights"
    label = "insights"

    def ready(self) -> None:
        from huike.insights import privacy
        from huike.insights.sql import (
            services,
            tasks,  # noqa: F401 - registers them
        )
        from huike.platform import housekeeping

        housekeeping.register("questions", services.forget_old)
        privacy.declare()
