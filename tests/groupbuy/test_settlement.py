"""Statements of merchants (docs/algorithms/settlement.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from huike.groupbuy.errors import MerchantNotFound
from huike.groupbuy.merchants import services as merchant_services
from huike.groupbuy.merchants.terms import MerchantTerms, SettlementRules
from huike.groupbuy.models import Deal, Merchant, Redemption, SettlementAdjustment, Statement, StatementLine
from huike.groupbuy.settlement import selectors, services
from huike.groupbuy.settlement.errors import BooksDiffer, OwnApproval, StatementMoved
from huike.ledger import selectors as ledger
from huike.ledger import services as ledger_services
from huike.ledger.models import Transaction
from huike.platform.models import AuditEntry, OutboxEvent
from tests.groupbuy import merchants as world
from tests.groupbuy.merchants import DEALS, LI, ZHAO, redeem, undo
from tests.rivals import beside, let_in_before
from tests.thoroughness import examples
from tests.tills import all_at_once

pytestmark = pytest.mark.django_db


def local(month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """An instant in the operator's zone, of 2026."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


OCT, NOV = local(11, 3, 0, 10), local(12, 3, 0, 10)
"""When October and November are cut."""


@pytest.fixture
def merchant() -> Merchant:
    return Merchant.objects.create(name="茶馆", state=Merchant.State.ADMITTED)


@pytest.fixture
def deal(merchant: Merchant) -> Deal:
    return world.deal(merchant)


def cut(merchant: Merchant, now: datetime) -> list[Statement]:
    return services.cut(merchant.pk, "CNY", now=now)


def figures(one: Statement) -> tuple[int, ...]:
    return (
        one.carried_in_minor,
        one.redeemed_minor,
        one.refunded_minor,
        one.commission_minor,
        one.adjusted_minor,
        one.payable_minor,
    )


def adjust(merchant: Merchant, amount: int, *, at: datetime) -> SettlementAdjustment:
    return services.adjust(merchant.pk, amount_minor=amount, currency="CNY", words="赔付", actor=ZHAO, now=at)


class TestTheExamples:
    def test_a_month_that_is_carried_and_the_next_that_pays(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, 10_000, at=local(10, 1, 0))
        redeem(deal, 5_000, at=local(10, 9))
        undo(redeem(deal, 2_000, at=local(9, 30)), at=local(10, 9))
        # The 20.00 were redeemed in September: cut first, so that October has only what was given back.
        (september,) = cut(merchant, local(10, 3))
        assert figures(september) == (0, 2_000, 0, 100, 0, 1_900)
        adjust(merchant, -20_000, at=local(10, 10))
        (october,) = cut(merchant, OCT)
        assert figures(october) == (0, 15_000, -2_000, 650, -20_000, -7_650)
        assert (october.state, october.starts_on, october.ends_on) == ("carried", date(2026, 10, 1), date(2026, 11, 1))
        redeem(deal, 10_000, at=local(11, 9))
        (november,) = cut(merchant, NOV)
        assert figures(november) == (-7_650, 10_000, 0, 500, 0, 1_850)
        assert november.state == "cut"

    def test_which_statement_a_redemption_is_of(self, merchant: Merchant, deal: Deal) -> None:
        last = redeem(deal, 1_000, at=local(10, 31, 23, 59, 59) + timedelta(milliseconds=999))
        first = redeem(deal, 2_000, at=local(11, 1, 0))
        in_time = redeem(deal, 3_000, at=local(10, 31), told_at=local(11, 2))
        (october,) = cut(merchant, OCT)
        late = redeem(deal, 4_000, at=local(10, 31), told_at=local(11, 3, 9))
        (november,) = cut(merchant, NOV)

        def redemptions(one: Statement) -> list[int]:
            return sorted(one.lines.values_list("redemption_id", flat=True))

        assert redemptions(october) == [last.pk, in_time.pk]
        assert redemptions(november) == [first.pk, late.pk]
        assert cut(merchant, NOV) == []

    def test_what_was_undone_after_the_end_is_taken_back_in_the_next(self, merchant: Merchant, deal: Deal) -> None:
        one = redeem(deal, 10_000, at=local(10, 31, 23, 50))
        undo(one, at=local(11, 1, 0, 10))
        (october,) = cut(merchant, OCT)
        (november,) = cut(merchant, NOV)
        assert figures(october) == (0, 10_000, 0, 500, 0, 9_500)
        assert figures(november) == (0, 0, -10_000, -500, 0, -9_500)
        assert november.state == "carried"

    def test_value_kept_at_expiry_is_the_merchants_without_a_redemption(self, merchant: Merchant) -> None:
        moves = {"unused": -1_000, f"merchant:{merchant.pk}": 950, "commission": 50}
        ledger_services.post(DEALS, moves, key="expired:1", at=local(10, 2), reference="voucher:1")
        (october,) = cut(merchant, OCT)
        assert figures(october) == (0, 1_000, 0, 50, 0, 950)

    def test_a_redemption_of_which_the_merchant_gets_nothing_is_no_line(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, 1_000, at=local(10, 2), bp=10_000)
        redeem(deal, 1_000, at=local(10, 2))
        (october,) = cut(merchant, OCT)
        assert (october.lines_count, october.payable_minor) == (1, 950)


class TestCutting:
    def test_not_before_it_was_waited_for(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, at=local(10, 2))
        assert cut(merchant, local(11, 2, 23, 59)) == []
        assert len(cut(merchant, local(11, 3, 0))) == 1

    def test_a_worker_that_slept_cuts_all_that_is_over(self, merchant: Merchant, deal: Deal) -> None:
        for month in (8, 10, 11):
            redeem(deal, 1_000, at=local(month, 5))
        made = cut(merchant, NOV)
        assert [(one.starts_on.month, one.payable_minor) for one in made] == [(8, 950), (10, 950), (11, 950)]

    def test_weeks_after_months_begin_where_the_month_ended(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, 1_000, at=local(10, 5))
        cut(merchant, OCT)
        merchant_services.set_terms(
            MerchantTerms(settlement=SettlementRules(period="week", waits_days=0)),
            instead_of=0,
            actor=ZHAO,
            now=OCT,
        )
        redeem(deal, 1_000, at=local(11, 1))
        redeem(deal, 1_000, at=local(11, 2))
        made = cut(merchant, local(11, 9))
        assert [(one.starts_on, one.ends_on) for one in made] == [
            (date(2026, 11, 1), date(2026, 11, 2)),
            (date(2026, 11, 2), date(2026, 11, 9)),
        ]

    def test_all_merchants_that_are_due_and_nobody_elses_lines(self, merchant: Merchant, deal: Deal) -> None:
        other = Merchant.objects.create(name="书店", state=Merchant.State.CLOSED)
        redeem(deal, 1_000, at=local(10, 5))
        redeem(world.deal(other), 2_000, at=local(10, 5))
        Merchant.objects.create(name="无单")
        assert services.cut_due(now=OCT) == 2
        assert services.cut_due(now=OCT) == 0
        assert dict(Statement.objects.values_list("merchant__name", "payable_minor")) == {"茶馆": 950, "书店": 1_900}
        assert OutboxEvent.objects.filter(name="groupbuy.statement_cut").count() == 2

    def test_nobody_is_cut_who_does_not_exist(self) -> None:
        assert services.cut(10**9, "CNY", now=NOV) == []
        with pytest.raises(MerchantNotFound):
            services.adjust(10**9, amount_minor=1, currency="CNY", words="x", actor=ZHAO, now=NOV)

    def test_lines_are_never_edited(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, at=local(10, 2))
        cut(merchant, OCT)
        for act in (lambda: StatementLine.objects.update(net_minor=1), lambda: StatementLine.objects.all().delete()):
            with pytest.raises(IntegrityError), transaction.atomic():
                act()


class TestRefusesToClose:
    """What was not written by the services: the statement would not be the ledger's."""

    def refused(self, merchant: Merchant, now: datetime = OCT) -> dict[str, Any]:
        with pytest.raises(BooksDiffer) as refused:
            cut(merchant, now)
        assert not Statement.objects.exists()
        assert not StatementLine.objects.exists()
        assert not OutboxEvent.objects.filter(name="groupbuy.statement_cut").exists()
        return refused.value.params

    def test_a_redemption_that_was_never_posted(self, merchant: Merchant, deal: Deal) -> None:
        one = redeem(deal, at=local(10, 2))
        Redemption.objects.create(
            key="k",
            input_sha256="k",
            voucher=world.voucher(deal, 500),
            store=one.store,
            uses=1,
            amount_minor=500,
            commission_minor=25,
            occurred_at=local(10, 2),
            recorded_at=local(10, 2),
            clerk="Wu",
        )
        assert self.refused(merchant)["found"] == 0

    def test_what_was_changed_behind_a_closed_one_is_not_of_the_next(self, merchant: Merchant, deal: Deal) -> None:
        redeem(deal, 7, at=local(10, 2))
        cut(merchant, OCT)
        Redemption.objects.filter().update(amount_minor=8)
        redeem(deal, 100, at=local(11, 2))
        (november,) = cut(merchant, NOV)  # October is closed: what was changed behind its back is not November's
        assert november.payable_minor == 95

    def test_a_redemption_of_another_amount_than_was_posted(self, merchant: Merchant, deal: Deal) -> None:
        one = redeem(deal, 10_000, at=local(10, 2))
        Redemption.objects.filter(pk=one.pk).update(amount_minor=10_001)
        assert self.refused(merchant) == {
            "merchant_id": merchant.pk,
            "what": f"redemption:{one.pk}",
            "expected": 9_501,
            "found": 9_500,
        }

    def test_the_same_net_with_another_commission(self, merchant: Merchant, deal: Deal) -> None:
        one = redeem(deal, 10_000, at=local(10, 2))
        Redemption.objects.filter(pk=one.pk).update(amount_minor=9_501, commission_minor=1)
        assert self.refused(merchant)["what"] == f"redemption:{one.pk}"

    def test_a_posting_for_a_redemption_that_is_not_there(self, merchant: Merchant, deal: Deal) -> None:
        moves = {"unused": -1_000, f"merchant:{merchant.pk}": 950, "commission": 50}
        ledger_services.post(DEALS, moves, key="voucher_redemption:999999999", at=local(10, 2))
        assert self.refused(merchant)["what"] == "redemption:999999999"

    def test_one_merchants_keep_no_others_from_being_cut(self, merchant: Merchant, deal: Deal) -> None:
        other = Merchant.objects.create(name="书店")
        one = redeem(deal, 10_000, at=local(10, 2))
        redeem(world.deal(other), 1_000, at=local(10, 2))
        Redemption.objects.filter(pk=one.pk).update(amount_minor=10_001)
        with pytest.raises(BooksDiffer):
            services.cut_due(now=OCT)
        assert list(Statement.objects.values_list("merchant_id", flat=True)) == [other.pk]


class TestPaying:
    @pytest.fixture
    def statement(self, merchant: Merchant, deal: Deal) -> Statement:
        redeem(deal, at=local(10, 2))
        return cut(merchant, OCT)[0]

    def test_approved_by_one_paid_by_another_and_posted_once(self, merchant: Merchant, statement: Statement) -> None:
        services.approve(statement.pk, actor=ZHAO, now=OCT)
        with pytest.raises(OwnApproval):
            services.pay(statement.pk, bank_reference="B-1", actor=ZHAO, now=OCT)
        paid = services.pay(statement.pk, bank_reference="B-1", actor=LI, now=OCT)
        assert (paid.state, paid.paid_by, paid.bank_reference) == ("paid", "Li", "B-1")
        sums = ledger.house_sums(DEALS)
        assert (sums[f"merchant:{merchant.pk}"], sums["payout"]) == (0, 9_500)
        with pytest.raises(StatementMoved) as refused:
            services.pay(statement.pk, bank_reference="B-2", actor=LI, now=OCT)
        assert refused.value.params == {"state": "paid"}
        assert Transaction.objects.filter(key=f"statement:{statement.pk}").count() == 1
        assert list(
            AuditEntry.objects.filter(subject_kind="statement").order_by("pk").values_list("action", "actor_label")
        ) == [("approve_statement", "Zhao"), ("pay_statement", "Li")]

    def test_a_payout_is_no_line_of_the_next(self, merchant: Merchant, deal: Deal, statement: Statement) -> None:
        services.approve(statement.pk, actor=ZHAO, now=OCT)
        services.pay(statement.pk, bank_reference="B-1", actor=LI, now=OCT)
        redeem(deal, 1_000, at=local(11, 9))
        (november,) = cut(merchant, NOV)
        assert figures(november) == (0, 1_000, 0, 50, 0, 950)

    def test_not_before_it_is_approved_and_not_after_the_approval_was_taken_back(self, statement: Statement) -> None:
        with pytest.raises(StatementMoved):
            services.pay(statement.pk, bank_reference="B-1", actor=LI, now=OCT)
        services.approve(statement.pk, actor=ZHAO, now=OCT)
        services.take_back_approval(statement.pk, actor=LI, now=OCT)
        with pytest.raises(StatementMoved):
            services.pay(statement.pk, bank_reference="B-1", actor=LI, now=OCT)
        assert ledger.house_sums(DEALS).get("payout") is None

    def test_what_is_carried_is_neither_approved_nor_paid(self, merchant: Merchant) -> None:
        adjust(merchant, -100, at=local(10, 2))
        (carried,) = cut(merchant, OCT)
        for act in (
            lambda: services.approve(carried.pk, actor=ZHAO, now=OCT),
            lambda: services.pay(carried.pk, bank_reference="", actor=LI, now=OCT),
        ):
            with pytest.raises(StatementMoved):
                act()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_statement() -> None:
    merchant = Merchant.objects.create(name="茶馆", state=Merchant.State.ADMITTED)
    deal = world.deal(merchant)
    for n in range(20):
        redeem(deal, 100 + n, at=local(10, 2))
    made = all_at_once([lambda: cut(merchant, OCT)] * 6)
    assert sorted(len(one) for one in made) == [0, 0, 0, 0, 0, 1]
    assert StatementLine.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_without_the_merchants_row_a_second_worker_only_fails_at_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard shown necessary: with the lock off only the constraint stands, and the second worker gets an error."""
    merchant = Merchant.objects.create(name="茶馆", state=Merchant.State.ADMITTED)
    redeem(world.deal(merchant), at=local(10, 2))
    monkeypatch.setattr(services, "hold", lambda id_: Merchant.objects.get(pk=id_))
    with beside(lambda: cut(Merchant.objects.get(pk=merchant.pk), OCT)) as rival:
        let_in_before(monkeypatch, services, "_written", lambda: rival().result(30))
        with pytest.raises(IntegrityError):
            cut(merchant, OCT)
    assert Statement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_redemption_told_while_it_is_cut_is_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = Merchant.objects.create(name="茶馆", state=Merchant.State.ADMITTED)
    deal = world.deal(merchant)
    redeem(deal, 1_000, at=local(10, 2))
    with beside(lambda: redeem(deal, 500, at=local(10, 31), told_at=OCT)) as rival:
        let_in_before(monkeypatch, services, "_written", lambda: rival().result(30))
        (october,) = cut(merchant, OCT)
    assert october.payable_minor == 950
    redeem(deal, 100, at=local(11, 2))
    (november,) = cut(merchant, NOV)
    assert november.payable_minor == 475 + 95


class Settlement(RuleBasedStateMachine):
    """Whatever is redeemed, undone, adjusted, cut, approved and paid, in whatever order and however late it is told:
    the account is what is to pay, carried and open; every line is of one statement; all of it is the ledger's."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = local(9, 1)
        self.numbers = count(1)
        self.redeemed: list[Redemption] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(period=st.sampled_from(["month", "half_month", "week"]))
    def begin(self, period: str) -> None:
        self.merchant = Merchant.objects.create(name="茶馆", state=Merchant.State.ADMITTED)
        self.deal = world.deal(self.merchant)
        self.net: dict[int, int] = {}
        terms = MerchantTerms(settlement=SettlementRules(period=period))
        merchant_services.set_terms(terms, instead_of=0, actor=ZHAO, now=self.now)

    @rule(days=st.integers(1, 20), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.now += timedelta(days=days, hours=hours)

    @rule(amount=st.integers(1, 99_999), bp=st.integers(0, 10_000), late_hours=st.integers(0, 200))
    def somebody_redeems(self, amount: int, bp: int, late_hours: int) -> None:
        self.redeemed.append(
            redeem(self.deal, amount, at=self.now - timedelta(hours=late_hours), told_at=self.now, bp=bp)
        )

    @rule(data=st.data())
    def somebody_undoes(self, data: st.DataObject) -> None:
        standing = [one for one in self.redeemed if one.undone_at is None]
        if standing:
            one = data.draw(st.sampled_from(standing))
            undo(one, at=self.now)
            one.undone_at = self.now

    @rule(amount=st.integers(-50_000, 50_000).filter(bool))
    def somebody_adjusts(self, amount: int) -> None:
        adjust(self.merchant, amount, at=self.now)

    @rule()
    def a_worker_cuts(self) -> None:
        services.cut_due(now=self.now)

    @rule()
    def all_is_approved_and_paid(self) -> None:
        for one in Statement.objects.filter(state="cut"):
            services.approve(one.pk, actor=ZHAO, now=self.now)
            services.pay(one.pk, bank_reference=f"B-{one.pk}", actor=LI, now=self.now)

    @invariant()
    def the_account_is_what_the_statements_say(self) -> None:
        if not hasattr(self, "merchant"):
            return
        standing = selectors.standing(self.merchant.pk, "CNY")
        assert standing.balance_minor == standing.to_pay_minor + standing.carried_minor + standing.open_minor

    @invariant()
    def every_statement_is_the_ledgers_and_periods_do_not_overlap(self) -> None:
        if not hasattr(self, "merchant"):
            return
        last = date(2000, 1, 1)
        for one in Statement.objects.order_by("starts_on"):
            lines = list(one.lines.all())
            moved = ledger.moves_of(line.transaction_id for line in lines)
            account = f"merchant:{self.merchant.pk}"
            assert sum(moves[account] for moves in moved.values()) == one.payable_minor - one.carried_in_minor
            assert one.starts_on >= last
            last = one.ends_on

    @invariant()
    def nothing_is_lost_between_buyers_house_and_merchant(self) -> None:
        sums = ledger.house_sums(DEALS)
        assert sum(sums.values()) == 0
        if not hasattr(self, "merchant"):
            return
        kept = [one for one in self.redeemed if one.undone_at is None]
        assert sums.get("commission", 0) == sum(one.commission_minor for one in kept)
        given = sum(SettlementAdjustment.objects.values_list("amount_minor", flat=True))
        owed = sum(one.amount_minor - one.commission_minor for one in kept) + given
        assert sums.get(f"merchant:{self.merchant.pk}", 0) + sums.get("payout", 0) == owed


@pytest.mark.slow
def test_whatever_happens_the_statements_are_the_ledgers() -> None:
    run_state_machine_as_test(
        Settlement,
        settings=settings(
            max_examples=examples(40),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
