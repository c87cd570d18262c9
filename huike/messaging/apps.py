from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "huike.messaging"
    label = "messaging"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.customers.merging.followers import Follower, register_follower
        from huike.messaging import (
            activities,  # noqa: F401 - declares them
            privacy,
            selectors,
        )

        timeline.register("message", moments=selectors.MESSAGE_MOMENTS, entries=selectors.timeline_of_messages)
        timeline.register("receipt", moments=selectors.RECEIPT_MOMENTS, entries=selectors.timeline_of_receipts)
        # What has not left stays: it was meant for the absorbed file, which the gate refuses. A second message of one
        # dispatch cannot move either.
        register_follower(
            Follower(
                name="messages",
                table="messaging_message",
                stays="t.state IN ('queued', 'held', 'claimed', 'sending') OR EXISTS ("
                "SELECT FROM messaging_message hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.dispatch_id = t.dispatch_id)",
            )
        )
        privacy.declare()
