from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "huike.platform"
    label = "platform"
