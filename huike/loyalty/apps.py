from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"
