from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "huike.orders"
    label = "orders"

    def ready(self) -> None:
        from huike.catalog.selectors import store_names
        from huike.customers import file_parts, timeline
        from huike.customers.fields import references
        from huike.customers.identity.claiming import Claimer, register_claimer
        from huike.customers.merging.followers import Follower, register_follower
        from huike.orders import claiming, privacy, selectors, services
        from huike.orders.receivers import deliveries
        from huike.orders.references import PRODUCTS, STORES
        from huike.platform import housekeeping

        # The lowest room that knows both people and stores introduces them to each other.
        file_parts.register_store_names(store_names)
        references.register("store", STORES)
        references.register("product", PRODUCTS)
        file_parts.register_totals(selectors.totals_of)
        timeline.register("order", moments=selectors.SALE_MOMENTS, entries=selectors.timeline_of_orders)
        timeline.register("return", moments=selectors.RETURN_MOMENTS, entries=selectors.timeline_of_orders)
        register_claimer(Claimer(kind="order", find=claiming.find, claim=claiming.claim))
        register_follower(
            Follower(
                name="orders",
                table="orders_order",
                named_by="named_by_id",
                settle=services.settle_people,
            )
        )
        register_follower(Follower(name="shop_deliveries", table="orders_shop_delivery"))
        housekeeping.register("shop_deliveries", deliveries.forget_old)
        privacy.declare()
