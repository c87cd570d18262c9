"""Deals, groups and vouchers over HTTP: the office, a shop that joins for its buyers, the counter; and who may not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from huike.customers.models import Customer
from huike.groupbuy.models import Deal, Group, Participation, Redemption, Voucher
from huike.payments.models import Payment, Refund
from huike.platform import clock
from huike.staff.rules import Role
from tests.groupbuy.world import a_store, buys, deal, document, formed, joins, merchant, pays, product, stands
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def current(**terms: Any) -> dict[str, Any]:
    """Terms that sell now."""
    now = clock.now()
    starts_at, ends_at = now - timedelta(days=1), now + timedelta(days=10)
    return document(starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), **terms)


def on_sale(**terms: Any) -> Deal:
    """One that is on sale as of this moment."""
    now = clock.now()
    return deal(
        starts_at=(now - timedelta(days=1)).isoformat(), ends_at=(now + timedelta(days=10)).isoformat(), **terms
    )


def shop() -> Caller:
    return Caller(key=api_key(["groupbuy.sell", "groupbuy.read"]))


def body(number: int = 1, **told: Any) -> dict[str, Any]:
    buyer = {"phone": f"138{number:08d}", "name": "阿珍"}
    return {"buyer": buyer, "return_url": "https://shop.example/back", **({"size": 2} | told)}


# Deals


def test_the_office_makes_edits_and_runs_a_deal() -> None:
    office, of = signed_in(Role.MARKETING), merchant()
    told = {"merchant_id": of.pk, "name": "双人下午茶", "currency": "CNY", "stock": 50, "terms": current()}
    made = office.post("/groupbuy/deals", told)
    assert made.status_code == 201
    path = f"/groupbuy/deals/{made.json()['id']}"
    refused = office.post(f"{path}/publish")
    assert (code_of(refused), refused.json()["params"]) == ("deal.not_whole", {"missing": ["product"]})
    edited = office.patch(
        path, {"version": 1, "product_id": product().pk, "stock": 60, "terms": current(uses=3)}
    ).json()
    assert (edited["version"], edited["left"], edited["terms"]["uses"], edited["product"]["sku"]) == (2, 60, 3, "TEA-2")
    assert code_of(office.patch(path, {"version": 1, "stock": 5})) == "deal.changed_meanwhile"
    states = [office.post(f"{path}/{verb}").json()["state"] for verb in ("publish", "pause", "publish", "end")]
    assert states == ["on_sale", "paused", "on_sale", "over"]
    listed = office.get("/groupbuy/deals?state=over&q=下午").json()
    assert (listed["total"], listed["items"][0]["best_price_minor"], listed["items"][0]["merchant"]["name"]) == (
        1,
        7_900,
        "茶馆",
    )
    versions = office.get(f"{path}/versions").json()
    assert [(one["version"], one["terms"]["uses"]) for one in versions] == [(2, 3), (1, 1)]


def test_terms_that_cannot_be_kept_are_refused_by_place() -> None:
    told = {"merchant_id": merchant().pk, "name": "x", "currency": "CNY", "stock": 1, "terms": current(ladder=[])}
    refused = signed_in(Role.MARKETING).post("/groupbuy/deals", told)
    assert (code_of(refused), [fault["where"] for fault in refused.json()["errors"]]) == (
        "deal.terms_invalid",
        ["ladder"],
    )
    assert not Deal.objects.exists()


# Joining


@pytest.mark.django_db(transaction=True)
def test_a_shop_joins_for_its_buyers_and_the_sandbox_takes_the_money(sandbox: Any) -> None:
    from huike.payments import asking

    what, caller = on_sale(), shop()
    answer = caller.once(f"/groupbuy/deals/{what.pk}/join", body(), key="a")
    opened = answer.json()
    assert (answer.status_code, opened["pay"]["kind"], opened["amount"]["amount_minor"]) == (201, "redirect", 9_900)
    again = caller.once(f"/groupbuy/deals/{what.pk}/join", body(), key="a")
    assert (again.status_code, again.json()["participation_id"], again.json()["pay"]) == (
        200,
        opened["participation_id"],
        opened["pay"],
    )
    sandbox.pay(Payment.objects.get().number)
    asking.ask_due()
    Payment.objects.filter(state="pending").update(due_at=clock.now())
    asking.ask_due()
    joined = caller.once(f"/groupbuy/deals/{what.pk}/join", body(2, size=None, group_id=opened["group_id"])).json()
    sandbox.pay(Payment.objects.get(pk=joined["payment_id"]).number)
    Payment.objects.filter(state="pending").update(due_at=clock.now())
    asking.ask_due()
    assert (Group.objects.get().state, Voucher.objects.count()) == ("formed", 2)
    seen = signed_in(Role.OWNER).get(f"/groupbuy/groups/{opened['group_id']}").json()
    assert [(one["state"], one["is_leader"]) for one in seen["participations"]] == [
        ("confirmed", True),
        ("confirmed", False),
    ]
    assert [one["kind"] for one in seen["history"]] == ["opened", "led", "formed"]
    assert (seen["missing"], seen["seconds_left"], seen["token"]) == (0, None, opened["group_token"])


def test_what_is_refused_leaves_nobody_behind() -> None:
    what, caller = on_sale(), shop()
    people = Customer.objects.count()
    for told, code in [
        (body(size=7), "deal.no_such_step"),
        (body(quantity=2), "deal.most_per_order"),
        (body(size=None, group_id=99), "group.not_found"),
        (body(buyer={"name": "无名"}), "participation.buyer_unknown"),
        (body(group_id=3), "invalid"),
    ]:
        assert code_of(caller.once(f"/groupbuy/deals/{what.pk}/join", told)) == code
    assert code_of(caller.once("/groupbuy/deals/99/join", body())) == "deal.not_found"
    assert code_of(caller.post(f"/groupbuy/deals/{what.pk}/join", body())) == "idempotency.key_missing"
    assert (Customer.objects.count(), Participation.objects.count(), Payment.objects.count()) == (people, 0, 0)


def test_groups_are_listed_with_time_left_and_hidden_until_their_opener_paid() -> None:
    what, now = on_sale(), clock.now()
    one, _ = buys(what, 1, now=now), joins(what, 2, now=now)
    formed(what, 3, 4, now=now)
    office = signed_in(Role.MARKETING)
    listed = office.get(f"/groupbuy/groups?deal_id={what.pk}").json()
    assert listed["total"] == 2
    (running,) = office.get("/groupbuy/groups?state=forming&missing_at_most=1").json()["items"]
    assert (running["id"], running["missing"], running["seats"]) == (one.group_id, 1, 1)
    assert 86_390 <= running["seconds_left"] <= 86_400
    left = office.post(f"/groupbuy/participations/{one.participation_id}/leave")
    assert (left.json()["state"], stands(one)) == ("refunding", ["refunding (left)"])
    assert code_of(office.post(f"/groupbuy/participations/{Participation.objects.last().pk}/leave")) == (
        "participation.state_refused"
    )
    waiting = office.get("/groupbuy/participations?state=refunding").json()["items"]
    assert [one["reason"] for one in waiting] == ["left"]


def test_groups_that_run_are_listed_by_their_deadline() -> None:
    what, now = on_sale(), clock.now()
    later, sooner = buys(what, 1, now=now + timedelta(minutes=5)), buys(what, 2, now=now)
    office = signed_in(Role.MARKETING)

    def listed(asked: str) -> list[int]:
        return [group["id"] for group in office.get(f"/groupbuy/groups?{asked}").json()["items"]]

    assert listed("state=forming&soonest=true") == [sooner.group_id, later.group_id]
    assert listed("state=forming") == [later.group_id, sooner.group_id]
    assert listed("ends_within_hours=23") == []
    assert listed("ends_within_hours=24") == [sooner.group_id]
    first = office.get("/groupbuy/groups?soonest=true&limit=1").json()
    assert listed(f"soonest=true&limit=1&cursor={first['next_cursor']}") == [later.group_id]


# The counter


def test_a_clerk_looks_redeems_and_undoes() -> None:
    what = on_sale(uses=2)
    formed(what, 1, 2, now=clock.now())
    voucher, clerk, here = Voucher.objects.order_by("pk")[0], signed_in(Role.CLERK), a_store()
    looked = clerk.get(f"/groupbuy/vouchers/at-counter/{voucher.code}?store_id={here}").json()
    assert (looked["left"], looked["refusal"], looked["title_zh"]) == (2, None, "双人下午茶")
    assert "customer" not in looked
    taken = clerk.once("/groupbuy/redemptions", {"code": voucher.code, "store_id": here, "uses": 2}, key="k")
    assert (taken.status_code, taken.json()["amount"]["amount_minor"], taken.json()["uses"]) == (201, 9_900, 2)
    assert clerk.once("/groupbuy/redemptions", {"code": voucher.code, "store_id": here, "uses": 2}, key="k").json() == (
        taken.json()
    )
    refused = clerk.once("/groupbuy/redemptions", {"code": voucher.code, "store_id": here})
    assert (code_of(refused), refused.json()["params"]["store"]) == ("voucher.used", "南京西路店")
    looked = clerk.get(f"/groupbuy/vouchers/at-counter/{voucher.code}?store_id={here}").json()
    assert (looked["left"], looked["refusal"]) == (0, "voucher.used")
    undone = clerk.post(f"/groupbuy/redemptions/{taken.json()['id']}/undo", {"reason": "扫错了"}).json()
    assert (undone["undo_reason"], Voucher.objects.get(pk=voucher.pk).used) == ("扫错了", 0)


def test_a_phones_queue_is_heard_line_by_line() -> None:
    formed(on_sale(), 1, 2, now=clock.now() - timedelta(hours=2))
    one, other = Voucher.objects.order_by("pk")
    at = (clock.now() - timedelta(hours=1)).isoformat()
    clerk, here = signed_in(Role.CLERK), a_store()
    items = [
        {"code": one.code, "store_id": here, "key": "1", "occurred_at": at},
        {"code": one.code, "store_id": here, "key": "2", "occurred_at": at},
        {"code": other.code, "store_id": here, "key": "3", "occurred_at": at},
    ]
    heard = clerk.post("/groupbuy/redemptions/queue", {"items": items}).json()["items"]
    assert [line["problem"] and line["problem"]["code"] for line in heard] == [None, "voucher.used", None]
    again = clerk.post("/groupbuy/redemptions/queue", {"items": items}).json()["items"]
    assert [line["redemption"] and line["redemption"]["id"] for line in again] == [
        line["redemption"] and line["redemption"]["id"] for line in heard
    ]
    assert Redemption.objects.count() == 2


def test_the_office_gives_back_what_is_left() -> None:
    what = on_sale(refund_unused=False)
    formed(what, 1, 2, now=clock.now())
    voucher, office = Voucher.objects.order_by("pk")[0], signed_in(Role.MARKETING)
    path = f"/groupbuy/vouchers/{voucher.pk}"
    assert code_of(office.post(f"{path}/refund", {})) == "voucher.not_refundable"
    back = office.post(f"{path}/refund", {"regardless": True}).json()
    assert (back["state"], back["left"]["amount_minor"], [one["to_state"] for one in back["history"]]) == (
        "refunded",
        0,
        ["issued", "refunded"],
    )
    assert Refund.objects.get().amount_minor == 9_900
    listed = office.get(f"/groupbuy/vouchers?code={voucher.code}").json()["items"]
    assert [(one["code_end"], one["state"]) for one in listed] == [(voucher.code[-4:], "refunded")]
    assert voucher.code not in json.dumps(office.get("/groupbuy/vouchers").json())


# Whoever is limited to a store


def test_of_another_stores_customers_nothing_is_seen_and_nothing_is_done_at_its_counter() -> None:
    what, now = on_sale(), clock.now()
    here, there = a_store("SH01"), a_store("SH02")
    formed(what, 1, 2, now=now)
    running = buys(what, 3, now=now)
    Customer.objects.update(home_store_id=there)
    voucher = Voucher.objects.order_by("pk")[0]
    limited = signed_in(Role.OWNER, store_ids=[here])
    elsewhere = signed_in(Role.OWNER, store_ids=[there])
    for address in ("/groupbuy/participations", "/groupbuy/vouchers"):
        assert limited.get(address).json()["items"] == []
        assert elsewhere.get(address).json()["items"] != []
    assert limited.get(f"/groupbuy/groups/{running.group_id}").json()["participations"] == []
    assert code_of(limited.get(f"/groupbuy/vouchers/{voucher.pk}")) == "voucher.not_found"
    assert code_of(limited.post(f"/groupbuy/vouchers/{voucher.pk}/refund", {})) == "voucher.not_found"
    assert code_of(limited.post(f"/groupbuy/participations/{running.participation_id}/leave")) == (
        "participation.not_found"
    )
    at_counter = f"/groupbuy/vouchers/at-counter/{voucher.code}"
    assert code_of(limited.get(f"{at_counter}?store_id={there}")) == "store.not_found"
    assert limited.get(f"{at_counter}?store_id={here}").status_code == 200  # her customers may come to any store
    taken = {"code": voucher.code, "store_id": there}
    assert code_of(limited.once("/groupbuy/redemptions", taken)) == "store.not_found"
    redeemed = elsewhere.once("/groupbuy/redemptions", taken).json()
    assert limited.get("/groupbuy/redemptions").json()["items"] == []
    assert [one["id"] for one in elsewhere.get("/groupbuy/redemptions").json()["items"]] == [redeemed["id"]]
    undo = f"/groupbuy/redemptions/{redeemed['id']}/undo"
    assert code_of(limited.post(undo, {"reason": "x"})) == "voucher.redemption_not_found"
    assert stands(running) == ["seated"]


def test_the_timeline_of_a_buyer_tells_it() -> None:
    what = on_sale()
    first = joins(what, 1, now=clock.now())
    pays(first, at=clock.now())
    kinds = signed_in(Role.OWNER).get(f"/customers/{first.customer_id}/timeline").json()["items"]
    assert [one["title_code"] for one in kinds if one["kind"] == "group"] == [
        "timeline.group.seated",
        "timeline.group.reserved",
    ]
