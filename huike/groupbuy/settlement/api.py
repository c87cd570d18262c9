"""Settlement over HTTP. A statement is of all of a merchant's stores, so for those who see all stores."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO, Annotated, Literal, Self, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from huike.customers.schemas import NamedRef
from huike.groupbuy.errors import NeedsAllStores
from huike.groupbuy.merchants import selectors as merchants
from huike.groupbuy.merchants.schemas import Id, Words
from huike.groupbuy.models import Statement, StatementLine
from huike.groupbuy.settlement import selectors, services
from huike.groupbuy.settlement.export import write_statement
from huike.kernel.scope import EVERYTHING
from huike.platform import audit, clock, idempotency, sheets
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf, Schema
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["groupbuy"])

Limit = Query(50, ge=1, le=200)


class StatementRow(Schema):
    """Days from `starts_on` up to and without `ends_on`. `is_mine`: the reader approved it, and so does not pay it."""

    id: int
    merchant: NamedRef
    currency: str
    starts_on: date
    ends_on: date
    carried_in_minor: int
    redeemed_minor: int
    refunded_minor: int
    commission_minor: int
    adjusted_minor: int
    payable_minor: int
    lines_count: int
    state: Statement.State
    cut_at: datetime
    approved_by: str
    approved_at: datetime | None
    is_mine: bool
    paid_by: str
    paid_at: datetime | None
    bank_reference: str

    @classmethod
    def of(cls, one: Statement, *, reader_key: str) -> Self:
        return cls(
            id=one.pk,
            merchant=NamedRef(id=one.merchant_id, name=one.merchant.name),
            currency=one.currency,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            carried_in_minor=one.carried_in_minor,
            redeemed_minor=one.redeemed_minor,
            refunded_minor=one.refunded_minor,
            commission_minor=one.commission_minor,
            adjusted_minor=one.adjusted_minor,
            payable_minor=one.payable_minor,
            lines_count=one.lines_count,
            state=Statement.State(one.state),
            cut_at=one.cut_at,
            approved_by=one.approved_by,
            approved_at=one.approved_at,
            is_mine=one.approved_by_key == reader_key,
            paid_by=one.paid_by,
            paid_at=one.paid_at,
            bank_reference=one.bank_reference,
        )


class StatementLineOut(Schema):
    """What it is about: a redemption of a voucher at a store, value kept at expiry, or an amount by hand (`words`)."""

    id: int
    kind: StatementLine.Kind
    occurred_at: datetime
    deal: str
    voucher_id: int | None
    voucher_code: str
    store: str
    words: str
    gross_minor: int
    commission_minor: int
    net_minor: int

    @classmethod
    def all_of(cls, lines: Sequence[StatementLine]) -> list[Self]:
        about = selectors.about(lines)
        return [
            cls(
                id=line.pk,
                kind=StatementLine.Kind(line.kind),
                occurred_at=line.occurred_at,
                deal=about[line.pk].deal,
                voucher_id=about[line.pk].voucher_id,
                voucher_code=about[line.pk].voucher_code,
                store=about[line.pk].store,
                words=about[line.pk].words,
                gross_minor=line.gross_minor,
                commission_minor=line.commission_minor,
                net_minor=line.net_minor,
            )
            for line in lines
        ]


class MerchantAccountOut(Schema):
    """`balance = to pay + carried + open`, in minor units."""

    currency: str
    balance_minor: int
    to_pay_minor: int
    carried_minor: int
    open_minor: int


class StatementPaymentIn(Schema):
    bank_reference: Annotated[str, Field(min_length=1, max_length=80)]


class SettlementAdjustmentIn(Schema):
    """So much to give the merchant; below zero to take."""

    amount_minor: Annotated[int, Field(ge=-(10**12), le=10**12)]
    words: Words

    @field_validator("amount_minor")
    @classmethod
    def _moves_something(cls, value: int) -> int:
        if value == 0:
            raise PydanticCustomError("settlement.of_nothing", "An adjustment gives or takes something")
        return value


class StatementsCutOut(Schema):
    count: int


def _for_all_stores(request: HttpRequest) -> Principal:
    principal = principal_of(request)
    if not principal.scope.all_stores:
        raise NeedsAllStores
    return principal


@router.get(
    "/groupbuy/settlements",
    auth=Requires("groupbuy.read"),
    operation_id="list_statements",
    summary="Statements of merchants, newest first",
    response={200: PageOf[StatementRow], **problems()},
)
def list_statements(
    request: HttpRequest,
    state: list[Statement.State] = Query([]),
    merchant_id: Id | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[StatementRow]:
    principal = _for_all_stores(request)
    found = selectors.list_statements(merchant_id=merchant_id, states=state)
    page = keyset_page(found, order="-cut_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(
        items=[StatementRow.of(one, reader_key=principal.key) for one in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/groupbuy/settlements/cut",
    auth=Requires("settlement.write"),
    operation_id="cut_statements",
    summary="Cut all statements that are due now, as happens by itself every hour; how many",
    response={200: StatementsCutOut, **problems()},
)
def cut_statements(request: HttpRequest) -> StatementsCutOut:
    _for_all_stores(request)
    return StatementsCutOut(count=services.cut_due(now=clock.now()))


@router.get(
    "/groupbuy/settlements/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_statement",
    summary="One statement",
    response={200: StatementRow, **problems(404)},
)
def get_statement(request: HttpRequest, id: Id) -> StatementRow:
    principal = _for_all_stores(request)
    return StatementRow.of(selectors.find(id), reader_key=principal.key)


@router.get(
    "/groupbuy/settlements/{id}/lines",
    auth=Requires("groupbuy.read"),
    operation_id="list_statement_lines",
    summary="The lines of a statement, oldest first",
    response={200: PageOf[StatementLineOut], **problems(404)},
)
def list_statement_lines(
    request: HttpRequest, id: Id, cursor: str | None = None, limit: int = Limit
) -> PageOf[StatementLineOut]:
    _for_all_stores(request)
    lines = selectors.lines_of(selectors.find(id).pk)
    page = keyset_page(lines, order="occurred_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=StatementLineOut.all_of(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/groupbuy/settlements/{id}/file",
    auth=Requires("groupbuy.read"),
    operation_id="download_statement",
    summary="A statement with all its lines, as CSV or XLSX",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_statement(
    request: HttpRequest, id: Id, format: Literal["csv", "xlsx"] = "csv", language: Literal["zh", "en"] = "zh"
) -> FileResponse:
    principal = _for_all_stores(request)
    statement = selectors.find(id)
    audit.record(principal.actor, "download_statement", subject_kind="statement", subject_id=statement.pk)
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    with sheets.sheet(file, file_format=format, name="statement") as write_row:
        write_statement(statement, write_row, language=language)
    file.seek(0)
    name = f"statement-{statement.merchant_id}-{statement.starts_on}.{format}"
    response = FileResponse(file, as_attachment=True, filename=name)
    response["Content-Type"] = sheets.CONTENT_TYPES[format]
    response["Cache-Control"] = "no-store"
    return response


@router.post(
    "/groupbuy/settlements/{id}/approve",
    auth=Requires("settlement.write"),
    operation_id="approve_statement",
    summary="Approve a statement for paying",
    response={200: StatementRow, **problems(404, 409)},
)
def approve_statement(request: HttpRequest, id: Id) -> StatementRow:
    principal = _for_all_stores(request)
    return StatementRow.of(services.approve(id, actor=principal.actor, now=clock.now()), reader_key=principal.key)


@router.post(
    "/groupbuy/settlements/{id}/take-back",
    auth=Requires("settlement.write"),
    operation_id="take_back_statement_approval",
    summary="Take an approval back before it is paid",
    response={200: StatementRow, **problems(404, 409)},
)
def take_back_statement_approval(request: HttpRequest, id: Id) -> StatementRow:
    principal = _for_all_stores(request)
    statement = services.take_back_approval(id, actor=principal.actor, now=clock.now())
    return StatementRow.of(statement, reader_key=principal.key)


@router.post(
    "/groupbuy/settlements/{id}/pay",
    auth=Requires("settlement.write"),
    operation_id="pay_statement",
    summary="Note that a statement was paid out; not by who approved it",
    response={200: StatementRow, **problems(404, 409)},
)
def pay_statement(request: HttpRequest, id: Id, body: StatementPaymentIn) -> StatementRow:
    principal = _for_all_stores(request)
    statement = services.pay(id, bank_reference=body.bank_reference, actor=principal.actor, now=clock.now())
    return StatementRow.of(statement, reader_key=principal.key)


@router.get(
    "/groupbuy/merchants/{id}/account",
    auth=Requires("groupbuy.read"),
    operation_id="get_merchant_account",
    summary="What stands on a merchant's account, by what becomes of it",
    response={200: MerchantAccountOut, **problems(404)},
)
def get_merchant_account(request: HttpRequest, id: Id) -> MerchantAccountOut:
    _for_all_stores(request)
    merchant = merchants.find(id, scope=EVERYTHING)
    return MerchantAccountOut.model_validate(selectors.standing(merchant.pk, get_config().currency))


@router.post(
    "/groupbuy/merchants/{id}/settlement-adjustments",
    auth=Requires("settlement.write"),
    operation_id="adjust_settlement",
    summary="Give a merchant an amount by hand, or take one; of the next statement",
    response={201: MerchantAccountOut, **problems(404)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def adjust_settlement(request: HttpRequest, id: Id, body: SettlementAdjustmentIn) -> HttpResponse:
    principal, currency = _for_all_stores(request), get_config().currency

    def act() -> tuple[int, MerchantAccountOut]:
        services.adjust(
            id,
            amount_minor=body.amount_minor,
            currency=currency,
            words=body.words,
            actor=principal.actor,
            now=clock.now(),
        )
        return 201, MerchantAccountOut.model_validate(selectors.standing(id, currency))

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="adjust_settlement",
            key=idempotency.key_of(request),
            body={"id": id, **body.model_dump()},
            action=act,
        )
    )
