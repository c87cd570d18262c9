from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "huike.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from huike.platform import housekeeping
        from huike.webhooks import (
            intake,  # noqa: F401 - registers the handler
            privacy,
        )
        from huike.webhooks.services import forget_finished

        housekeeping.register("webhook_deliveries", forget_finished)
        privacy.declare()
