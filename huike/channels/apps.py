from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "huike.channels"
    label = "channels"
