from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.loyalty import privacy
        from huike.loyalty.cards import selectors as cards

        timeline.register("card", moments=cards.CARD_MOMENTS, entries=cards.timeline_of_cards)
        register_follower(Follower(name="cards", table="loyalty_card"))
        # Value does not move when two files become one: the file that stays holds both accounts.
        register_follower(Follower(name="ledger_accounts", table="ledger_account"))
        register_follower(Follower(name="order_points", table="loyalty_order_points", key="order_id"))
        register_follower(Follower(name="order_values", table="loyalty_order_value", key="order_id"))
        register_follower(Follower(name="top_ups", table="loyalty_top_up"))
        register_follower(Follower(name="value_refunds", table="loyalty_value_refund"))
        register_follower(Follower(name="value_freezes", table="loyalty_value_freeze"))
        privacy.declare()
