"""Value given and taken by hand (docs/algorithms/adjustments.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.ledger import selectors as ledger
from huike.ledger.errors import InsufficientBalance
from huike.ledger.models import Entry, Lot
from huike.loyalty import desk
from huike.loyalty.adjustments import services
from huike.loyalty.adjustments.errors import DecidedAlready, NotToUndo, OwnAdjustment, ReasonUnknown
from huike.loyalty.models import Adjustment, Programme
from huike.platform.audit import Actor
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.loyalty.desks import balance, has, plans, top_up
from tests.loyalty.members import member, points, programme
from tests.people import code_of, outsider, signed_in
from tests.rivals import beside, let_in_before
from tests.tills import NOW, all_at_once, store

ZHAO, LI = Actor("user", 1, "Zhao"), Actor("user", 2, "Li")
pytestmark = pytest.mark.django_db


def propose(who: int, amount: int, *, kind: str = "points", by: Actor = ZHAO, **told: Any) -> Adjustment:
    told = {"reason": "goodwill", "words": "等了太久", "scope": EVERYTHING, "now": NOW, **told}
    return services.propose(who, kind=kind, amount=amount, actor=by, **told)  # type: ignore[arg-type]


def approve(one: Adjustment, by: Actor = LI, **told: Any) -> Adjustment:
    return services.approve(one.pk, **{"words": "ok", "actor": by, "scope": EVERYTHING, "now": NOW, **told})


def undo(one: Adjustment, by: Actor = LI) -> Adjustment:
    return services.undo(one.pk, words="wrong person", actor=by, scope=EVERYTHING, now=NOW)


@pytest.fixture
def made() -> Programme:
    return programme(**plans())


@pytest.fixture
def who(made: Programme) -> int:
    return member(made)


def test_within_the_limit_it_is_done_at_once_and_above_it_waits(made: Programme, who: int) -> None:
    assert (propose(who, 1_000).state, points(made, who).available) == ("done", 1_000)
    waiting = propose(who, 1_001)
    assert (waiting.state, points(made, who).available) == ("waiting", 1_000)
    with pytest.raises(OwnAdjustment):
        approve(waiting, by=ZHAO)
    done = approve(waiting)
    assert (done.state, done.decided_by, done.decision_words, points(made, who).available) == (
        "done",
        "Li",
        "ok",
        2_001,
    )
    assert list(AuditEntry.objects.filter(subject_id=who).order_by("pk").values_list("action", "actor_label")) == [
        ("propose_adjustment", "Zhao"),
        ("make_adjustment", "Zhao"),
        ("propose_adjustment", "Zhao"),
        ("make_adjustment", "Li"),
    ]
    assert ledger.verify() == []


def test_given_points_expire_as_earned_ones_and_given_money_is_a_bonus(made: Programme, who: int) -> None:
    propose(who, 10)
    propose(who, 500, kind="money")
    assert [(lot.kind, lot.expires_at is not None) for lot in Lot.objects.order_by("pk")] == [
        ("earned", True),
        ("bonus", False),
    ]


def test_more_than_there_is_is_not_taken_and_nothing_waits(made: Programme, who: int) -> None:
    propose(who, 300)
    with pytest.raises(InsufficientBalance):
        propose(who, -301)
    assert Adjustment.objects.count() == 1
    propose(who, -300)
    assert points(made, who).available == 0


def test_what_waits_is_refused_where_it_would_be_refused_at_once_and_still_waits(who: int) -> None:
    waiting = propose(who, -5_000)
    with pytest.raises(InsufficientBalance):
        approve(waiting)
    waiting.refresh_from_db()
    assert (waiting.state, Entry.objects.count()) == ("waiting", 0)


def test_a_reason_must_be_one_of_the_operators(who: int) -> None:
    with pytest.raises(ReasonUnknown):
        propose(who, 1, reason="because")
    assert not Adjustment.objects.exists()


def test_what_was_rejected_or_waited_too_long_is_not_done(made: Programme, who: int) -> None:
    first, second = propose(who, 2_000), propose(who, 3_000)
    services.reject(first.pk, words="no", actor=LI, scope=EVERYTHING, now=NOW)
    with pytest.raises(DecidedAlready) as refused:
        approve(first)
    assert refused.value.params == {"state": "rejected"}
    later = NOW + timedelta(days=7)
    with pytest.raises(DecidedAlready):
        approve(second, now=later)  # though no job has ended it yet
    assert services.expire_overdue(now=later) == 1
    second.refresh_from_db()
    assert (second.state, points(made, who).available) == ("expired", 0)


def test_undoing_goes_back_to_the_same_lots_once_and_under_the_same_limit(who: int) -> None:
    top_up(who)
    taken = propose(who, -10_000, kind="money")
    assert has(who) == (40_000, 5_000)
    undone = undo(taken)
    assert (undone.state, undone.amount, has(who)) == ("done", 10_000, (50_000, 5_000))
    for one in (taken, undone):
        with pytest.raises(NotToUndo):
            undo(one)
    given = approve(propose(who, 20_000, kind="money"))
    waiting = undo(given)
    assert (waiting.state, balance(who)) == ("waiting", 75_000)
    approve(waiting, by=ZHAO)
    assert (has(who), ledger.verify()) == ((50_000, 5_000), [])


def test_what_was_given_and_spent_is_not_undone(made: Programme, who: int) -> None:
    given = propose(who, 500)
    propose(who, -100)
    with pytest.raises(InsufficientBalance):
        undo(given)
    assert (points(made, who).available, Adjustment.objects.count()) == (400, 2)


# Races


def approve_twice(one: Adjustment, patch: pytest.MonkeyPatch) -> list[str]:
    """Another approves when this one has found it waiting and not decided yet."""
    other = Actor("user", 3, "Wang")
    with beside(lambda: approve(one, by=other)) as start, patch.context() as within:
        let_in_before(within, desk, "locked", lambda: start().result())
        try:
            return [approve(one).state]
        except DecidedAlready:
            return ["refused"]


@pytest.mark.django_db(transaction=True)
def test_without_its_guard_a_second_approval_would_overwrite_the_first(
    made: Programme, who: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unguarded(one: Adjustment, state: str, *, words: str, actor: Actor, now: Any) -> None:
        Adjustment.objects.filter(pk=one.pk).update(state=state, decided_by=actor.label, decided_at=now)

    waiting = propose(who, 2_000)
    with monkeypatch.context() as patch:
        patch.setattr(services, "_decide", unguarded)
        # The ledger's key is the last guard: the same adjustment is never posted twice.
        with pytest.raises(Exception, match="ledger_transaction_key"):
            approve_twice(waiting, patch)
    assert points(made, who).available == 2_000


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does(made: Programme, who: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert approve_twice(propose(who, 2_000), monkeypatch) == ["refused"]
    assert points(made, who).available == 2_000
    waiting = propose(who, 2_000)
    said = all_at_once([lambda n=n: approve(waiting, by=Actor("user", n, f"n{n}")) for n in range(10, 16)])  # type: ignore[misc]
    assert sum(isinstance(one, Adjustment) for one in said) == 1
    assert {type(one) for one in said if isinstance(one, Exception)} == {DecidedAlready}
    assert (points(made, who).available, ledger.verify()) == (4_000, [])


# Over HTTP

GIVE: dict[str, Any] = {"kind": "points", "amount": 2_000, "reason": "goodwill", "words": "等了太久"}


def test_what_waits_is_listed_with_its_number_and_decided_by_another(who: int) -> None:
    service, loyalty = signed_in(Role.SERVICE, name="Zhao"), signed_in(Role.LOYALTY, name="Li")
    made = service.once(f"/customers/{who}/adjustments", GIVE, key="k")
    service.once(f"/customers/{who}/adjustments", GIVE, key="k")
    assert (made.status_code, made.json()["state"], made.json()["is_mine"]) == (201, "waiting", True)
    waiting = loyalty.get("/loyalty/adjustments?state=waiting").json()
    assert (waiting["total"], waiting["items"][0]["customer_name"], waiting["items"][0]["is_mine"]) == (
        1,
        "林晓",
        False,
    )
    one = made.json()["id"]
    assert service.post(f"/loyalty/adjustments/{one}/approve", {"words": "ok"}).status_code == 403
    done = loyalty.post(f"/loyalty/adjustments/{one}/approve", {"words": "ok"}).json()
    assert (done["state"], done["decided_by"]) == ("done", "Li")
    again = loyalty.post(f"/loyalty/adjustments/{one}/approve", {"words": "ok"})
    assert (again.status_code, code_of(again)) == (409, "adjustment.decided_already")
    undone = loyalty.post(f"/loyalty/adjustments/{one}/undo", {"words": "wrong"}).json()
    assert (undone["state"], undone["undoes_id"], undone["amount"]) == ("waiting", one, -2_000)
    assert [each["id"] for each in service.get(f"/loyalty/adjustments?customer_id={who}").json()["items"]] == [
        undone["id"],
        one,
    ]
    assert service.get("/loyalty/adjusting").json()["alone_points"] == 1_000


def test_ones_own_is_taken_back_and_anothers_only_by_the_second_person(who: int) -> None:
    zhao, wang = signed_in(Role.SERVICE, name="Zhao"), signed_in(Role.SERVICE, name="Wang")
    one = zhao.once(f"/customers/{who}/adjustments", GIVE).json()["id"]
    assert wang.post(f"/loyalty/adjustments/{one}/reject", {"words": "no"}).status_code == 403
    own = signed_in(Role.LOYALTY).once(f"/customers/{who}/adjustments", GIVE).json()["id"]
    assert zhao.post(f"/loyalty/adjustments/{one}/reject", {"words": "typo"}).json()["state"] == "rejected"
    assert own != one


def test_whoever_may_not_and_whoever_is_elsewhere_is_refused(who: int) -> None:
    here, there = store(), store("BJ01", "国贸店")
    Customer.objects.filter(pk=who).update(home_store_id=here.pk)
    one = signed_in(Role.SERVICE).once(f"/customers/{who}/adjustments", GIVE).json()["id"]
    elsewhere = signed_in(Role.LOYALTY, store_ids=[there.pk])
    assert elsewhere.get("/loyalty/adjustments").json()["items"] == []
    assert elsewhere.once(f"/customers/{who}/adjustments", GIVE).status_code == 404
    for deed in ("approve", "reject", "undo"):
        assert elsewhere.post(f"/loyalty/adjustments/{one}/{deed}", {"words": "n"}).status_code == 404
        assert signed_in(Role.CLERK).post(f"/loyalty/adjustments/{one}/{deed}", {"words": "n"}).status_code == 403
        assert outsider().post(f"/loyalty/adjustments/{one}/{deed}", {"words": "n"}).status_code == 401
    assert outsider().once(f"/customers/{who}/adjustments", GIVE).status_code == 401
    assert (Adjustment.objects.count(), Adjustment.objects.get().state) == (1, "waiting")
