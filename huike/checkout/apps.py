from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "huike.checkout"
    label = "checkout"
