from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "huike.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        from huike.campaigns import (
            handlers,  # noqa: F401 - registers them
            privacy,
        )

        privacy.declare()
