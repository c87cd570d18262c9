from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "huike.customers"
    label = "customers"

    def ready(self) -> None:
        from huike.customers.fields import references
        from huike.customers.merging.followers import Follower, register_follower
        from huike.customers.selectors import AS_REFERENCE

        references.register("customer", AS_REFERENCE)
        register_follower(Follower(name="identities", table="customers_identity"))
        register_follower(Follower(name="suppressions", table="customers_suppression"))
        register_follower(Follower(name="claims", table="customers_claim"))
        # The survivor's value of a field stands; what the absorbed file had of that field stays with it.
        register_follower(
            Follower(
                name="fields",
                table="customers_field_value",
                stays="EXISTS (SELECT FROM customers_field_value hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.field_id = t.field_id)",
            )
        )
