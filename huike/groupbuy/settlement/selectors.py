"""Reads: statements and their lines, and what stands on a merchant's account beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from huike.groupbuy.models import Redemption, SettlementAdjustment, Statement, StatementLine, Voucher
from huike.groupbuy.money import asset_of, merchant_account, redemption_of
from huike.groupbuy.settlement.errors import StatementNotFound
from huike.groupbuy.settlement.rules import Figures, figures_of
from huike.ledger.selectors import house_sums
from huike.platform import sql


def currencies() -> list[str]:
    """Those in which anything was ever paid for a deal."""
    found = sql.rows("SELECT key FROM ledger_asset WHERE key LIKE 'deals:%%' ORDER BY key")
    return [key.partition(":")[2] for (key,) in found]


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A transaction of a merchant's account that is of no statement yet."""

    transaction_id: int
    reference: str
    redemption_id: int | None
    occurred_at: datetime
    figures: Figures


_OPEN = """
SELECT t.id, t.key, t.reference, t.occurred_at, moved.moves::text
  FROM ledger_account a
  JOIN ledger_entry e ON e.account_id = a.id
  JOIN ledger_transaction t ON t.id = e.transaction_id
 CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(h.name, m.amount) AS moves
          FROM ledger_entry m JOIN ledger_account h ON h.id = m.account_id
         WHERE m.transaction_id = t.id) moved
 WHERE a.asset_id = (SELECT id FROM ledger_asset WHERE key = %(asset)s) AND a.name = %(account)s
   AND (%(until)s::timestamptz IS NULL OR t.occurred_at < %(until)s::timestamptz)
   AND NOT EXISTS (SELECT FROM groupbuy_statement_line l WHERE l.transaction_id = t.id)
 ORDER BY t.occurred_at, t.id
"""


def open_lines(merchant_id: int, currency: str, *, until: datetime | None = None) -> list[OpenLine]:
    """What happened before `until` and is of no statement yet, oldest first."""
    account = merchant_account(merchant_id)
    found = sql.rows(_OPEN, {"asset": asset_of(currency), "account": account, "until": until})
    return [
        OpenLine(id_, reference, redemption_of(key), at, figures)
        for id_, key, reference, at, moves in found
        if (figures := figures_of(json.loads(moves), account)) is not None
    ]


def last_statement(merchant_id: int, currency: str) -> Statement | None:
    return Statement.objects.filter(merchant_id=merchant_id, currency=currency).order_by("-ends_on").first()


def carried(last: Statement | None) -> int:
    """What the next statement begins with."""
    return last.payable_minor if last is not None and last.state == Statement.State.CARRIED else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a merchant's account holds, by what becomes of it: on statements to be paid, carried, of no statement yet.

    `balance = to_pay + carried + open`, but for what happens between the questions.
    """

    currency: str
    balance_minor: int
    to_pay_minor: int
    carried_minor: int
    open_minor: int


def standing(merchant_id: int, currency: str) -> Standing:
    unpaid = Statement.objects.filter(
        merchant_id=merchant_id, currency=currency, state__in=[Statement.State.CUT, Statement.State.APPROVED]
    ).values_list("payable_minor", flat=True)
    account = merchant_account(merchant_id)
    return Standing(
        currency=currency,
        balance_minor=house_sums(asset_of(currency), names=[account]).get(account, 0),
        to_pay_minor=sum(unpaid),
        carried_minor=carried(last_statement(merchant_id, currency)),
        open_minor=sum(line.figures.net_minor for line in open_lines(merchant_id, currency)),
    )


def list_statements(
    *, merchant_id: int | None = None, states: Iterable[str] = (), from_on: date | None = None
) -> QuerySet[Statement]:
    statements = Statement.objects.select_related("merchant")
    if merchant_id is not None:
        statements = statements.filter(merchant_id=merchant_id)
    if wanted := list(states):
        statements = statements.filter(state__in=wanted)
    return statements if from_on is None else statements.filter(ends_on__gt=from_on)


def find(statement_id: int) -> Statement:
    """Raises StatementNotFound."""
    found = Statement.objects.select_related("merchant").filter(pk=statement_id).first()
    if found is None:
        raise StatementNotFound
    return found


def lines_of(statement_id: int) -> QuerySet[StatementLine]:
    return StatementLine.objects.filter(statement_id=statement_id).order_by("occurred_at", "pk")


@dataclass(frozen=True, slots=True)
class About:
    """What a line is about, as a person reads it; `voucher_id` and `redemption_id` open it."""

    deal: str = ""
    voucher_code: str = ""
    store: str = ""
    words: str = ""
    voucher_id: int | None = None
    redemption_id: int | None = None


def about(lines: Sequence[StatementLine]) -> dict[int, About]:
    """By the ids of the lines."""
    redemptions = Redemption.objects.select_related("voucher__deal", "store").in_bulk(
        [line.redemption_id for line in lines if line.redemption_id is not None]
    )
    kept = Voucher.objects.select_related("deal").in_bulk(_numbers(lines, "voucher"))
    adjustments = SettlementAdjustment.objects.in_bulk(_numbers(lines, "settlement_adjustment"))
    return {line.pk: _about(line, redemptions, kept, adjustments) for line in lines}


def _numbers(lines: Sequence[StatementLine], kind: str) -> list[int]:
    return [number for line in lines if (number := _number(line, kind)) is not None]


def _number(line: StatementLine, kind: str) -> int | None:
    what, _, number = line.reference.partition(":")
    return int(number) if what == kind and number.isdigit() else None


def _about(
    line: StatementLine,
    redemptions: Mapping[int, Redemption],
    kept: Mapping[int, Voucher],
    adjustments: Mapping[int, SettlementAdjustment],
) -> About:
    one = redemptions.get(line.redemption_id or 0)
    if one is not None:
        return About(
            deal=one.voucher.deal.name,
            voucher_code=one.voucher.code,
            store=one.store.name,
            voucher_id=one.voucher_id,
            redemption_id=one.pk,
        )
    voucher = kept.get(_number(line, "voucher") or 0)
    if voucher is not None:
        return About(deal=voucher.deal.name, voucher_code=voucher.code, voucher_id=voucher.pk)
    given = adjustments.get(_number(line, "settlement_adjustment") or 0)
    return About(words=line.reference if given is None else given.words)
