"""Payments, refunds and accounts at providers over HTTP."""

from __future__ import annotations

import tempfile
from datetime import datetime
from typing import Annotated, Any

from django.http import FileResponse, HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from huike.payments import fees, listing, services, setups
from huike.payments.models import Payment, Refund
from huike.payments.schemas import (
    DefaultProviderIn,
    FeeTermsIn,
    PaymentNotification,
    PaymentQuestion,
    PaymentRefund,
    PaymentRow,
    PaymentStateName,
    PaymentStory,
    ProviderIn,
    ProviderKey,
    ProviderOut,
    ProviderTestOut,
    RefundStateName,
)
from huike.platform import audit, clock, sheets
from huike.platform.api import problems
from huike.platform.schema import MoneyBody, PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["payments"])

Limit = Annotated[int, Field(ge=1, le=200)]
Text = Annotated[str, Field(max_length=128)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
QUESTIONS_SHOWN = 200


def _filter(
    state: str | None,
    provider: str | None,
    q: str,
    needs_look: bool,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> listing.Filter:
    return listing.Filter(
        state=state, provider=provider, q=q.strip(), needs_look=needs_look, starts_at=starts_at, ends_at=ends_at
    )


@router.get(
    "/payments",
    auth=Requires("payments.read"),
    operation_id="list_payments",
    summary="Payments, newest first",
    response={200: PageOf[PaymentRow], **problems()},
)
def list_payments(
    request: HttpRequest,
    state: PaymentStateName | None = None,
    provider: ProviderKey | None = None,
    q: Text = "",
    needs_look: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> PageOf[PaymentRow]:
    wanted = _filter(state, provider, q, needs_look, starts_at, ends_at)
    page = listing.payments(wanted, cursor=cursor, limit=limit, scope=principal_of(request).scope)
    return PageOf(items=[_row(item) for item in page.items], next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/payments/export",
    auth=Requires("payments.read"),
    operation_id="export_payments",
    summary="Payments and their refunds as CSV, for accounting",
    response={200: None, **problems()},
    openapi_extra=sheets.sent("csv"),
)
def export_payments(
    request: HttpRequest,
    state: PaymentStateName | None = None,
    provider: ProviderKey | None = None,
    q: Text = "",
    needs_look: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> FileResponse:
    principal = principal_of(request)
    wanted = _filter(state, provider, q, needs_look, starts_at, ends_at)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    listing.write_sheet(file, wanted, scope=principal.scope)
    audit.record(principal.actor, "export_payments", subject_kind="payment")
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename="payments.csv")
    response["Content-Type"] = "text/csv; charset=utf-8"
    return response


@router.get(
    "/payments/refunds",
    auth=Requires("payments.read"),
    operation_id="list_refunds",
    summary="Refunds, newest first",
    response={200: PageOf[PaymentRefund], **problems()},
)
def list_refunds(
    request: HttpRequest, state: RefundStateName | None = None, cursor: str | None = None, limit: Limit = 50
) -> PageOf[PaymentRefund]:
    page = listing.refunds(state=state, cursor=cursor, limit=limit, scope=principal_of(request).scope)
    return PageOf(items=[_refund(item) for item in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/payments/refunds/{id}/retry",
    auth=Requires("payments.write"),
    operation_id="retry_refund",
    summary="Ask the provider once more for a refund it refused",
    response={200: PaymentRefund, **problems(404, 409)},
)
def retry_refund(request: HttpRequest, id: Id) -> PaymentRefund:
    principal = principal_of(request)
    listing.refund(id, scope=principal.scope)
    services.try_again(principal.actor, id, now=clock.now())
    return _refund(listing.refund(id, scope=principal.scope))


@router.get(
    "/payments/providers",
    auth=Requires("payments.read"),
    operation_id="list_payment_providers",
    summary="Accounts at payment providers",
    response={200: list[ProviderOut], **problems()},
)
def list_payment_providers(request: HttpRequest) -> list[ProviderOut]:
    return [ProviderOut.model_validate(account) for account in listing.accounts()]


@router.put(
    "/payments/providers/{key}",
    auth=Requires("payments.write"),
    operation_id="set_payment_provider",
    summary="Set up an account at a payment provider, or change it",
    response={200: ProviderOut, **problems(409)},
)
def set_payment_provider(request: HttpRequest, key: ProviderKey, body: ProviderIn) -> ProviderOut:
    told = body.model_dump(exclude={"kind", "title", "is_enabled"})
    secrets = {name: told.pop(name) for name in setups.SECRETS[body.kind]}
    setups.set_provider(
        principal_of(request).actor,
        key,
        kind=body.kind,
        title=body.title,
        is_enabled=body.is_enabled,
        settings=told,
        secrets=secrets,
    )
    return ProviderOut.model_validate(listing.account(key))


@router.delete(
    "/payments/providers/{key}",
    auth=Requires("payments.write"),
    operation_id="delete_payment_provider",
    summary="Remove an account that never took a payment",
    response={204: None, **problems(404, 409)},
)
def delete_payment_provider(request: HttpRequest, key: ProviderKey) -> Status[None]:
    setups.delete_provider(principal_of(request).actor, key)
    return Status(204, None)


@router.post(
    "/payments/providers/{key}/test",
    auth=Requires("payments.write"),
    operation_id="test_payment_provider",
    summary="Ask the provider whether it accepts the stored account; no money moves",
    response={200: ProviderTestOut, **problems(404, 409)},
)
def test_payment_provider(request: HttpRequest, key: ProviderKey) -> ProviderTestOut:
    return ProviderTestOut.model_validate(setups.test_provider(key))


@router.post(
    "/payments/providers/{key}/fees",
    auth=Requires("payments.write"),
    operation_id="set_payment_fees",
    summary="What an account costs from an instant on; payments since whose fee is unknown get theirs",
    response={200: ProviderOut, **problems(404, 409)},
)
def set_payment_fees(request: HttpRequest, key: ProviderKey, body: FeeTermsIn) -> ProviderOut:
    fees.agree(principal_of(request).actor, key, **body.model_dump(), now=clock.now())
    return ProviderOut.model_validate(listing.account(key))


@router.put(
    "/payments/defaults/{currency}",
    auth=Requires("payments.write"),
    operation_id="set_default_payment_provider",
    summary="Who takes payments of a currency",
    response={200: list[ProviderOut], **problems(404)},
)
def set_default_payment_provider(
    request: HttpRequest, currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")], body: DefaultProviderIn
) -> list[ProviderOut]:
    setups.set_default(principal_of(request).actor, currency, body.provider)
    return [ProviderOut.model_validate(account) for account in listing.accounts()]


@router.get(
    "/payments/{int:id}",
    auth=Requires("payments.read"),
    operation_id="get_payment",
    summary="One payment: its refunds, what the provider was asked and what it told",
    response={200: PaymentStory, **problems(404)},
)
def get_payment(request: HttpRequest, id: int) -> PaymentStory:
    return _whole(listing.payment(id, scope=principal_of(request).scope))


@router.post(
    "/payments/{int:id}/ask",
    auth=Requires("payments.write"),
    operation_id="ask_payment",
    summary="Have the provider asked about a payment and its refunds now",
    response={200: PaymentStory, **problems(404)},
)
def ask_payment(request: HttpRequest, id: int) -> PaymentStory:
    principal = principal_of(request)
    listing.payment(id, scope=principal.scope)
    services.ask_soon(id, now=clock.now())
    return _whole(listing.payment(id, scope=principal.scope))


def _row(payment: Payment) -> PaymentRow:
    return PaymentRow(**_columns(payment))


def _columns(payment: Payment) -> dict[str, Any]:
    names = set(PaymentRow.model_fields) - {"amount", "refunding", "fee"}
    fee_minor = None if payment.fee_minor is None else payment.fee_minor - payment.fee_back_minor
    return {
        **{name: getattr(payment, name) for name in names},
        "amount": MoneyBody(amount_minor=payment.amount_minor, currency=payment.currency),
        "refunding": MoneyBody(amount_minor=payment.refunding_minor, currency=payment.currency),
        "fee": None if fee_minor is None else MoneyBody(amount_minor=fee_minor, currency=payment.currency),
    }


def _refund(refund: Refund) -> PaymentRefund:
    names = set(PaymentRefund.model_fields) - {"amount", "reference", "number"}
    return PaymentRefund(
        **{name: getattr(refund, name) for name in names},
        number=refund.told_number,
        reference=refund.payment.reference,
        amount=MoneyBody(amount_minor=refund.amount_minor, currency=refund.payment.currency),
    )


def _whole(payment: Payment) -> PaymentStory:
    more = set(PaymentStory.model_fields) - set(PaymentRow.model_fields) - {"refunds", "questions", "notifications"}
    return PaymentStory(
        **_columns(payment),
        **{name: getattr(payment, name) for name in more},
        refunds=[_refund(row) for row in payment.refunds.select_related("payment").order_by("pk")],
        questions=[PaymentQuestion.model_validate(row) for row in payment.questions.order_by("-pk")[:QUESTIONS_SHOWN]],
        notifications=[
            PaymentNotification.model_validate(row) for row in payment.notifications.order_by("-pk")[:QUESTIONS_SHOWN]
        ],
    )
