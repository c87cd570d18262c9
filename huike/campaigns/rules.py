"""What a campaign may do next, and what it earned. `docs/algorithms/experiments.md` specifies the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from huike.experiments.rules import Comparison, Group, NotEnough, compare, control_count
from huike.kernel.errors import FieldError
from huike.kernel.money import allocate, minor_exponent

EDITABLE: Final = frozenset({"draft", "scheduled", "failed"})

# move: (from which states, to which state)
MOVES: Final[dict[str, tuple[frozenset[str], str]]] = {
    "schedule": (frozenset({"draft", "scheduled", "failed"}), "scheduled"),
    "unschedule": (frozenset({"scheduled"}), "draft"),
    "send": (frozenset({"draft", "scheduled", "failed"}), "preparing"),
    "start": (frozenset({"preparing"}), "sending"),
    "fail": (frozenset({"preparing"}), "failed"),
    "pause": (frozenset({"sending"}), "paused"),
    "resume": (frozenset({"paused"}), "sending"),
    "stop": (frozenset({"preparing", "sending", "paused"}), "stopped"),
    "finish": (frozenset({"sending"}), "sent"),
}


def next_state(state: str, move: str) -> str | None:
    """The state after a move, or None where the move is not allowed."""
    allowed, target = MOVES[move]
    return target if state in allowed else None


def share_faults(shares_bp: Sequence[int]) -> list[FieldError]:
    """The arms share all of those who are treated."""
    if not shares_bp or sum(shares_bp) == 10_000:
        return []
    return [FieldError("arms", "campaign.shares_not_whole", {"sum_bp": sum(shares_bp), "need_bp": 10_000})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What sending now would do. Who is control is drawn at sending, so what is reachable is that share of
    everybody."""

    audience_count: int
    excluded_count: int
    control_count: int
    treated_count: int
    reachable_count: int
    refusals: dict[str, int]


def forecast(
    *, audience_count: int, excluded_count: int, control_bp: int, by_refusal: dict[str | None, int]
) -> Forecast:
    """`by_refusal` is the gate's answer about the whole audience; None counts those who may be written to."""
    kept = control_count(audience_count, control_bp=control_bp)
    treated = audience_count - kept
    reasons = sorted(reason for reason in by_refusal if reason is not None)
    parts = allocate(treated, [by_refusal.get(None, 0), *(by_refusal[reason] for reason in reasons)])
    return Forecast(
        audience_count=audience_count,
        excluded_count=excluded_count,
        control_count=kept,
        treated_count=treated,
        reachable_count=parts[0] if audience_count else 0,
        refusals={reason: count for reason, count in zip(reasons, parts[1:], strict=True) if count},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What the effort brought. Amounts in minor units, per-person figures in millionths of the major unit. `comparison`
    is None where `lacking` says why; then nothing is claimed."""

    comparison: Comparison | None
    lacking: NotEnough | None
    incremental_minor: int | None
    incremental_low_minor: int | None
    incremental_high_minor: int | None
    sending_cost_minor: int
    discount_minor: int
    net_minor: int | None
    return_bp: int | None


def earned(
    *,
    treated: Group,
    control: Group,
    sent_count: int,
    cost_per_message_micros: int,
    discount_minor: int,
    currency: str,
) -> Earned:
    """Treated against control, cost, and return."""
    outcome = compare(treated, control)
    sending = sending_cost_minor(sent_count, cost_per_message_micros=cost_per_message_micros, currency=currency)
    if isinstance(outcome, NotEnough):
        return Earned(
            comparison=None,
            lacking=outcome,
            incremental_minor=None,
            incremental_low_minor=None,
            incremental_high_minor=None,
            sending_cost_minor=sending,
            discount_minor=discount_minor,
            net_minor=None,
            return_bp=None,
        )
    incremental = _whole((treated.mean_minor - control.mean_minor) * treated.people_count)
    cost = sending + discount_minor
    # The discount is already missing from the revenue: subtracting it again would count it twice.
    net = incremental - sending
    return Earned(
        comparison=outcome,
        lacking=None,
        incremental_minor=incremental,
        incremental_low_minor=round(outcome.low_minor * treated.people_count),
        incremental_high_minor=round(outcome.high_minor * treated.people_count),
        sending_cost_minor=sending,
        discount_minor=discount_minor,
        net_minor=net,
        return_bp=_whole(Fraction(net * 10_000, cost)) if cost > 0 else None,
    )


def sending_cost_minor(sent_count: int, *, cost_per_message_micros: int, currency: str) -> int:
    """Messages times the price of one (millionths of the major unit), rounded half to even at the end."""
    return _whole(Fraction(sent_count * cost_per_message_micros, 10 ** (6 - minor_exponent(currency))))


def per_person_micros(mean_minor: Fraction | float, *, currency: str) -> int:
    """A mean in minor units as millionths of the major unit."""
    return _whole(Fraction(mean_minor) * 10 ** (6 - minor_exponent(currency)))


def _whole(value: Fraction) -> int:
    # Python rounds fractions half to even, exactly.
    return round(value)
