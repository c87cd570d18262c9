from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "huike.customers"
    label = "customers"

    def ready(self) -> None:
        from huike.customers.fields import references
        from huike.customers.selectors import AS_REFERENCE

        references.register("customer", AS_REFERENCE)
