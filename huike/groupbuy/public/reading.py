"""What the pages show of a deal, a group, and somebody's part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Prefetch
from django.http.request import QueryDict

from huike.catalog import selectors as catalog
from huike.groupbuy.deals import selectors as deals
from huike.groupbuy.deals.rules import why_not_sold
from huike.groupbuy.deals.terms import DealDocument, OnExpiry, Step
from huike.groupbuy.groups import selectors as groups
from huike.groupbuy.models import Deal, DealTerms, Group, Merchant, Participation, Redemption, Voucher
from huike.groupbuy.public import complaining, telling
from huike.groupbuy.vouchers import selectors as vouchers
from huike.kernel.money import Money
from huike.platform import pictures
from huike.platform.config import get_config
from huike.platform.public_pages.drawing import qr_svg
from huike.platform.public_pages.languages import Language

MOST_GROUPS: Final = 10
MOST_PARTS: Final = 50
_FEW_LEFT: Final = 50

Words = Mapping[str, str]


def title_of(terms: DealDocument, language: Language) -> str:
    return terms.title_en or terms.title_zh if language == "en" else terms.title_zh


def about_of(terms: DealDocument, language: Language) -> list[str]:
    text = terms.about_en or terms.about_zh if language == "en" else terms.about_zh
    return [line for line in text.splitlines() if line.strip()]


def on_sale(*, language: Language, words: Words, now: datetime) -> list[dict[str, Any]]:
    """The deals that sell now, those that end first on top."""
    listed = list(deals.list_deals(on_sale_at=now).order_by("ends_at", "pk")[:100])
    terms = deals.terms_of_all(listed)
    return [
        {
            "address": f"/deals/{deal.slug}",
            "title": title_of(terms[deal.pk], language),
            "merchant": deal.merchant.name,
            "letter": title_of(terms[deal.pk], language)[:1],
            **_pictures(terms[deal.pk]),
            "is_sold_out": deal.taken >= deal.stock,
            **_best_price(deal, terms[deal.pk], words),
            **countdown(deal.ends_at, words, now=now),
        }
        for deal in listed
    ]


def _pictures(terms: DealDocument) -> dict[str, Any]:
    """Where its pictures are; `cover` as others link to it, empty where it has none."""
    shown = [pictures.address_of(name) for name in terms.pictures]
    return {"pictures": shown, "cover": f"{get_config().base_url}{shown[0]}" if shown else ""}


def _best_price(deal: Deal, terms: DealDocument, words: Words) -> dict[str, str]:
    best = terms.ladder[-1]
    return {
        "price": telling.price(Money(best.price_minor, deal.currency)),
        "size": telling.size_of(best.size, words),
        "list_price": telling.price(Money(terms.list_price_minor, deal.currency)),
    }


def countdown(ends_at: datetime, words: Words, *, now: datetime) -> dict[str, Any]:
    """What the script counts down, and what stands there without it."""
    return {
        "ends_ms": int(ends_at.timestamp() * 1000),
        "left": words["left"].format(left=telling.duration(ends_at - now, words)) if ends_at > now else "",
    }


def deal_page(deal: Deal, *, language: Language, words: Words, now: datetime) -> dict[str, Any]:
    """A deal as it is offered now."""
    terms = deals.terms_of(deal)
    closed = _why_closed(deal, words, now=now)
    return {
        "title": title_of(terms, language),
        "about": about_of(terms, language),
        **_pictures(terms),
        "merchant": words["by"].format(merchant=deal.merchant.name),
        "closed": closed,
        "steps": [_step(deal, terms, step, words) for step in terms.ladder],
        "running": [] if closed else _running(deal, words, now=now),
        **describe(terms, deal.currency, sizes={step.size for step in terms.ladder}, language=language, words=words),
        **countdown(deal.ends_at, words, now=now),
        "stock_left": _stock_left(deal, words),
    }


def _why_closed(deal: Deal, words: Words, *, now: datetime) -> str:
    refusal = why_not_sold(
        state=deal.state,
        merchant_sells=deal.merchant.state == Merchant.State.ADMITTED,
        starts_at=deal.starts_at,
        ends_at=deal.ends_at,
        now=now,
    )
    if refusal is None:
        return words["state_sold_out"] if deal.taken >= deal.stock else ""
    return {
        "deal.not_on_sale": words["state_paused"],
        "deal.over": words["state_over"],
        "deal.merchant_suspended": words["state_suspended"],
        "deal.not_started": words["state_early"].format(at=telling.moment(deal.starts_at)),
    }[refusal.code]


def _stock_left(deal: Deal, words: Words) -> str:
    left = deal.stock - deal.taken
    return words["stock_left"].format(left=left) if 0 < left <= _FEW_LEFT else ""


def _step(deal: Deal, terms: DealDocument, step: Step, words: Words) -> dict[str, Any]:
    saved_minor = terms.list_price_minor - step.price_minor
    return {
        "size": step.size,
        "name": telling.size_of(step.size, words),
        "price": telling.price(Money(step.price_minor, deal.currency)),
        "saves": words["saves"].format(amount=telling.price(Money(saved_minor, deal.currency))) if saved_minor else "",
        "least": words["forms_at"].format(least=step.least) if step.least < step.size else "",
        "button": words["open"].format(size=step.size) if step.size > 1 else words["open_alone"],
        "address": f"/deals/{deal.slug}/buy?size={step.size}",
    }


def _running(deal: Deal, words: Words, *, now: datetime) -> list[dict[str, Any]]:
    """Groups somebody may join, those that lack the fewest first."""
    forming = groups.list_groups(deal_id=deal.pk, state=Group.State.FORMING)
    open_now = forming.filter(deadline_at__gt=now, size__gt=1, seats__lt=F("size"))
    listed = list(open_now.order_by(F("size") - F("seats"), "deadline_at", "pk")[:MOST_GROUPS])
    names = _leaders(listed)
    return [
        {
            "name": names.get(group.leader_id or 0, "**"),
            "missing": words["missing"].format(missing=group.size - group.seats),
            "price": telling.price(Money(group.price_minor, group.currency)),
            "address": f"/deals/{deal.slug}/g/{group.token}",
            **countdown(group.deadline_at, words, now=now),
        }
        for group in listed
    ]


def _leaders(listed: Sequence[Group]) -> dict[int, str]:
    ids = [group.leader_id for group in listed if group.leader_id is not None]
    found = Participation.objects.filter(pk__in=ids).values_list("pk", "customer__name")
    return {id_: telling.shown_name(name) for id_, name in found}


def describe(
    terms: DealDocument, currency: str, *, sizes: AbstractSet[int], language: Language, words: Words
) -> dict[str, Any]:
    """What is in the package, and how vouchers are used, line by line; for groups of these sizes."""
    return {
        "list_price": words["alone"].format(price=telling.price(Money(terms.list_price_minor, currency))),
        "package": [
            {
                "name": item.name_en or item.name_zh if language == "en" else item.name_zh,
                "times": words["times"].format(quantity=item.quantity),
                "worth": words["worth"].format(price=telling.price(Money(item.value_minor, currency)))
                if item.value_minor is not None
                else "",
            }
            for item in terms.package
        ],
        "facts": _facts(terms, words, is_alone=sizes == {1}),
    }


def _facts(terms: DealDocument, words: Words, *, is_alone: bool) -> list[dict[str, str]]:
    """Nobody who buys alone waits for a group, so no word is said of one."""
    alone = "_alone" if is_alone else ""
    validity = terms.validity
    when = [
        words[f"valid_days{alone}"].format(days=validity.valid_days)
        if validity.valid_until is None
        else words["valid_until"].format(day=telling.day(validity.valid_until))
    ]
    if validity.valid_after_days:
        when.append(words[f"valid_after{alone}"].format(days=validity.valid_after_days))
    hours = [
        f"{telling.weekdays(one.weekdays, words)} {one.opens_at:%H:%M}–{one.closes_at:%H:%M}" for one in validity.hours
    ]
    stores = [name for _, name in sorted(catalog.store_names(validity.store_ids).items())]
    refunds = [words[f"refund_unused{alone}" if terms.refund_unused else f"refund_none{alone}"]]
    if not is_alone:
        refunds.insert(0, words["refund_before"])
    refunds.append(words["expiry_refund"] if terms.on_expiry == OnExpiry.REFUND else words["expiry_keep"])
    limits = [words["most_per_order"].format(most=terms.most_per_order)]
    if terms.most_per_person is not None:
        limits.append(words["most_per_person"].format(most=terms.most_per_person))
    told = [
        ("when", when),
        ("stores", stores or [words["stores_all"]]),
        ("hours", hours or [words["hours_always"]]),
        ("blackout", [", ".join(telling.day(on) for on in sorted(validity.blackout_days))]),
        ("limits", [*limits, *([words["uses"].format(uses=terms.uses)] if terms.uses > 1 else [])]),
        ("refund", refunds),
    ]
    # Sentences stand one after another; parts of one are told apart by a dot.
    between = {"refund": words["between_sentences"]}
    return [{"name": words[name], "text": between.get(name, " · ").join(lines)} for name, lines in told if any(lines)]


def group_page(group: Group, *, language: Language, words: Words, now: datetime) -> dict[str, Any]:
    """A group as whoever has its link sees it."""
    terms = DealDocument.model_validate(group.terms.document)
    is_open = group.state == Group.State.FORMING and now < group.deadline_at and group.seats < group.size
    state = ""
    if group.state == Group.State.FORMED:
        state = words["group_full"] if group.deal.state == Deal.State.ON_SALE else words["group_formed"]
    elif group.state == Group.State.FAILED or now >= group.deadline_at:
        state = words["group_over"]
    elif group.seats >= group.size:
        state = words["group_full"]
    return {
        "title": title_of(terms, language),
        "about": about_of(terms, language),
        **_pictures(terms),
        "merchant": words["by"].format(merchant=group.deal.merchant.name),
        "price": telling.price(Money(group.price_minor, group.currency)),
        "size": telling.size_of(group.size, words),
        "people": people_of(group),
        "empty_seats": range(max(0, group.size - group.seats) if is_open else 0),
        "missing": words["missing"].format(missing=group.size - group.seats),
        "least": words["forms_at"].format(least=group.forms_at) if group.forms_at < group.size else "",
        "is_open": is_open,
        "state": state,
        "buy": f"/deals/{group.deal.slug}/buy?group={group.token}",
        "deal": f"/deals/{group.deal.slug}",
        **describe(terms, group.currency, sizes={group.size}, language=language, words=words),
        **countdown(group.deadline_at, words, now=now),
    }


def people_of(group: Group) -> list[dict[str, Any]]:
    """Who has a seat, in the order they took them; nobody is invented, and nobody is named."""
    seated = Participation.objects.filter(group=group, state__in=["seated", "confirmed"]).order_by("seated_at", "pk")
    return [
        {"name": telling.shown_name(name), "leads": id_ == group.leader_id}
        for id_, name in seated.values_list("pk", "customer__name")
    ]


def own_page(
    one: Participation, *, language: Language, words: Words, now: datetime, complains: QueryDict | None = None
) -> dict[str, Any]:
    """Her own part: what to do now, and her vouchers. `complains` is a complaint that was not taken as it was typed."""
    group = one.group
    terms = DealDocument.model_validate(DealTerms.objects.get(pk=group.terms_id).document)
    amount = telling.price(Money(one.amount_minor, group.currency))
    is_forming = one.state == "seated" and group.state == Group.State.FORMING
    return {
        "title": title_of(terms, language),
        "state": _state_of(one, words),
        "kind": {"confirmed": "good", "lapsed": "bad"}.get(one.state, "plain"),
        "reason": words.get(f"reason_{one.reason}", ""),
        "amount": amount,
        "quantity": one.quantity,
        "is_reserved": one.state == "reserved" and now < one.pay_until,
        "is_forming": is_forming,
        "missing": words["seated_more"].format(missing=group.size - group.seats, amount=amount),
        "least": words["seated_least"].format(least=group.forms_at) if group.forms_at < group.size else "",
        "may_leave": is_forming and now < group.deadline_at,
        "leave_more": words["leave_more"].format(amount=amount),
        "money": words[f"{one.state}_more"].format(amount=amount) if one.state in {"refunding", "refunded"} else "",
        "people": people_of(group),
        "empty_seats": range(group.size - group.seats if is_forming else 0),
        "share": f"/deals/{one.deal.slug}/g/{group.token}",
        "deal": f"/deals/{one.deal.slug}",
        "vouchers": vouchers_of(one, terms, words, now=now, complains=complains),
        **describe(terms, group.currency, sizes={group.size}, language=language, words=words),
        **countdown(one.pay_until if one.state == "reserved" else group.deadline_at, words, now=now),
    }


def vouchers_of(
    one: Participation, terms: DealDocument, words: Words, *, now: datetime, complains: QueryDict | None = None
) -> list[dict[str, Any]]:
    uses = Redemption.objects.select_related("store").order_by("occurred_at", "pk")
    found = vouchers.list_vouchers(participation_id=one.pk).prefetch_related(Prefetch("redemptions", queryset=uses))
    listed = list(found.order_by("number"))
    said = complaining.of_vouchers(voucher.pk for voucher in listed)
    about = "" if complains is None else complains.get("voucher", "")
    return [
        {
            **_voucher(voucher, one.group.currency, terms, words, now=now),
            "complaint": complaining.shown(
                said.get(voucher.pk), words, typed=complains if about == str(voucher.pk) else None
            ),
        }
        for voucher in listed
    ]


def _voucher(voucher: Voucher, currency: str, terms: DealDocument, words: Words, *, now: datetime) -> dict[str, Any]:
    is_live = voucher.state in {"issued", "partly_used"} and now < voucher.valid_until
    ended = {"used": "voucher_used", "refunded": "voucher_refunded"}.get(voucher.state, "voucher_expired")
    facts = [words["voucher_until"].format(day=telling.last_day(voucher.valid_until))]
    if now < voucher.valid_from:
        facts.append(words["voucher_from"].format(day=telling.moment(voucher.valid_from)[:10]))
    if voucher.uses > 1:
        facts.append(words["voucher_uses"].format(left=voucher.uses - voucher.used, uses=voucher.uses))
    return {
        "id": voucher.pk,
        "name": words["voucher"].format(number=voucher.number),
        "code": grouped(voucher.code),
        "drawing": qr_svg(voucher.code) if is_live else "",
        "state": "" if is_live else words[ended],
        "facts": " · ".join(facts),
        "may_return": is_live and terms.refund_unused and voucher.left_minor > 0,
        "give_back_more": words["give_back_more"].format(amount=telling.price(Money(voucher.left_minor, currency))),
        "used": [
            words["used_at"].format(at=telling.moment(use.occurred_at), store=use.store.name, uses=use.uses)
            for use in voucher.redemptions.all()
            if use.undone_at is None
        ],
    }


def grouped(code: str) -> str:
    """A code in fours, as people read it out."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def of_customer(
    customer_id: int | None, *, language: Language, words: Words, now: datetime, most: int = MOST_PARTS
) -> list[dict[str, Any]]:
    """The newest parts somebody has in groups; none of somebody nobody is known to be."""
    if customer_id is None:
        return []
    hers = groups.list_participations(customer_id=customer_id).exclude(state="lapsed")
    newest = hers.order_by("-joined_at", "-pk")[:most]
    return [summary(one, language=language, words=words, now=now) for one in newest]


def summary(one: Participation, *, language: Language, words: Words, now: datetime) -> dict[str, Any]:
    """One line of what somebody bought."""
    group = one.group
    terms = DealDocument.model_validate(DealTerms.objects.get(pk=group.terms_id).document)
    is_forming = one.state == "seated" and group.state == Group.State.FORMING
    return {
        "address": f"/deals/p/{one.token}",
        "title": title_of(terms, language),
        "state": _state_of(one, words),
        "missing": words["missing"].format(missing=group.size - group.seats) if is_forming else "",
        **(countdown(group.deadline_at, words, now=now) if is_forming else {"ends_ms": 0, "left": ""}),
    }


def _state_of(one: Participation, words: Words) -> str:
    is_alone = one.state == "confirmed" and one.group.size == 1
    return words["state_confirmed_alone" if is_alone else f"state_{one.state}"]


def pay_left(one: Participation, words: Words, *, now: datetime) -> str:
    return words["pay_left"].format(left=telling.duration(max(one.pay_until - now, timedelta()), words))
