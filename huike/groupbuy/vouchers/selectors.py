"""Reading vouchers and their redemptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, QuerySet

from huike.customers.timeline import Entry
from huike.groupbuy.deals.terms import DealDocument
from huike.groupbuy.errors import VoucherNotFound
from huike.groupbuy.models import Redemption, Voucher, VoucherChange
from huike.kernel.codes import normalise_code
from huike.kernel.scope import EVERYTHING, Scope


def list_vouchers(
    *,
    scope: Scope = EVERYTHING,
    deal_id: int | None = None,
    customer_id: int | None = None,
    participation_id: int | None = None,
    state: str | None = None,
    code: str = "",
) -> QuerySet[Voucher]:
    """Vouchers of customers in scope, with deal and buyer."""
    found = Voucher.objects.select_related("deal", "participation__group", "participation__customer")
    if not scope.all_stores:
        found = found.filter(participation__customer__home_store_id__in=sorted(scope.store_ids))
    if deal_id is not None:
        found = found.filter(deal_id=deal_id)
    if customer_id is not None:
        found = found.filter(participation__customer_id=customer_id)
    if participation_id is not None:
        found = found.filter(participation_id=participation_id)
    if state is not None:
        found = found.filter(state=state)
    return found.filter(code=normalise_code(code)) if code else found


def find_voucher(voucher_id: int, *, scope: Scope = EVERYTHING) -> Voucher:
    """Raises VoucherNotFound, also outside the scope."""
    found = list_vouchers(scope=scope).filter(pk=voucher_id).first()
    if found is None:
        raise VoucherNotFound
    return found


def find_by_code(code: str) -> Voucher:
    """What a buyer shows at a counter, wherever she belongs. Raises VoucherNotFound."""
    found = list_vouchers(code=code).select_related("participation__group__terms").first() if code.strip() else None
    if found is None:
        raise VoucherNotFound
    return found


def terms_of(voucher: Voucher) -> DealDocument:
    """The terms its group opened under."""
    return DealDocument.model_validate(voucher.participation.group.terms.document)


def changes_of(voucher_id: int) -> list[VoucherChange]:
    return list(VoucherChange.objects.filter(voucher_id=voucher_id).order_by("pk"))


def list_redemptions(
    *,
    scope: Scope = EVERYTHING,
    deal_id: int | None = None,
    voucher_id: int | None = None,
    store_id: int | None = None,
) -> QuerySet[Redemption]:
    """Redemptions at stores in scope."""
    found = Redemption.objects.select_related("store", "voucher__deal", "voucher__participation__group")
    if not scope.all_stores:
        found = found.filter(store_id__in=sorted(scope.store_ids))
    if deal_id is not None:
        found = found.filter(voucher__deal_id=deal_id)
    if voucher_id is not None:
        found = found.filter(voucher_id=voucher_id)
    if store_id is not None:
        found = found.filter(store_id=store_id)
    return found


WITH_REDEMPTIONS = Prefetch(
    "redemptions", queryset=Redemption.objects.select_related("store").order_by("occurred_at", "pk")
)

VOUCHER_MOMENTS = """
SELECT h.at, h.id FROM groupbuy_participation p JOIN groupbuy_voucher v ON v.participation_id = p.id
  JOIN groupbuy_voucher_change h ON h.voucher_id = v.id
 WHERE p.customer_id = %(customer_id)s::bigint
"""


def timeline_of_vouchers(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time a voucher of this customer changed."""
    return [
        Entry(
            at=change.at,
            kind="voucher",
            id=change.pk,
            title_code="timeline.voucher.undone" if change.uses < 0 else f"timeline.voucher.{change.to_state}",
            params={
                "deal": change.voucher.deal.name,
                "uses": abs(change.uses),
                "left": change.voucher.uses - change.voucher.used,
                "amount_minor": abs(change.amount_minor),
                "currency": change.voucher.participation.group.currency,
            },
            link=f"/groupbuy/vouchers/{change.voucher_id}",
        )
        for change in VoucherChange.objects.filter(pk__in=ids).select_related(
            "voucher__deal", "voucher__participation__group"
        )
    ]
