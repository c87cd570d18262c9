"""Tiers as they are written down: with each order, in the night, by hand, through merges and whatever comes late."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huike.customers.errors import CustomerNotFound
from huike.customers.merging.services import merge_customers, undo_merge
from huike.customers.models import Customer
from huike.customers.services import CustomerDraft, create_customer, update_customer
from huike.customers.timeline import page as timeline
from huike.imports.events import ImportFinished
from huike.kernel.scope import EVERYTHING, Scope
from huike.loyalty.models import Member, OrderPoints, Terms, TierChange, TierGrant
from huike.loyalty.tasks import judge_tiers, start_judging
from huike.loyalty.tiers import lives, selectors, services
from huike.loyalty.tiers.errors import GrantEnded, GrantInThePast, GrantNotFound, NoProgramme, NotAMember, TierUnknown
from huike.orders.models import Order, Payment
from huike.platform import clock, sql
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, Job, OutboxEvent
from huike.platform.outbox import announce, drain
from tests.loyalty.ladders import JOINED, TIERS, buys, history, member, net, publish, returns, running
from tests.tills import order as told_order
from tests.tills import place

pytestmark = pytest.mark.django_db

MARCH = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
JUNE = datetime(2025, 6, 1, 4, 0, tzinfo=UTC)
# The midnights in Shanghai that end 10 March and 1 June of the next year.
SILVER_ENDS = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
GOLD_ENDS = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
JULY = datetime(2025, 7, 1, tzinfo=UTC)

JOINS = ("member", JOINED, None, "joined")
SILVER = ("silver", MARCH, SILVER_ENDS, "qualified")
GOLD = ("gold", JUNE, GOLD_ENDS, "qualified")


def judge(customer: Customer, now: datetime = JULY) -> services.Judged:
    return services.evaluate([customer.pk], now=now)


def tier_of(customer: Customer) -> tuple[str | None, datetime | None, datetime | None, bool]:
    found = Member.objects.get(customer=customer)
    return found.tier, found.tier_since_at, found.tier_until_at, found.tier_is_granted


def told(name: str) -> list[dict[str, object]]:
    return [
        {**event.payload, "customer_id": event.customer_id}
        for event in OutboxEvent.objects.filter(name=f"loyalty.{name}").order_by("pk")
    ]


def test_a_member_is_enrolled_and_rises_with_her_orders() -> None:
    running()
    li = member()
    judge(li, JOINED)
    assert tier_of(li) == ("member", JOINED, None, False)
    buys(li, 1_200, MARCH)
    judge(li)
    buys(li, 3_800, JUNE)
    judge(li)
    assert history(li) == [JOINS, SILVER, GOLD]
    assert tier_of(li) == ("gold", JUNE, GOLD_ENDS, False)
    assert [(event["tier"], event["before"], event["reason"]) for event in told("tier_reached")] == [
        ("silver", "member", "qualified"),
        ("gold", "silver", "qualified"),
    ]
    assert told("tier_lost") == []


def test_judging_again_adds_nothing() -> None:
    running()
    li = member()
    buys(li, 1_200, MARCH)
    judge(li)
    before = history(li)
    judged = judge(li)
    assert (judged.looked_at, judged.enrolled, judged.risen) == (1, 0, 0)
    assert history(li) == before
    assert TierChange.objects.count() == len(before)


def test_an_order_that_changes_nothing_costs_two_statements() -> None:
    running()
    li = member()
    buys(li, 1_200, MARCH)
    judge(li)
    statements: list[str] = []
    spoken = sql.rows

    def counted(statement: str, *params: object) -> list[sql.Row]:
        statements.append(statement)
        return spoken(statement, *params)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch, transaction.atomic(), CaptureQueriesContext(connection) as others:
        patch.setattr(sql, "rows", counted)
        services.evaluate_locked([li.pk], now=JULY)
    assert len(statements) == 2
    assert len(others) == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_whichever_order_things_arrive_the_history_is_the_same(order: tuple[int, ...]) -> None:
    running()
    li = member()
    may = datetime(2025, 5, 2, 4, 0, tzinfo=UTC)
    back_at = datetime(2025, 6, 5, 1, 0, tzinfo=UTC)
    arrivals = [
        lambda: buys(li, 1_200, MARCH, number="A"),
        lambda: buys(li, 100, may, number="B"),
        lambda: buys(li, 3_700, JUNE, number="C"),
        lambda: returns(li, 3_700, back_at, of="C"),
    ]
    for index in order:
        arrivals[index]()
        judge(li)
    stands = [(step.to_tier, step.effective_at, step.until_at) for step in stand(li)]
    assert stands == [
        ("member", JOINED, None),
        ("silver", MARCH, SILVER_ENDS),
        ("gold", JUNE, GOLD_ENDS),
        ("silver", back_at, SILVER_ENDS),
    ]
    assert tier_of(li)[0] == "silver"


def stand(customer: Customer) -> list[TierChange]:
    """What her history comes to: the changes a timeline shows, the oldest first."""
    view = selectors.member_view(customer.pk, scope=EVERYTHING, now=JULY)
    assert view is not None
    return list(reversed(view.changes))


def test_what_is_told_late_is_added_and_nothing_told_before_is_touched() -> None:
    running()
    li = member()
    buys(li, 5_000, JUNE)
    judge(li)
    first = history(li)
    buys(li, 1_200, MARCH)
    judge(li)
    assert history(li)[: len(first)] == first
    assert [(change.to_tier, change.effective_at) for change in stand(li)] == [
        ("member", JOINED),
        ("silver", MARCH),
        ("gold", JUNE),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        TierChange.objects.update(to_tier="gold")


def test_the_tier_of_an_instant_is_the_one_she_came_with() -> None:
    programme = running()
    li, wang = member(), member("王芳")
    buys(li, 1_200, MARCH)
    services.evaluate([li.pk, wang.pk], now=JULY)
    just_after = MARCH + timedelta(microseconds=1)
    asked = [(li.pk, MARCH), (li.pk, just_after), (wang.pk, JULY), (li.pk, JOINED - timedelta(days=1)), (0, JULY)]
    assert selectors.tiers_at(asked, programme_id=programme.pk) == ["member", "silver", "member", None, None]


def test_the_night_lets_tiers_end_and_goes_over_who_is_due_only() -> None:
    running()
    li, wang = member(), member("王芳")
    buys(li, 1_200, MARCH)
    services.evaluate([li.pk, wang.pk], now=JULY)
    judged = services.judge_due(None, now=SILVER_ENDS)
    assert (judged.looked_at, judged.fallen) == (1, 1)
    assert tier_of(li) == ("member", SILVER_ENDS, None, False)
    assert [(event["tier"], event["before"], event["reason"]) for event in told("tier_lost")] == [
        ("member", "silver", "downgraded")
    ]
    assert services.judge_due(None, now=SILVER_ENDS).looked_at == 0
    assert AuditEntry.objects.filter(action="judge_tiers").count() == 2


def test_the_night_enrols_members_nobody_told_of_and_looks_at_everybody_under_new_terms() -> None:
    programme = running()
    li = member()
    member("过客", joined_at=None)
    assert services.judge_due(None, now=JULY).enrolled == 1
    buys(li, 900, MARCH)
    judge(li)
    easier = [TIERS[0], TIERS[1] | {"qualify": net(800)}, TIERS[2]]
    publish(programme, effective_at=JULY, tiers=easier)
    assert services.judge_due(None, now=JULY - timedelta(seconds=1)).looked_at == 0
    judged = services.judge_due(None, now=JULY)
    assert (judged.looked_at, judged.risen) == (1, 1)
    assert history(li)[-1][0] == "silver"
    assert history(li)[-1][3] == "terms"
    assert services.judge_due(None, now=JULY).looked_at == 0


def test_a_run_that_broke_off_goes_on_with_who_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    running()
    everybody = [member(f"会员{number}") for number in range(7)]
    monkeypatch.setattr(services, "_BATCH", 2)
    spoken = services.evaluate_locked
    calls = iter(range(10))

    def breaks(ids: list[int], *, now: datetime) -> services.Judged:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return spoken(ids, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(services, "evaluate_locked", breaks)
        with pytest.raises(KeyboardInterrupt):
            services.judge_due(None, now=JULY)
    assert Member.objects.count() == 4
    assert services.judge_due(None, now=JULY).looked_at == 3
    assert Member.objects.count() == len(everybody)


def test_who_is_no_member_has_no_tier_and_without_a_programme_nobody_has() -> None:
    li = member()
    assert judge(li).looked_at == 0
    running()
    guest = member("过客", joined_at=None)
    assert judge(guest).looked_at == 0
    assert not Member.objects.exists()


def test_a_file_that_becomes_a_members_is_enrolled_at_once() -> None:
    running()
    created = create_customer(CustomerDraft(name="赵敏", member_since_at=JOINED), actor=SYSTEM, scope=EVERYTHING)
    assert tier_of(created)[:2] == ("member", JOINED)
    guest = create_customer(CustomerDraft(name="过客"), actor=SYSTEM, scope=EVERYTHING)
    assert not Member.objects.filter(customer=guest).exists()
    update_customer(guest.pk, {"member_since_at": MARCH}, actor=SYSTEM, scope=EVERYTHING)
    assert tier_of(guest)[:2] == ("member", MARCH)
    update_customer(guest.pk, {"member_since_at": JOINED}, actor=SYSTEM, scope=EVERYTHING)
    assert Member.objects.get(customer=guest).joined_at == JOINED
    assert tier_of(guest)[:2] == ("member", JOINED)


def test_a_granted_tier_lasts_until_its_end_and_is_written_with_who_gave_it() -> None:
    running()
    li = member()
    judge(li)
    ends_at = clock.now() + timedelta(days=90)
    given = services.grant(li.pk, tier="gold", ends_at=ends_at, reason="开业嘉宾", actor=SYSTEM, scope=EVERYTHING)
    assert tier_of(li) == ("gold", given.starts_at, ends_at, True)
    services.judge_due(None, now=ends_at)
    assert tier_of(li) == ("member", ends_at, None, False)
    assert [change[3] for change in history(li)] == ["joined", "granted", "ended"]
    entry = AuditEntry.objects.get(action="grant_tier")
    assert (entry.subject_id, entry.details["tier"]) == (li.pk, "gold")


def test_a_grant_taken_back_ends_then_once() -> None:
    running()
    li = member()
    given = services.grant(li.pk, tier="gold", ends_at=None, reason="误操作", actor=SYSTEM, scope=EVERYTHING)
    revoked = services.revoke(given.pk, actor=SYSTEM, scope=EVERYTHING)
    assert tier_of(li) == ("member", revoked.revoked_at, None, False)
    assert services.revoke(given.pk, actor=SYSTEM, scope=EVERYTHING).revoked_at == revoked.revoked_at
    assert AuditEntry.objects.filter(action="revoke_tier_grant").count() == 1


def test_a_refused_grant_leaves_no_trace() -> None:
    li = member()
    with pytest.raises(NoProgramme):
        services.grant(li.pk, tier="gold", ends_at=None, reason="x", actor=SYSTEM, scope=EVERYTHING)
    running()
    guest = member("过客", joined_at=None)
    with pytest.raises(NotAMember):
        services.grant(guest.pk, tier="gold", ends_at=None, reason="x", actor=SYSTEM, scope=EVERYTHING)
    with pytest.raises(TierUnknown):
        services.grant(li.pk, tier="platinum", ends_at=None, reason="x", actor=SYSTEM, scope=EVERYTHING)
    with pytest.raises(GrantInThePast):
        services.grant(li.pk, tier="gold", ends_at=JULY, reason="x", actor=SYSTEM, scope=EVERYTHING)
    elsewhere = Scope(all_stores=False, store_ids=frozenset({1}))
    with pytest.raises(CustomerNotFound):
        services.grant(li.pk, tier="gold", ends_at=None, reason="x", actor=SYSTEM, scope=elsewhere)
    assert not TierGrant.objects.exists()
    assert not TierChange.objects.exists()
    assert not AuditEntry.objects.filter(action="grant_tier").exists()


def test_a_grant_of_another_store_or_whose_time_is_over_cannot_be_taken_back() -> None:
    programme = running()
    li = member()
    over = TierGrant.objects.create(
        programme=programme, customer=li, tier="gold", starts_at=MARCH, ends_at=JUNE, reason="x", granted_by="x"
    )
    with pytest.raises(GrantEnded):
        services.revoke(over.pk, actor=SYSTEM, scope=EVERYTHING)
    with pytest.raises(GrantNotFound):
        services.revoke(over.pk, actor=SYSTEM, scope=Scope(all_stores=False, store_ids=frozenset({1})))
    over.refresh_from_db()
    assert over.revoked_at is None


def test_a_membership_is_sold_prolonged_and_returned() -> None:
    running()
    li = member()
    buys(li, 199, MARCH, sku="GOLD-6", number="G1")
    judge(li)
    assert tier_of(li) == ("gold", MARCH, datetime(2025, 9, 10, 16, 0, tzinfo=UTC), True)
    buys(li, 398, JUNE, sku="GOLD-6", units=2, number="G2")
    judge(li)
    assert tier_of(li)[2] == datetime(2026, 9, 10, 16, 0, tzinfo=UTC)
    returns(li, 199, JUNE + timedelta(days=1), of="G2", sku="GOLD-6")
    judge(li)
    assert tier_of(li)[2] == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_what_points_paid_and_what_was_cancelled_counts_for_nothing() -> None:
    running()
    li = member()
    number = buys(li, 1_200, MARCH)
    Payment.objects.create(order=Order.objects.get(external_id=number), tender="points", amount_minor=20_001)
    judge(li)
    assert history(li) == [JOINS]
    Payment.objects.update(amount_minor=20_000)
    judge(li)
    assert history(li)[-1] == SILVER
    place(told_order(number, placed_at=MARCH, revision=1, cancelled=True))
    judge(li)
    assert tier_of(li)[0] == "member"
    assert history(li)[-1] == ("member", MARCH, None, "corrected")


def test_a_merged_file_has_the_best_both_come_to_and_the_undone_one_what_it_had() -> None:
    running()
    li, double = member(), member("李娜 2", joined_at=MARCH)
    buys(li, 1_200, MARCH)
    buys(double, 3_800, JUNE)
    services.evaluate([li.pk, double.pk], now=JULY)
    assert (tier_of(li)[0], tier_of(double)[0]) == ("silver", "silver")
    merge = merge_customers(li.pk, double.pk, survivor_id=li.pk, actor=SYSTEM, scope=EVERYTHING, now=JULY)
    assert [(step.to_tier, step.effective_at) for step in stand(li)][:3] == [
        ("member", JOINED),
        ("silver", MARCH),
        ("gold", JUNE),
    ]
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=JULY)
    assert [(step.to_tier, step.effective_at) for step in stand(li)][:2] == [("member", JOINED), ("silver", MARCH)]
    assert all(step.to_tier != "gold" for step in stand(li))
    assert [(step.to_tier, step.effective_at) for step in stand(double)][:2] == [("member", MARCH), ("silver", JUNE)]


def test_a_grant_follows_a_merge_and_its_undoing() -> None:
    running()
    li, double = member(), member("李娜 2")
    services.evaluate([li.pk, double.pk], now=JULY)
    services.grant(double.pk, tier="gold", ends_at=None, reason="x", actor=SYSTEM, scope=EVERYTHING)
    now = clock.now()
    merge = merge_customers(li.pk, double.pk, survivor_id=li.pk, actor=SYSTEM, scope=EVERYTHING, now=now)
    assert tier_of(li)[0] == "gold"
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=now)
    assert tier_of(li)[0] == "member"
    assert tier_of(double)[0] == "gold"


def test_a_member_merged_into_a_file_of_no_member_keeps_her_tier_and_takes_it_along_again() -> None:
    running()
    li, guest = member(), member("过客", joined_at=None)
    buys(li, 1_200, MARCH)
    judge(li)
    merge = merge_customers(guest.pk, li.pk, survivor_id=guest.pk, actor=SYSTEM, scope=EVERYTHING, now=JULY)
    assert tier_of(guest)[0] in {"silver", "member"}
    assert ("silver", MARCH) in [(step.to_tier, step.effective_at) for step in stand(guest)]
    undo_merge(merge.pk, actor=SYSTEM, scope=EVERYTHING, now=JULY)
    assert not Member.objects.filter(customer=guest).exists()
    assert ("silver", MARCH) in [(step.to_tier, step.effective_at) for step in stand(li)]


def test_the_timeline_tells_each_change_once_and_in_its_last_word() -> None:
    running()
    li = member()
    buys(li, 5_000, JUNE, number="C")
    judge(li)
    buys(li, 1_200, MARCH)
    judge(li)
    shown = [
        (entry.title_code, entry.params["tier"], entry.at)
        for entry in timeline(li.pk, kinds=["tier"], cursor=None, limit=20).items
    ]
    assert shown == [
        ("timeline.tier.qualified", "金卡", JUNE),
        ("timeline.tier.qualified", "银卡", MARCH),
        ("timeline.tier.joined", "普卡", JOINED),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_file_of_members_is_followed_by_a_run_that_enrols_them() -> None:
    running()
    li = member()
    announce(ImportFinished(import_id=1, kind="customers", source_id=1, created=1, updated=0, occurred_at=JULY))
    while drain():
        pass
    job = Job.objects.get(kind="loyalty.judge_tiers")
    judge_tiers(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("succeeded", {"looked_at": 1, "enrolled": 1, "risen": 0, "fallen": 0})
    assert Member.objects.filter(customer=li).exists()
    assert start_judging(requested_by_id=None) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_judge_one_member_at_once_tell_each_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock both read the same history and both add to it."""
    for guarded, changes in ((True, 2), (False, 4)):
        Terms.objects.exists() or running()
        li = member()
        buys(li, 1_200, MARCH, number=f"A-{guarded}")
        judge_one = services.evaluate if guarded else unguarded
        barrier = Barrier(2)
        read = lives.lives

        def both_read(ids: Sequence[int], laddered: lives.Laddered, **when: datetime) -> list[lives.Told]:
            found = read(ids, laddered, **when)  # noqa: B023 - the function itself, the same in both rounds
            with suppress(BrokenBarrierError):
                barrier.wait(timeout=1)  # noqa: B023 - called within its round
            return found

        with monkeypatch.context() as patch:
            patch.setattr(lives, "lives", both_read)
            with ThreadPoolExecutor(2) as pool:
                for done in [pool.submit(closing, judge_one, li.pk) for _ in range(2)]:
                    done.result()
        assert len(history(li)) == changes


def unguarded(ids: list[int], *, now: datetime) -> object:
    with transaction.atomic():
        return services.evaluate_locked(ids, now=now)


def closing(judge_one: Callable[..., object], customer_id: int) -> None:
    try:
        judge_one([customer_id], now=JULY)
    finally:
        connection.close()


def test_with_every_buyer_a_member_who_buys_is_one_from_her_first_purchase_on() -> None:
    running(document={"joining": {"every_buyer": True}})
    guest = member("过客", joined_at=None)
    assert judge(guest).looked_at == 0
    buys(guest, 1_200, MARCH)
    assert services.is_anybody_due(now=JULY)
    judge(guest)
    assert history(guest) == [("silver", MARCH, SILVER_ENDS, "joined")]
    earlier = MARCH - timedelta(days=9)
    buys(guest, 10, earlier)
    judge(guest)
    assert [(step.to_tier, step.effective_at) for step in stand(guest)] == [("member", earlier), ("silver", MARCH)]


def test_purchases_before_joining_count_as_far_back_as_the_terms_say() -> None:
    running(document={"joining": {"earns_back_days": 30}})
    li = member()
    buys(li, 1_000, JOINED - timedelta(days=30))
    judge(li)
    assert history(li) == [("silver", JOINED, datetime(2026, 1, 10, 16, 0, tzinfo=UTC), "joined")]
    wang = member("王芳")
    buys(wang, 1_000, JOINED - timedelta(days=32))
    judge(wang)
    assert history(wang) == [JOINS]


def test_points_are_counted_as_orders_stand_at_them() -> None:
    running(
        tiers=[{"key": "star", "name": "星", "qualify": {"thresholds": [{"metric": "points", "at_least": 50}]}}],
        memberships=[],
    )
    li = member()
    order = Order.objects.get(external_id=buys(li, 100, MARCH))
    stands_at = OrderPoints.objects.create(order=order, customer=li, placed_at=MARCH, earned=49, order_xid=1)
    judge(li)
    assert tier_of(li)[0] is None
    OrderPoints.objects.filter(pk=stands_at.pk).update(earned=50)
    judge(li)
    assert tier_of(li)[:2] == ("star", MARCH)
