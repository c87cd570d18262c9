"""Writes: cutting, approving and paying statements, amounts by hand. `docs/algorithms/settlement.md` is the
specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.merchants.services import hold
from huike.groupbuy.models import Merchant, SettlementAdjustment, Statement, StatementLine
from huike.groupbuy.money import asset_of, merchant_account
from huike.groupbuy.settlement import selectors
from huike.groupbuy.settlement.errors import BooksDiffer, OwnApproval, StatementMoved
from huike.groupbuy.settlement.events import StatementCut, StatementPaid
from huike.groupbuy.settlement.rules import Span, spans_to_cut, totals_of
from huike.groupbuy.settlement.selectors import OpenLine
from huike.kernel.scope import EVERYTHING
from huike.ledger import services as ledger
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce

State = Statement.State


def cut_due(*, now: datetime) -> int:
    """Cut every statement that is due; how many. One whose books differ keeps no other from being cut; the first of
    those is raised at the end (BooksDiffer)."""
    differ: BooksDiffer | None = None
    made = 0
    for currency in selectors.currencies():
        for merchant_id in Merchant.objects.order_by("pk").values_list("pk", flat=True):
            try:
                made += len(cut(merchant_id, currency, now=now))
            except BooksDiffer as error:
                differ = differ or error
    if differ is not None:
        raise differ
    return made


def cut(merchant_id: int, currency: str, *, now: datetime) -> list[Statement]:
    """Cut the merchant's statements of all periods that are over and have been waited for, each in a transaction of its
    own. Those that were cut already are not cut again. Raises MerchantNotFound, BooksDiffer."""
    made = []
    for span in _due(merchant_id, currency, now=now):
        statement = _cut_one(merchant_id, currency, span, now=now)
        if statement is not None:
            made.append(statement)
    return made


def _due(merchant_id: int, currency: str, *, now: datetime) -> list[Span]:
    waiting = selectors.open_lines(merchant_id, currency)
    if not waiting:
        return []
    zone, rules = get_config().zone, merchants.terms().settlement
    last = selectors.last_statement(merchant_id, currency)
    return list(
        spans_to_cut(
            waiting[0].occurred_at.astimezone(zone).date(),
            cut_until=None if last is None else last.ends_on,
            today=now.astimezone(zone).date(),
            period=rules.period,
            waits_days=rules.waits_days,
        )
    )


def _cut_one(merchant_id: int, currency: str, span: Span, *, now: datetime) -> Statement | None:
    """None where another worker has cut it, or nothing happened."""
    ends_at = span.ends_at(get_config().zone)
    with transaction.atomic():
        merchant = hold(merchant_id)
        last = selectors.last_statement(merchant_id, currency)
        if last is not None and last.ends_on > span.starts_on:
            return None
        # Before the lines are read: what is redeemed meanwhile may be a line already, but none of these may be missing.
        redeemed = _redemptions_without_a_line(merchant_id, currency, ends_at)
        lines = selectors.open_lines(merchant_id, currency, until=ends_at)
        if not lines:
            if redeemed:
                raise BooksDiffer(merchant_id=merchant_id, what=f"redemption:{redeemed[0]}", expected=1, found=0)
            return None
        statement = _written(merchant, currency, span, lines, carried_in=selectors.carried(last), now=now)
        _prove(statement, redeemed, ends_at)
        announce(
            StatementCut(
                statement_id=statement.pk,
                merchant_id=merchant_id,
                payable_minor=statement.payable_minor,
                currency=currency,
                occurred_at=now,
            )
        )
    return statement


def _written(
    merchant: Merchant, currency: str, span: Span, lines: Sequence[OpenLine], *, carried_in: int, now: datetime
) -> Statement:
    totals = totals_of(line.figures for line in lines)
    payable = carried_in + totals.net_minor
    statement = Statement.objects.create(
        merchant=merchant,
        currency=currency,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        carried_in_minor=carried_in,
        redeemed_minor=totals.redeemed_minor,
        refunded_minor=totals.refunded_minor,
        commission_minor=totals.commission_minor,
        adjusted_minor=totals.adjusted_minor,
        payable_minor=payable,
        lines_count=len(lines),
        state=State.CUT if payable > 0 else State.CARRIED,
        cut_at=now,
    )
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement,
                transaction_id=line.transaction_id,
                kind=line.figures.kind.value,
                reference=line.reference,
                redemption_id=line.redemption_id,
                occurred_at=line.occurred_at,
                gross_minor=line.figures.gross_minor,
                commission_minor=line.figures.commission_minor,
                net_minor=line.figures.net_minor,
            )
            for line in lines
        ],
        batch_size=5_000,
    )
    return statement


# What a merchant gets nothing of moves nothing on its account, and is no line.
_MISSING = """
SELECT r.id
  FROM groupbuy_redemption r
  JOIN groupbuy_voucher v ON v.id = r.voucher_id
  JOIN groupbuy_deal d ON d.id = v.deal_id
 WHERE d.merchant_id = %(merchant)s AND d.currency = %(currency)s AND r.occurred_at < %(until)s
   AND r.amount_minor > r.commission_minor
   AND NOT EXISTS (SELECT FROM groupbuy_statement_line l
                    WHERE l.redemption_id = r.id AND l.kind = 'redeemed')
 ORDER BY r.id
"""


def _redemptions_without_a_line(merchant_id: int, currency: str, until: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, {"merchant": merchant_id, "currency": currency, "until": until})
        return [row[0] for row in cursor.fetchall()]


_DIFFERENT = """
SELECT mine.redemption_id,
       CASE WHEN r.undone_at < %(until)s THEN 0 ELSE r.amount_minor - r.commission_minor END, told.net
  FROM (SELECT DISTINCT redemption_id FROM groupbuy_statement_line
         WHERE statement_id = %(statement)s AND redemption_id IS NOT NULL) mine
 CROSS JOIN LATERAL (
        SELECT sum(l.gross_minor)::bigint AS gross, sum(l.commission_minor)::bigint AS commission,
               sum(l.net_minor)::bigint AS net
          FROM groupbuy_statement_line l WHERE l.redemption_id = mine.redemption_id) told
  LEFT JOIN groupbuy_redemption r ON r.id = mine.redemption_id
 WHERE r.id IS NULL
    OR (told.gross, told.commission) IS DISTINCT FROM (
        CASE WHEN r.undone_at < %(until)s THEN 0 ELSE r.amount_minor END,
        CASE WHEN r.undone_at < %(until)s THEN 0 ELSE r.commission_minor END)
 ORDER BY 1 LIMIT 1
"""
_OF_LEDGER = """
SELECT coalesce(sum(e.amount), 0)::bigint, coalesce(sum(l.net_minor), 0)::bigint
  FROM groupbuy_statement_line l
  JOIN groupbuy_statement s ON s.id = l.statement_id
  LEFT JOIN (ledger_entry e
             JOIN ledger_account a ON a.id = e.account_id AND a.name = %(account)s
              AND a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s))
         ON e.transaction_id = l.transaction_id
 WHERE s.merchant_id = %(merchant)s AND s.currency = %(currency)s
"""


def _prove(statement: Statement, redeemed: Sequence[int], until: datetime) -> None:
    """Raises BooksDiffer where the statement is not what the ledger and the redemptions say."""
    merchant_id, currency = statement.merchant_id, statement.currency
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_LEDGER,
            {
                "account": merchant_account(merchant_id),
                "asset": asset_of(currency),
                "merchant": merchant_id,
                "currency": currency,
            },
        )
        entries, lines = cursor.fetchone()
        if entries != lines:
            raise BooksDiffer(merchant_id=merchant_id, what="ledger", expected=entries, found=lines)
        cursor.execute(_DIFFERENT, {"statement": statement.pk, "until": until})
        differs = cursor.fetchone()
        if differs is not None:
            redemption_id, expected, found = differs
            raise BooksDiffer(
                merchant_id=merchant_id, what=f"redemption:{redemption_id}", expected=expected, found=found
            )
    there = set(
        StatementLine.objects.filter(statement=statement, redemption_id__in=redeemed).values_list(
            "redemption_id", flat=True
        )
    )
    for redemption_id in redeemed:
        if redemption_id not in there:
            raise BooksDiffer(merchant_id=merchant_id, what=f"redemption:{redemption_id}", expected=1, found=0)


# Approving and paying


def approve(statement_id: int, *, actor: Actor, now: datetime) -> Statement:
    """Raises StatementNotFound, StatementMoved."""
    with transaction.atomic():
        statement = _held(statement_id, State.CUT)
        statement.state, statement.approved_at = State.APPROVED, now
        statement.approved_by, statement.approved_by_key = actor.label[:120], _key_of(actor)
        statement.save(update_fields=["state", "approved_at", "approved_by", "approved_by_key"])
        _record(actor, "approve_statement", statement)
    return statement


def take_back_approval(statement_id: int, *, actor: Actor, now: datetime) -> Statement:
    """Before it is paid. Raises StatementNotFound, StatementMoved."""
    with transaction.atomic():
        statement = _held(statement_id, State.APPROVED)
        statement.state, statement.approved_at = State.CUT, None
        statement.approved_by = statement.approved_by_key = ""
        statement.save(update_fields=["state", "approved_at", "approved_by", "approved_by_key"])
        _record(actor, "take_back_statement_approval", statement)
    return statement


def pay(statement_id: int, *, bank_reference: str, actor: Actor, now: datetime) -> Statement:
    """Note that it was paid out, and post it; not by who approved it. Raises StatementNotFound, StatementMoved,
    OwnApproval."""
    with transaction.atomic():
        statement = _held(statement_id, State.APPROVED)
        if statement.approved_by_key == _key_of(actor):
            raise OwnApproval
        statement.state, statement.paid_at, statement.paid_by = State.PAID, now, actor.label[:120]
        statement.bank_reference = bank_reference.strip()[:80]
        statement.save(update_fields=["state", "paid_at", "paid_by", "bank_reference"])
        ledger.post(
            asset_of(statement.currency),
            {merchant_account(statement.merchant_id): -statement.payable_minor, "payout": statement.payable_minor},
            key=f"statement:{statement.pk}",
            at=now,
            reference=f"statement:{statement.pk}",
            reason={"what": "paid_out", "bank_reference": statement.bank_reference},
            actor=actor.label,
        )
        _record(actor, "pay_statement", statement)
        announce(
            StatementPaid(
                statement_id=statement.pk,
                merchant_id=statement.merchant_id,
                payable_minor=statement.payable_minor,
                currency=statement.currency,
                occurred_at=now,
            )
        )
    return statement


def adjust(
    merchant_id: int, *, amount_minor: int, currency: str, words: str, actor: Actor, now: datetime
) -> SettlementAdjustment:
    """Give a merchant an amount, or take one (below zero), of the next statement. Raises MerchantNotFound."""
    with transaction.atomic():
        merchant = merchants.find(merchant_id, scope=EVERYTHING)
        made = SettlementAdjustment.objects.create(
            merchant=merchant,
            currency=currency,
            amount_minor=amount_minor,
            words=words.strip()[:300],
            made_by=actor.label[:120],
            made_at=now,
        )
        ledger.post(
            asset_of(currency),
            {merchant_account(merchant_id): amount_minor, "adjusted": -amount_minor},
            key=f"settlement_adjustment:{made.pk}",
            at=now,
            reference=f"settlement_adjustment:{made.pk}",
            reason={"what": "adjusted"},
            actor=actor.label,
        )
        details = {"adjustment": made.pk, "amount_minor": amount_minor, "currency": currency}
        audit.record(actor, "adjust_settlement", subject_kind="merchant", subject_id=merchant_id, details=details)
    return made


def _held(statement_id: int, state: str) -> Statement:
    selectors.find(statement_id)
    statement = Statement.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=statement_id)
    if statement.state != state:
        raise StatementMoved(state=statement.state)
    return statement


def _key_of(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _record(actor: Actor, action: str, statement: Statement) -> None:
    details = {"merchant": statement.merchant_id, "payable_minor": statement.payable_minor}
    audit.record(actor, action, subject_kind="statement", subject_id=statement.pk, details=details)
