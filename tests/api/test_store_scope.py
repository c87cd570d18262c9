"""Whoever is limited to a store sees nothing of another: every address that reads, tried by somebody who may read all.

Store A has 客甲, store B has 客乙. Each is in one segment, got a mail and a coupon, and used it. 客乙 referred 客甲,
is her friend, and the head of her household, which bears her name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from huike.campaigns import preparation
from huike.campaigns.models import Campaign
from huike.catalog.models import Store
from huike.channels.models import SandboxMail
from huike.checkout.services import take_order
from huike.customers import services as customers
from huike.customers import tasks
from huike.customers.fields import services as fields
from huike.customers.households import services as households
from huike.customers.households.services import Joining
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.messaging.delivery import finish_dispatches, send_due
from huike.messaging.models import Message
from huike.orders.models import Order
from huike.orders.rules import BuyerIdentity
from huike.platform import clock, jobs, outbox
from huike.platform.audit import SYSTEM
from huike.platform.models import Job
from huike.promotions.models import Coupon
from huike.promotions.offers import services as offers
from huike.segments import services as segments
from huike.segments.membership import services as memberships
from huike.segments.models import Segment
from huike.staff.rules import Role
from tests.api.test_permissions import operations
from tests.imports.files import bring
from tests.lake.world import drop_lake
from tests.messaging import world
from tests.people import Caller, signed_in
from tests.promotions.offers import percent_off
from tests.tills import TILL, order, store, till

pytestmark = pytest.mark.django_db(transaction=True)

EVERYBODY: dict[str, Any] = {"version": 1, "as_of": None, "root": {"all": []}}


@dataclass(frozen=True)
class Side:
    """One store and what is its own."""

    store: Store
    customer: Customer
    order: Order
    coupon: Coupon
    message: Message
    mail: SandboxMail

    @property
    def marks(self) -> set[str]:
        """What stands in an answer that shows something of this store."""
        return {
            self.store.name,
            self.customer.name,
            str(self.customer.email),
            self.order.external_id,
            self.coupon.code,
        }


@dataclass(frozen=True)
class Business:
    a: Side
    b: Side
    campaign_id: int
    segment_id: int
    offer_id: int
    import_id: int
    job_id: int

    def path(self, address: str, side: Side) -> str:
        return address.format(
            campaign=self.campaign_id,
            segment=self.segment_id,
            offer=self.offer_id,
            imported=self.import_id,
            job=self.job_id,
            store=side.store.pk,
            customer=side.customer.pk,
            name=side.customer.name,
            order=side.order.pk,
            number=side.order.external_id,
            code=side.coupon.code,
            message=side.message.pk,
            mail=side.mail.pk,
        )


@pytest.fixture
def business(transactional_db: None) -> Iterator[Business]:
    close_engine()
    drop_lake()
    till()
    stores = [store("SH01", "南京西路店"), store("BJ01", "王府井店")]
    people = [
        world.customer(name, home_store_id=place.pk, city=place.name)
        for name, place in zip(("客甲", "客乙"), stores, strict=True)
    ]
    for person in people:
        customers.tag_customers([person.pk], add=[person.name], remove=[], actor=SYSTEM, scope=EVERYTHING)
    point_at(people[0], people[1])
    with LakeWriter() as writer:
        writer.round()
    segment = segments.create_segment(name="所有人", description="", rule=EVERYBODY, actor=SYSTEM)
    memberships.refresh(segment.pk)
    offer = offers.create_offer(name="九折", terms=percent_off(valid_days=30), actor=SYSTEM)
    offers.activate_offer(offer.pk, actor=SYSTEM)
    campaign_id = send_campaign(segment, offer.pk)
    with LakeWriter() as writer:
        writer.round()
    yield Business(
        *(side(place, person) for place, person in zip(stores, people, strict=True)),
        campaign_id=campaign_id,
        segment_id=segment.pk,
        offer_id=offer.pk,
        import_id=bring(b"CustomerID,Name\n1,x\n", kind="customers", filename="people.csv").pk,
        job_id=jobs.create(kind="lake.rebuild", title_params={}, requested_by_id=None).pk,
    )
    close_engine()
    drop_lake()


def point_at(one: Customer, other: Customer) -> None:
    """Everything on one file that can name another person names her: referrer, own field, household."""
    friend = fields.Definition(key="friend", name="好友", type="reference", target="customer")
    fields.define(friend, actor=SYSTEM)
    changes = {"referrer_id": other.pk, "fields": {"friend": other.pk}}
    customers.update_customer(one.pk, changes, actor=SYSTEM, scope=EVERYTHING)
    family = [Joining(other.pk, "head"), Joining(one.pk, "partner")]
    households.make(family, name="", address="", actor=SYSTEM, scope=EVERYTHING)


def send_campaign(segment: Segment, offer_id: int) -> int:
    """Everybody gets it, into the sandbox; nobody is control."""
    marketer = signed_in(Role.MARKETING)
    arm = {"name": "A", "share_bp": 10_000, "template_id": world.version().template_id, "offer_id": offer_id}
    plan = {"name": "回来", "segment_id": segment.pk, "control_bp": 0, "arms": [arm]}
    campaign_id = int(marketer.post("/campaigns", plan).json()["id"])
    assert marketer.post(f"/campaigns/{campaign_id}/send", **{"Idempotency-Key": "k"}).status_code == 200
    campaign = Campaign.objects.get(pk=campaign_id)
    preparation.prepare(campaign_id, job_id=int(campaign.job_id or 0))
    campaign.refresh_from_db()
    assert campaign.dispatch_id is not None
    send_due(campaign.dispatch_id, seconds=30)
    finish_dispatches()
    while outbox.drain():
        pass
    return campaign_id


def side(place: Store, person: Customer) -> Side:
    """Her order at this store, with the coupon she got; and what she was sent."""
    coupon = Coupon.objects.get(customer=person)
    sold = order(
        f"{place.code}-0077",
        store_code=place.code,
        placed_at=clock.now(),
        buyer=(BuyerIdentity("id", str(person.pk)),),
        coupon_codes=(coupon.code,),
    )
    sale = take_order(sold, actor=SYSTEM, scope=EVERYTHING, now=clock.now())
    return Side(
        store=place,
        customer=person,
        order=Order.objects.get(pk=sale.placement.order_id),
        coupon=coupon,
        message=Message.objects.get(customer=person),
        mail=SandboxMail.objects.get(to_address=person.email),
    )


# Where something of both stores could stand. Whoever sees all stores finds both there.
SHARED = {
    "list_campaign_people": "/campaigns/{campaign}/people",
    "list_preview_people": "/campaigns/{campaign}/preview-people",
    "list_customers": "/customers",
    "list_messages": "/messages?campaign_id={campaign}",
    "list_coupons_of_offer": "/offers/{offer}/coupons",
    "list_offer_uses": "/offers/{offer}/uses",
    "list_orders": "/orders",
    "list_sandbox_mails": "/sandbox-mails",
    "list_field_values": "/segments/values?field=tags",
    "list_segment_members": "/segments/{segment}/members",
    "list_stores": "/stores",
    "list_tags": "/tags",
    "search": "/search?q=%E5%AE%A2",
}
# What is one person's, one order's: asked for by the id of the other store's.
OWN = {
    "get_customer": "/customers/{customer}",
    "list_consent_events": "/customers/{customer}/consent-events",
    "list_orders_of_customer": "/customers/{customer}/orders",
    "get_customer_timeline": "/customers/{customer}/timeline",
    "list_notes": "/customers/{customer}/notes",
    "get_household_of_customer": "/customers/{customer}/household",
    "list_companies_of_customer": "/customers/{customer}/companies",
    "list_identities": "/customers/{customer}/identities",
    "list_cards_of_customer": "/customers/{customer}/cards",
    "list_coupons_of_customer": "/customers/{customer}/coupons",
    "get_points_of_order": "/orders/{order}/points",
    "get_member_value": "/loyalty/members/{customer}",
    "list_ledger_of_member": "/loyalty/members/{customer}/ledger",
    "download_ledger_of_member": "/loyalty/members/{customer}/ledger/file",
    "list_rewards_for_customer": "/customers/{customer}/rewards",
    "get_tier_of_customer": "/customers/{customer}/tier",
    "get_held_about": "/customers/{customer}/held",
    "get_referral_code": "/customers/{customer}/referral-code",
    "list_interests": "/customers/{customer}/interests",
    "find_claimable": "/customers/{customer}/claimable?key=R-1",
    "get_order": "/orders/{order}",
    "get_message": "/messages/{message}",
    "preview_campaign": "/campaigns/{campaign}/preview?customer_id={customer}",
    "get_sandbox_mail": "/sandbox-mails/{mail}",
}
# Figures of everything there is; their numbers are tried one by one below.
FIGURES = {
    "get_campaign": "/campaigns/{campaign}",
    "list_campaigns": "/campaigns",
    "get_campaign_result": "/campaigns/{campaign}/result",
    "get_offer": "/offers/{offer}",
    "list_offers": "/offers",
    "get_segment": "/segments/{segment}",
    "list_segments": "/segments",
    "list_memberships": "/segments/memberships?id={segment}",
    "get_membership": "/segments/{segment}/membership",
    "get_segment_overlap": "/segments/overlap?id={segment}",
    "list_segment_snapshots": "/segments/{segment}/snapshots",
    "get_today": "/today",
}
# Shows a coupon to whoever holds its code: without whose it is and where it was taken.
BY_CODE = {"get_coupon": "/coupons/{code}"}
# Closed to whoever does not see all stores.
FOR_ALL_STORES = {
    "list_sql_tables": ("/sql/tables", 403),
    "list_sql_history": ("/sql/history", 403),
    "list_saved_queries": ("/sql/saved", 403),
    "download_sql_file": ("/sql/files/{job}", 403),
    "list_imports": ("/imports", 403),
    "get_import": ("/imports/{imported}", 403),
    "download_refused_rows": ("/imports/{imported}/refused", 403),
    "get_segment_history": ("/segments/{segment}/history", 403),
    "get_tiers": ("/loyalty/tiers", 403),
    "get_liability": ("/loyalty/liability", 403),
    "list_members_ending": ("/loyalty/liability/members?month=2026-12", 403),
    "list_liability_movements": ("/loyalty/liability/movements?month=2026-12&account=issued", 403),
    "list_statements": ("/groupbuy/settlements", 403),
    "get_statement": ("/groupbuy/settlements/1", 403),
    "list_statement_lines": ("/groupbuy/settlements/1/lines", 403),
    "download_statement": ("/groupbuy/settlements/1/file", 403),
    "get_merchant_account": ("/groupbuy/merchants/1/account", 403),
    "get_job": ("/jobs/{job}", 404),
    "get_simulation": ("/loyalty/simulations/{job}", 404),
    "download_job_file": ("/jobs/{job}/file", 404),
}
# Nothing of people or orders stands there.
ELSEWHERE = """
list_api_keys list_audit_entries list_brands list_categories list_customer_fields get_email_channel get_freshness
get_health get_invitation
list_jobs get_me list_products list_product_costs list_regions list_roles get_segment_catalogue get_sending_rules
list_sources
list_templates list_template_starters list_template_variables get_template list_users list_views
list_identity_limits list_shared_identities list_tag_rules
list_tracked_sources get_tracked_source list_interest_terms
list_webhooks list_webhook_event_types get_webhook list_webhook_deliveries get_webhook_delivery
get_sms_channel get_privacy_rules
list_saved_mappings get_saved_mapping write_mapping_file list_import_presets download_preset_sample
list_programmes get_programme get_terms_draft list_terms_versions get_terms_version compare_terms
list_sign_up_pages get_sign_up_page list_sign_up_places get_sign_up_poster get_sign_up_qr_png get_sign_up_qr_svg
list_deals get_deal list_deal_versions list_groups
list_code_batches get_code_batch list_code_batch_downloads download_code_batch print_code_batch
list_card_batches get_card_batch download_card_batch get_member_code_key list_stored_value_plans get_adjusting
list_count_cards
get_merchant_terms list_merchant_terms
list_offer_versions list_offer_budgets list_pauses
""".split()  # noqa: SIM905 - read as a list of words

# Tried with what they need where they are at home: tests/customers, tests/behaviour, tests/orders, tests/privacy,
# tests/signup, tests/segments, tests/loyalty, tests/groupbuy.
AT_HOME = """
list_moved_customers
list_merges list_duplicates search_references list_companies get_company list_contacts list_identity_refusals
list_event_samples get_receiver list_shop_deliveries count_customers
list_privacy_requests get_privacy_request download_privacy_answer list_joinings get_card list_members
list_member_figures
list_count_cards_of_customer quote_uses_refund
get_stored_value quote_stored_value_refund get_stored_value_statement download_stored_value_statement
get_stored_value_day list_stored_value_day_rows download_stored_value_day list_adjustments
list_tills list_refused_offline_sales
list_payments get_payment export_payments list_refunds list_payment_providers
list_rewards get_reward list_redemptions get_redemption get_redemption_by_code
list_participations get_group list_vouchers get_voucher list_voucher_redemptions look_at_voucher
list_merchants count_merchants get_merchant list_complaints download_merchant_document
list_deal_results get_deal_result download_deal_results
""".split()  # noqa: SIM905


def told(answer: Any) -> str:
    """The answer as text, as a reader sees it; files as they are."""
    if "json" not in answer.headers["Content-Type"]:
        return (answer.getvalue() if answer.streaming else answer.content).decode()
    return json.dumps(answer.json(), ensure_ascii=False)


def limited_to(a_side: Side) -> Caller:
    return signed_in(Role.OWNER, store_ids=[a_side.store.pk])


def test_every_address_that_reads_is_in_the_sweep() -> None:
    tried = [*SHARED, *OWN, *FIGURES, *BY_CODE, *FOR_ALL_STORES, *ELSEWHERE, *AT_HOME]
    assert len(tried) == len(set(tried))
    assert set(tried) == {operation.id for operation in operations() if operation.method == "GET"}


def test_lists_and_searches_hold_ones_own_store_only(business: Business) -> None:
    limited, owner = limited_to(business.a), signed_in(Role.OWNER)
    for name, address in SHARED.items():
        seen = told(limited.get(business.path(address, business.b)))
        everything = told(owner.get(business.path(address, business.b)))
        assert {mark for mark in business.b.marks if mark in seen} == set(), name
        for of in (business.a, business.b):  # what is tried could have been seen
            assert any(mark in everything for mark in of.marks), name
        if name != "list_sandbox_mails":  # mails are not of one store; whoever sees some stores sees none
            assert any(mark in seen for mark in business.a.marks), name
    for address in ("/customers?q={name}", "/orders?q={number}", "/search?q={number}", "/search?q={name}"):
        path = business.path(address, business.b)
        assert any(mark in told(owner.get(path)) for mark in business.b.marks), address
        assert not any(mark in told(limited.get(path)) for mark in business.b.marks), address


def test_what_is_the_other_stores_is_not_found_by_its_id(business: Business) -> None:
    limited, owner = limited_to(business.a), signed_in(Role.OWNER)
    for name, address in OWN.items():
        theirs, mine = business.path(address, business.b), business.path(address, business.a)
        assert (name, limited.get(theirs).status_code) == (name, 404)
        assert (name, owner.get(theirs).status_code) == (name, 200)
        if name != "get_sandbox_mail":
            assert (name, limited.get(mine).status_code) == (name, 200)
            assert (name, business.b.customer.name in told(limited.get(mine))) == (name, False)
    for name, (address, status) in FOR_ALL_STORES.items():
        assert (name, limited.get(business.path(address, business.b)).status_code) == (name, status)


def test_figures_count_ones_own_store_only(business: Business) -> None:
    limited, owner = limited_to(business.a), signed_in(Role.OWNER)

    def figures(caller: Caller, operation: str) -> Any:
        return caller.get(business.path({**SHARED, **FIGURES}[operation], business.b)).json()

    for caller, stores in ((limited, 1), (owner, 2)):
        of_all = stores if stores == 2 else None
        assert figures(caller, "list_customers")["total"] == stores
        assert figures(caller, "list_orders")["total"] == stores
        assert figures(caller, "list_segment_members")["total"] == of_all
        for segment in (figures(caller, "get_segment"), figures(caller, "list_segments")["items"][0]):
            assert segment["count"] == of_all
        for membership in (figures(caller, "get_membership"), figures(caller, "list_memberships")[0]):
            assert (membership["count"], membership["sizes"]) == (of_all, of_all and [2])
        assert figures(caller, "list_segment_snapshots")["items"][0]["count"] == of_all
        overlap = figures(caller, "get_segment_overlap")
        assert (overlap["segments"][0]["size"], overlap["regions"][0]["count"]) == (stores, stores)
        for offer in (figures(caller, "get_offer"), figures(caller, "list_offers")["items"][0]):
            assert (offer["issued"], offer["redeemed"]) == (stores, stores)
            assert [money["amount_minor"] for money in offer["discount_given"]] == [100 * stores]
        for campaign in (figures(caller, "get_campaign"), figures(caller, "list_campaigns")["items"][0]):
            assert (campaign["audience_count"], campaign["progress"]["sent"]) == (of_all, stores)
        result = figures(caller, "get_campaign_result")
        assert (result["treated"]["people"], result["treated"]["revenue_minor"]) == (stores, 900 * stores)
        assert (result["arms"][0]["reached"], result["arms"][0]["coupons_redeemed"]) == (stores, stores)
        assert result["cost"]["discount_minor"] == 100 * stores
        today = figures(caller, "get_today")["figures"]
        assert (today["orders"]["today"], today["revenue"]["today"]) == (stores, 900 * stores)
    assert len(figures(limited, "list_field_values")) == 1


def test_a_coupon_is_known_by_its_code_but_not_whose_it_is(business: Business) -> None:
    limited = limited_to(business.a)
    theirs = limited.get(business.path("/coupons/{code}", business.b))
    assert theirs.status_code == 200
    shown = theirs.json()
    assert (shown["state"], shown["customer"], shown["order"]) == ("redeemed", None, None)
    assert shown["events"]
    assert all(event["order"] is None for event in shown["events"])
    assert not {mark for mark in business.b.marks - {business.b.coupon.code} if mark in told(theirs)}
    mine = limited.get(business.path("/coupons/{code}", business.a)).json()
    assert (mine["customer"]["name"], mine["order"]["external_id"]) == ("客甲", "SH01-0077")
    assert limited.post(business.path("/coupons/{code}/void", business.b), {"reason": "x"}).status_code == 404


def test_questions_about_everybody_are_answered_for_ones_own_store(business: Business) -> None:
    limited, owner = limited_to(business.a), signed_in(Role.OWNER)
    for caller, stores in ((limited, 1), (owner, 2)):
        counted = caller.post("/segments/count", {"rule": EVERYBODY}).json()
        assert (counted["count"], counted["total"]) == (stores, stores)
        sampled = caller.post("/segments/preview", {"rule": EVERYBODY, "limit": 10}).json()
        assert len(sampled["items"]) == stores
        arm = {"name": "A", "share_bp": 10_000, "template_id": world.version().template_id}
        draft = caller.post(
            "/campaigns", {"name": f"again {stores}", "rule": EVERYBODY, "control_bp": 0, "arms": [arm]}
        ).json()
        assert caller.post(f"/campaigns/{draft['id']}/forecast").json()["audience"] == stores
    explained = limited.post("/segments/explain", {"rule": EVERYBODY, "customer_id": business.b.customer.pk})
    assert explained.status_code == 404
    quote = {
        "source": TILL,
        "placed_at": clock.now().isoformat(),
        "channel": "pos",
        "currency": "CNY",
        "lines": [{"sku": "TEA-1", "quantity": "1", "unit_price": "10.00"}],
        "coupons": [],
        "buyer": {"id": business.b.customer.pk},
    }
    assert limited.post("/checkout/quote", quote).status_code in {200, 404, 422}


def test_an_export_holds_ones_own_store_only(business: Business) -> None:
    limited = limited_to(business.a)
    asked = limited.post("/customers/export", {"filter": {}, "columns": ["name", "email"], "format": "csv"})
    job = Job.objects.get(pk=asked.json()["id"])
    tasks.write_customers(**pending_arguments(job.pk))
    written = b"".join(limited.get(f"/jobs/{job.pk}/file").streaming_content).decode()
    assert "客甲" in written
    assert not [mark for mark in business.b.marks if mark in written]


def pending_arguments(job_id: int) -> dict[str, Any]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    queued = ProcrastinateJob.objects.filter(task_name="customers.write_customers")
    return next(one.args for one in queued if one.args["job_id"] == job_id)


def test_writes_do_not_reach_the_other_store(business: Business) -> None:
    limited, b = limited_to(business.a), business.b
    assert limited.patch(f"/customers/{b.customer.pk}", {"name": "x"}).status_code == 404
    assert limited.post(f"/customers/{b.customer.pk}/unmask", {"reason": "curious"}).status_code == 404
    assert limited.post(f"/messages/{b.message.pk}/resend").status_code == 404
    changed = limited.post("/customers/tags", {"ids": [business.a.customer.pk, b.customer.pk], "add": ["seen"]})
    assert changed.json() == {"changed": 1}
    assert limited.post("/customers/selections", {"filter": {}}).json()["people"] == 1
    b.customer.refresh_from_db()
    assert (b.customer.name, b.customer.tags) == ("客乙", ["客乙"])
