from django.apps import AppConfig


class GroupbuyConfig(AppConfig):
    name = "huike.groupbuy"
    label = "groupbuy"

    def ready(self) -> None:
        from huike.customers.merging.followers import Follower, register_follower
        from huike.groupbuy import privacy
        from huike.groupbuy.merchants import services as merchants
        from huike.platform import housekeeping

        housekeeping.register("rejected_merchants", merchants.forget_rejected)
        register_follower(Follower(name="complaints", table="groupbuy_complaint"))
        register_follower(Follower(name="participations", table="groupbuy_participation"))
        privacy.declare()
