from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "huike.catalog"
    label = "catalog"
