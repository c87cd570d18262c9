"""Reads: campaigns, forecasts, previews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pyroaring import BitMap64

from huike.campaigns import rules
from huike.campaigns.errors import CampaignIncomplete, CampaignNotFound, NobodyToPreview
from huike.campaigns.models import Campaign
from huike.campaigns.preparation import audience_of, message_variables
from huike.customers.models import Customer
from huike.customers.selectors import customers_by_id, reach_of
from huike.kernel.errors import FieldError
from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.messaging.gate import count_by_refusal
from huike.messaging.mails import example_unsubscribe_url, person_variables, variables_of
from huike.messaging.rendering import Rendered, compile_content, fill_leniently
from huike.messaging.rules import pick_language
from huike.messaging.selectors import template
from huike.platform import clock
from huike.platform.api import keyset_page
from huike.platform.config import get_config
from huike.promotions import selectors as promotions
from huike.promotions.offers.selectors import find_offer
from huike.segments.services import freeze_audience

EXAMPLE_CODE = "7K3M9QX2VD4T"
_ASKED_AT_ONCE = 100_000
_LOOKED_AT = 300


def campaign_names(campaign_ids: Iterable[int] | None) -> dict[int, str]:
    """By id, of the campaigns that are there; of all of them for None."""
    among = {} if campaign_ids is None else {"pk__in": set(campaign_ids)}
    return dict(Campaign.objects.filter(**among).values_list("pk", "name"))


def campaigns(*, q: str, state: str | None, cursor: str | None, limit: int) -> Page[Campaign]:
    """Newest first."""
    found = Campaign.objects.defer("audience")
    if q:
        found = found.filter(name__icontains=q)
    if state is not None:
        found = found.filter(state=state)
    return keyset_page(found.prefetch_related("arms"), order="-created_at", cursor=cursor, limit=limit, with_total=True)


def campaign(campaign_id: int) -> Campaign:
    """Raises CampaignNotFound."""
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None:
        raise CampaignNotFound
    return found


def people_of(found: Campaign, *, scope: Scope) -> BitMap64:
    """Who is, or would now be, in the audience. Raises CampaignIncomplete without one, and the engine's errors."""
    if found.audience is not None:
        return audience_of(found)
    return _ask(found, found.exclude_segment_ids, scope)


def _ask(found: Campaign, exclude_segment_ids: list[int], scope: Scope) -> BitMap64:
    if found.segment_id is None and found.rule is None:
        raise CampaignIncomplete(errors=[FieldError("segment_id", "campaign.audience_missing")])
    return freeze_audience(
        rule=found.rule if found.segment_id is None else None,
        segment_id=found.segment_id,
        exclude_segment_ids=exclude_segment_ids,
        scope=scope,
    ).ids


def forecast(found: Campaign, *, scope: Scope) -> rules.Forecast:
    """What sending now would do. Raises CampaignIncomplete and the engine's errors."""
    everybody = _ask(found, [], scope)
    people = _ask(found, found.exclude_segment_ids, scope) if found.exclude_segment_ids else everybody
    return rules.forecast(
        audience_count=len(people),
        excluded_count=len(everybody) - len(people),
        control_bp=found.control_bp,
        by_refusal=_by_refusal(people, purpose=_purpose(found)),
    )


def _purpose(found: Campaign) -> str:
    arm = found.arms.order_by("number").first()
    return template(arm.template_id).template.purpose if arm else "marketing"


def _by_refusal(people: BitMap64, *, purpose: str) -> dict[str | None, int]:
    counts: dict[str | None, int] = {}
    ids = iter(people)
    now = clock.now()
    while chunk := list(islice(ids, _ASKED_AT_ONCE)):
        for reason, count in count_by_refusal(chunk, channel="email", purpose=purpose, now=now).items():
            counts[reason] = counts.get(reason, 0) + count
    return counts


def preview_people(found: Campaign, *, scope: Scope, count: int = 3) -> list[Customer]:
    """Real people of the audience to preview with: those who can be reached first, of different languages if there are,
    and spread over the audience. Raises CampaignIncomplete, NobodyToPreview."""
    people = people_of(found, scope=scope)
    step = max(1, len(people) // _LOOKED_AT)
    ids = [people[place] for place in range(0, len(people), step)][:_LOOKED_AT]
    customers = customers_by_id(ids, scope=scope)
    reach = reach_of(ids, channel="email", purpose=_purpose(found))
    fallback = get_config().language

    def reachable(customer: Customer) -> bool:
        one = reach.get(customer.pk)
        return bool(one and one.address and one.consent_state == "granted" and one.suppression_reason is None)

    ranked = sorted(customers.values(), key=lambda one: (not reachable(one), not one.name, one.pk))
    by_language: dict[str, list[Customer]] = {}
    for one in ranked:
        by_language.setdefault((one.language or fallback).split("-")[0], []).append(one)
    chosen: list[Customer] = []
    rows = list(by_language.values())
    while len(chosen) < count and any(rows):
        chosen += [row.pop(0) for row in rows if row]
    if not chosen:
        raise NobodyToPreview
    return chosen[:count]


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as one person would get it. `missing` would keep it from being sent."""

    language: str
    rendered: Rendered
    missing: list[str]
    warnings: list[str]


def preview(
    *,
    contents: Mapping[str, Mapping[str, str]],
    layout: str,
    customer: Customer | None,
    offer_id: int | None,
    language: str | None,
    scope: Scope,
) -> Preview:
    """Fill a template in for a person (or for nobody: then everything about the person is missing), as whoever has this
    scope may read it. Offer and coupon are shown with an example code. Raises TemplateInvalid, OfferNotFound."""
    chosen = language if language in contents else None
    if chosen is None:
        wanted = customer.language if customer else language
        chosen = pick_language(wanted=wanted, available=list(contents), fallback=get_config().language)
    compiled = compile_content(contents[chosen], layout=layout, language=chosen)
    own = _example_variables(offer_id, now=clock.now())
    rendered, missing = fill_leniently(
        compiled,
        variables_of(
            person_variables(customer, language=chosen, scope=scope) if customer else {},
            own,
            unsubscribe_url=example_unsubscribe_url(),
        ),
    )
    warnings = ["preview.example_coupon"] if own.get("coupon") and EXAMPLE_CODE in rendered.text else []
    if language is not None and chosen != language:
        warnings.append("preview.other_language")
    return Preview(chosen, rendered, missing, warnings)


def _example_variables(offer_id: int | None, *, now: datetime) -> dict[str, Any]:
    if offer_id is None:
        return {}
    view = find_offer(offer_id)
    expires_at, valid_days = view.document.when.ends_at, view.document.coupon.valid_days
    if valid_days is not None:
        by_days = now + timedelta(days=valid_days)
        expires_at = by_days if expires_at is None else min(by_days, expires_at)
    return message_variables({"name": view.offer.name}, promotions.CouponView(EXAMPLE_CODE, expires_at))


def arm_preview(
    found: Campaign, *, arm_number: int, customer: Customer, scope: Scope, language: str | None = None
) -> Preview:
    """An arm's mail as a person would get it, as whoever has this scope may read it. Raises CampaignIncomplete,
    TemplateNotFound, OfferNotFound."""
    arm = found.arms.filter(number=arm_number).first()
    if arm is None:
        raise CampaignIncomplete(errors=[FieldError("arms", "campaign.arms_missing")])
    words = template(arm.template_id).version
    return preview(
        contents=words.contents,
        layout=words.layout,
        customer=customer,
        offer_id=arm.offer_id,
        language=language,
        scope=scope,
    )
