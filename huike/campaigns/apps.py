from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "huike.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        from huike.campaigns import (
            handlers,  # noqa: F401 - registers them
            privacy,
            selectors,
        )
        from huike.segments import labels

        labels.register("campaign", lambda ids, _: selectors.campaign_names(ids))
        privacy.declare()
