"""Cards over HTTP: batches and their files, a card at the desk, and who stands at a till."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from typing import IO, Annotated, Literal, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from huike.customers import selectors as customers
from huike.kernel.scope import EVERYTHING
from huike.loyalty.cards import codes, selectors, services
from huike.loyalty.cards.rules import grouped
from huike.loyalty.cards.schemas import (
    BindIn,
    CardBatchIn,
    CardBatchOut,
    CardNoteIn,
    CardOut,
    CardRow,
    Id,
    IdentifiedOut,
    IdentifyIn,
    MemberCodeKeyOut,
    Number,
    ReplaceIn,
)
from huike.loyalty.models import Card, CardBatch
from huike.platform import audit, clock, idempotency, sheets
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["loyalty"])

Limit = Query(50, ge=1, le=200)
FileFormat = Annotated[Literal["csv", "xlsx"], Query()]


@router.get(
    "/loyalty/card-batches",
    auth=Requires("loyalty.read"),
    operation_id="list_card_batches",
    summary="Batches of cards with how many of them are in each state, newest first",
    response={200: PageOf[CardBatchOut], **problems()},
)
def list_card_batches(
    request: HttpRequest, kind: CardBatch.Kind | None = None, cursor: str | None = None, limit: int = Limit
) -> PageOf[CardBatchOut]:
    batches = selectors.list_batches(kind=kind)
    page = keyset_page(batches, order="-created_at", cursor=cursor, limit=limit, with_total=True)
    views = selectors.batch_views(page.items)
    return PageOf(items=[CardBatchOut.of(view) for view in views], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/loyalty/card-batches",
    auth=Requires("loyalty.write"),
    operation_id="make_card_batch",
    summary="Make a batch of card numbers, all of them or none",
    response={201: CardBatchOut, **problems(409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def make_card_batch(request: HttpRequest, body: CardBatchIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, CardBatchOut]:
        batch = services.make_batch(body.draft(), actor=principal.actor, now=clock.now())
        return 201, CardBatchOut.of(selectors.find_batch(batch.pk))

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="make_card_batch",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


@router.get(
    "/loyalty/card-batches/{id}",
    auth=Requires("loyalty.read"),
    operation_id="get_card_batch",
    summary="One batch of cards",
    response={200: CardBatchOut, **problems(404)},
)
def get_card_batch(request: HttpRequest, id: Id) -> CardBatchOut:
    return CardBatchOut.of(selectors.find_batch(id))


@router.get(
    "/loyalty/card-batches/{id}/file",
    auth=Requires("loyalty.write"),
    operation_id="download_card_batch",
    summary="The batch's numbers as a file for the printer of cards, in the order they were made",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_card_batch(request: HttpRequest, id: Id, format: FileFormat = "csv") -> FileResponse:
    view = selectors.find_batch(id)
    actor = principal_of(request).actor
    audit.record(actor, "download_card_batch", subject_kind="card_batch", subject_id=id, details={"format": format})
    # Gone from the disk as soon as it is sent: numbers open a card, and are not left lying about.
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    with sheets.sheet(file, file_format=format, name="cards") as write_row:
        write_row(["number", "printed"])
        for number in selectors.numbers_of_batch(id):
            write_row([f"{number}", grouped(number)])
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"cards-{view.batch.pk}.{format}")
    response["Content-Type"] = sheets.CONTENT_TYPES[format]
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/loyalty/cards/{number}",
    auth=Requires("loyalty.read"),
    operation_id="get_card",
    summary="The card with this number: whose it is, and everything that happened to it",
    response={200: CardOut, **problems(404)},
)
def get_card(request: HttpRequest, number: Number) -> CardOut:
    principal = principal_of(request)
    return _card(selectors.find_card(number, scope=principal.scope), principal)


@router.post(
    "/loyalty/cards/{number}/bind",
    auth=Requires("loyalty.serve"),
    operation_id="bind_card",
    summary="Hand a card to a customer: from now on its number finds her",
    response={200: CardOut, **problems(404, 409)},
)
def bind_card(request: HttpRequest, number: Number, body: BindIn) -> CardOut:
    principal = principal_of(request)
    card = services.bind_card(
        number, body.customer_id, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now()
    )
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/block",
    auth=Requires("loyalty.serve"),
    operation_id="block_card",
    summary="Stop a card for a while: it finds nobody",
    response={200: CardOut, **problems(404, 409)},
)
def block_card(request: HttpRequest, number: Number, body: CardNoteIn) -> CardOut:
    principal = principal_of(request)
    card = services.block_card(number, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/unblock",
    auth=Requires("loyalty.serve"),
    operation_id="unblock_card",
    summary="Let a blocked card find its customer again",
    response={200: CardOut, **problems(404, 409)},
)
def unblock_card(request: HttpRequest, number: Number, body: CardNoteIn) -> CardOut:
    principal = principal_of(request)
    card = services.unblock_card(number, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/report-lost",
    auth=Requires("loyalty.serve"),
    operation_id="report_card_lost",
    summary="She does not have the card any more: it finds nobody",
    response={200: CardOut, **problems(404, 409)},
)
def report_card_lost(request: HttpRequest, number: Number, body: CardNoteIn) -> CardOut:
    principal = principal_of(request)
    card = services.report_lost(number, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/found",
    auth=Requires("loyalty.serve"),
    operation_id="card_found",
    summary="A lost card turned up, and finds its customer again",
    response={200: CardOut, **problems(404, 409)},
)
def card_found(request: HttpRequest, number: Number, body: CardNoteIn) -> CardOut:
    principal = principal_of(request)
    card = services.card_found(number, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/close",
    auth=Requires("loyalty.write"),
    operation_id="close_card",
    summary="Take a card that is nobody's out of use for good",
    response={200: CardOut, **problems(404, 409)},
)
def close_card(request: HttpRequest, number: Number, body: CardNoteIn) -> CardOut:
    principal = principal_of(request)
    card = services.close_card(number, note=body.note, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _card(card, principal)


@router.post(
    "/loyalty/cards/{number}/replace",
    auth=Requires("loyalty.serve"),
    operation_id="replace_card",
    summary="Let another card take this one's place; answers the new one",
    response={200: CardOut, **problems(404, 409)},
)
def replace_card(request: HttpRequest, number: Number, body: ReplaceIn) -> CardOut:
    principal = principal_of(request)
    card = services.replace_card(
        number,
        by_number=body.by_number,
        note=body.note,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return _card(selectors.find_card(card.number), principal)


@router.get(
    "/customers/{id}/cards",
    auth=Requires("loyalty.read"),
    operation_id="list_cards_of_customer",
    summary="Every card a customer has or had, the newest first",
    response={200: list[CardRow], **problems(404)},
)
def list_cards_of_customer(request: HttpRequest, id: Id) -> list[CardRow]:
    customer = customers.find_customer(id, scope=principal_of(request).scope)
    return [CardRow.of(card) for card in selectors.cards_of(customer.pk)]


@router.post(
    "/customers/{id}/cards",
    auth=Requires("loyalty.serve"),
    operation_id="give_digital_card",
    summary="Give a customer a digital card; it replaces one she lost",
    response={201: CardOut, **problems(404, 409)},
)
def give_digital_card(request: HttpRequest, id: Id) -> Status[CardOut]:
    principal = principal_of(request)
    card = services.give_digital(id, actor=principal.actor, scope=principal.scope, now=clock.now())
    return Status(201, _card(selectors.find_card(card.number), principal))


@router.get(
    "/loyalty/member-code-key",
    auth=Requires("orders.write"),
    operation_id="get_member_code_key",
    summary="The public key by which a till tells member codes of this house offline",
    response={200: MemberCodeKeyOut, **problems()},
)
def get_member_code_key(request: HttpRequest) -> MemberCodeKeyOut:
    return MemberCodeKeyOut(
        public_key=b64encode(codes.public_key_bytes()).decode(),
        step_seconds=codes.STEP_SECONDS,
        margin_steps=codes.MARGIN_STEPS,
    )


@router.post(
    "/loyalty/members/identify",
    auth=Requires("orders.write"),
    operation_id="identify_member",
    summary="Who stands at the till, by the code of her phone, her card or her phone number, wherever she belongs",
    response={200: IdentifiedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def identify_member(request: HttpRequest, body: IdentifyIn) -> HttpResponse:
    """A code is used up by it, so a till that heard no answer asks again under the same key."""

    def act() -> tuple[int, IdentifiedOut]:
        found = _identify(body)
        customer = customers.find_standing(found.customer_id, scope=EVERYTHING)
        member = selectors.membership_of(customer.pk)
        return 200, IdentifiedOut.of(found, name=customer.name, member=member)

    return idempotency.respond(
        idempotency.once(
            principal=principal_of(request).key,
            route="identify_member",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


def _identify(body: IdentifyIn) -> services.Identified:
    if body.code is not None:
        return services.identify_by_code(body.code, now=clock.now())
    if body.card_number is not None:
        return services.identify_by_number(body.card_number)
    return services.identify_by_phone(body.phone or "")


def _card(card: Card, principal: Principal) -> CardOut:
    return CardOut.with_changes(
        card,
        selectors.changes_of(card.pk),
        replaced_by=selectors.successor_of(card.pk),
        scope=principal.scope,
    )
