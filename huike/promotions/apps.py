from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "huike.promotions"
    label = "promotions"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.promotions import selectors

        timeline.register("coupon", selectors.timeline_of_coupons)
