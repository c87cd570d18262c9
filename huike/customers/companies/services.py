"""Reads and writes of companies and their contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from huike.customers import rules, selectors
from huike.customers.errors import CompanyNotFound, ContactTaken, CreditCodeInvalid, CreditCodeTaken, CustomerNotFound
from huike.customers.fields.references import Meaning, Named, Target, called
from huike.customers.file_fields import owner_of
from huike.customers.models import Company, CompanyContact, Customer
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.platform import audit, clock
from huike.platform.audit import Actor

_LINES = ("name", "industry", "phone", "address")


def visible_companies(scope: Scope) -> QuerySet[Company]:
    """Whoever is limited to stores sees the companies of those."""
    companies = Company.objects.all()
    return companies if scope.all_stores else companies.filter(store_id__in=sorted(scope.store_ids))


def list_companies(*, q: str, owner_id: int | None, scope: Scope) -> QuerySet[Company]:
    """Companies whose name, pinyin, code or phone is like `q`; each with `contacts_count`."""
    companies = visible_companies(scope)
    if q:
        bare = q.strip()
        companies = companies.filter(
            Q(name__icontains=bare)
            | Q(name_pinyin__startswith=bare.lower().replace(" ", ""))
            | Q(credit_code=bare.upper())
            | Q(phone=bare)
        )
    if owner_id is not None:
        companies = companies.filter(owner_id=owner_id)
    return companies.annotate(contacts_count=Count("contacts"))


def find_company(company_id: int, *, scope: Scope) -> Company:
    """Raises CompanyNotFound."""
    company = visible_companies(scope).filter(pk=company_id).first()
    if company is None:
        raise CompanyNotFound
    return company


def create_company(told: Mapping[str, Any], *, actor: Actor, scope: Scope) -> Company:
    """Raises CreditCodeInvalid, CreditCodeTaken, OwnerUnknown, CompanyNotFound for a store outside the scope."""
    company = Company()
    store_id = told.get("store_id")
    if store_id is None and not scope.all_stores and len(scope.store_ids) == 1:
        (store_id,) = scope.store_ids
    _fill(company, {**told, "store_id": store_id}, scope)
    with transaction.atomic():
        _save(company)
        audit.record(actor, "create_company", subject_kind="company", subject_id=company.pk)
    return company


def change_company(company_id: int, changes: Mapping[str, Any], *, actor: Actor, scope: Scope) -> Company:
    """Change what is told. Raises CompanyNotFound and as `create_company`."""
    find_company(company_id, scope=scope)
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=company_id)
        _fill(company, changes, scope)
        company.updated_at = clock.now()
        _save(company)
        audit.record(
            actor,
            "change_company",
            subject_kind="company",
            subject_id=company_id,
            details={"fields": sorted(changes)},
        )
    return company


def _fill(company: Company, told: Mapping[str, Any], scope: Scope) -> None:
    for name in _LINES:
        if name in told:
            setattr(company, name, clean_line(told[name] or ""))
    if "name" in told:
        company.name_pinyin = rules.name_keys(company.name).pinyin
    if "notes" in told:
        company.notes = told["notes"] or ""
    if "credit_code" in told:
        company.credit_code = _credit_code(told["credit_code"])
    if "owner_id" in told:
        company.owner_id = owner_of(told["owner_id"])
    if "store_id" in told:
        if not scope.allows_store(told["store_id"]):
            raise CompanyNotFound("the store is not yours")
        company.store_id = told["store_id"]


def _credit_code(text: str | None) -> str | None:
    """18 characters of GB 32100-2015 with their check character (python-stdnum)."""
    if not text or not text.strip():
        return None
    try:
        return str(uscc.validate(text.upper()))
    except ValidationError as error:
        raise CreditCodeInvalid from error


def _save(company: Company) -> None:
    try:
        with transaction.atomic():
            company.save()
    except IntegrityError as error:
        raise CreditCodeTaken from error


def delete_company(company_id: int, *, actor: Actor, scope: Scope) -> None:
    """Forget a company; its contacts stay customers. Raises CompanyNotFound."""
    company = find_company(company_id, scope=scope)
    with transaction.atomic():
        audit.record(actor, "delete_company", subject_kind="company", subject_id=company_id)
        company.delete()


def contacts_of(company_id: int, *, scope: Scope) -> list[tuple[CompanyContact, Customer]]:
    """The contacts whose files `scope` may see, the first first."""
    contacts = list(CompanyContact.objects.filter(company_id=company_id).order_by("since_at", "pk"))
    seen = selectors.customers_by_id([contact.customer_id for contact in contacts], scope=scope)
    return [(contact, seen[contact.customer_id]) for contact in contacts if contact.customer_id in seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyTotals:
    """What the visible contacts bought, by the currency each is reckoned in."""

    currency: str
    orders_count: int
    spent_minor: int


def totals_of(company_id: int, *, scope: Scope) -> list[CompanyTotals]:
    contacts = CompanyContact.objects.filter(company_id=company_id).values("customer_id")
    buyers = selectors.visible(scope).filter(pk__in=contacts, spent_currency__isnull=False).order_by()
    sums = buyers.values_list("spent_currency").annotate(Sum("orders_count"), Sum("spent_minor"))
    totals = [CompanyTotals(currency=str(c), orders_count=orders, spent_minor=spent) for c, orders, spent in sums]
    return sorted(totals, key=lambda total: -total.spent_minor)


def companies_of(customer_id: int, *, scope: Scope) -> list[CompanyContact]:
    """The visible companies a person acts for. Raises CustomerNotFound."""
    selectors.find_customer(customer_id, scope=scope)
    contacts = CompanyContact.objects.filter(customer_id=customer_id, company__in=visible_companies(scope))
    return list(contacts.select_related("company").order_by("since_at", "pk"))


def add_contact(company_id: int, customer_id: int, *, role: str, actor: Actor, scope: Scope) -> None:
    """Raises CompanyNotFound, CustomerNotFound, ContactTaken."""
    find_company(company_id, scope=scope)
    selectors.find_customer(customer_id, scope=scope)
    with transaction.atomic():
        try:
            with transaction.atomic():
                CompanyContact.objects.create(company_id=company_id, customer_id=customer_id, role=clean_line(role))
        except IntegrityError as error:
            raise ContactTaken from error
        _record_contact(actor, "add_contact", company_id, customer_id)


def change_contact(company_id: int, customer_id: int, *, role: str, actor: Actor, scope: Scope) -> None:
    """Raises CompanyNotFound, CustomerNotFound."""
    with transaction.atomic():
        _contact(company_id, customer_id, scope).update(role=clean_line(role))
        _record_contact(actor, "change_contact", company_id, customer_id)


def remove_contact(company_id: int, customer_id: int, *, actor: Actor, scope: Scope) -> None:
    """Raises CompanyNotFound, CustomerNotFound."""
    with transaction.atomic():
        _contact(company_id, customer_id, scope).delete()
        _record_contact(actor, "remove_contact", company_id, customer_id)


def _contact(company_id: int, customer_id: int, scope: Scope) -> QuerySet[CompanyContact]:
    find_company(company_id, scope=scope)
    selectors.find_customer(customer_id, scope=scope)
    contact = CompanyContact.objects.filter(company_id=company_id, customer_id=customer_id)
    if not contact.exists():
        raise CustomerNotFound
    return contact


def _record_contact(actor: Actor, action: str, company_id: int, customer_id: int) -> None:
    audit.record(actor, action, subject_kind="company", subject_id=company_id, details={"customer_id": customer_id})


def company_names(company_ids: Iterable[int], scope: Scope) -> dict[int, str]:
    """By id, of those that exist: what is out of `scope` is only a number."""
    found = Company.objects.filter(pk__in=list(company_ids)).values_list("pk", "name", "store_id")
    return {pk: called(pk, name, is_seen=scope.allows_store(store_id)) for pk, name, store_id in found}


def _search(q: str, scope: Scope) -> list[Named]:
    found = list_companies(q=q, owner_id=None, scope=scope).order_by("name", "pk")[:20]
    return [Named(company.pk, company.name) for company in found]


def _meanings(words: Iterable[str], source_key: str, region: str) -> list[Meaning]:
    """Each company of that name."""
    told = list(words)
    known = Company.objects.filter(name__in=told).order_by("pk").values_list("name", "pk")
    ids: dict[str, list[int]] = {}
    for name, pk in known:
        ids.setdefault(name, []).append(pk)
    return [Meaning(word, "company", word, id) for word in told for id in ids.get(word) or (None,)]


AS_REFERENCE = Target(names_of=company_names, search=_search, meanings_of=_meanings)
"""Companies as what a customer's own fields may point to."""
