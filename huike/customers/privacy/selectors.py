"""Reads: requests, the operator's choices, what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from huike.customers import selectors as customers
from huike.customers.models import Customer, PrivacyMoment, PrivacyRequest, PrivacyRules
from huike.customers.privacy import holdings
from huike.customers.privacy.errors import RequestNotFound
from huike.kernel.scope import Scope
from huike.platform.models import Job

UNANSWERED = (PrivacyRequest.State.OPEN, PrivacyRequest.State.RUNNING, PrivacyRequest.State.FAILED)


def privacy_rules() -> PrivacyRules:
    return PrivacyRules.objects.filter(pk=1).first() or PrivacyRules(pk=1)


def list_requests(
    *,
    kind: str | None = None,
    state: str | None = None,
    customer_id: int | None = None,
    overdue_on: date | None = None,
    scope: Scope,
) -> QuerySet[PrivacyRequest]:
    """Requests about files the scope shows; about erased people only for whoever sees all stores."""
    requests = PrivacyRequest.objects.select_related("customer")
    if not scope.all_stores:
        requests = requests.filter(customer__home_store_id__in=sorted(scope.store_ids))
    if state == "unanswered":
        requests = requests.filter(state__in=UNANSWERED)
    elif state is not None:
        requests = requests.filter(state=state)
    if overdue_on is not None:
        requests = requests.filter(state__in=UNANSWERED, due_on__lt=overdue_on)
    narrow = {"kind": kind, "customer_id": customer_id}
    return requests.filter(**{field: value for field, value in narrow.items() if value is not None})


def find_request(request_id: int, *, scope: Scope) -> PrivacyRequest:
    """Raises RequestNotFound, also outside the scope."""
    request = list_requests(scope=scope).filter(pk=request_id).first()
    if request is None:
        raise RequestNotFound
    return request


def notice_ended_jobs() -> None:
    """Requests whose job was cancelled, or given up with its worker, can go on: they are marked as interrupted."""
    ended = Job.objects.filter(state__in=[Job.State.FAILED, Job.State.CANCELLED]).values("pk")
    PrivacyRequest.objects.filter(state=PrivacyRequest.State.RUNNING, job_id__in=ended).update(
        state=PrivacyRequest.State.FAILED
    )


def moments_of(request_id: int) -> list[PrivacyMoment]:
    return list(PrivacyMoment.objects.filter(request_id=request_id).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows of one kind are held, and what becomes of them when the person is erased."""

    name: str
    titles: tuple[str, str]
    count: int
    fate: str
    exported: bool


def files_of(customer_id: int) -> list[int]:
    """The file, and those that were merged into it."""
    found = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).values_list("pk", flat=True)
    return sorted(found, key=lambda pk: (pk != customer_id, pk))


def held_about(customer_id: int, *, scope: Scope) -> list[Held]:
    """Everything held about a person, by kind. Raises CustomerNotFound."""
    customers.find_customer(customer_id, scope=scope)
    counts = holdings.count(files_of(customer_id))
    return [
        Held(holding.name, holding.titles, counts[holding.name], holding.fate, bool(holding.columns))
        for holding in holdings.holdings()
        if holding.name in counts
    ]
