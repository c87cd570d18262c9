"""Payments, refunds and providers as staff see them. They belong to no store: who is limited to stores sees none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from huike.kernel.money import Money
from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.payments.accounts import SANDBOX
from huike.payments.errors import PaymentNotFound, ProviderNotFound, RefundNotFound
from huike.payments.models import DefaultProvider, FeeTerms, Payment, ProviderSetup, Refund
from huike.platform.api import keyset_page
from huike.platform.config import get_config
from huike.platform.sheets import sheet

EXPORTED_AT_MOST: Final = 200_000
SANDBOX_TITLE: Final = "Sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`needs_look`: something about it needs a person: a problem, or a refund that was refused."""

    state: str | None = None
    provider: str | None = None
    q: str = ""
    needs_look: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def _matching(wanted: Filter, scope: Scope) -> QuerySet[Payment]:
    if not scope.all_stores:
        return Payment.objects.none()
    refused = Refund.objects.filter(payment=OuterRef("pk"), state=Refund.State.REFUSED)
    rows = Payment.objects.annotate(has_refused_refund=Exists(refused))
    if wanted.state is not None:
        rows = rows.filter(state=wanted.state)
    if wanted.provider is not None:
        rows = rows.filter(provider=wanted.provider)
    if wanted.q:
        q = wanted.q
        rows = rows.filter(Q(number=q) | Q(reference=q) | Q(provider_reference=q) | Q(subject__icontains=q))
    if wanted.needs_look:
        rows = rows.filter(~Q(problem="") | Q(has_refused_refund=True))
    if wanted.starts_at is not None:
        rows = rows.filter(created_at__gte=wanted.starts_at)
    if wanted.ends_at is not None:
        rows = rows.filter(created_at__lt=wanted.ends_at)
    return rows


def payments(wanted: Filter, *, cursor: str | None, limit: int, scope: Scope) -> Page[Payment]:
    """Newest first."""
    return keyset_page(_matching(wanted, scope), order="-created_at", cursor=cursor, limit=limit, with_total=True)


def payment(payment_id: int, *, scope: Scope) -> Payment:
    """With its refunds, questions and notifications. Raises PaymentNotFound."""
    found = _matching(Filter(), scope).filter(pk=payment_id).first()
    if found is None:
        raise PaymentNotFound
    return found


def refunds(*, state: str | None, cursor: str | None, limit: int, scope: Scope) -> Page[Refund]:
    """Newest first."""
    rows = Refund.objects.select_related("payment") if scope.all_stores else Refund.objects.none()
    if state is not None:
        rows = rows.filter(state=state)
    return keyset_page(rows, order="-created_at", cursor=cursor, limit=limit, with_total=True)


def refund(refund_id: int, *, scope: Scope) -> Refund:
    """Raises RefundNotFound."""
    found = Refund.objects.select_related("payment").filter(pk=refund_id).first() if scope.all_stores else None
    if found is None:
        raise RefundNotFound
    return found


_HEADS: Final = (
    "kind number reference subject provider amount currency state created_at ended_at provider_reference reason fee"
)


def write_sheet(file: IO[bytes], wanted: Filter, *, scope: Scope) -> None:
    """One line for each payment and each refund, amounts in the currency's own unit; money given back is negative. The
    fee of a payment is what is left of it after its refunds; empty where nobody knows."""
    with sheet(file, file_format="csv", name="payments") as write:
        write(_HEADS.split())
        for row in _lines(_matching(wanted, scope).order_by("-created_at", "-pk")[:EXPORTED_AT_MOST]):
            write(row)


def _lines(rows: QuerySet[Payment]) -> Iterator[list[object]]:
    for one in rows.prefetch_related("refunds").iterator(chunk_size=1_000):
        amount = Money(one.amount_minor, one.currency)
        yield [
            "payment", one.number, one.reference, one.subject, one.provider, amount.to_decimal(), one.currency,
            one.state, one.created_at, one.ended_at, one.provider_reference, one.failure_code, _fee(one),
        ]  # fmt: skip
        for back in one.refunds.all():
            returned = Money(-back.amount_minor, one.currency)
            yield [
                "refund", back.told_number, one.reference, one.subject, one.provider, returned.to_decimal(),
                one.currency, back.state, back.created_at, back.ended_at, back.provider_reference,
                back.failure_code or back.reason, None,
            ]  # fmt: skip


def _fee(payment: Payment) -> Decimal | None:
    if payment.fee_minor is None:
        return None
    return Money(payment.fee_minor - payment.fee_back_minor, payment.currency).to_decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at a provider, without its secrets. `fees` are every version, currency by currency, the newest
    first."""

    key: str
    kind: str
    title: str
    is_enabled: bool
    settings: dict[str, str]
    fees: list[FeeTerms]
    default_for: list[str]
    notify_url: str
    updated_at: datetime | None


def accounts() -> list[Account]:
    """Every account, by name; the sandbox first where this installation has one."""
    chosen: dict[str, list[str]] = {}
    for currency, key in DefaultProvider.objects.order_by("currency").values_list("currency", "provider"):
        chosen.setdefault(key, []).append(currency)
    agreed: dict[str, list[FeeTerms]] = {}
    for terms in FeeTerms.objects.order_by("provider", "currency", "-starts_at"):
        agreed.setdefault(terms.provider, []).append(terms)
    found = [
        Account(
            key=setup.key,
            kind=setup.kind,
            title=setup.title,
            is_enabled=setup.is_enabled,
            settings=setup.settings,
            fees=agreed.get(setup.key, []),
            default_for=chosen.get(setup.key, []),
            notify_url=notify_url(setup.key),
            updated_at=setup.updated_at,
        )
        for setup in ProviderSetup.objects.order_by("title", "key")
    ]
    if get_config().payments_sandbox_url is None:
        return found
    currency = get_config().currency
    default_for = chosen.get(SANDBOX, [])
    if all(currency not in currencies for currencies in chosen.values()):
        default_for = [*default_for, currency]
    sandbox = Account(
        key=SANDBOX,
        kind="sandbox",
        title=SANDBOX_TITLE,
        is_enabled=True,
        settings={"url": str(get_config().payments_sandbox_url)},
        fees=agreed.get(SANDBOX, []),
        default_for=default_for,
        notify_url=notify_url(SANDBOX),
        updated_at=None,
    )
    return [sandbox, *found]


def account(key: str) -> Account:
    """Raises ProviderNotFound."""
    for one in accounts():
        if one.key == key:
            return one
    raise ProviderNotFound(provider=key)


def notify_url(key: str) -> str:
    return f"{get_config().base_url}/pay/notify/{key}"
