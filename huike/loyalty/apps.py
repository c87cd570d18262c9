from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.customers.privacy import places
        from huike.loyalty import privacy
        from huike.loyalty.cards import selectors as cards
        from huike.loyalty.own import coupons, public, sections

        timeline.register("card", moments=cards.CARD_MOMENTS, entries=cards.timeline_of_cards)
        register_follower(Follower(name="cards", table="loyalty_card"))
        register_follower(Follower(name="kept_cards", table="loyalty_kept_card"))
        # Value does not move when two files become one: the file that stays holds both accounts.
        register_follower(Follower(name="ledger_accounts", table="ledger_account"))
        register_follower(Follower(name="order_points", table="loyalty_order_points", key="order_id"))
        privacy.declare()
        places.register(public.PLACE)
        sections.register(coupons.SECTION)
