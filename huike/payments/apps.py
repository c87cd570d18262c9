from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "huike.payments"
    label = "payments"
