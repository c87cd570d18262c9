"""Stored value over HTTP: the desk, a customer's statement, and the end of the day."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from typing import IO, Annotated, Any, Literal, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Query, Router

from huike.customers import selectors as customers
from huike.customers.errors import CustomerNotFound
from huike.kernel.money import Money
from huike.loyalty.cards import services as cards
from huike.loyalty.cards.errors import MemberNotFound
from huike.loyalty.doors import once
from huike.loyalty.stored_value import reading, selectors, services
from huike.loyalty.stored_value.schemas import (
    DayRowOut,
    DayRowsOut,
    Figure,
    FindIn,
    FoundAtDeskOut,
    FreezeIn,
    Id,
    PlansOut,
    RefundedOut,
    RefundIn,
    RefundQuoteOut,
    StoreDayOut,
    Tender,
    ToppedUpOut,
    TopUpIn,
    ValueDayOut,
    ValueOut,
    ValueStatementOut,
)
from huike.loyalty.stored_value.selectors import Span
from huike.platform import audit, clock, idempotency, sheets
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["loyalty"])

FileFormat = Annotated[Literal["csv", "xlsx"], Query()]
Limit = Query(50, ge=1, le=200)


@router.post(
    "/loyalty/desk/find",
    auth=Requires("loyalty.serve"),
    operation_id="find_at_desk",
    summary="Who stands at the desk, by phone number, card number or the code of her phone",
    response={200: FoundAtDeskOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def find_at_desk(request: HttpRequest, body: FindIn) -> HttpResponse:
    """A code is used up by it, so a desk that heard no answer asks again under the same key."""
    return once(request, "find_at_desk", body, lambda: _found(body.text, principal_of(request)))


def _found(text: str, principal: Principal) -> FoundAtDeskOut:
    try:
        customer = customers.find_standing(_identified(text.strip()).customer_id, scope=principal.scope)
    except CustomerNotFound as error:
        raise MemberNotFound from error
    return FoundAtDeskOut(customer_id=customer.pk, name=customer.name)


def _identified(text: str) -> cards.Identified:
    digits = "".join(part for part in text if part.isdigit())
    if text[:1].isalpha():
        return cards.identify_by_code(text, now=clock.now())
    if text.startswith("+") or len(digits) == 11:
        return cards.identify_by_phone(text)
    return cards.identify_by_number(text)


@router.get(
    "/loyalty/stored-value/plans",
    auth=Requires("loyalty.read"),
    operation_id="list_stored_value_plans",
    summary="What may be topped up now: plans and other amounts",
    response={200: PlansOut, **problems(409)},
)
def list_stored_value_plans(request: HttpRequest) -> PlansOut:
    return PlansOut.of(*reading.terms_now(clock.now()))


@router.get(
    "/customers/{id}/stored-value",
    auth=Requires("loyalty.read"),
    operation_id="get_stored_value",
    summary="What a customer has in stored value, and her top-ups with what is left of each",
    response={200: ValueOut, **problems(404, 409)},
)
def get_stored_value(request: HttpRequest, id: Id) -> ValueOut:
    return _value(id, principal_of(request))


@router.post(
    "/customers/{id}/stored-value/top-ups",
    auth=Requires("loyalty.serve"),
    operation_id="top_up_stored_value",
    summary="Take money and keep it for her, a plan's bonus apart",
    response={201: ToppedUpOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def top_up_stored_value(request: HttpRequest, id: Id, body: TopUpIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> ToppedUpOut:
        made = services.top_up(id, body.draft(), actor=principal.actor, scope=principal.scope, now=clock.now())
        return ToppedUpOut(top_up_id=made.pk, value=_value(id, principal))

    return once(request, "top_up_stored_value", {"id": id, **body.model_dump()}, act, 201)


@router.get(
    "/customers/{id}/stored-value/refund",
    auth=Requires("loyalty.serve"),
    operation_id="quote_stored_value_refund",
    summary="How so much, or all that can be, would be paid out; stores nothing",
    response={200: RefundQuoteOut, **problems(404, 409)},
)
def quote_stored_value_refund(
    request: HttpRequest, id: Id, amount_minor: Annotated[int | None, Query(ge=1, le=10**12)] = None
) -> RefundQuoteOut:
    scope = principal_of(request).scope
    return RefundQuoteOut.of(services.quote_refund(id, amount_minor, scope=scope, now=clock.now()))


@router.post(
    "/customers/{id}/stored-value/refunds",
    auth=Requires("loyalty.serve"),
    operation_id="refund_stored_value",
    summary="Pay out what she paid in, back to its tenders; its bonus goes in proportion",
    response={201: RefundedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def refund_stored_value(request: HttpRequest, id: Id, body: RefundIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> RefundedOut:
        made = services.refund(
            id,
            body.amount_minor,
            expected={each.tender: each.amount_minor for each in body.expected},
            store_id=body.store_id,
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
        )
        return RefundedOut.after(made, _value(id, principal))

    return once(request, "refund_stored_value", {"id": id, **body.model_dump()}, act, 201)


@router.post(
    "/customers/{id}/stored-value/freeze",
    auth=Requires("loyalty.serve"),
    operation_id="freeze_stored_value",
    summary="Let nothing of it be spent or paid out",
    response={200: ValueOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def freeze_stored_value(request: HttpRequest, id: Id, body: FreezeIn) -> HttpResponse:
    return _set_frozen(request, "freeze_stored_value", id, body, frozen=True)


@router.post(
    "/customers/{id}/stored-value/thaw",
    auth=Requires("loyalty.serve"),
    operation_id="thaw_stored_value",
    summary="Let it be spent and paid out again",
    response={200: ValueOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def thaw_stored_value(request: HttpRequest, id: Id, body: FreezeIn) -> HttpResponse:
    return _set_frozen(request, "thaw_stored_value", id, body, frozen=False)


def _set_frozen(request: HttpRequest, route: str, id: int, body: FreezeIn, *, frozen: bool) -> HttpResponse:
    principal = principal_of(request)

    def act() -> ValueOut:
        services.set_frozen(
            id, frozen=frozen, reason=body.reason, actor=principal.actor, scope=principal.scope, now=clock.now()
        )
        return _value(id, principal)

    return once(request, route, {"id": id, **body.model_dump()}, act)


@router.get(
    "/customers/{id}/stored-value/statement",
    auth=Requires("loyalty.read"),
    operation_id="get_stored_value_statement",
    summary="What happened to her stored value from one day to another, both included",
    response={200: ValueStatementOut, **problems(404, 409)},
)
def get_stored_value_statement(request: HttpRequest, id: Id, from_on: date, to_on: date) -> ValueStatementOut:
    span = Span(from_on, to_on)
    found = selectors.statement_of(id, span, zone=get_config().zone, scope=principal_of(request).scope, now=clock.now())
    return ValueStatementOut.of(found, from_on=from_on, to_on=to_on)


@router.get(
    "/customers/{id}/stored-value/statement/file",
    auth=Requires("loyalty.read"),
    operation_id="download_stored_value_statement",
    summary="Her statement as a file",
    response={200: None, **problems(404, 409)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_stored_value_statement(
    request: HttpRequest, id: Id, from_on: date, to_on: date, format: FileFormat = "csv"
) -> FileResponse:
    told = get_stored_value_statement(request, id, from_on, to_on)
    audit.record(
        principal_of(request).actor,
        "download_statement",
        subject_kind="customer",
        subject_id=id,
        details={"from_on": from_on.isoformat(), "to_on": to_on.isoformat(), "format": format},
    )

    def money(amount_minor: int) -> Decimal:
        return Money(amount_minor, told.currency).to_decimal()

    head = ["posted_at", "occurred_at", "what", "amount", "held", "balance", "currency", "order", "actor", "expires_at"]
    blank: list[Any] = [None] * 2
    rows: list[list[Any]] = [[*blank, "opening", None, None, money(told.opening_minor), told.currency]]
    rows += [
        [
            line.posted_at,
            line.occurred_at,
            line.what,
            money(line.amount_minor),
            money(line.held_minor),
            money(line.balance_minor),
            told.currency,
            line.order_id,
            line.actor,
            line.expires_at,
        ]
        for line in told.lines
    ]
    rows.append([*blank, "closing", None, None, money(told.closing_minor), told.currency])
    return _file(head, rows, name=f"stored-value-{id}", file_format=format)


@router.get(
    "/loyalty/stored-value/day",
    auth=Requires("loyalty.read"),
    operation_id="get_stored_value_day",
    summary="The day of each store in stored value: what came, what went, what it stands at",
    response={200: ValueDayOut, **problems(409)},
)
def get_stored_value_day(request: HttpRequest, on: date) -> ValueDayOut:
    programme, _ = reading.terms_now(clock.now())
    scope = principal_of(request).scope
    days = selectors.day_of(on, currency=programme.currency, zone=get_config().zone, scope=scope)
    return ValueDayOut(
        on=on,
        currency=programme.currency,
        stores=[StoreDayOut.of(day, selectors.FIGURES) for day in days],
    )


@router.get(
    "/loyalty/stored-value/day/rows",
    auth=Requires("loyalty.read"),
    operation_id="list_stored_value_day_rows",
    summary="The postings one figure of a day is the sum of, newest first",
    response={200: DayRowsOut, **problems(409)},
)
def list_stored_value_day_rows(
    request: HttpRequest,
    on: date,
    figure: Figure,
    store_id: Id | None = None,
    tender: Tender | None = None,
    before: Id | None = None,
    limit: int = Limit,
) -> DayRowsOut:
    programme, _ = reading.terms_now(clock.now())
    rows = selectors.day_rows(
        on,
        store_id=store_id,
        figure=figure,
        currency=programme.currency,
        zone=get_config().zone,
        scope=principal_of(request).scope,
        limit=limit + 1,
        before=before,
        tender=tender,
    )
    return DayRowsOut(
        items=[DayRowOut.of(row) for row in rows[:limit]],
        next_before=rows[limit - 1].transaction_id if len(rows) > limit else None,
    )


@router.get(
    "/loyalty/stored-value/day/file",
    auth=Requires("loyalty.read"),
    operation_id="download_stored_value_day",
    summary="The day of each store as a file",
    response={200: None, **problems(409)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_stored_value_day(request: HttpRequest, on: date, format: FileFormat = "csv") -> FileResponse:
    told = get_stored_value_day(request, on)
    head = ["store", "currency", "opening", *selectors.FIGURES, "closing"]
    rows: list[list[Any]] = []
    for store in told.stores:
        figures: dict[str, int] = {each.figure: each.amount_minor for each in store.figures}
        amounts = [store.opening_minor, *(figures.get(name, 0) for name in selectors.FIGURES), store.closing_minor]
        decimals = [Money(amount, told.currency).to_decimal() for amount in amounts]
        rows.append([store.store_name, told.currency, *decimals])
    return _file(head, rows, name=f"stored-value-{on.isoformat()}", file_format=format)


def _file(head: list[str], rows: list[list[Any]], *, name: str, file_format: Literal["csv", "xlsx"]) -> FileResponse:
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    with sheets.sheet(file, file_format=file_format, name="stored value") as write_row:
        write_row(head)
        for row in rows:
            write_row(row)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.{file_format}")
    response["Content-Type"] = sheets.CONTENT_TYPES[file_format]
    response["Cache-Control"] = "no-store"
    return response


def _value(customer_id: int, principal: Principal) -> ValueOut:
    view = selectors.value_of(customer_id, scope=principal.scope, now=clock.now())
    return ValueOut.of(customer_id, view, scope=principal.scope)
