from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "huike.orders"
    label = "orders"
