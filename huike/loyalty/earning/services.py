"""Writes: trying a rule on the purchases of a period, as a job one may leave and come back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from huike.catalog import selectors as catalog
from huike.kernel.errors import FieldError
from huike.lake.engine import get_engine
from huike.loyalty.earning import simulation
from huike.loyalty.earning.over_the_lake import Asked
from huike.loyalty.earning.schemas import SimulatedPart, SimulationIn, SimulationOut
from huike.loyalty.earning.simulation import Cost, Simulated, cost_minor
from huike.loyalty.errors import LoyaltyNeedsAllStores, TermsInvalid
from huike.loyalty.programme import selectors as programmes
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.reading import read
from huike.platform import clock, jobs
from huike.platform.config import get_config
from huike.platform.models import Job
from huike.staff.access import Principal

KIND = "loyalty.simulate"
LONGEST_DAYS = 3 * 366
LONGEST_SECONDS = 1_800.0
_MOST_SHOWN = 30


def start_simulation(programme_id: int, told: SimulationIn, *, principal: Principal) -> Job:
    """Queue it. Raises ProgrammeNotFound, TermsInvalid, LoyaltyNeedsAllStores."""
    from huike.loyalty.earning.tasks import simulate  # tasks import this module

    programmes.find(programme_id)
    if not principal.scope.all_stores:
        raise LoyaltyNeedsAllStores
    _document_of(told.document)
    if not 0 <= (told.last_on - told.first_on).days <= LONGEST_DAYS:
        raise TermsInvalid(errors=[FieldError("last_on", "simulation.period", {"days": LONGEST_DAYS})])
    with transaction.atomic():
        job = jobs.create(
            kind=KIND,
            title_params={"first_on": told.first_on.isoformat(), "last_on": told.last_on.isoformat()},
            requested_by_id=principal.user_id,
            requested_by_key_id=principal.key_id,
        )
        simulate.defer(job_id=job.pk, programme_id=programme_id, told=told.model_dump(mode="json"))
    return job


def run_simulation(progress: jobs.Progress, *, programme_id: int, told: SimulationIn) -> None:
    """Ask the lake of the tried terms, then of those in effect now. Raises the engine's errors."""
    programme = programmes.find(programme_id)
    tried = _document_of(told.document)
    now = programmes.terms_at(programme_id, clock.now())
    found: list[Simulated] = []
    for done, terms in enumerate((tried, now.document if now else None)):
        progress.report(done=done, total=2, phase="tried" if done == 0 else "now", force=True)
        if terms is None:
            found.append(Simulated(whole=Cost()))
            continue
        asked = Asked(
            earning=terms.earning,
            programme_id=programme_id,
            currency=programme.currency,
            first_on=told.first_on,
            last_on=told.last_on,
            zone=get_config().zone,
            everybody=told.everybody or terms.joining.every_buyer,
            earns_back_days=terms.joining.earns_back_days,
            pauses=tuple((each.paused_at, each.resumed_at) for each in programmes.pauses(programme_id)),
        )
        with get_engine().reading(timeout_seconds=LONGEST_SECONDS) as reading:
            found.append(simulation.simulate(asked, reading=reading))
    progress.report(done=2, total=2, force=True)
    told_ = _Telling(tried, now.document if now else tried, told.redeemed_bp)
    progress.result = SimulationOut(
        first_on=told.first_on,
        last_on=told.last_on,
        redeemed_bp=told.redeemed_bp,
        everybody=told.everybody,
        currency=programme.currency,
        now_version=now.version if now else 0,
        fresh_at=found[0].fresh_at,
        whole=told_.part(None, "", found[0].whole, found[1].whole),
        months=told_.months(found, told.first_on, told.last_on),
        tiers=told_.tiers(found),
        stores=told_.largest(found, "store_id", catalog.store_names),
        categories=told_.largest(found, "category_id", _category_names),
    ).model_dump(mode="json")


def _document_of(document: Mapping[str, Any]) -> TermsDocument:
    terms, faults = read(document)
    if terms is None or faults:
        raise TermsInvalid(errors=faults)
    return terms


def _category_names(ids: Sequence[int]) -> dict[int, str]:
    return {picked.id: picked.name for picked in catalog.categories() if picked.id in set(ids)}


class _Telling:
    """What was found as rows that a screen shows."""

    def __init__(self, tried: TermsDocument, now: TermsDocument, redeemed_bp: int) -> None:
        self._tried, self._now, self._redeemed_bp = tried, now, redeemed_bp

    def part(self, key: str | None, name: str, tried: Cost, now: Cost) -> SimulatedPart:
        return SimulatedPart(
            key=key,
            name=name,
            orders=max(tried.orders, now.orders),
            customers=tried.customers,
            net_minor=tried.net_minor,
            points=tried.points,
            cost_minor=cost_minor(tried.points, self._tried.spending, redeemed_bp=self._redeemed_bp),
            now_points=now.points,
            now_cost_minor=cost_minor(now.points, self._now.spending, redeemed_bp=self._redeemed_bp),
        )

    def months(self, found: Sequence[Simulated], first_on: date, last_on: date) -> list[SimulatedPart]:
        """Every month of the period, those without purchases as well."""
        numbers = range(first_on.year * 12 + first_on.month - 1, last_on.year * 12 + last_on.month)
        return [
            self.part(f"{number // 12}-{number % 12 + 1:02}", "", *_both(found, "month", str(number)))
            for number in numbers
        ]

    def tiers(self, found: Sequence[Simulated]) -> list[SimulatedPart]:
        """From the lowest to the highest; then those that the terms no longer have."""
        names = {tier.key: tier.name for tier in self._tried.tiers.tiers}
        keys = {key for each in found for key in each.by.get("tier", {})}
        ordered = [None, *names, *sorted(key for key in keys if key is not None and key not in names)]
        return [
            self.part(key, names.get(key or "", key or ""), *_both(found, "tier", key))
            for key in ordered
            if key in keys
        ]

    def largest(self, found: Sequence[Simulated], by: str, names_of: Any) -> list[SimulatedPart]:
        """Those with the most points; all others together."""
        keys = {key for each in found for key in each.by.get(by, {})}
        ordered = sorted(keys, key=lambda key: (-_both(found, by, key)[0].points, key or ""))
        shown, others = ordered[:_MOST_SHOWN], ordered[_MOST_SHOWN:]
        names = names_of([int(key) for key in shown if key is not None])
        parts = [self.part(key, names.get(int(key), "") if key else "", *_both(found, by, key)) for key in shown]
        if others:
            tried, now = (_sum([_both(found, by, key)[which] for key in others]) for which in (0, 1))
            parts.append(self.part("others", "", tried, now))
        return parts


def _both(found: Sequence[Simulated], by: str, key: str | None) -> tuple[Cost, Cost]:
    tried, now = (each.by.get(by, {}).get(key, Cost()) for each in found)
    return tried, now


def _sum(costs: Sequence[Cost]) -> Cost:
    """Of parts that may share people: they are counted once for each."""
    return Cost(
        sum(cost.orders for cost in costs),
        sum(cost.customers for cost in costs),
        sum(cost.net_minor for cost in costs),
        sum(cost.points for cost in costs),
    )
