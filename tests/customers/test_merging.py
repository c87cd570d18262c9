"""Two files become one and two again: what moves, what follows, and that nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers import selectors, services
from huike.customers.errors import CustomerMerged, CustomerNotFound, MergeLaterFirst, MergeNotFound, MergeOfOne
from huike.customers.merging.services import merge_customers, plan, undo_merge
from huike.customers.models import Consent, ConsentEvent, Customer, Identity, Merge
from huike.customers.services import CustomerDraft
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.models import Order
from huike.platform import locks
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, OutboxEvent
from huike.staff.models import User
from huike.staff.rules import Role
from tests.people import code_of, signed_in
from tests.rivals import beside
from tests.thoroughness import examples
from tests.tills import NOW, all_at_once, figures, order, phone, place, store, taken_back

LATER = NOW + timedelta(days=1)


def customer(name: str = "", **told: Any) -> int:
    draft = CustomerDraft(name=name, **told)
    return int(services.create_customer(draft, actor=SYSTEM, scope=EVERYTHING).pk)


def merge(survivor_id: int, absorbed_id: int, **told: Any) -> Merge:
    defaults: dict[str, Any] = {"survivor_id": survivor_id, "actor": SYSTEM, "scope": EVERYTHING, "now": NOW}
    return merge_customers(survivor_id, absorbed_id, **{**defaults, **told})


def undo(merge_id: int, **told: Any) -> Merge:
    return undo_merge(merge_id, **{"actor": SYSTEM, "scope": EVERYTHING, "now": LATER, **told})


def say(customer_id: int, state: str, days: int = 0, channel: str = "email") -> None:
    services.record_consent(
        customer_id,
        channel=channel,
        purpose="marketing",
        state=state,
        given_at=NOW + timedelta(days=days),
        how="form",
        actor=SYSTEM,
    )


def stands(customer_id: int) -> str | None:
    row = Consent.objects.filter(customer_id=customer_id, channel="email").first()
    return None if row is None else row.state


@pytest.mark.django_db
def test_everything_of_the_absorbed_file_is_on_the_one_that_stays() -> None:
    kept = customer("王小明", phone="13812345678")
    gone = customer("小明", phone="13900000000", email="ming@example.com", tags=["vip"], notes="likes oolong")
    place(order("A-1", buyer=phone("+8613812345678")), order("A-2", buyer=phone("+8613900000000")))
    done = merge(kept, gone)

    file = Customer.objects.get(pk=kept)
    assert (file.name, file.phone, file.email, file.tags, file.notes) == (
        "王小明", "+8613812345678", "ming@example.com", ["vip"], "likes oolong",
    )  # fmt: skip
    assert figures(kept) == (2, 0, 2_000, "CNY")
    assert figures(gone) == (0, 0, 0, None)
    assert sorted(Identity.objects.filter(customer=kept).values_list("kind", flat=True)) == ["email", "phone", "phone"]
    assert Customer.objects.get(pk=gone).state == "merged"
    assert {move.follower: len(move.row_ids) for move in done.moves.all()} == {
        "identities": 2, "orders": 1, "tag_changes": 1,
    }  # fmt: skip
    assert OutboxEvent.objects.get(name="customers.customers_merged").payload == {
        "absorbed_id": gone,
        "merge_id": done.pk,
    }
    assert AuditEntry.objects.get(action="merge_customers").details["absorbed_id"] == gone


@pytest.mark.django_db
def test_a_plan_says_what_would_happen_and_changes_nothing() -> None:
    kept = customer("王小明", member_since_at=NOW)
    gone = customer("小明", email="ming@example.com")
    decided = plan(gone, kept, scope=EVERYTHING, now=NOW)
    assert (decided.survivor.pk, decided.because) == (kept, "member")
    assert decided.moves == {"identities": 1}
    assert [choice.field for choice in decided.fields if choice.conflicts] == ["name"]
    assert not Merge.objects.exists()
    assert Customer.objects.get(pk=gone).state == "active"


@pytest.mark.django_db
def test_who_knows_the_old_id_finds_the_file_that_stands_for_it_along_a_chain() -> None:
    a, b, c = customer("a", phone="13812345678"), customer("b"), customer("c")
    merge(b, a)
    merge(c, b)
    assert selectors.find_standing(a, scope=EVERYTHING).pk == c
    with pytest.raises(CustomerMerged) as told:
        selectors.find_customer(a, scope=EVERYTHING)
    assert told.value.params == {"merged_into": c}
    assert place(order("A-1", buyer=phone())).customer_id == c
    say(a, "denied")
    assert stands(c) == "denied"
    with pytest.raises(CustomerNotFound):
        selectors.find_standing(a, scope=Scope(all_stores=False, store_ids=frozenset({1})))


@pytest.mark.django_db
def test_a_chain_is_undone_from_its_end() -> None:
    a, b, c = customer("a", phone="13812345678"), customer("b", phone="13900000000"), customer("c")
    place(order("A-1", buyer=phone()))
    first, second = merge(b, a), merge(c, b)
    with pytest.raises(MergeLaterFirst) as told:
        undo(first.pk)
    assert told.value.params == {"merge_id": second.pk}
    undo(second.pk)
    assert (selectors.find_standing(a, scope=EVERYTHING).pk, figures(b)[0], figures(c)[0]) == (b, 1, 0)
    undo(first.pk)
    assert (selectors.find_standing(a, scope=EVERYTHING).pk, figures(a)[0], figures(b)[0]) == (a, 1, 0)


@pytest.mark.django_db
def test_merging_twice_and_undoing_twice_do_no_more_than_once() -> None:
    kept, gone = customer("a"), customer("b", phone="13812345678")
    done = merge(kept, gone)
    assert merge(kept, gone).pk == merge_customers(gone, kept, actor=SYSTEM, scope=EVERYTHING, now=NOW).pk == done.pk
    assert Merge.objects.count() == 1
    undo(done.pk)
    undo(done.pk)
    assert AuditEntry.objects.filter(action="undo_merge").count() == 1
    assert merge(kept, gone).pk != done.pk


@pytest.mark.django_db
def test_an_order_since_stays_with_whom_its_own_identity_names_when_the_merge_is_undone() -> None:
    kept, gone = customer("a", phone="13812345678"), customer("b", phone="13900000000")
    done = merge(kept, gone)
    place(order("A-1", buyer=phone("+8613812345678")), order("A-2", buyer=phone("+8613900000000")))
    assert figures(kept)[0] == 2
    undo(done.pk)
    assert Order.objects.get(external_id="A-1").customer_id == kept
    assert Order.objects.get(external_id="A-2").customer_id == gone
    assert (figures(kept)[0], figures(gone)[0]) == (1, 1)


@pytest.mark.django_db
def test_a_return_that_names_nobody_goes_where_its_sale_goes() -> None:
    kept, gone = customer("a"), customer("b", phone="13900000000")
    place(order("A-1", buyer=phone("+8613900000000")))
    done = merge(kept, gone)
    place(taken_back("R-1", return_of="A-1"))
    assert figures(kept) == (1, 1, 0, "CNY")
    undo(done.pk)
    assert (figures(kept)[:3], figures(gone)) == ((0, 0, 0), (1, 1, 0, "CNY"))


@pytest.mark.django_db
def test_what_somebody_wrote_on_the_file_since_is_kept_when_the_merge_is_undone() -> None:
    kept, gone = customer("a"), customer("b", phone="13812345678", email="b@example.com")
    done = merge(kept, gone)
    services.update_customer(kept, {"email": "new@example.com"}, actor=SYSTEM, scope=EVERYTHING)
    undo(done.pk)
    file = Customer.objects.get(pk=kept)
    assert (file.phone, file.email) == (None, "new@example.com")


@pytest.mark.django_db
def test_a_later_no_of_the_absorbed_file_counts_and_leaves_with_it() -> None:
    kept, gone = customer("a", email="a@example.com"), customer("b", email="b@example.com")
    say(kept, "granted", -2)
    say(gone, "denied", -1)
    done = merge(kept, gone)
    assert stands(kept) == "denied"
    undo(done.pk)
    assert (stands(kept), stands(gone)) == ("granted", "denied")
    assert ConsentEvent.objects.count() == 2


@pytest.mark.django_db
def test_a_yes_for_an_address_that_is_not_kept_does_not_carry() -> None:
    kept, gone = customer("a", email="a@example.com"), customer("b", email="b@example.com")
    say(gone, "granted", -1)
    merge(kept, gone)
    assert stands(kept) is None


@pytest.mark.django_db
def test_a_yes_is_withdrawn_where_a_person_keeps_the_address_it_was_not_given_for() -> None:
    kept, gone = customer("a", email="a@example.com"), customer("b", email="b@example.com")
    say(kept, "granted", -1)
    done = merge(kept, gone, choices={"email": "absorbed"})
    assert (Customer.objects.get(pk=kept).email, stands(kept)) == ("b@example.com", "withdrawn")
    undo(done.pk)
    assert (Customer.objects.get(pk=kept).email, stands(kept)) == ("a@example.com", "granted")


@pytest.mark.django_db
def test_a_no_said_meanwhile_counts_for_both_when_the_merge_is_undone() -> None:
    kept, gone = customer("a", email="a@example.com"), customer("b", email="b@example.com")
    say(kept, "granted", -2)
    say(gone, "granted", -1)
    done = merge(kept, gone)
    say(kept, "withdrawn", 0)
    undo(done.pk)
    assert (stands(kept), stands(gone)) == ("withdrawn", "withdrawn")


@pytest.mark.django_db
def test_a_yes_said_meanwhile_stays_with_no_address_it_was_not_said_for() -> None:
    kept, gone = customer("a"), customer("b", email="b@example.com")
    done = merge(kept, gone)
    say(kept, "granted", 0)
    undo(done.pk)
    assert (stands(kept), stands(gone)) == ("withdrawn", None)


@pytest.mark.django_db
def test_nobody_merges_files_she_may_not_see_nor_one_with_itself() -> None:
    shop = store()
    seen, hidden = customer("a", home_store_id=shop.pk), customer("b", home_store_id=store("HZ01", "西湖店").pk)
    clerk = Scope(all_stores=False, store_ids=frozenset({shop.pk}))
    with pytest.raises(CustomerNotFound):
        merge(seen, hidden, scope=clerk)
    with pytest.raises(MergeOfOne):
        merge(seen, seen)
    assert set(Customer.objects.values_list("state", flat=True)) == {"active"}
    done = merge(hidden, seen)
    with pytest.raises(MergeNotFound):
        undo(done.pk, scope=clerk)


@pytest.mark.django_db(transaction=True)
def test_overlapping_merges_at_once_end_in_one_file_with_everything() -> None:
    a, b, c = (
        customer(name, phone=number)
        for name, number in (("a", "13812345678"), ("b", "13900000000"), ("c", "13700000000"))
    )
    place(order("A-1", buyer=phone()), order("A-2", buyer=phone("+8613900000000")))
    outcomes = all_at_once([partial(merge, b, a), partial(merge, c, b), partial(merge, a, c)])
    active = Customer.objects.filter(state="active")
    assert active.count() + sum(isinstance(outcome, Merge) for outcome in outcomes) == 3
    assert sum(file.orders_count for file in Customer.objects.all()) == 2
    for file in Customer.objects.filter(state="merged").select_related("merged_into"):
        assert file.merged_into is not None
        assert file.merged_into.state == "active"


@pytest.mark.django_db(transaction=True)
def test_orders_that_arrive_while_files_merge_are_all_on_the_file_that_stays() -> None:
    kept, gone = customer("a"), customer("b", phone="13812345678")
    place(order("A-0", buyer=phone()))
    tills = [partial(place, order(f"A-{n}", buyer=phone())) for n in range(1, 6)]
    outcomes = all_at_once([*tills, partial(merge, kept, gone)])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert figures(kept) == (6, 0, 6_000, "CNY")
    assert figures(gone) == (0, 0, 0, None)


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Everything a merge may touch, but for marks of change."""
    queries = {
        "customers": "SELECT to_jsonb(t) - 'updated_at' - 'change_xid' FROM customers_customer t ORDER BY id",
        "identities": "SELECT to_jsonb(t) FROM customers_identity t ORDER BY id",
        "consents": "SELECT to_jsonb(t) - 'id' - 'change_xid' FROM customers_consent t ORDER BY customer_id, channel",
        "events": "SELECT to_jsonb(t) FROM customers_consent_event t ORDER BY id",
        "suppressions": "SELECT to_jsonb(t) FROM customers_suppression t ORDER BY id",
        "orders": "SELECT to_jsonb(t) - 'change_xid' FROM orders_order t ORDER BY id",
    }
    found = {}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = cursor.fetchall()
    return found


people = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.just(True),
        "email": st.just(True),
        "city": st.sampled_from(["上海", "杭州"]),
        "tags": st.lists(st.sampled_from(["vip", "tea", "new"]), max_size=3),
        "notes": st.sampled_from(["likes oolong", "no nuts"]),
        "words": st.lists(
            st.tuples(st.sampled_from(["granted", "denied", "withdrawn"]), st.integers(-3, 0)), max_size=3
        ),
        "orders": st.integers(0, 2),
        "returns": st.integers(0, 1),
    },
)


def world(told: list[dict[str, Any]]) -> list[int]:
    ids = []
    for n, person in enumerate(told):
        number, email = f"1381234567{n}", f"p{n}@example.com"
        made = customer(
            f"p{n}",
            phone=number if person.get("phone") else None,
            email=email if person.get("email") else None,
            city=person.get("city"),
            tags=person.get("tags", []),
            notes=person.get("notes", ""),
        )
        for state, days in person.get("words", []):
            say(made, state, days)
        if person.get("phone"):
            for k in range(person.get("orders", 0)):
                place(order(f"S-{n}-{k}", buyer=phone(f"+86{number}")))
            for k in range(person.get("returns", 0)):
                place(taken_back(f"R-{n}-{k}", buyer=phone(f"+86{number}")))
        ids.append(made)
    return ids


@pytest.mark.django_db
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(people, min_size=2, max_size=2), st.booleans(), st.booleans())
def test_undoing_a_merge_at_once_leaves_every_table_as_it_was(
    told: list[dict[str, Any]], turned: bool, takes_email: bool
) -> None:
    with transaction.atomic():
        first, second = world(told)
        kept, gone = (second, first) if turned else (first, second)
        before = tables()
        done = merge(kept, gone, choices={"email": "absorbed"} if takes_email else {})
        assert tables() != before
        undo(done.pk)
        assert tables() == before
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(people, min_size=4, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=8),
)
def test_totals_over_all_files_never_change_whatever_is_merged_and_undone(
    told: list[dict[str, Any]], steps: list[tuple[int, int, bool]]
) -> None:
    with transaction.atomic():
        ids = world(told)

        def totals() -> tuple[int, int, int, int]:
            files = Customer.objects.all()
            return (
                sum(file.orders_count for file in files),
                sum(file.returns_count for file in files),
                sum(file.spent_minor for file in files),
                Identity.objects.count(),
            )

        before = totals()
        for one, other, undoes in steps:
            try:
                if undoes:
                    undo(Merge.objects.filter(undone_at=None).latest("pk").pk)
                else:
                    merge(ids[one], ids[other])
            except (CustomerNotFound, CustomerMerged, MergeOfOne, Merge.DoesNotExist):
                continue
            assert totals() == before
            assert not Order.objects.filter(customer__state="merged").exists()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_service_agent_merges_over_http_and_takes_it_back() -> None:
    kept = customer("王小明", phone="13812345678", member_since_at=NOW)
    gone = customer("小明", phone="13900000000", email="ming@example.com")
    agent = signed_in(Role.SERVICE)
    told = {"other_id": kept, "choices": {"phone": "absorbed"}}
    preview = agent.post(f"/customers/{gone}/merge/preview", told).json()
    assert (preview["survivor"]["id"], preview["because"], preview["moves"]) == (kept, "member", {"identities": 2})
    (phone_field,) = (field for field in preview["fields"] if field["field"] == "phone")
    assert phone_field == {
        "field": "phone",
        "survivor": ["+86 138****5678"],
        "absorbed": ["+86 139****0000"],
        "default": "survivor",
        "taken": "absorbed",
        "conflicts": True,
    }
    made = agent.once(f"/customers/{gone}/merge", told).json()
    assert (made["survivor"]["id"], made["absorbed"]["id"], made["fields"]) == (kept, gone, ["email", "phone"])
    assert agent.get(f"/customers/{gone}").json()["id"] == kept
    assert code_of(agent.patch(f"/customers/{gone}", {"name": "x"})) == "customer.merged"
    listed = agent.get(f"/merges?customer_id={kept}").json()
    assert [(row["id"], row["blocked_by"]) for row in listed["items"]] == [(made["id"], None)]
    assert agent.once(f"/merges/{made['id']}/undo", {"note": "two people"}).json()["undo_note"] == "two people"
    assert agent.get(f"/customers/{gone}").json()["id"] == gone


@pytest.mark.django_db
def test_an_agent_of_one_store_neither_sees_nor_merges_files_of_another() -> None:
    here, there = store(), store("HZ01", "西湖店")
    hers, other = customer("a", home_store_id=here.pk), customer("b", home_store_id=there.pk)
    agent = signed_in(Role.SERVICE, store_ids=[here.pk])
    for path in ("merge", "merge/preview"):
        assert code_of(agent.once(f"/customers/{hers}/{path}", {"other_id": other})) == "customer.not_found"
    done = merge(other, customer("c", home_store_id=there.pk))
    assert agent.get("/merges").json()["total"] == 0
    assert code_of(agent.once(f"/merges/{done.pk}/undo")) == "merge.not_found"


def test_a_merge_sent_twice_happens_once_and_its_key_is_good_for_nothing_else(db: None) -> None:
    kept, gone, third = customer("a"), customer("b"), customer("c")
    agent = signed_in(Role.SERVICE)
    assert code_of(agent.post(f"/customers/{kept}/merge", {"other_id": gone})) == "idempotency.key_missing"
    told = {"other_id": gone, "survivor_id": kept}
    first = agent.once(f"/customers/{kept}/merge", told, key="click-1")
    again = agent.once(f"/customers/{kept}/merge", told, key="click-1")
    assert (first.status_code, again.json(), again["Idempotent-Replayed"]) == (200, first.json(), "true")
    other = agent.once(f"/customers/{kept}/merge", {"other_id": third, "survivor_id": kept}, key="click-1")
    assert (other.status_code, code_of(other)) == (422, "idempotency.key_reused")
    assert Customer.objects.get(pk=third).state == "active"
    assert Merge.objects.count() == 1
    undone = [agent.once(f"/merges/{first.json()['id']}/undo", {"note": "two"}, key="click-2") for _ in range(2)]
    assert undone[0].json() == undone[1].json()
    assert code_of(agent.once(f"/merges/{first.json()['id']}/undo", {"note": "x"}, key="click-2")) == (
        "idempotency.key_reused"
    )
    assert AuditEntry.objects.filter(action="undo_merge").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_merge_whose_first_request_still_runs_is_told_so() -> None:
    kept, gone = customer("a"), customer("b")
    agent = signed_in(Role.SERVICE)

    def again() -> str:
        return code_of(agent.once(f"/customers/{kept}/merge", {"other_id": gone}, key="click-1"))

    user = User.objects.get()
    with beside(again) as start:
        with transaction.atomic():
            locks.hold("idempotency", f"user:{user.pk}", "merge_customers", "click-1")
            refused = start().result(timeout=30)
        assert refused == "idempotency.still_running"
    assert not Merge.objects.exists()
