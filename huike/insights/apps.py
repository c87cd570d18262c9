from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "huike.insights"
    label = "insights"
