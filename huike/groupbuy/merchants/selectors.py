"""Reads: merchants one may see, their papers and checks, what each pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from django.db.models import Count, Q, QuerySet

from huike.groupbuy.errors import MerchantNotFound
from huike.groupbuy.merchants.errors import ApplicationNotFound
from huike.groupbuy.merchants.rules import Outcome
from huike.groupbuy.merchants.terms import DEFAULT, MerchantTerms
from huike.groupbuy.models import (
    CommissionRate,
    Merchant,
    MerchantCheck,
    MerchantDocument,
    MerchantTermsVersion,
)
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import sql
from huike.staff.access import hash_secret


def visible(scope: Scope) -> QuerySet[Merchant]:
    """Whoever is limited to stores sees the merchants that serve one of them."""
    merchants = Merchant.objects.all()
    if scope.all_stores:
        return merchants
    return merchants.filter(served__store_id__in=sorted(scope.store_ids)).distinct()


def list_merchants(*, scope: Scope, states: Iterable[str] = (), q: str = "") -> QuerySet[Merchant]:
    """Those in these states (in any, where none is named) whose name holds `q`, or whose code or phone is `q`."""
    merchants = visible(scope)
    wanted = list(states)
    if wanted:
        merchants = merchants.filter(state__in=wanted)
    if q:
        bare = q.strip()
        merchants = merchants.filter(
            Q(name__icontains=bare)
            | Q(credit_code=bare.upper())
            | Q(contact_phone__endswith=bare) & ~Q(contact_phone="")
        )
    return merchants


def find(merchant_id: int, *, scope: Scope) -> Merchant:
    """Raises MerchantNotFound."""
    found = visible(scope).filter(pk=merchant_id).first()
    if found is None:
        raise MerchantNotFound
    return found


def merchant_names(merchant_ids: Iterable[int] | None, *, scope: Scope = EVERYTHING) -> dict[int, str]:
    """By id, of those one may see; of all of them for None."""
    among = {} if merchant_ids is None else {"pk__in": set(merchant_ids)}
    return dict(visible(scope).filter(**among).values_list("pk", "name"))


def by_link(token: str) -> Merchant:
    """Raises ApplicationNotFound."""
    is_one = token.isascii() and 20 <= len(token) <= 80
    found = Merchant.objects.filter(link_hash=hash_secret(token)).first() if is_one else None
    if found is None:
        raise ApplicationNotFound
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsVersion:
    """What the house asked of merchants from an instant on. Version 0 is what Huike comes with."""

    version: int
    made_by: str
    made_at: datetime | None
    terms: MerchantTerms

    @classmethod
    def of(cls, row: MerchantTermsVersion) -> Self:
        terms = MerchantTerms.model_validate(row.document)
        return cls(version=row.pk, made_by=row.made_by, made_at=row.made_at, terms=terms)


_DELIVERED: Final = TermsVersion(version=0, made_by="", made_at=None, terms=DEFAULT)


def terms() -> MerchantTerms:
    """What the house asks of merchants now."""
    return terms_in_force().terms


def terms_in_force() -> TermsVersion:
    newest = MerchantTermsVersion.objects.order_by("-pk").first()
    return _DELIVERED if newest is None else TermsVersion.of(newest)


def terms_decided_by(merchant: Merchant) -> TermsVersion:
    """The version an application was decided by; that in force as long as it is not."""
    if merchant.decided_at is None:
        return terms_in_force()
    return _DELIVERED if merchant.admission_terms is None else TermsVersion.of(merchant.admission_terms)


def terms_versions() -> list[TermsVersion]:
    """All of them, the newest first."""
    return [*map(TermsVersion.of, MerchantTermsVersion.objects.order_by("-pk")), _DELIVERED]


def documents_of(merchant_id: int) -> list[MerchantDocument]:
    """Without their content, in the order in which they came."""
    return list(MerchantDocument.objects.filter(merchant_id=merchant_id).defer("sealed").order_by("pk"))


def checks_of(merchant_id: int) -> dict[str, MerchantCheck]:
    """The newest answer of each check that has one."""
    rows = MerchantCheck.objects.filter(merchant_id=merchant_id).order_by("pk")
    return {row.name: row for row in rows}


def outcomes_of_all(merchant_ids: Iterable[int]) -> dict[int, dict[str, Outcome]]:
    """As `outcomes_of`, for each of them."""
    outcomes: dict[int, dict[str, Outcome]] = {id_: {} for id_ in merchant_ids}
    rows = MerchantCheck.objects.filter(merchant_id__in=list(outcomes)).order_by("pk")
    for merchant_id, name, outcome in rows.values_list("merchant_id", "name", "outcome"):
        outcomes[merchant_id][name] = Outcome(outcome)
    return outcomes


def outcomes_of(merchant_id: int) -> dict[str, Outcome]:
    return {name: Outcome(check.outcome) for name, check in checks_of(merchant_id).items()}


def stores_of(merchant_ids: Iterable[int]) -> dict[int, list[int]]:
    """The ids of the stores each serves."""
    stores: dict[int, list[int]] = {id_: [] for id_ in merchant_ids}
    for merchant_id, store_id in sql.rows(
        "SELECT merchant_id, store_id FROM groupbuy_merchant_store WHERE merchant_id = ANY(%s::bigint[]) ORDER BY id",
        [list(stores)],
    ):
        stores[merchant_id].append(store_id)
    return stores


# Commission


def commission_bp(merchant_id: int, *, at: datetime) -> int:
    """The rate agreed as of `at`; the house's own where none was."""
    agreed = CommissionRate.objects.filter(merchant_id=merchant_id, starts_at__lte=at).order_by("-starts_at").first()
    return terms().commission_bp if agreed is None else agreed.commission_bp


def rates_of(merchant_id: int) -> list[CommissionRate]:
    return list(CommissionRate.objects.filter(merchant_id=merchant_id).order_by("-starts_at"))


def counts_by_state(scope: Scope) -> dict[str, int]:
    """How many there are in each state, those with none included."""
    counts = dict.fromkeys(Merchant.State.values, 0)
    inside = Merchant.objects.filter(pk__in=visible(scope).values("pk"))
    counts |= dict(inside.values_list("state").annotate(count=Count("pk")).order_by())
    return counts
