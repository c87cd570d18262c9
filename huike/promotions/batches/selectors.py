"""Reads: batches with what came of them, and their codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import audit
from huike.platform.models import AuditEntry, Job
from huike.promotions.errors import BatchNotFound
from huike.promotions.models import CodeBatch, Coupon
from huike.promotions.selectors import living_uses, visible_coupons

_AT_A_TIME = 10_000


@dataclass(slots=True)
class BatchFigures:
    """How many codes stand where, how many uses were made, and what they took off, one amount per currency."""

    states: dict[str, int] = field(default_factory=dict)
    claimed: int = 0
    used: int = 0
    uses: int = 0
    discount_given: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BatchView:
    batch: CodeBatch
    figures: BatchFigures
    job: Job | None


def list_batches(*, offer_id: int | None = None) -> QuerySet[CodeBatch]:
    batches = CodeBatch.objects.select_related("offer", "terms")
    return batches if offer_id is None else batches.filter(offer_id=offer_id)


def find_batch(batch_id: int, *, scope: Scope = EVERYTHING) -> BatchView:
    """Raises BatchNotFound."""
    batch = list_batches().filter(pk=batch_id).first()
    if batch is None:
        raise BatchNotFound
    return batch_views([batch], scope=scope)[0]


def batch_views(batches: Iterable[CodeBatch], *, scope: Scope = EVERYTHING) -> list[BatchView]:
    """Each batch with the figures of its codes in scope, in four queries."""
    listed = list(batches)
    ids = [batch.pk for batch in listed]
    figures: dict[int, BatchFigures] = defaultdict(BatchFigures)
    codes = visible_coupons(scope).filter(batch_id__in=ids)
    held = Q(customer__isnull=False)
    for batch_id, state, count, claimed in (
        codes.values_list("batch_id", "state").annotate(n=Count("pk"), held=Count("pk", filter=held)).order_by()
    ):
        figures[batch_id].states[state] = count
        figures[batch_id].claimed += claimed
    uses = living_uses(scope).filter(coupon__batch_id__in=ids)
    for batch_id, currency, count, used, minor in (
        uses.values_list("coupon__batch_id", "discount_currency")
        .annotate(n=Count("pk"), used=Count("coupon_id", distinct=True), minor=Sum("discount_minor"))
        .order_by("discount_currency")
    ):
        figures[batch_id].uses += count
        figures[batch_id].used += used
        figures[batch_id].discount_given.append(Money(int(minor), currency))
    jobs = {job.pk: job for job in Job.objects.filter(pk__in=[batch.job_id for batch in listed if batch.job_id])}
    return [BatchView(batch, figures[batch.pk], jobs.get(batch.job_id or 0)) for batch in listed]


def codes_of(batch_id: int) -> Iterator[Sequence[tuple[str, str, int, int, datetime | None, datetime | None]]]:
    """Code, state, uses allowed, uses left, expiry and last use of every code, in the order they were made, some
    thousand at a time: no statement lasts as long as whoever reads takes."""
    last = 0
    while True:
        rows = list(
            Coupon.objects.filter(batch_id=batch_id, pk__gt=last)
            .order_by("pk")
            .values_list("pk", "code", "state", "uses_allowed", "uses_left", "expires_at", "redeemed_at")[:_AT_A_TIME]
        )
        if not rows:
            return
        yield [row[1:] for row in rows]
        last = rows[-1][0]


def downloads_of(batch_id: int) -> QuerySet[AuditEntry]:
    """Who took the codes out of the house, latest first."""
    entries = audit.entries(subject_kind="code_batch", subject_id=batch_id)
    return entries.filter(action__in=["download_code_batch", "print_code_batch"]).order_by("-at", "-pk")
