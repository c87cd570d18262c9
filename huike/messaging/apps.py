from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "huike.messaging"
    label = "messaging"
