from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "huike.catalog"
    label = "catalog"

    def ready(self) -> None:
        from huike.catalog.selectors import stores_of_regions
        from huike.staff.access import register_region_stores

        register_region_stores(stores_of_regions)
