from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.loyalty import lake  # noqa: F401 - declares what it holds
