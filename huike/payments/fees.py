"""What payments cost: what was agreed with providers, and what follows for each payment.
`docs/algorithms/payments.md`, section 6, is the specification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db import IntegrityError, transaction

from huike.kernel.money import Money, minor_exponent
from huike.payments.accounts import SANDBOX, provider_of
from huike.payments.errors import FeeTermsTaken, ProviderNotFound
from huike.payments.models import FeeTerms, Payment, ProviderSetup
from huike.payments.rules import fee_back, fee_of
from huike.platform import sql
from huike.platform.audit import Actor, record

_AT_ONCE: Final = 5_000


class _Agreed(NamedTuple):
    id: int
    rate_bp: int
    fixed_minor: int
    gives_back: bool


_IN_FORCE: Final = """
SELECT id, rate_bp, fixed_minor, gives_back FROM payments_fee_terms
 WHERE provider = %s AND currency = %s AND starts_at <= %s ORDER BY starts_at DESC LIMIT 1
"""


def _in_force(payment: Payment) -> _Agreed | None:
    found = sql.row(_IN_FORCE, [payment.provider, payment.currency, payment.captured_at])
    return None if found is None else _Agreed(*found)


def charge(payment: Payment, told: Money | None) -> None:
    """Put down what a payment that was just captured cost: as the provider told, else as agreed, else nobody knows."""
    if told is not None and told.currency == payment.currency:
        payment.fee_minor, payment.fee_terms_id = told.amount_minor, None
        return
    agreed = _in_force(payment)
    if agreed is not None:
        payment.fee_minor = fee_of(payment.amount_minor, rate_bp=agreed.rate_bp, fixed_minor=agreed.fixed_minor)
        payment.fee_terms_id = agreed.id


def take_back(payment: Payment) -> None:
    """Put down what came back of the fee of a captured payment, after a refund of it succeeded. In its transaction,
    which holds the payment."""
    if payment.fee_minor is None:
        return
    agreed = _in_force(payment)
    if agreed is not None and agreed.gives_back:
        refunded_minor = sum(payment.refunds.filter(state="succeeded").values_list("amount_minor", flat=True))
        payment.fee_back_minor = fee_back(
            payment.fee_minor, amount_minor=payment.amount_minor, refunded_minor=refunded_minor
        )
        payment.save(update_fields=["fee_back_minor"])


def agree(
    actor: Actor,
    provider: str,
    *,
    currency: str,
    rate_bp: int,
    fixed_minor: int,
    gives_back: bool,
    starts_at: datetime | None,
    now: datetime,
) -> FeeTerms:
    """What this account costs from an instant on, from now where none is told. Payments captured since whose fee
    nobody knows get theirs. Raises ProviderNotFound, UnknownCurrency, FeeTermsTaken."""
    minor_exponent(currency)
    if provider == SANDBOX:
        provider_of(provider)
    elif not ProviderSetup.objects.filter(pk=provider).exists():
        raise ProviderNotFound(provider=provider)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = FeeTerms.objects.create(
                    provider=provider,
                    currency=currency,
                    rate_bp=rate_bp,
                    fixed_minor=fixed_minor,
                    gives_back=gives_back,
                    starts_at=starts_at or now,
                    agreed_by=actor.label[:120],
                    agreed_at=now,
                )
        except IntegrityError as error:
            if "fee_terms_once" not in str(error):
                raise
            raise FeeTermsTaken from error
        for found in _without_fee(made):
            _charge_all(made, found)
        details = {"key": provider, "currency": currency, "rate_bp": rate_bp, "fixed_minor": fixed_minor}
        record(actor, "set_payment_fees", subject_kind="payment_provider", details=details)
    return made


# Locked as whoever refunds locks them, so that what goes back meanwhile is either counted here or counts itself.
_WITHOUT: Final = """
SELECT p.id, p.amount_minor FROM payments_payment p
 WHERE p.id > %(after)s AND p.provider = %(provider)s AND p.currency = %(currency)s AND p.fee_minor IS NULL
   AND p.captured_at >= %(starts_at)s
   AND NOT EXISTS (SELECT FROM payments_fee_terms l
                    WHERE l.provider = p.provider AND l.currency = p.currency
                      AND l.starts_at > %(starts_at)s AND l.starts_at <= p.captured_at)
 ORDER BY p.id LIMIT %(limit)s
   FOR NO KEY UPDATE OF p
"""
_REFUNDED: Final = """
SELECT payment_id, sum(amount_minor)::bigint FROM payments_refund
 WHERE payment_id = ANY(%s::bigint[]) AND state = 'succeeded' GROUP BY payment_id
"""
_CHARGE: Final = """
UPDATE payments_payment p SET fee_minor = f.fee_minor, fee_back_minor = f.back_minor, fee_terms_id = %(terms)s
  FROM unnest(%(ids)s::bigint[], %(fees)s::bigint[], %(backs)s::bigint[]) AS f (id, fee_minor, back_minor)
 WHERE p.id = f.id
"""


def _without_fee(terms: FeeTerms) -> Iterator[list[sql.Row]]:
    after = 0
    while True:
        found = sql.rows(
            _WITHOUT,
            {
                "after": after,
                "provider": terms.provider,
                "currency": terms.currency,
                "starts_at": terms.starts_at,
                "limit": _AT_ONCE,
            },
        )
        if not found:
            return
        yield found
        after = found[-1][0]


def _charge_all(terms: FeeTerms, found: list[sql.Row]) -> None:
    refunded: dict[int, int] = dict(sql.rows(_REFUNDED, [[id_ for id_, _ in found]])) if terms.gives_back else {}
    fees = [fee_of(amount, rate_bp=terms.rate_bp, fixed_minor=terms.fixed_minor) for _, amount in found]
    backs = [
        fee_back(fee, amount_minor=amount, refunded_minor=refunded.get(id_, 0))
        for fee, (id_, amount) in zip(fees, found, strict=True)
    ]
    sql.rows(_CHARGE, {"terms": terms.pk, "ids": [id_ for id_, _ in found], "fees": fees, "backs": backs})
