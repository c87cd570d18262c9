from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "huike.promotions"
    label = "promotions"
