from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "huike.promotions"
    label = "promotions"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.promotions import (
            activities,  # noqa: F401 - declares them
            handlers,  # noqa: F401 - registers them
            privacy,
            selectors,
        )
        from huike.promotions.applications import services as applications
        from huike.promotions.offers.selectors import offer_names
        from huike.segments import labels

        timeline.register("coupon", moments=selectors.COUPON_MOMENTS, entries=selectors.timeline_of_coupons)
        # One coupon of an offer for one reason: a second one stays where it is, and holds for the merged file as well.
        register_follower(
            Follower(
                name="coupons",
                table="promotions_coupon",
                stays="EXISTS (SELECT FROM promotions_coupon hers WHERE hers.customer_id = %(survivor)s"
                " AND hers.offer_id = t.offer_id AND hers.reason = t.reason AND hers.transfers = 0"
                " AND hers.batch_id IS NULL"
                " AND t.transfers = 0 AND t.batch_id IS NULL)",
                settle=applications.settle_people,
            )
        )
        labels.register("offer", lambda ids, _: offer_names(ids))
        privacy.declare()
