"""Her balances, her tier and what moved her points, on her own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING
from huike.loyalty.accounts import selectors as accounts
from huike.loyalty.accounts.selectors import HELD_KINDS, AssetView, Line
from huike.loyalty.own.coupons import amount_in_words
from huike.loyalty.own.page_words import WORDS
from huike.loyalty.own.sections import Section, Visit
from huike.loyalty.terms.tiers import Metric, Tier
from huike.loyalty.tiers import selectors as tiers
from huike.loyalty.tiers.rules import Aim, Need
from huike.platform.config import get_config

MOST_LINES: Final = 20
_A_MOMENT: Final = timedelta(microseconds=1)


def read_balances(visit: Visit) -> Mapping[str, Any] | None:
    """What she may spend of each kind of value, what is to come, and what ends soonest."""
    words = WORDS[visit.language]
    assets = [one for one in accounts.assets_of(visit.customer_id, now=visit.now) if _is_shown(one)]
    return {"balances": [_balance(one, words) for one in assets]} if assets else None


def _is_shown(view: AssetView) -> bool:
    return view.asset.startswith("points:") or (view.asset.startswith("money:") and view.standing.balance != 0)


def _balance(view: AssetView, words: Mapping[str, str]) -> dict[str, Any]:
    def told(amount: int) -> str:
        if view.asset.startswith("money:"):
            return amount_in_words(Money(amount, view.asset.split(":")[1]), words)
        return f"{amount:,}"

    facts = []
    if view.standing.pending:
        facts.append(words["value_pending"].format(amount=told(view.standing.pending)))
    if view.expiring:
        ends_at, amount = view.expiring[0]
        facts.append(words["value_ends"].format(amount=told(amount), day=last_day(ends_at)))
    return {
        "name": view.name or words["value_money"],
        "amount": told(view.standing.balance),
        "facts": " · ".join(facts),
    }


def last_day(ends_at: datetime) -> str:
    """The last day that counts: value ends at an instant that may be the midnight after."""
    return (ends_at.astimezone(get_config().zone) - _A_MOMENT).date().isoformat()


def read_tier(visit: Visit) -> Mapping[str, Any] | None:
    """Her tier, until when, and what leads to the next one; None where the programme has none."""
    view = tiers.member_view(visit.customer_id, scope=EVERYTHING, now=visit.now)
    if view is None or view.decision.now is None or view.decision.ladder is None:
        return None
    words, ladder = WORDS[visit.language], view.decision.ladder
    held = ladder.tier(view.decision.now.tier)
    if held is None:
        return None
    until_at = view.decision.now.until_at
    benefits = [*held.benefits.services, *held.benefits.partners]
    return {
        "title": words["tier"],
        "name": _name(held, visit),
        "color": held.color,
        "until": words["tier_until"].format(day=last_day(until_at)) if until_at else "",
        "next": _next(view.progress.rise, ladder.tier(view.progress.rise.tier), view.currency, visit)
        if view.progress.rise
        else "",
        "benefits": benefits,
    }


def _name(tier: Tier, visit: Visit) -> str:
    return tier.name_en if visit.language == "en" and tier.name_en else tier.name


def _next(aim: Aim, tier: Tier | None, currency: str, visit: Visit) -> str:
    """`再消费 230 元升级到金卡(2026-12-31 前)`: the need she is nearest to."""
    words = WORDS[visit.language]
    missing = [need for need in aim.needs if need.missing]
    if tier is None or not missing:
        return ""
    nearest = min(missing, key=lambda need: need.missing / need.at_least)
    told = words["tier_next"].format(what=_missing(nearest, currency, words), tier=_name(tier, visit))
    return told + (words["tier_by"].format(day=last_day(aim.by)) if aim.by else "")


def _missing(need: Need, currency: str, words: Mapping[str, str]) -> str:
    if need.metric is Metric.NET:
        return words["tier_net"].format(amount=amount_in_words(Money(need.missing, currency), words))
    return words[f"tier_{need.metric.value}"].format(amount=f"{need.missing:,}")


def read_history(visit: Visit) -> Mapping[str, Any] | None:
    """What moved her points lately, the newest on top."""
    words = WORDS[visit.language]
    points = [one for one in accounts.assets_of(visit.customer_id, now=visit.now) if one.asset.startswith("points:")]
    if not points:
        return None
    lines = accounts.lines_of(points[0].asset, visit.customer_id, limit=MOST_LINES * 2)
    told = [_line(one, words) for one in lines if one.line.kind not in {*HELD_KINDS, "mature"}]
    return {"title": words["history"], "none": words["history_none"], "lines": told[:MOST_LINES]}


def _line(one: Line, words: Mapping[str, str]) -> dict[str, Any]:
    line = one.line
    amount = line.amount + line.pending + line.held
    sign = "plus" if amount >= 0 else "minus"
    kind = f"{line.kind}_{sign}" if line.kind in {"reverse", "adjust", "transfer"} else line.kind
    return {
        "what": words.get(f"moved_{kind}", words["moved_other"]),
        "about": one.order.external_id if one.order else "",
        "day": line.occurred_at.astimezone(get_config().zone).date().isoformat(),
        "amount": f"{amount:+,}",
        "sign": sign,
    }


SECTIONS: Final = (
    Section(key="balances", rank=10, template="loyalty/own_balances.html", read=read_balances),
    Section(key="tier", rank=20, template="loyalty/own_tier.html", read=read_tier),
    Section(key="history", rank=40, template="loyalty/own_history.html", read=read_history),
)
