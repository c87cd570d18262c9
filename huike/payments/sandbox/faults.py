"""Which fault befalls which call: by script first, then by chance that seed and the call's own name decide. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

CALL_FAULTS: Final = ("cut_before", "cut_after", "fail", "busy", "slow")
"""The connection is cut before the deed, or after it; an error of the server; "later"; a long wait."""
NOTICE_FAULTS: Final = ("notice_lost", "notice_twice", "notice_late")
OUTCOMES: Final = ("refuse_payment", "two_steps", "refuse_refund", "late_refund")


class PlanInvalid(ValueError):
    """What is wrong with a plan, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """The next `times` calls of `verb` (of this number, where given) meet `fault`."""

    verb: str
    fault: str
    times: int = 1
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`rates` give each fault its chance in [0, 1]. Seconds: how long `slow` waits, `notice_late` at most, and
    `late_refund` takes."""

    seed: int = 0
    rates: Mapping[str, float] = field(default_factory=dict)
    script: tuple[Scripted, ...] = ()
    slow_seconds: float = 1.0
    late_seconds: float = 5.0
    refund_seconds: float = 2.0


def plan_of(told: Mapping[str, Any]) -> Plan:
    """A plan as JSON tells it. Raises PlanInvalid."""
    try:
        script = tuple(Scripted(**entry) for entry in told.get("script", ()))
        plan = Plan(**{**told, "script": script, "rates": dict(told.get("rates", {}))})
    except TypeError as error:
        raise PlanInvalid(str(error)) from error
    known = {*CALL_FAULTS, *NOTICE_FAULTS, *OUTCOMES}
    for name in (*plan.rates, *(entry.fault for entry in script)):
        if name not in known:
            raise PlanInvalid(f"{name} is none of {', '.join(sorted(known))}")
    if not all(0 <= rate <= 1 for rate in plan.rates.values()):
        raise PlanInvalid("a rate is between 0 and 1")
    return plan


def chance(seed: int, *parts: object) -> float:
    """A number in [0, 1) that only the seed and the parts decide, whatever runs beside it."""
    digest = blake2b(json.dumps([seed, *map(str, parts)]).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def drawn(plan: Plan, among: tuple[str, ...], *parts: object) -> str:
    """The fault chance gives this call, or nothing."""
    share = chance(plan.seed, *parts)
    for name in among:
        rate = plan.rates.get(name, 0.0)
        if share < rate:
            return name
        share -= rate
    return ""
