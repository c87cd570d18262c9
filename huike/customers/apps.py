from django.apps import AppConfig


def _has_one(table: str) -> str:
    return f"EXISTS (SELECT FROM {table} hers WHERE hers.customer_id = %(survivor)s)"


class CustomersConfig(AppConfig):
    name = "huike.customers"
    label = "customers"

    def ready(self) -> None:
        from huike.customers import moments, timeline
        from huike.customers.bulk_changes.selections import forget
        from huike.customers.companies.services import AS_REFERENCE as COMPANIES
        from huike.customers.fields import references
        from huike.customers.merging.followers import Follower, register_follower
        from huike.customers.privacy import answers, links, own
        from huike.customers.selectors import AS_REFERENCE
        from huike.platform import housekeeping

        housekeeping.register("selections", forget)
        references.register("customer", AS_REFERENCE)
        references.register("company", COMPANIES)
        timeline.register("consent", moments=moments.CONSENT_MOMENTS, entries=moments.consents)
        timeline.register("identity", moments=moments.IDENTITY_MOMENTS, entries=moments.identities)
        timeline.register("merge", moments=moments.MERGE_MOMENTS, entries=moments.merges)
        timeline.register("claim", moments=moments.CLAIM_MOMENTS, entries=moments.claims)
        timeline.register("tag", moments=moments.TAG_MOMENTS, entries=moments.tags)
        timeline.register("note", moments=moments.NOTE_MOMENTS, entries=moments.notes)
        timeline.register("change", moments=moments.CHANGE_MOMENTS, entries=moments.changes)
        register_follower(Follower(name="identities", table="customers_identity"))
        register_follower(Follower(name="suppressions", table="customers_suppression"))
        register_follower(Follower(name="claims", table="customers_claim"))
        register_follower(Follower(name="notes", table="customers_note"))
        register_follower(Follower(name="tag_changes", table="customers_tag_change"))
        # A request of the same kind that the survivor has open stands; the other stays, and is about the same person.
        register_follower(
            Follower(
                name="privacy_requests",
                table="customers_privacy_request",
                stays="t.finished_at IS NULL AND EXISTS (SELECT FROM customers_privacy_request hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.kind = t.kind AND hers.finished_at IS NULL)",
            )
        )
        # One document, one household: the survivor's where she has one.
        register_follower(
            Follower(name="id_documents", table="customers_id_document", stays=_has_one("customers_id_document"))
        )
        register_follower(
            Follower(
                name="households", table="customers_household_member", stays=_has_one("customers_household_member")
            )
        )
        register_follower(
            Follower(
                name="companies",
                table="customers_company_contact",
                stays="EXISTS (SELECT FROM customers_company_contact hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.company_id = t.company_id)",
            )
        )
        register_follower(
            Follower(
                name="automatic_tags",
                table="customers_automatic_tag",
                stays="EXISTS (SELECT FROM customers_customer hers JOIN customers_tag tag ON tag.id = t.tag_id"
                " WHERE hers.id = %(survivor)s AND hers.tags @> to_jsonb(ARRAY[tag.name]))",
            )
        )
        # The survivor's value of a field stands; what the absorbed file had of that field stays with it.
        register_follower(
            Follower(
                name="fields",
                table="customers_field_value",
                stays="EXISTS (SELECT FROM customers_field_value hers"
                " WHERE hers.customer_id = %(survivor)s AND hers.field_id = t.field_id)",
            )
        )
        own.declare()
        housekeeping.register("own_links", links.forget_old)
        housekeeping.register("privacy_answers", answers.forget_old)
