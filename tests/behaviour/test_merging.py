"""What somebody did follows her when two files become one, and goes back when that is undone."""

from __future__ import annotations

import pytest

from huike.behaviour.models import Cart, CustomerEvent, Interest, InterestTerm
from huike.customers.identity import claiming
from huike.customers.merging import services as merging
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.audit import SYSTEM
from tests.behaviour.world import NOW, cart_event, known_as, send, shop, track

pytestmark = pytest.mark.django_db


def owners() -> dict[str, int | None]:
    return {event.name: event.customer_id for event in CustomerEvent.objects.all()}


def test_events_carts_and_interests_follow_a_merge_and_its_undoing() -> None:
    InterestTerm.objects.create(term="乌龙茶", interest="乌龙茶")
    source = shop().source
    li, twin = known_as("u1", source=source), known_as("u2", source=source)
    send(track("One", userId="u1", properties={"text": "乌龙茶好喝"}))
    send(
        track("Two", userId="u2", properties={"text": "乌龙茶真香"}),
        {**cart_event("Product Added", sku="T1"), "userId": "u2"},
    )
    merge = merging.merge_customers(li.pk, twin.pk, survivor_id=li.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert owners() == {"One": li.pk, "Two": li.pk, "Product Added": li.pk}
    assert Interest.objects.get().evidence_count == 2
    assert Cart.objects.get().customer_id == li.pk
    send(track("Late", userId="u2"))
    assert owners()["Late"] == li.pk
    merging.undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert owners() == {"One": li.pk, "Two": twin.pk, "Product Added": twin.pk, "Late": li.pk}
    assert sorted(Interest.objects.values_list("customer_id", "evidence_count")) == [(li.pk, 1), (twin.pk, 1)]
    send(track("After", userId="u2"))
    assert owners()["After"] == twin.pk


def test_the_survivors_live_cart_stands_when_both_have_one() -> None:
    source = shop().source
    li, twin = known_as("u1", source=source), known_as("u2", source=source)
    send(*({**cart_event("Product Added", sku=f"T{u}"), "userId": u, "messageId": u} for u in ("u1", "u2")))
    merging.merge_customers(li.pk, twin.pk, survivor_id=li.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert sorted(Cart.objects.values_list("customer_id", flat=True)) == sorted([li.pk, twin.pk])


def test_what_a_device_did_is_claimed_by_its_id_once() -> None:
    device = "f0e1d2c3-a1b2-4c3d-8e9f-001122334455"
    li = known_as("u1", source=shop().source)
    send(track("Before", anonymousId=device), cart_event("Product Added", who=device, sku="T1"))
    (waiting,) = claiming.find_history(device, scope=EVERYTHING)
    assert (waiting.kind, waiting.params, waiting.customer_id) == ("visitor", {"events": 2}, None)
    limited = Scope(all_stores=False, store_ids=frozenset({1}))
    assert claiming.find_history(device, scope=limited) == []
    made = claiming.claim_history(li.pk, key=f"device:{device}", how="staff", actor=SYSTEM, now=NOW)
    assert made is not None
    assert made.counts == {"visitor": 1}
    assert owners() == {"Before": li.pk, "Product Added": li.pk}
    assert Cart.objects.get().customer_id == li.pk
    assert claiming.claim_history(li.pk, key=device, how="staff", actor=SYSTEM, now=NOW) is None
    send(track("After", anonymousId=device))
    assert owners()["After"] == li.pk


def test_a_short_id_is_claimed_at_its_own_source_only() -> None:
    li = known_as("u1", source=shop().source)
    send(track(anonymousId="7"))
    assert claiming.find_history("7", scope=EVERYTHING) == []
    made = claiming.claim_history(li.pk, key="7", source_id=shop().pk, how="staff", actor=SYSTEM, now=NOW)
    assert made is not None
