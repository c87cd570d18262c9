"""Which tier from which instant until when, and why. Pure; `docs/algorithms/tiers.md` is the specification.

A member's tiers are a function of her purchases, what came back of them, what she was granted and the versions of the
terms. In which order any of it became known does not matter.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, groupby, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from huike.loyalty.terms.tiers import Condition, Counted, Downgrade, Kept, Ladder, Match, Metric, Tier, Window
from huike.loyalty.tiers import periods

_INSTANT: Final = timedelta(microseconds=1)


class Why(StrEnum):
    JOINED = "joined"
    QUALIFIED = "qualified"
    KEPT = "kept"
    DOWNGRADED = "downgraded"
    GRANTED = "granted"  # by a person, or bought
    ENDED = "ended"  # what was granted ran out
    CORRECTED = "corrected"  # what qualified her was returned, or her purchases turned out to be others
    TERMS = "terms"  # a new version of the terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a sale counts, before anything came back. `units`: how many it had of goods that are memberships, by SKU."""

    id: int
    at: datetime
    net_minor: int
    points: int = 0
    units: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What came back at `at`: amounts and units as positive numbers. `sale_id` is None where the sale is not known."""

    id: int
    at: datetime
    sale_id: int | None
    net_minor: int
    points: int = 0
    units: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A tier given by a person, over [starts_at, ends_at); without end where None."""

    tier: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A ladder in effect from `effective_at` until that of any later version."""

    number: int
    effective_at: datetime
    ladder: Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that decides a member's tiers. Purchases count from `back_days` before the day of joining on."""

    joined_at: datetime
    back_days: int = 0
    sales: Sequence[Sale] = ()
    returns: Sequence[Return] = ()
    grants: Sequence[Grant] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of a stretch of time."""

    net: int = 0
    points: int = 0
    orders: int = 0

    def of(self, metric: Metric) -> int:
        return int(getattr(self, metric.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A tier from an instant on. `until_at`: when it may end; None where nothing ends it."""

    tier: str | None
    effective_at: datetime
    until_at: datetime | None
    why: Why
    granted: bool = False
    figures: Figures = Figures()
    version: int | None = None

    @property
    def says(self) -> tuple[str | None, datetime | None, bool]:
        return self.tier, self.until_at, self.granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A tier that was earned: the term began with the purchase before `counted_from` and ends, grace included, at
    `ends_at`; `due_at` is its end without grace. Both None where it never ends."""

    tier: str | None
    due_at: datetime | None
    ends_at: datetime | None
    counted_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Her tiers up to an instant, the latest being the present one; and where she stands on the ladder."""

    steps: tuple[Step, ...]
    ladder: Ladder | None
    term: Term
    qualify: Figures = Figures()
    keep: Figures = Figures()
    qualify_ends_at: datetime | None = None

    @property
    def now(self) -> Step | None:
        return self.steps[-1] if self.steps else None

    @property
    def since_at(self) -> datetime | None:
        """Since when without a break she has the tier she has."""
        since = None
        for step in reversed(self.steps):
            if step.tier != self.steps[-1].tier:
                break
            since = step.effective_at
        return since


def decide(life: Life, versions: Sequence[Version], *, until: datetime, zone: ZoneInfo) -> Decision:
    """Her tiers up to and with `until`.

    What came back takes effect when it came back: from then on she is where she would be had it never been bought; what
    was before stays as it was.
    """
    counted = _counted(life, zone)
    left = _Left(counted.sales)
    returns = groupby(sorted((back for back in counted.returns if back.at <= until), key=_at), key=_at)
    known = [(at, list(backs)) for at, backs in returns]
    ends = [*(at - _INSTANT for at, _ in known), until]
    walk = _Walk(counted, left.until(ends[0]), versions, zone=zone)
    steps = walk.steps_until(ends[0])
    for (at, backs), end in zip(known, ends[1:], strict=True):
        left.take_back(backs)
        walk = _Walk(counted, left.until(end), versions, zone=zone)
        _splice(steps, walk.steps_until(end), at)
    return walk.decision(_told_once(steps), until)


def _at(back: Return) -> datetime:
    return back.at


def _counted(life: Life, zone: ZoneInfo) -> Life:
    """Purchases that count, in time; a return not before its sale, and as a purchase that takes away where its sale is
    not known."""
    from_at = periods.midnight(periods.day_of(life.joined_at, zone) - timedelta(days=life.back_days), zone)
    sales = [sale for sale in life.sales if sale.at >= from_at]
    sold_at = {sale.id: sale.at for sale in sales}
    told = {sale.id for sale in life.sales}
    linked, others = [], []
    for back in life.returns:
        if back.sale_id in sold_at:
            linked.append(replace(back, at=max(back.at, sold_at[back.sale_id])))
        elif back.sale_id not in told and back.at >= from_at:
            others.append(Sale(id=back.id, at=back.at, net_minor=-back.net_minor, points=-back.points))
    ordered = sorted([*sales, *others], key=lambda sale: (sale.at, sale.id))
    return replace(life, sales=ordered, returns=linked)


def _splice(steps: list[Step], anew: Iterable[Step], at: datetime) -> None:
    """From an instant on the new steps; what stands then differs through a correction."""
    while steps and steps[-1].effective_at >= at:
        steps.pop()
    standing: Step | None = None
    later = []
    for step in anew:
        if step.effective_at <= at:
            standing = step
        else:
            later.append(step)
    if standing is not None:
        steps.append(replace(standing, effective_at=at, why=Why.CORRECTED))
    steps += later


def _told_once(steps: Iterable[Step]) -> tuple[Step, ...]:
    told: list[Step] = []
    for step in steps:
        if told and told[-1].effective_at == step.effective_at:
            told.pop()
        if not told:
            told.append(replace(step, why=Why.JOINED))
        elif told[-1].says != step.says:
            told.append(step)
    return tuple(told)


class _Left:
    """Purchases in time, less what is known to have come back; those of which nothing is left are gone. One that is
    bought and returned again and again leaves no more to walk through each time."""

    def __init__(self, sales: Iterable[Sale]) -> None:
        self._sales = {sale.id: sale for sale in sales}
        self._there = sorted((sale.at, sale.id) for sale in self._sales.values())

    def take_back(self, returns: Iterable[Return]) -> None:
        for back in returns:
            if back.sale_id is not None:
                self._put(_less(self._sales[back.sale_id], back))

    def _put(self, sale: Sale) -> None:
        place = (sale.at, sale.id)
        index = bisect_left(self._there, place)
        was_there = self._there[index : index + 1] == [place]
        is_there = bool(sale.net_minor or sale.points or sale.units)
        if was_there and not is_there:
            del self._there[index]
        elif is_there and not was_there:
            self._there.insert(index, place)
        self._sales[sale.id] = sale

    def until(self, until: datetime) -> list[Sale]:
        """Those placed until then, in time."""
        return [self._sales[id_] for _, id_ in takewhile(lambda place: place[0] <= until, self._there)]


def _less(sale: Sale, back: Return) -> Sale:
    units = dict(sale.units or {})
    for sku, count in (back.units or {}).items():
        units[sku] = units.get(sku, 0) - count
    return replace(
        sale,
        net_minor=sale.net_minor - back.net_minor,
        points=sale.points - back.points,
        units={sku: count for sku, count in units.items() if count > 0},
    )


class _Walk:
    """One way through her life, with the purchases that are left of it."""

    def __init__(self, life: Life, sales: list[Sale], versions: Sequence[Version], *, zone: ZoneInfo) -> None:
        self._zone = zone
        self._joined_at = life.joined_at
        self._sales = sales
        self._ats = [sale.at for sale in self._sales]
        self._sums = {
            Metric.NET: [0, *accumulate(sale.net_minor for sale in self._sales)],
            Metric.POINTS: [0, *accumulate(sale.points for sale in self._sales)],
            Metric.ORDERS: [0, *accumulate(int(sale.net_minor > 0) for sale in self._sales)],
        }
        self._grants = [
            replace(grant, starts_at=max(grant.starts_at, life.joined_at))
            for grant in sorted(life.grants, key=lambda grant: (grant.starts_at, grant.tier))
            if grant.ends_at is None or grant.ends_at > max(grant.starts_at, life.joined_at)
        ]
        self._versions = _in_turn(versions)
        self._version: Version | None = None
        self._term = Term(tier=None, due_at=None, ends_at=None, counted_from=0)
        self._given: list[Grant] = []
        self._bought: dict[str, datetime] = {}
        self._steps: list[Step] = []

    def steps_until(self, until: datetime) -> list[Step]:
        for at, event in self._events():
            if at > until:
                break
            self._let_end(at)
            self._take(at, event)
        self._let_end(until)
        return self._steps

    def decision(self, steps: tuple[Step, ...], until: datetime) -> Decision:
        """Where she stands at `until`, which the walk has come to."""
        ladder = self._ladder
        if ladder is None:
            return Decision(steps=steps, ladder=None, term=self._term)
        end = bisect_right(self._ats, until)
        window, due_at = ladder.keep_window, self._term.due_at
        return Decision(
            steps=steps,
            ladder=ladder,
            term=self._term,
            qualify=self._figures(ladder.qualify_window, as_of=until, end=end),
            keep=self._figures(window, as_of=until if due_at is None else min(until, due_at - _INSTANT), end=end),
            qualify_ends_at=self._qualify_ends_at(ladder.qualify_window, until, end),
        )

    @property
    def _ladder(self) -> Ladder | None:
        return None if self._version is None else self._version.ladder

    def _events(self) -> list[tuple[datetime, Version | Grant | int | None]]:
        """What happens to her, in time; at one instant: joining, terms, grants, purchases (as their index)."""
        begun = [version for version in self._versions if version.effective_at <= self._joined_at][-1:]
        later = [version for version in self._versions if version.effective_at > self._joined_at]
        events: list[tuple[datetime, int, Version | Grant | int | None]] = [(self._joined_at, 0, None)]
        events += [(self._joined_at, 1, version) for version in begun]
        events += [(version.effective_at, 1, version) for version in later]
        events += [(grant.starts_at, 2, grant) for grant in self._grants]
        # What she bought before she joined brings what it brings when she joins.
        events += [(max(at, self._joined_at), 3, index) for index, at in enumerate(self._ats)]
        events.sort(key=lambda event: event[:2])
        return [(at, event) for at, _, event in events]

    def _take(self, at: datetime, event: Version | Grant | int | None) -> None:
        if event is None:
            self._tell(at, Why.JOINED)
        elif isinstance(event, Version):
            self._take_terms(at, event)
        elif isinstance(event, Grant):
            self._given.append(event)
            self._tell(at, Why.GRANTED)
        else:
            self._take_purchase(at, event)

    def _take_terms(self, at: datetime, version: Version) -> None:
        """Nobody falls through new terms before her time is over, unless her tier is gone; who meets more rises."""
        self._version = version
        ladder, end = version.ladder, bisect_left(self._ats, at)
        figures = self._figures(ladder.qualify_window, as_of=at, end=end)
        best = _best(ladder, figures)
        held = ladder.rank(self._term.tier)
        if best > held:
            self._begin(best, due_at=self._first_end(at), counted_from=end)
        elif held < 0:
            self._term = replace(self._term, tier=None, due_at=None, ends_at=None)
        elif ladder.tiers[held].is_entry or not ladder.falls:
            self._term = replace(self._term, due_at=None, ends_at=None)
        elif self._term.ends_at is None:
            self._begin(held, due_at=self._first_end(at), counted_from=end)
        self._tell(at, Why.TERMS, figures)

    def _take_purchase(self, at: datetime, index: int) -> None:
        ladder = self._ladder
        if ladder is None:
            return
        why = Why.QUALIFIED
        for membership in ladder.memberships:
            units = (self._sales[index].units or {}).get(membership.sku, 0)
            if units > 0:
                running = self._bought.get(membership.tier, at)
                last = running - _INSTANT if running > at else at
                self._bought[membership.tier] = periods.months_after(last, units * membership.months, self._zone)
                why = Why.GRANTED
        figures = self._figures(ladder.qualify_window, as_of=at, end=index + 1)
        best = _best(ladder, figures)
        if best > ladder.rank(self._term.tier):
            self._begin(best, due_at=self._first_end(at), counted_from=index + 1)
            why = Why.QUALIFIED
        self._tell(at, why, figures)

    def _let_end(self, until: datetime) -> None:
        """Judge the terms and drop the grants that end by then, each at its own instant."""
        while True:
            ends = [end for end in (self._term.ends_at, *self._given_ends()) if end is not None]
            at = min(ends, default=None)
            if at is None or at > until:
                return
            self._given = [grant for grant in self._given if grant.ends_at is None or grant.ends_at > at]
            self._bought = {tier: end for tier, end in self._bought.items() if end > at}
            if self._term.ends_at == at:
                self._judge(at)
            else:
                self._tell(at, Why.ENDED)

    def _given_ends(self) -> list[datetime | None]:
        return [grant.ends_at for grant in self._given] + list(self._bought.values())

    def _judge(self, at: datetime) -> None:
        """A term is over: she keeps her tier, or goes where the ladder says."""
        ladder, due_at = self._ladder, self._term.due_at
        assert ladder is not None  # noqa: S101 - terms are of a ladder
        assert due_at is not None  # noqa: S101 - a term that ends is due
        end = bisect_left(self._ats, at)
        figures = self._figures(ladder.keep_window, as_of=due_at - _INSTANT, end=end)
        held = ladder.rank(self._term.tier)
        balance = _best(ladder, figures, keeping=True, most=held)
        if balance < held and ladder.downgrade is Downgrade.ONE_STEP:
            balance = held - 1
        next_due_at = self._next_end(due_at)
        while periods.days_after(next_due_at, ladder.grace_days, self._zone) <= at:  # the terms were others before
            next_due_at = self._next_end(next_due_at)
        self._begin(balance, due_at=next_due_at, counted_from=bisect_left(self._ats, due_at))
        self._tell(at, Why.KEPT if balance == held else Why.DOWNGRADED, figures)

    def _begin(self, rank: int, *, due_at: datetime, counted_from: int) -> None:
        ladder = self._ladder
        assert ladder is not None  # noqa: S101 - ranks are of a ladder
        if rank < 0 or ladder.tiers[rank].is_entry or not ladder.falls:
            key = ladder.tiers[rank].key if rank >= 0 else None
            self._term = Term(tier=key, due_at=None, ends_at=None, counted_from=counted_from)
            return
        ends_at = periods.days_after(due_at, ladder.grace_days, self._zone)
        self._term = Term(tier=ladder.tiers[rank].key, due_at=due_at, ends_at=ends_at, counted_from=counted_from)

    def _first_end(self, at: datetime) -> datetime:
        ladder = self._ladder
        assert ladder is not None  # noqa: S101 - terms are of a ladder
        if ladder.kept is Kept.MONTHS:
            return periods.months_after(at, ladder.kept_months, self._zone)
        return periods.year_ends(at, self._zone, more=int(ladder.kept is Kept.END_OF_NEXT_YEAR))

    def _next_end(self, due_at: datetime) -> datetime:
        """The end of the term after the one that ended at `due_at`."""
        ladder = self._ladder
        assert ladder is not None  # noqa: S101 - terms are of a ladder
        if ladder.kept is Kept.MONTHS:
            return periods.months_after(due_at - _INSTANT, ladder.kept_months, self._zone)
        return periods.year_ends(due_at, self._zone)

    def _figures(self, window: Window, *, as_of: datetime, end: int) -> Figures:
        """What is counted in the window of an instant, of the purchases before index `end`."""
        start = min(self._start(window, as_of), end)
        return Figures(**{metric.value: sums[end] - sums[start] for metric, sums in self._sums.items()})

    def _start(self, window: Window, as_of: datetime) -> int:
        match window.counted:
            case Counted.CALENDAR_YEAR:
                return bisect_left(self._ats, periods.year_begins(as_of, self._zone))
            case Counted.ROLLING_MONTHS:
                return bisect_left(self._ats, periods.months_before(as_of, window.months, self._zone))
            case Counted.SINCE_JOINING:
                return 0
            case Counted.SINCE_TIER:
                return self._term.counted_from

    def _qualify_ends_at(self, window: Window, until: datetime, end: int) -> datetime | None:
        """Until when what is counted now counts in full: the end of the year, or when the first of it is too old."""
        if window.counted is Counted.CALENDAR_YEAR:
            return periods.year_ends(until, self._zone)
        if window.counted is Counted.ROLLING_MONTHS:
            start = self._start(window, until)
            return periods.months_after(self._ats[start], window.months, self._zone) if start < end else None
        return None

    def _tell(self, at: datetime, why: Why, figures: Figures | None = None) -> None:
        """Note the highest tier she has a claim to, where that is something new."""
        ladder = self._ladder
        claims: list[tuple[int, datetime | None, bool]] = []
        if ladder is not None:
            claims.append((ladder.rank(self._term.tier), self._term.ends_at, False))
            claims += [(ladder.rank(grant.tier), grant.ends_at, True) for grant in self._given]
            claims += [(ladder.rank(tier), end, True) for tier, end in self._bought.items()]
        rank = max((rank for rank, _, _ in claims), default=-1)
        best = [(end, granted) for held, end, granted in claims if held == rank and rank >= 0]
        ends = [end for end, _ in best]
        until_at = None if None in ends else max((end for end in ends if end is not None), default=None)
        step = Step(
            tier=ladder.tiers[rank].key if ladder is not None and rank >= 0 else None,
            effective_at=at,
            until_at=until_at,
            why=why,
            granted=bool(best) and all(granted for _, granted in best),
            figures=figures or Figures(),
            version=self._version.number if self._version is not None else None,
        )
        if not self._steps or self._steps[-1].says != step.says:
            self._steps.append(step)


def _in_turn(versions: Sequence[Version]) -> list[Version]:
    """Versions as they take effect; one that a later version overtook never does."""
    turns: list[Version] = []
    for version in sorted(versions, key=lambda version: (version.effective_at, version.number)):
        if not turns or version.number > turns[-1].number:
            turns.append(version)
    return turns


def is_met(condition: Condition, figures: Figures) -> bool:
    """A condition without thresholds always is."""
    met = [figures.of(part.metric) >= part.at_least for part in condition.thresholds]
    return not met or (any(met) if condition.match is Match.ANY else all(met))


def _best(ladder: Ladder, figures: Figures, *, keeping: bool = False, most: int | None = None) -> int:
    """The highest rank whose condition is met, not above `most`; -1 where none is."""
    ranks = range(len(ladder.tiers) if most is None else most + 1)

    def asks(tier: Tier) -> Condition:
        return tier.keeping if keeping and not tier.is_entry else tier.qualify

    return max((rank for rank in ranks if is_met(asks(ladder.tiers[rank]), figures)), default=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a threshold asks for, and how far she is."""

    metric: Metric
    at_least: int
    have: int

    @property
    def missing(self) -> int:
        return max(self.at_least - self.have, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What leads to a tier (or keeps it), and by when. One need suffices with `match` any."""

    tier: str
    match: Match
    needs: tuple[Need, ...]
    by: datetime | None
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`rise`: the next tier of her own; None at the top. `keep`: what keeps the tier she earned; None where nothing
    ends it."""

    rise: Aim | None
    keep: Aim | None


def progress(decision: Decision) -> Progress:
    """How far she is from the next tier, and from keeping the one she earned."""
    ladder = decision.ladder
    if ladder is None or not ladder.tiers:
        return Progress(rise=None, keep=None)
    rank = ladder.rank(decision.term.tier)
    rise = keep = None
    if rank + 1 < len(ladder.tiers):
        above = ladder.tiers[rank + 1]
        rise = _aim(above, above.qualify, decision.qualify, decision.qualify_ends_at)
    if rank >= 0 and decision.term.ends_at is not None:
        held = ladder.tiers[rank]
        keep = _aim(held, held.keeping, decision.keep, decision.term.ends_at)
    return Progress(rise=rise, keep=keep)


def _aim(tier: Tier, condition: Condition, figures: Figures, by: datetime | None) -> Aim:
    needs = tuple(
        Need(metric=part.metric, at_least=part.at_least, have=max(figures.of(part.metric), 0))
        for part in condition.thresholds
    )
    return Aim(tier=tier.key, match=condition.match, needs=needs, by=by, is_met=is_met(condition, figures))


def in_effect(steps: Sequence[Step], at: datetime) -> Step | None:
    """What stands at an instant, of steps in the order they were told: the last word about an instant counts."""
    return next((step for step in reversed(steps) if step.effective_at <= at), None)


def standing(told: Sequence[Step]) -> tuple[Step, ...]:
    """The timeline that steps, in the order they were told, come to."""
    line: list[Step] = []
    for step in told:
        while line and line[-1].effective_at >= step.effective_at:
            line.pop()
        line.append(step)
    once: list[Step] = []
    for step in line:
        if not once or once[-1].says != step.says:
            once.append(step)
    return tuple(once)


def to_tell(told: Sequence[Step], decided: Sequence[Step]) -> tuple[Step, ...]:
    """What has to be added to the steps that were told, so that they come to the ones decided. Nothing is taken back:
    a step that turned out wrong is followed by one that says from the same instant what is right."""
    before = standing(told)
    same = 0
    for one, other in zip(before, decided, strict=False):
        if one.effective_at != other.effective_at or one.says != other.says:
            break
        same += 1
    rest = list(decided[same:])
    if same < len(before) and (not rest or rest[0].effective_at > before[same].effective_at):
        wrong_from = before[same].effective_at
        none = Step(tier=None, effective_at=wrong_from, until_at=None, why=Why.CORRECTED)
        right = decided[same - 1] if same else none
        rest.insert(0, replace(right, effective_at=wrong_from, why=Why.CORRECTED))
    return tuple(rest)
