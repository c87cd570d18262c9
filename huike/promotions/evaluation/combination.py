"""The combination of offers that saves the customer most, found exactly.

Offers are taken off in one order (priority, then id), each from what those before it left. Those without a group and
not exclusive hold always; the choice is which one of each group, or one exclusive offer alone. It is made by branch and
bound: what an offer takes off never grows by what others took before it, so what it would take off after those that are
chosen already is the most it can add to any choice that goes on from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from huike.promotions.evaluation.effects import Plan

MOST_STEPS: Final = 4_000
"""Offers tried while the best combination is looked for. Past it the best one found so far stands, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An offer that holds for the cart by itself; the position in the list of candidates is the order of taking off."""

    plan: Plan
    group: str | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Combination:
    """What each candidate that stands takes off, by its position, line by line. `saving_minor` counts what is given
    at its worth. `is_exact` is False where the search was cut short."""

    taken: dict[int, tuple[int, ...]]
    saving_minor: int
    is_exact: bool = True


def counts_minor(plan: Plan, off_minor: int) -> int:
    """What an offer counts for where offers compete."""
    return max(off_minor, plan.worth_minor)


def gives(plan: Plan, off_minor: int) -> bool:
    return off_minor > 0 or plan.given is not None


def best(candidates: Sequence[Candidate], bases_minor: Sequence[int]) -> Combination:
    """The combination that saves most. Of equal choices the one stands that has, where they first differ, the earlier
    offer; of an exclusive offer and others, whoever begins earlier."""
    found = _Search(candidates, bases_minor).run()
    for position, each in enumerate(candidates):
        if not each.exclusive:
            continue
        parts = each.plan.take(bases_minor)
        if gives(each.plan, sum(parts)):
            alone = Combination({position: tuple(parts)}, counts_minor(each.plan, sum(parts)), found.is_exact)
            if (alone.saving_minor, _first(alone.taken)) > (found.saving_minor, _first(found.taken)):
                found = alone
    return found


def _first(taken: Iterable[int]) -> float:
    """Larger for a combination whose first offer comes earlier; an empty one comes last."""
    return -min(taken, default=float("inf"))


@dataclass(frozen=True, slots=True)
class _Chance:
    """An offer of a group that may be chosen next: what was left and saved when its turn came, and what it adds."""

    step: int
    group: str
    left: Sequence[int]
    saved_minor: int
    always: dict[int, tuple[int, ...]]
    adds_minor: int


@dataclass(slots=True)
class _Search:
    candidates: Sequence[Candidate]
    bases_minor: Sequence[int]
    order: list[int] = field(init=False)
    steps: int = 0
    taken: dict[int, tuple[int, ...]] = field(default_factory=dict)
    best_minor: int = -1
    floor_minor: int = 0

    def __post_init__(self) -> None:
        self.order = [position for position, each in enumerate(self.candidates) if not each.exclusive]

    def run(self) -> Combination:
        greedy = self._greedy()
        self.floor_minor = greedy.saving_minor
        self._go(0, self.bases_minor, frozenset(), {}, 0)
        is_exact = self.steps <= MOST_STEPS
        if not is_exact and greedy.saving_minor > self.best_minor:
            return replace(greedy, is_exact=False)
        return Combination(self.taken, max(0, self.best_minor), is_exact)

    def _walk(
        self, step: int, left: Sequence[int], used: frozenset[str], taken: dict[int, tuple[int, ...]], saved_minor: int
    ) -> tuple[list[_Chance], dict[int, tuple[int, ...]], int]:
        """From here on with only what holds always: the chances on the way, and what all of it comes to."""
        chances = []
        for index in range(step, len(self.order)):
            position = self.order[index]
            each = self.candidates[position]
            if each.group is not None:
                if each.group not in used:
                    self.steps += 1
                    adds = each.plan.total(left)
                    if gives(each.plan, adds):
                        adds = counts_minor(each.plan, adds)
                        chances.append(_Chance(index, each.group, left, saved_minor, taken, adds))
                continue
            self.steps += 1
            parts = each.plan.take(left)
            off = sum(parts)
            if gives(each.plan, off):
                taken = {**taken, position: tuple(parts)}
                saved_minor += counts_minor(each.plan, off)
            if off:
                left = [base - part for base, part in zip(left, parts, strict=True)]
        return chances, taken, saved_minor

    def _go(
        self, step: int, left: Sequence[int], used: frozenset[str], taken: dict[int, tuple[int, ...]], saved_minor: int
    ) -> None:
        chances, at_end, whole_minor = self._walk(step, left, used, taken, saved_minor)
        bounds = _bounds(chances)
        for chance, later in zip(chances, bounds, strict=True):
            # Choosing it leaves less to everything after it: at most what all of that came to without it.
            most = whole_minor + chance.adds_minor + later
            if most <= self.best_minor or most < self.floor_minor:
                continue
            if self.steps > MOST_STEPS and self.best_minor >= 0:
                return
            position = self.order[chance.step]
            parts = self.candidates[position].plan.take(chance.left)
            rest = [base - part for base, part in zip(chance.left, parts, strict=True)]
            self._go(
                chance.step + 1,
                rest,
                used | {chance.group},
                {**chance.always, position: tuple(parts)},
                chance.saved_minor + chance.adds_minor,
            )
        if whole_minor > self.best_minor:  # last, so that of equal choices the one with an earlier offer stands
            self.taken, self.best_minor = at_end, whole_minor

    def _greedy(self) -> Combination:
        """A good choice, to cut by from the start: of each group the offer that adds most by itself."""
        chances, _, _ = self._walk(0, self.bases_minor, frozenset(), {}, 0)
        dearest: dict[str, _Chance] = {}
        for chance in chances:
            if chance.group not in dearest or chance.adds_minor > dearest[chance.group].adds_minor:
                dearest[chance.group] = chance
        chosen = {self.order[chance.step] for chance in dearest.values()}
        left, taken, saved_minor = list(self.bases_minor), {}, 0
        for position in self.order:
            plan = self.candidates[position].plan
            if self.candidates[position].group is not None and position not in chosen:
                continue
            self.steps += 1
            parts = plan.take(left)
            if gives(plan, sum(parts)):
                taken[position] = tuple(parts)
                saved_minor += counts_minor(plan, sum(parts))
                left = [base - part for base, part in zip(left, parts, strict=True)]
        return Combination(taken, saved_minor)


def _bounds(chances: Sequence[_Chance]) -> list[int]:
    """For each chance, what the groups but its own add at most after it."""
    bounds = []
    most: dict[str, int] = {}
    for chance in reversed(chances):
        bounds.append(sum(adds for group, adds in most.items() if group != chance.group))
        most[chance.group] = max(chance.adds_minor, most.get(chance.group, 0))
    bounds.reverse()
    return bounds
