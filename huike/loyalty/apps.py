from collections.abc import Sequence

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.customers import membership, timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.customers.privacy import places
        from huike.loyalty import (
            activities,  # noqa: F401 - declares them
            fields,  # noqa: F401 - declares what rules may ask
            handlers,  # noqa: F401 - they register themselves
            lake,  # noqa: F401 - declares what it holds
            privacy,
        )
        from huike.loyalty.accounts import selectors as accounts
        from huike.loyalty.cards import selectors as cards
        from huike.loyalty.count_cards import selectors as count_cards
        from huike.loyalty.earning import bonuses
        from huike.loyalty.own import count_cards as own_cards
        from huike.loyalty.own import coupons, public, sections, value
        from huike.loyalty.own import rewards as own_rewards
        from huike.loyalty.points import services as points
        from huike.loyalty.rewards import selectors as rewards
        from huike.loyalty.tiers import selectors as tiers
        from huike.loyalty.tiers import services
        from huike.platform import clock
        from huike.segments import labels

        def judge(customer_ids: Sequence[int]) -> None:
            now = clock.now()
            services.evaluate(customer_ids, now=now, then=lambda since: points.settle_since(since, now=now))

        labels.register("tier", lambda keys, _: tiers.names_of(keys))
        timeline.register("tier", moments=tiers.TIER_MOMENTS, entries=tiers.timeline_of_tiers)
        register_follower(Follower(name="tier_grants", table="loyalty_tier_grant"))
        # One membership a person: the survivor's where she has one. Settled after orders and grants have moved.
        register_follower(
            Follower(
                name="tiers",
                table="loyalty_member",
                stays="EXISTS (SELECT FROM loyalty_member hers WHERE hers.customer_id = %(survivor)s"
                " AND hers.programme_id = t.programme_id)",
                settle=judge,
            )
        )
        membership.register("tiers", judge)
        membership.register("welcome", bonuses.welcome)
        register_follower(Follower(name="bonuses", table="loyalty_bonus"))
        timeline.register("card", moments=cards.CARD_MOMENTS, entries=cards.timeline_of_cards)
        timeline.register("points", moments=accounts.POINTS_MOMENTS, entries=accounts.timeline_of_points)
        timeline.register("uses", moments=count_cards.USES_MOMENTS, entries=count_cards.timeline_of_uses)
        timeline.register("reward", moments=rewards.REDEMPTION_MOMENTS, entries=rewards.timeline_of_redemptions)
        register_follower(Follower(name="cards", table="loyalty_card"))
        register_follower(Follower(name="kept_cards", table="loyalty_kept_card"))
        # Value does not move when two files become one: the file that stays holds both accounts.
        register_follower(Follower(name="ledger_accounts", table="ledger_account"))
        register_follower(Follower(name="ledger_holds", table="ledger_hold"))
        # Who was warned of a day is warned: a second warning of the same day stays where it is.
        register_follower(
            Follower(
                name="expiry_warnings",
                table="loyalty_expiry_warning",
                stays="EXISTS (SELECT FROM loyalty_expiry_warning hers WHERE hers.customer_id = %(survivor)s"
                " AND hers.programme_id = t.programme_id AND hers.expires_on = t.expires_on)",
            )
        )
        register_follower(Follower(name="redemptions", table="loyalty_redemption"))
        register_follower(Follower(name="order_points", table="loyalty_order_points", key="order_id"))
        register_follower(Follower(name="order_values", table="loyalty_order_value", key="order_id"))
        register_follower(Follower(name="order_uses", table="loyalty_order_uses"))
        register_follower(Follower(name="uses_refunds", table="loyalty_uses_refund"))
        register_follower(Follower(name="adjustments", table="loyalty_adjustment"))
        register_follower(Follower(name="top_ups", table="loyalty_top_up"))
        register_follower(Follower(name="value_refunds", table="loyalty_value_refund"))
        register_follower(Follower(name="value_freezes", table="loyalty_value_freeze"))
        privacy.declare()
        places.register(public.PLACE)
        for section in (*value.SECTIONS, own_cards.SECTION, coupons.SECTION, own_rewards.SECTION):
            sections.register(section)
