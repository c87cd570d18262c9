from django.apps import AppConfig


class GroupbuyConfig(AppConfig):
    name = "huike.groupbuy"
    label = "groupbuy"

    def ready(self) -> None:
        from huike.customers.merging.followers import Follower, register_follower
        from huike.groupbuy import privacy

        register_follower(Follower(name="participations", table="groupbuy_participation"))
        privacy.declare()
