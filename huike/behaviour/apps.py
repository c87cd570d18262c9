from django.apps import AppConfig


class BehaviourConfig(AppConfig):
    name = "huike.behaviour"
    label = "behaviour"

    def ready(self) -> None:
        from huike.behaviour import claiming, interests, privacy, selectors
        from huike.customers import timeline
        from huike.customers.identity.claiming import Claimer, register_claimer
        from huike.customers.merging.followers import Follower, register_follower

        timeline.register("event", moments=selectors.EVENT_MOMENTS, entries=selectors.timeline_of_events)
        timeline.register("cart", moments=selectors.CART_MOMENTS, entries=selectors.timeline_of_carts)
        timeline.register("check_in", moments=selectors.CHECK_IN_MOMENTS, entries=selectors.timeline_of_check_ins)
        timeline.register("interest", moments=selectors.INTEREST_MOMENTS, entries=selectors.timeline_of_interests)
        register_claimer(Claimer(kind="visitor", find=claiming.find, claim=claiming.claim))
        register_follower(Follower(name="visitors", table="behaviour_visitor"))
        register_follower(Follower(name="events", table="behaviour_event"))
        register_follower(Follower(name="check_ins", table="behaviour_check_in"))
        # One live cart for each source: the survivor's stands.
        register_follower(
            Follower(
                name="carts",
                table="behaviour_cart",
                stays="t.ended_at IS NULL AND EXISTS (SELECT FROM behaviour_cart hers WHERE hers.ended_at IS NULL"
                " AND hers.customer_id = %(survivor)s AND hers.source_id = t.source_id)",
            )
        )
        # Interests are sums of the evidence, made anew after it moved.
        register_follower(Follower(name="evidence", table="behaviour_evidence", settle=interests.sum_up_people))
        privacy.declare()
