from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.loyalty import privacy
        from huike.loyalty.cards import selectors as cards
        from huike.loyalty.rewards import selectors as rewards

        timeline.register("card", moments=cards.CARD_MOMENTS, entries=cards.timeline_of_cards)
        timeline.register("reward", moments=rewards.REDEMPTION_MOMENTS, entries=rewards.timeline_of_redemptions)
        register_follower(Follower(name="cards", table="loyalty_card"))
        # Value does not move when two files become one: the file that stays holds both accounts.
        register_follower(Follower(name="ledger_accounts", table="ledger_account"))
        register_follower(Follower(name="ledger_holds", table="ledger_hold"))
        register_follower(Follower(name="redemptions", table="loyalty_redemption"))
        register_follower(Follower(name="order_points", table="loyalty_order_points", key="order_id"))
        privacy.declare()
