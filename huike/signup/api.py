"""Sign-up pages, printed codes, calls and who joined, over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from ninja import File, Path, Query, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from huike.catalog.selectors import find_store, store_names
from huike.customers.fields.selectors import specs
from huike.customers.rules import mask_email, mask_phone
from huike.customers.selectors import find_customer
from huike.customers.services import normalise_buyer
from huike.kernel.errors import FieldError
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.public_pages.brands import paint_of
from huike.platform.public_pages.languages import TAGS
from huike.platform.public_pages.languages import WORDS as SHARED
from huike.platform.public_pages.pages import STYLES
from huike.platform.schema import PageOf
from huike.signup import answers, joining, logos, pages, posters, writing
from huike.signup.design import Design, faults_of
from huike.signup.errors import AnswersInvalid, AttemptNotFound, LogoInvalid, NeedsAllStores, PageNotFound
from huike.signup.models import Attempt, Joining, Logo, Place, SignUpPage
from huike.signup.schemas import (
    CallIn,
    CallOut,
    CodeIn,
    FiguresOut,
    Id,
    JoinedOut,
    JoiningOut,
    LogoOut,
    PlaceIn,
    PlaceOut,
    PreviewIn,
    PreviewOut,
    ProposalOut,
    ReferralOut,
    SignUpDraftIn,
    SignUpPageIn,
    SignUpPageOut,
    SignUpPageRow,
    problem_fields,
)
from huike.signup.showing import brand_of, form_context
from huike.signup.starter import starter_design
from huike.staff.access import Principal, Requires, principal_of
from huike.staff.selectors import user_names

router = Router(tags=["sign-up"])

Limit = Query(50, ge=1, le=200)
Token = Path(..., min_length=10, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")


@router.get(
    "/sign-up-pages",
    auth=Requires("signups.read"),
    operation_id="list_sign_up_pages",
    summary="Sign-up pages with their figures, latest changed first",
    response={200: PageOf[SignUpPageRow], **problems()},
)
def list_sign_up_pages(request: HttpRequest, cursor: str | None = None, limit: int = Limit) -> PageOf[SignUpPageRow]:
    page = keyset_page(pages.list_pages(), order="-updated_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=_rows(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/sign-up-pages",
    auth=Requires("signups.write"),
    operation_id="create_sign_up_page",
    summary="Make a page, as a draft",
    response={201: SignUpPageOut, **problems(409)},
)
def create_sign_up_page(request: HttpRequest, body: SignUpPageIn) -> Status[SignUpPageOut]:
    made = pages.create_page(
        slug=body.slug,
        name=body.name,
        design=body.design or starter_design(),
        source_id=body.source_id,
        actor=_designer(request).actor,
    )
    return Status(201, _page(made))


@router.post(
    "/sign-up-pages/preview",
    auth=Requires("signups.read"),
    operation_id="preview_sign_up_page",
    summary="A design as visitors would see it",
    response={200: PreviewOut, **problems()},
)
def preview_sign_up_page(request: HttpRequest, body: PreviewIn) -> PreviewOut:
    brand = brand_of(body.design)
    html = render_to_string(
        "signup/form.html",
        {
            **form_context(body.design, language=body.language, specs=specs()),
            "brand": brand,
            "paint": paint_of(brand),
            "language": body.language,
            "language_tag": TAGS[body.language],
            "shared": SHARED[body.language],
            "styles": mark_safe(STYLES),  # noqa: S308 - our own file
        },
    )
    return PreviewOut(html=html)


@router.post(
    "/sign-up-logos",
    auth=Requires("signups.write"),
    operation_id="upload_sign_up_logo",
    summary="Keep a logo (PNG, JPEG or WebP, at most 300 kB)",
    response={201: LogoOut, **problems(413)},
)
def upload_sign_up_logo(request: HttpRequest, file: File[UploadedFile]) -> Status[LogoOut]:
    _designer(request)
    if (file.size or 0) > logos.MOST_BYTES:
        raise LogoInvalid(reason="size")
    kept = logos.keep_logo(file.read())
    return Status(201, LogoOut(logo=kept.sha256, width=kept.width, height=kept.height))


@router.get(
    "/sign-up-pages/{page_id}",
    auth=Requires("signups.read"),
    operation_id="get_sign_up_page",
    summary="One page: draft, what is published, what keeps it from being published",
    response={200: SignUpPageOut, **problems(404)},
)
def get_sign_up_page(request: HttpRequest, page_id: Id) -> SignUpPageOut:
    return _page(pages.find_page(page_id))


@router.put(
    "/sign-up-pages/{page_id}/draft",
    auth=Requires("signups.write"),
    operation_id="save_sign_up_draft",
    summary="Keep the draft; visitors see nothing of it",
    response={200: SignUpPageOut, **problems(404, 409)},
)
def save_sign_up_draft(request: HttpRequest, page_id: Id, body: SignUpDraftIn) -> SignUpPageOut:
    return _page(
        pages.save_draft(page_id, name=body.name, slug=body.slug, design=body.design, actor=_designer(request).actor)
    )


@router.post(
    "/sign-up-pages/{page_id}/publish",
    auth=Requires("signups.write"),
    operation_id="publish_sign_up_page",
    summary="Show the draft to visitors",
    response={200: SignUpPageOut, **problems(404)},
)
def publish_sign_up_page(request: HttpRequest, page_id: Id) -> SignUpPageOut:
    return _page(pages.publish(page_id, actor=_designer(request).actor))


@router.post(
    "/sign-up-pages/{page_id}/close",
    auth=Requires("signups.write"),
    operation_id="close_sign_up_page",
    summary="Visitors find nothing there any more",
    response={200: SignUpPageOut, **problems(404, 409)},
)
def close_sign_up_page(request: HttpRequest, page_id: Id) -> SignUpPageOut:
    return _page(pages.close(page_id, actor=_designer(request).actor))


@router.post(
    "/sign-up-pages/{page_id}/reopen",
    auth=Requires("signups.write"),
    operation_id="reopen_sign_up_page",
    summary="Open a closed page again, as it was",
    response={200: SignUpPageOut, **problems(404, 409)},
)
def reopen_sign_up_page(request: HttpRequest, page_id: Id) -> SignUpPageOut:
    return _page(pages.reopen(page_id, actor=_designer(request).actor))


@router.delete(
    "/sign-up-pages/{page_id}",
    auth=Requires("signups.write"),
    operation_id="delete_sign_up_page",
    summary="Delete a page nobody ever saw",
    response={204: None, **problems(404, 409)},
)
def delete_sign_up_page(request: HttpRequest, page_id: Id) -> Status[None]:
    pages.delete_page(page_id, actor=_designer(request).actor)
    return Status(204, None)


@router.get(
    "/sign-up-pages/{page_id}/places",
    auth=Requires("signups.read"),
    operation_id="list_sign_up_places",
    summary="The printed codes of a page",
    response={200: list[PlaceOut], **problems(404)},
)
def list_sign_up_places(request: HttpRequest, page_id: Id) -> list[PlaceOut]:
    pages.find_page(page_id)
    return _places(pages.places_of(page_id))


@router.post(
    "/sign-up-pages/{page_id}/places",
    auth=Requires("signups.write"),
    operation_id="add_sign_up_place",
    summary="A code to print, for a store, a clerk, or both",
    response={201: PlaceOut, **problems(404)},
)
def add_sign_up_place(request: HttpRequest, page_id: Id, body: PlaceIn) -> Status[PlaceOut]:
    who = principal_of(request)
    if body.store_id is None and not who.scope.all_stores:
        raise NeedsAllStores
    place = pages.add_place(page_id, **body.model_dump(), actor=who.actor, scope=who.scope)
    return Status(201, _places([place])[0])


@router.delete(
    "/sign-up-pages/{page_id}/places/{place_id}",
    auth=Requires("signups.write"),
    operation_id="archive_sign_up_place",
    summary="A printed code attributes nothing any more; it still leads to the page",
    response={204: None, **problems(404)},
)
def archive_sign_up_place(request: HttpRequest, page_id: Id, place_id: Id) -> Status[None]:
    pages.archive_place(page_id, place_id, actor=_designer(request).actor)
    return Status(204, None)


@router.get(
    "/sign-up-pages/{page_id}/places/{place_id}/qr.svg",
    auth=Requires("signups.read"),
    operation_id="get_sign_up_qr_svg",
    summary="The QR code as SVG",
    response={200: Any, **problems(404)},
    openapi_extra={"responses": {200: {"description": "SVG", "content": {"image/svg+xml": {}}}}},
)
def get_sign_up_qr_svg(request: HttpRequest, page_id: Id, place_id: Id) -> HttpResponse:
    place = pages.find_place(page_id, place_id)
    return _file(posters.qr_svg(posters.address_of_place(place)), "image/svg+xml", f"qr-{place.code}.svg")


@router.get(
    "/sign-up-pages/{page_id}/places/{place_id}/qr.png",
    auth=Requires("signups.read"),
    operation_id="get_sign_up_qr_png",
    summary="The QR code as PNG",
    response={200: Any, **problems(404)},
    openapi_extra={"responses": {200: {"description": "PNG", "content": {"image/png": {}}}}},
)
def get_sign_up_qr_png(request: HttpRequest, page_id: Id, place_id: Id) -> HttpResponse:
    place = pages.find_place(page_id, place_id)
    return _file(posters.qr_png(posters.address_of_place(place)), "image/png", f"qr-{place.code}.png")


@router.get(
    "/sign-up-pages/{page_id}/places/{place_id}/poster",
    auth=Requires("signups.read"),
    operation_id="get_sign_up_poster",
    summary="A poster of A5 to print or save as PDF",
    response={200: Any, **problems(404)},
    openapi_extra={"responses": {200: {"description": "A page to print", "content": {"text/html": {}}}}},
)
def get_sign_up_poster(request: HttpRequest, page_id: Id, place_id: Id) -> HttpResponse:
    place = pages.find_place(page_id, place_id)
    design = Design.model_validate(place.page.published or place.page.draft)
    (shown,) = _places([place])
    response = HttpResponse(posters.poster_html(place, design, store=shown.store, clerk=shown.clerk))
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    )
    return response


@router.get(
    "/sign-up-pages/{page_id}/joinings",
    auth=Requires("signups.read"),
    operation_id="list_joinings",
    summary="Who joined by a page, latest first",
    response={200: PageOf[JoiningOut], **problems(404)},
)
def list_joinings(
    request: HttpRequest, page_id: Id, cursor: str | None = None, limit: int = Limit
) -> PageOf[JoiningOut]:
    pages.find_page(page_id)
    rows = pages.joinings_of(page_id, scope=principal_of(request).scope)
    page = keyset_page(rows, order="-joined_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=_joinings(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/sign-up-proposals/{proposal_id}/accept",
    auth=Requires("customers.write"),
    operation_id="accept_sign_up_proposal",
    summary="Write what she typed over what her file holds",
    response={204: None, **problems(404, 409)},
)
def accept_sign_up_proposal(request: HttpRequest, proposal_id: Id) -> Status[None]:
    who = principal_of(request)
    pages.decide(proposal_id, accept=True, actor=who.actor, scope=who.scope)
    return Status(204, None)


@router.post(
    "/sign-up-proposals/{proposal_id}/dismiss",
    auth=Requires("customers.write"),
    operation_id="dismiss_sign_up_proposal",
    summary="Leave her file as it is",
    response={204: None, **problems(404)},
)
def dismiss_sign_up_proposal(request: HttpRequest, proposal_id: Id) -> Status[None]:
    who = principal_of(request)
    pages.decide(proposal_id, accept=False, actor=who.actor, scope=who.scope)
    return Status(204, None)


@router.post(
    "/sign-up-pages/{page_id}/calls",
    auth=Requires("signups.enrol"),
    operation_id="begin_sign_up_call",
    summary="An agent fills the form in for a caller; the code goes to her",
    response={201: CallOut, **problems(404, 429, 502)},
)
def begin_sign_up_call(request: HttpRequest, page_id: Id, body: CallIn) -> Status[CallOut]:
    who, now = principal_of(request), clock.now()
    page = pages.find_page(page_id)
    if page.state != SignUpPage.State.LIVE:
        raise PageNotFound
    typed = {**body.answers, **{f"consent_{index}": ["yes"] for index in body.agreed}}
    told, faults = answers.read(
        pages.published_design(page),
        typed,
        language=body.language,
        specs=specs(),
        normalise=normalise_buyer,
        today=clock.today(),
    )
    if faults:
        raise AnswersInvalid(errors=[FieldError(f.where, f"sign_up.{f.code}", f.params) for f in faults])
    store_id = body.store_id
    if store_id is not None:
        find_store(store_id, scope=who.scope)
    attempt, token = joining.begin(
        page,
        told,
        joining.Visit(store_id=store_id),
        language=body.language,
        now=now,
        kind=Attempt.Kind.CALL,
        clerk_id=who.user_id,
    )
    return Status(201, _call(attempt, token))


@router.post(
    "/sign-up-pages/{page_id}/calls/{token}/send-again",
    auth=Requires("signups.enrol"),
    operation_id="send_sign_up_code_again",
    summary="Send the caller a new code",
    response={200: CallOut, **problems(404, 429, 502)},
)
def send_sign_up_code_again(request: HttpRequest, page_id: Id, token: str = Token) -> CallOut:
    attempt = _own_call(request, page_id, token)
    joining.send_again(attempt, now=clock.now())
    return _call(attempt, token)


@router.post(
    "/sign-up-pages/{page_id}/calls/{token}/confirm",
    auth=Requires("signups.enrol"),
    operation_id="confirm_sign_up_call",
    summary="The code as the caller reads it back",
    response={200: JoinedOut, **problems(404, 409)},
)
def confirm_sign_up_call(request: HttpRequest, page_id: Id, body: CodeIn, token: str = Token) -> JoinedOut:
    attempt = joining.confirm(_own_call(request, page_id, token), body.code, now=clock.now())
    assert attempt.joining is not None  # noqa: S101 - joined just now or before
    return JoinedOut(customer_id=attempt.joining.customer_id, outcome=attempt.outcome)


@router.get(
    "/customers/{int:customer_id}/referral-code",
    auth=Requires("customers.read"),
    operation_id="get_referral_code",
    summary="The code a member's link carries as ?r=",
    response={200: ReferralOut, **problems(404)},
)
def get_referral_code(request: HttpRequest, customer_id: int) -> ReferralOut:
    customer = find_customer(customer_id, scope=principal_of(request).scope)
    return ReferralOut(code=joining.referral_code_of(customer.pk))


def _designer(request: HttpRequest) -> Principal:
    who = principal_of(request)
    if not who.scope.all_stores:
        raise NeedsAllStores
    return who


def _own_call(request: HttpRequest, page_id: int, token: str) -> Attempt:
    """A call's form, for the agent who began it."""
    page = pages.find_page(page_id)
    attempt = joining.find_attempt(page.slug, token)
    if attempt.kind != Attempt.Kind.CALL or attempt.clerk_id != principal_of(request).user_id:
        raise AttemptNotFound
    return attempt


def _call(attempt: Attempt, token: str) -> CallOut:
    address = joining.address_of(attempt)
    shown = mask_phone(address) if attempt.identity_kind == "phone" else mask_email(address)
    assert attempt.expires_at is not None  # noqa: S101 - a code was sent
    return CallOut(token=token, sent_to=shown or "", expires_at=attempt.expires_at)


def _rows(found: list[SignUpPage]) -> list[SignUpPageRow]:
    return [SignUpPageRow(**row) for row in _row_members(found)]


def _row_members(found: list[SignUpPage]) -> list[dict[str, Any]]:
    ids, today = [page.pk for page in found], clock.today()
    of_today = pages.figures_of(ids, since=today)
    of_month = pages.figures_of(ids, since=pages.thirty_days_before(today))
    return [
        {
            "id": page.pk,
            "name": page.name,
            "slug": page.slug,
            "address": posters.address_of_page(page),
            "state": page.state,
            "has_changes": page.published is not None and page.draft != page.published,
            "source": page.source.name,
            "today": FiguresOut.model_validate(of_today[page.pk]),
            "last_30_days": FiguresOut.model_validate(of_month[page.pk]),
            "updated_at": page.updated_at,
            "published_at": page.published_at,
        }
        for page in found
    ]


def _page(page: SignUpPage) -> SignUpPageOut:
    draft = Design.model_validate(page.draft)
    known = set(Logo.objects.filter(pk=draft.logo).values_list("pk", flat=True))
    return SignUpPageOut(
        **_row_members([page])[0],
        draft=draft,
        published=None if page.published is None else Design.model_validate(page.published),
        version=page.version,
        faults=problem_fields(faults_of(draft, specs=specs(), logos=known)),
    )


def _places(found: list[Place]) -> list[PlaceOut]:
    stores = store_names([place.store_id for place in found if place.store_id is not None])
    clerks = user_names([place.clerk_id for place in found if place.clerk_id is not None])
    counted = Joining.objects.filter(place__in=found).values_list("place_id").annotate(n=Count("pk")).order_by()
    joined = dict(counted)
    return [
        PlaceOut(
            id=place.pk,
            code=place.code,
            label=place.label,
            address=posters.address_of_place(place),
            store_id=place.store_id,
            store=stores.get(place.store_id or 0, ""),
            clerk_id=place.clerk_id,
            clerk=clerks.get(place.clerk_id or 0, ""),
            joined=joined.get(place.pk, 0),
        )
        for place in found
    ]


def _joinings(found: list[Joining]) -> list[JoiningOut]:
    stores = store_names([row.store_id for row in found if row.store_id is not None])
    clerks = user_names([row.clerk_id for row in found if row.clerk_id is not None])
    return [
        JoiningOut(
            id=row.pk,
            customer_id=row.customer_id,
            customer=row.customer.name,
            outcome=row.outcome,
            kind=row.kind,
            store=stores.get(row.store_id or 0, ""),
            clerk=clerks.get(row.clerk_id or 0, ""),
            place=row.place.label if row.place else "",
            campaign=row.campaign,
            referrer_id=row.referrer_id,
            joined_at=row.joined_at,
            proposals=_proposals(row),
        )
        for row in found
    ]


def _proposals(row: Joining) -> list[ProposalOut]:
    made = sorted(row.proposals.all(), key=lambda proposal: proposal.pk)
    if not made:
        return []
    held = writing.held_answers(row.customer, {proposal.field: proposal.told for proposal in made})
    return [ProposalOut(id=p.pk, field=p.field, told=p.told, held=held.get(p.field), state=p.state) for p in made]


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
