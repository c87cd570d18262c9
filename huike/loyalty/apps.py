from collections.abc import Sequence

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "huike.loyalty"
    label = "loyalty"

    def ready(self) -> None:
        from huike.customers import membership, timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.loyalty import fields, handlers, privacy  # noqa: F401 - fields and handlers declare themselves
        from huike.loyalty.cards import selectors as cards
        from huike.loyalty.points import services as points
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
        timeline.register("card", moments=cards.CARD_MOMENTS, entries=cards.timeline_of_cards)
        register_follower(Follower(name="cards", table="loyalty_card"))
        # Value does not move when two files become one: the file that stays holds both accounts.
        register_follower(Follower(name="ledger_accounts", table="ledger_account"))
        register_follower(Follower(name="order_points", table="loyalty_order_points", key="order_id"))
        privacy.declare()
