"""Merchants over HTTP: applications, papers, checks, decisions, commission, the house's rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from ninja.responses import Status
from pydantic import Field

from huike.catalog.selectors import store_names
from huike.customers.schemas import NamedRef
from huike.groupbuy.complaints import selectors as complaints
from huike.groupbuy.complaints.rules import Verdict
from huike.groupbuy.errors import NeedsAllStores
from huike.groupbuy.merchants import papers, rules, selectors, services
from huike.groupbuy.merchants.errors import DocumentInvalid
from huike.groupbuy.merchants.schemas import (
    AdmissionIn,
    CheckAnswerIn,
    CommissionIn,
    CommissionRateOut,
    ComplaintStandingOut,
    Id,
    MerchantAskIn,
    MerchantBankAccountOut,
    MerchantCheckOut,
    MerchantCountsOut,
    MerchantDocumentOut,
    MerchantEnteredOut,
    MerchantIn,
    MerchantLinkOut,
    MerchantOut,
    MerchantRow,
    MerchantStepOut,
    MerchantTermsIn,
    MerchantTermsOut,
    MerchantWordsIn,
)
from huike.groupbuy.merchants.selectors import TermsVersion
from huike.groupbuy.merchants.terms import DocumentKind
from huike.groupbuy.models import Merchant
from huike.kernel.scope import Scope
from huike.platform import clock, idempotency
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["groupbuy"])


def application_address(token: str) -> str:
    """Where the link of an application leads."""
    return f"{get_config().public_url or ''}/merchants/apply/{token}"


# Reading


@router.get(
    "/groupbuy/merchants",
    auth=Requires("groupbuy.read"),
    operation_id="list_merchants",
    summary="Merchants and those who apply, newest first",
    response={200: PageOf[MerchantRow], **problems()},
)
def list_merchants(
    request: HttpRequest,
    state: list[Merchant.State] = Query([]),
    q: Annotated[str, Field(max_length=120)] = "",
    cursor: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> PageOf[MerchantRow]:
    scope = principal_of(request).scope
    found = selectors.list_merchants(scope=scope, states=state, q=q)
    page = keyset_page(found, order="-id", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=_rows(page.items, scope), next_cursor=page.next_cursor, total=page.total)


@router.get(
    "/groupbuy/merchants/counts",
    auth=Requires("groupbuy.read"),
    operation_id="count_merchants",
    summary="How many merchants there are in each state",
    response={200: MerchantCountsOut, **problems()},
)
def count_merchants(request: HttpRequest) -> MerchantCountsOut:
    return MerchantCountsOut(counts=selectors.counts_by_state(principal_of(request).scope))


@router.get(
    "/groupbuy/merchants/terms",
    auth=Requires("groupbuy.read"),
    operation_id="get_merchant_terms",
    summary="What the house asks of merchants, and how it weighs them and their complaints and settles",
    response={200: MerchantTermsOut, **problems()},
)
def get_merchant_terms(request: HttpRequest) -> MerchantTermsOut:
    return MerchantTermsOut.model_validate(selectors.terms_in_force())


@router.get(
    "/groupbuy/merchants/terms/versions",
    auth=Requires("groupbuy.read"),
    operation_id="list_merchant_terms",
    summary="Every version of what the house asked of merchants, the newest first",
    response={200: list[MerchantTermsOut], **problems()},
)
def list_merchant_terms(request: HttpRequest) -> list[MerchantTermsOut]:
    return [MerchantTermsOut.model_validate(version) for version in selectors.terms_versions()]


@router.put(
    "/groupbuy/merchants/terms",
    auth=Requires("groupbuy.approve"),
    operation_id="set_merchant_terms",
    summary="Change what the house asks of merchants, from now on",
    response={200: MerchantTermsOut, **problems(409)},
)
def set_merchant_terms(request: HttpRequest, body: MerchantTermsIn) -> MerchantTermsOut:
    principal = principal_of(request)
    if not principal.scope.all_stores:
        raise NeedsAllStores
    services.set_terms(body.terms, instead_of=body.instead_of, actor=principal.actor, now=clock.now())
    return MerchantTermsOut.model_validate(selectors.terms_in_force())


@router.get(
    "/groupbuy/merchants/{id}",
    auth=Requires("groupbuy.read"),
    operation_id="get_merchant",
    summary="A merchant with its papers, checks, history and standing",
    response={200: MerchantOut, **problems(404)},
)
def get_merchant(request: HttpRequest, id: Id) -> MerchantOut:
    principal = principal_of(request)
    return _shown(selectors.find(id, scope=principal.scope), principal)


# The application


@router.post(
    "/groupbuy/merchants",
    auth=Requires("groupbuy.write"),
    operation_id="enter_merchant",
    summary="Enter an application for a merchant",
    response={201: MerchantEnteredOut, **problems()},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def enter_merchant(request: HttpRequest, body: MerchantIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, MerchantEnteredOut]:
        merchant, token = services.apply(body.told(), actor=principal.actor, scope=principal.scope, now=clock.now())
        return 201, MerchantEnteredOut(merchant=_shown(merchant, principal), link=application_address(token))

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="enter_merchant",
            key=idempotency.key_of(request),
            body=body.model_dump(),
            action=act,
        )
    )


@router.put(
    "/groupbuy/merchants/{id}",
    auth=Requires("groupbuy.write"),
    operation_id="change_merchant",
    summary="Correct what is kept of a merchant",
    response={200: MerchantOut, **problems(404, 409)},
)
def change_merchant(request: HttpRequest, id: Id, body: MerchantIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.change(id, body.told(), actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/link",
    auth=Requires("groupbuy.write"),
    operation_id="make_merchant_link",
    summary="A new link for the applicant; the old one ends",
    response={200: MerchantLinkOut, **problems(404)},
)
def make_merchant_link(request: HttpRequest, id: Id) -> MerchantLinkOut:
    principal = principal_of(request)
    token = services.new_link(id, actor=principal.actor, scope=principal.scope)
    return MerchantLinkOut(link=application_address(token))


@router.post(
    "/groupbuy/merchants/{id}/documents",
    auth=Requires("groupbuy.write"),
    operation_id="add_merchant_document",
    summary="Hand in a paper of a merchant: PDF, JPEG or PNG of at most 5 MB",
    response={201: MerchantOut, **problems(404, 409)},
)
def add_merchant_document(
    request: HttpRequest,
    id: Id,
    file: File[UploadedFile],
    kind: Annotated[DocumentKind, Form()],
    expires_on: Annotated[date | None, Form()] = None,
) -> Status[MerchantOut]:
    principal = principal_of(request)
    if (file.size or 0) > papers.MOST_BYTES:
        raise DocumentInvalid(reason="size")
    services.hand_in(
        id,
        file.read(),
        kind=kind,
        name=file.name or kind,
        expires_on=expires_on,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return Status(201, _shown(selectors.find(id, scope=principal.scope), principal))


@router.get(
    "/groupbuy/merchants/{id}/documents/{document_id}",
    auth=Requires("groupbuy.write"),
    operation_id="download_merchant_document",
    summary="A paper in clear; that it was read is written down",
    response={200: None, **problems(404, 409)},
    openapi_extra={
        "responses": {200: {"description": "The paper", "content": {kind: {} for kind in papers.EXTENSIONS}}}
    },
)
def download_merchant_document(request: HttpRequest, id: Id, document_id: Id) -> HttpResponse:
    principal = principal_of(request)
    opened = services.read_document(id, document_id, actor=principal.actor, scope=principal.scope)
    response = HttpResponse(opened.content, content_type=opened.content_type)
    response["Content-Disposition"] = f'attachment; filename="{opened.name}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store"
    return response


@router.post(
    "/groupbuy/merchants/{id}/bank-account",
    auth=Requires("groupbuy.approve"),
    operation_id="read_merchant_bank_account",
    summary="The bank account in clear; that it was read is written down",
    response={200: MerchantBankAccountOut, **problems(404, 409)},
)
def read_merchant_bank_account(request: HttpRequest, id: Id) -> MerchantBankAccountOut:
    principal = principal_of(request)
    number = services.read_bank_account(id, actor=principal.actor, scope=principal.scope)
    return MerchantBankAccountOut(bank_account=number)


# Checks and steps


@router.post(
    "/groupbuy/merchants/{id}/review",
    auth=Requires("groupbuy.write"),
    operation_id="review_merchant",
    summary="Take an application into review",
    response={200: MerchantOut, **problems(404, 409)},
)
def review_merchant(request: HttpRequest, id: Id) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.take_into_review(id, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/ask",
    auth=Requires("groupbuy.write"),
    operation_id="ask_merchant",
    summary="Tell the applicant what is still needed",
    response={200: MerchantOut, **problems(404, 409)},
)
def ask_merchant(request: HttpRequest, id: Id, body: MerchantAskIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.ask(id, words=body.words, actor=principal.actor, scope=principal.scope)
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/checks/{name}",
    auth=Requires("groupbuy.write"),
    operation_id="answer_merchant_check",
    summary="Answer a check that is made by hand",
    response={200: MerchantOut, **problems(404, 409)},
)
def answer_merchant_check(
    request: HttpRequest, id: Id, name: Annotated[str, Field(max_length=20)], body: CheckAnswerIn
) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.answer_check(
        id,
        name,
        passed=body.passed,
        words=body.words,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/checks/{name}/waive",
    auth=Requires("groupbuy.approve"),
    operation_id="waive_merchant_check",
    summary="Let a check that failed or warns not stand in the way",
    response={200: MerchantOut, **problems(404, 409)},
)
def waive_merchant_check(
    request: HttpRequest, id: Id, name: Annotated[str, Field(max_length=20)], body: MerchantWordsIn
) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.waive_check(
        id, name, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now()
    )
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/admit",
    auth=Requires("groupbuy.approve"),
    operation_id="admit_merchant",
    summary="Admit a merchant; not one whose application one entered",
    response={200: MerchantOut, **problems(404, 409)},
)
def admit_merchant(request: HttpRequest, id: Id, body: AdmissionIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.admit(
        id,
        words=body.words,
        commission_bp=body.commission_bp,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/reject",
    auth=Requires("groupbuy.approve"),
    operation_id="reject_merchant",
    summary="Reject an application; not one's own",
    response={200: MerchantOut, **problems(404, 409)},
)
def reject_merchant(request: HttpRequest, id: Id, body: MerchantWordsIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.reject(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/suspend",
    auth=Requires("groupbuy.approve"),
    operation_id="suspend_merchant",
    summary="Let a merchant open no groups any more; those that run go on",
    response={200: MerchantOut, **problems(404, 409)},
)
def suspend_merchant(request: HttpRequest, id: Id, body: MerchantWordsIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.suspend(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/reinstate",
    auth=Requires("groupbuy.approve"),
    operation_id="reinstate_merchant",
    summary="Lift a suspension; complaints from before do not count any more",
    response={200: MerchantOut, **problems(404, 409)},
)
def reinstate_merchant(request: HttpRequest, id: Id, body: MerchantWordsIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.reinstate(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/close",
    auth=Requires("groupbuy.approve"),
    operation_id="close_merchant",
    summary="End with a merchant for good",
    response={200: MerchantOut, **problems(404, 409)},
)
def close_merchant(request: HttpRequest, id: Id, body: MerchantWordsIn) -> MerchantOut:
    principal = principal_of(request)
    merchant = services.close(id, words=body.words, actor=principal.actor, scope=principal.scope, now=clock.now())
    return _shown(merchant, principal)


@router.post(
    "/groupbuy/merchants/{id}/commission",
    auth=Requires("groupbuy.approve"),
    operation_id="agree_commission",
    summary="A new commission from an instant on; what was sold keeps its own",
    response={200: MerchantOut, **problems(404, 409)},
)
def agree_commission(request: HttpRequest, id: Id, body: CommissionIn) -> MerchantOut:
    principal, now = principal_of(request), clock.now()
    services.agree_commission(
        id,
        commission_bp=body.commission_bp,
        starts_at=body.starts_at or now,
        words=body.words,
        actor=principal.actor,
        scope=principal.scope,
        now=now,
    )
    return _shown(selectors.find(id, scope=principal.scope), principal)


# How it is shown


def _rows(merchants: Sequence[Merchant], scope: Scope) -> list[MerchantRow]:
    stores = _seen_stores([merchant.pk for merchant in merchants], scope)
    now, by = clock.now(), selectors.terms_in_force()
    verdicts = complaints.verdicts_of(
        [merchant for merchant in merchants if merchant.state in _ADMITTED], rules=by.terms.complaints, now=now
    )
    outcomes = selectors.outcomes_of_all([merchant.pk for merchant in merchants])
    return [
        MerchantRow(**_row(merchant, stores[merchant.pk], outcomes[merchant.pk], verdicts.get(merchant.pk), by))
        for merchant in merchants
    ]


_ADMITTED = frozenset({Merchant.State.ADMITTED, Merchant.State.SUSPENDED, Merchant.State.CLOSED})


def _seen_stores(merchant_ids: Sequence[int], scope: Scope) -> dict[int, list[NamedRef]]:
    served = selectors.stores_of(merchant_ids)
    names = store_names({store_id for ids in served.values() for store_id in ids})
    return {
        merchant_id: [NamedRef(id=id_, name=names[id_]) for id_ in ids if scope.allows_store(id_)]
        for merchant_id, ids in served.items()
    }


def _row(
    merchant: Merchant,
    stores: list[NamedRef],
    outcomes: dict[str, rules.Outcome],
    verdict: Verdict | None,
    by: TermsVersion,
) -> dict[str, object]:
    version = by.version
    if merchant.state == Merchant.State.REJECTED and merchant.admission_score is not None:
        score, version = merchant.admission_score, merchant.admission_terms_id or 0
    elif verdict is not None:
        score = rules.standing_score(
            merchant.admission_score or 0,
            admission_percent=by.terms.score.admission_percent,
            rate=verdict.rate,
            suspends_at=by.terms.complaints.suspends_at_bp / 10_000,
        )
    else:
        score = rules.score(outcomes, by.terms.score.weights.model_dump())
    return {
        "id": merchant.pk,
        "name": merchant.name,
        "is_own": merchant.is_own,
        "state": merchant.state,
        "credit_code": merchant.credit_code,
        "categories": merchant.categories,
        "stores": stores,
        "score": score,
        "score_version": version,
        "open_checks": 0 if merchant.state in _ADMITTED else len(rules.in_the_way(outcomes)),
        "is_warned": merchant.warned_at is not None,
        "applied_at": merchant.applied_at,
        "decided_at": merchant.decided_at,
    }


def _shown(merchant: Merchant, principal: Principal) -> MerchantOut:
    now, by, decided_by = clock.now(), selectors.terms_in_force(), selectors.terms_decided_by(merchant)
    terms = by.terms
    checks = selectors.checks_of(merchant.pk)
    outcomes = {name: rules.Outcome(check.outcome) for name, check in checks.items()}
    verdict = complaints.verdict_of(merchant, now=now)
    stores = _seen_stores([merchant.pk], principal.scope)[merchant.pk]
    is_admitted = merchant.state in _ADMITTED
    return MerchantOut(
        **_row(merchant, stores, outcomes, verdict if is_admitted else None, by),
        contact_name=merchant.contact_name,
        contact_phone=merchant.contact_phone,
        contact_email=merchant.contact_email,
        bank_name=merchant.bank_name,
        bank_holder=merchant.bank_holder,
        bank_account_shown=merchant.bank_account_shown,
        about=merchant.about,
        asked=merchant.asked,
        entered_by=merchant.entered_by,
        is_mine=merchant.entered_by_key == principal.key,
        admission_score=merchant.admission_score,
        admission_version=decided_by.version,
        admission_percent=terms.score.admission_percent,
        least_score=terms.least_score,
        required_documents=terms.required_of(merchant.categories),
        commission_bp=selectors.commission_bp(merchant.pk, at=now),
        suspended_at=merchant.suspended_at,
        documents=MerchantDocumentOut.all_of(selectors.documents_of(merchant.pk)),
        checks=MerchantCheckOut.all_of(checks, decided_by.terms.score.weights.model_dump()),
        steps=MerchantStepOut.all_of(merchant.steps.order_by("-pk")),
        rates=CommissionRateOut.all_of(selectors.rates_of(merchant.pk)),
        complaints=ComplaintStandingOut.of(verdict, terms),
    )
