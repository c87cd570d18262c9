from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    name = "huike.predictions"
    label = "predictions"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.predictions import (
            lake,  # noqa: F401 - declares what it holds
            privacy,
            selectors,
        )

        timeline.register("used_up", moments=selectors.USED_UP_MOMENTS, entries=selectors.timeline_of_used_up)
        # Orders move in a merge, and supplies with them by the loop; who was told of a day is told.
        register_follower(
            Follower(
                name="used_up",
                table="predictions_used_up",
                stays="EXISTS (SELECT FROM predictions_used_up hers WHERE hers.customer_id = %(survivor)s"
                " AND hers.product_id = t.product_id AND hers.used_up_on = t.used_up_on)",
            )
        )
        privacy.declare()
