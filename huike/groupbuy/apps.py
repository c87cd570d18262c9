from django.apps import AppConfig


class GroupbuyConfig(AppConfig):
    name = "huike.groupbuy"
    label = "groupbuy"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.groupbuy import (
            activities,  # noqa: F401 - declares them
            handlers,  # noqa: F401 - they register themselves
            privacy,
        )
        from huike.groupbuy.buyers import confirming
        from huike.groupbuy.deals.selectors import deal_names
        from huike.groupbuy.groups import selectors as groups
        from huike.groupbuy.groups.joining import PREFIX
        from huike.groupbuy.groups.seats import ParticipationListener
        from huike.groupbuy.merchants import services as merchants
        from huike.groupbuy.merchants.selectors import merchant_names
        from huike.groupbuy.public import own_section
        from huike.groupbuy.vouchers import selectors as vouchers
        from huike.loyalty.own import sections
        from huike.payments import listeners
        from huike.platform import housekeeping
        from huike.segments import labels

        listeners.register(PREFIX, ParticipationListener())
        timeline.register("group", moments=groups.PARTICIPATION_MOMENTS, entries=groups.timeline_of_participations)
        timeline.register("voucher", moments=vouchers.VOUCHER_MOMENTS, entries=vouchers.timeline_of_vouchers)
        housekeeping.register("rejected_merchants", merchants.forget_rejected)
        housekeeping.register("buyer_confirmations", confirming.forget_old)
        sections.register(own_section.SECTION)
        labels.register("deal", lambda ids, _: deal_names(ids))
        labels.register("merchant", lambda ids, scope: merchant_names(ids, scope=scope))
        register_follower(Follower(name="complaints", table="groupbuy_complaint"))
        register_follower(Follower(name="participations", table="groupbuy_participation"))
        privacy.declare()
