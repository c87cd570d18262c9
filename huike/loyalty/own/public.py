"""A member's own page, `/me/card`: the code she shows at the till, her card, and what others show her there.

She comes with the session of a one-time link (`/me`), or on a phone she asked to keep her card.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import QueryDict
from django.urls import path

from huike.customers.errors import CardInvalid, IdentityShared, IdentityTaken, IdentityTooMany
from huike.customers.models import Customer
from huike.customers.privacy import links
from huike.customers.privacy.places import Place
from huike.customers.privacy.public import own_session
from huike.kernel.errors import Forbidden, HuikeError
from huike.kernel.scope import EVERYTHING
from huike.loyalty.cards import codes, selectors, services
from huike.loyalty.cards.errors import CardHeld, CardNotFound, CardStateRefused
from huike.loyalty.cards.rules import grouped
from huike.loyalty.models import Card
from huike.loyalty.own import keeping, sections
from huike.loyalty.own.coupons import gift_in_words
from huike.loyalty.own.page_words import WORDS
from huike.platform import clock, limits
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.limits import Limit
from huike.platform.public_pages import form_age, language_of, posted, public_page, render, render_text
from huike.platform.public_pages.drawing import qr_svg
from huike.platform.public_pages.forms import FormRefused
from huike.platform.public_pages.languages import Language
from huike.promotions.coupons import gifts
from huike.promotions.coupons import services as coupons
from huike.promotions.errors import CouponNotFound, CouponNotYours

COOKIE: Final = "huike_card"
PLACE: Final = Place("/me/card", ("我的会员卡", "My member card"))
SCRIPT: Final = Path(__file__).with_name("code.js").read_text(encoding="utf-8")
_PURPOSE: Final = "own card"
# Somebody who tries numbers of others' plastic cards is stopped here.
_BINDINGS: Final = Limit("own card binding, customer", 10, timedelta(days=1))
_CLAIMS: Final = Limit("own card coupon, customer", 10, timedelta(days=1))
_CLAIMS_OF_NETWORK: Final = Limit("own card coupon, network", 100, timedelta(days=1))
_CODES: Final = Limit("own card codes, customer", 1_000, timedelta(hours=1))


class NobodyHere(Forbidden):
    code = "own_card.nobody"
    title = "This phone does not say whose card to show"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks; `by_link` while the session of a one-time link lasts, else by the phone that keeps the card."""

    customer: Customer
    by_link: bool

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.customer.pk, "customer")


def _visitor(request: HttpRequest) -> Visitor | None:
    session = own_session(request)
    if session is not None:
        return Visitor(session.customer, by_link=True)
    kept = keeping.whose(request.COOKIES.get(COOKIE, "")[:200], now=clock.now())
    return Visitor(kept, by_link=False) if kept is not None else None


@public_page("GET", "POST")
def card(request: HttpRequest) -> HttpResponse:
    """Her code, her card and what belongs to it."""
    visitor = _visitor(request)
    if visitor is None:
        return _see_other("/me")
    language = _language(request, visitor)
    words = WORDS[language]
    if request.method != "POST":
        return _page(request, visitor, language)
    now = clock.now()
    form = posted(request)
    form_age(request, form, _PURPOSE, now=now)
    deed = form.get("do", "")
    if deed == "keep" and visitor.by_link:
        response = _see_other("/me/card?done=keep")
        _remember(response, keeping.keep(visitor.customer.pk, now=now))
        return response
    if deed == "leave":
        return _leave(request, visitor, language)
    if deed == "gift":
        return _make_link(request, visitor, form.get("code", "")[:40], language)
    if deed == "claim":
        limits.take(_CLAIMS_OF_NETWORK, limits.network_of(request), now=now)
    refused = _do(deed, form, visitor)
    if refused:
        return _page(request, visitor, language, bad=words[refused], status=422)
    return _see_other(f"/me/card?done={deed}" if f"done_{deed}" in words else "/me/card")


def _do(deed: str, form: QueryDict, visitor: Visitor) -> str:
    """Do what a form asks; the words of why not, if it cannot be."""
    her, now = visitor.customer.pk, clock.now()
    if deed == "take":
        try:
            services.give_digital(her, actor=visitor.actor, scope=EVERYTHING, now=now)
        except (CardHeld, IdentityTooMany):
            return ""  # the page shows what she has
    if deed == "bind":
        limits.take(_BINDINGS, her, now=now)
        try:
            services.bind_card(form.get("number", "")[:40], her, actor=visitor.actor, scope=EVERYTHING, now=now)
        except (CardNotFound, CardStateRefused, CardInvalid, IdentityTaken, IdentityShared, IdentityTooMany):
            return "bind_refused"
    if deed == "claim":
        limits.take(_CLAIMS, her, now=now)
        try:
            coupons.claim_coupon(form.get("claimed_code", "")[:40], customer_id=her, now=now, actor=visitor.actor)
        except HuikeError:
            return "coupon_claim_refused"  # not why: it must not tell a guess that is near from one that is far
    if deed == "gift_back":
        with suppress(CouponNotFound, CouponNotYours):
            gifts.take_back(form.get("code", "")[:40], giver_id=her)
    if deed == "lost":
        if form.get("sure") != "yes":
            return "sure_missing"
        shown = selectors.card_to_show(her)
        if shown is not None and shown.number[-4:] == form.get("end", ""):
            services.report_lost(shown.number, note="", actor=visitor.actor, scope=EVERYTHING, now=now)
            keeping.let_go_everywhere(her)
    return ""


def _make_link(request: HttpRequest, visitor: Visitor, code: str, language: Language) -> HttpResponse:
    """A link for a friend, shown this once: the house keeps only its hash."""
    words, now = WORDS[language], clock.now()
    try:
        token = gifts.make_link(code, giver_id=visitor.customer.pk, now=now)
    except HuikeError:
        return _page(request, visitor, language, bad=words["coupon_give_refused"], status=422)
    gift = gifts.find_open(token, now=now)
    context = {
        "title": words["gift_title"],
        "words": words,
        "gift": gift_in_words(gift.coupon, language),
        "link": f"{get_config().base_url}/me/card/gift/{token}",
        "until": words["gift_until"].format(day=gift.ends_at.astimezone(get_config().zone).date().isoformat()),
    }
    return render(request, "loyalty/own_gift.html", context, language=language)


@public_page("GET", "POST")
def gift(request: HttpRequest, token: str) -> HttpResponse:
    """What a friend gives; whoever takes it has said who she is."""
    now, visitor = clock.now(), _visitor(request)
    language = _language(request, visitor) if visitor else language_of(request)
    words = WORDS[language]
    try:
        open_gift = gifts.find_open(token[:200], now=now)
        if request.method == "POST" and visitor is not None:
            form_age(request, posted(request), _PURPOSE, now=now)
            gifts.take(token[:200], by_id=visitor.customer.pk, now=now, actor=visitor.actor)
            return _see_other("/me/card?done=gift_taken")
    except FormRefused:
        raise
    except HuikeError:
        gone = {
            "title": words["gift_for_you"],
            "words": words,
            "notice": {"kind": "bad", "text": words["gift_gone"]},
        }
        return render(request, "loyalty/own_gift.html", gone, language=language, status=410, offers_languages=True)
    is_hers = visitor is not None and open_gift.coupon.customer_id == visitor.customer.pk
    context: dict[str, Any] = {
        "title": words["gift_for_you"],
        "words": words,
        "gift": gift_in_words(open_gift.coupon, language),
        "notice": {"kind": "plain", "text": words["gift_yours"] if is_hers else ""},
        "may_take": visitor is not None and not is_hers,
        "must_sign_in": visitor is None,
    }
    return render(
        request,
        "loyalty/own_gift.html",
        context,
        language=language,
        form_purpose=_PURPOSE,
        offers_languages=True,
    )


def _leave(request: HttpRequest, visitor: Visitor, language: Language) -> HttpResponse:
    words = WORDS[language]
    keeping.let_go(request.COOKIES.get(COOKIE, "")[:200])
    session = own_session(request)
    if session is not None:
        links.end_session(session, now=clock.now())
    response = render_text(request, title=words["left_title"], text=words["left"], language=language)
    response.delete_cookie(COOKIE, path="/me/card")
    return response


@public_page("GET")
def next_codes(request: HttpRequest) -> HttpResponse:
    """The codes of the coming half-minutes, drawn, and what time it is here."""
    visitor = _visitor(request)
    if visitor is None:
        raise NobodyHere
    now = clock.now()
    limits.take(_CODES, visitor.customer.pk, now=now)
    shown = selectors.card_to_show(visitor.customer.pk)
    if shown is None:
        return HttpResponse(status=409, headers={"Cache-Control": "no-store, private"})
    told = {
        "now_ms": int(now.timestamp() * 1000),
        "codes": [
            {
                "starts_ms": int(one.starts_at.timestamp() * 1000),
                "ends_ms": int(one.ends_at.timestamp() * 1000),
                "code": one.code,
                "svg": qr_svg(one.code),
            }
            for one in codes.codes_from(shown.number, now)
        ],
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"})


def _page(
    request: HttpRequest, visitor: Visitor, language: Language, *, bad: str = "", status: int = 200
) -> HttpResponse:
    words = WORDS[language]
    now = clock.now()
    her = visitor.customer.pk
    shown = selectors.card_to_show(her)
    states = {one.state for one in selectors.cards_of(her)}
    done = request.GET.get("done", "")
    current = codes.codes_from(shown.number, now, count=1)[0] if shown else None
    context: dict[str, Any] = {
        "title": words["title"],
        "words": words,
        "notice": {"kind": "bad", "text": bad} if bad else {"kind": "good", "text": words.get(f"done_{done}", "")},
        "name": visitor.customer.name,
        "number": grouped(shown.number) if shown else "",
        "code": current.code if current else "",
        "drawing": qr_svg(current.code) if current else "",
        "blocked": shown is None and Card.State.BLOCKED in states,
        "none": words["none_lost"] if Card.State.LOST in states else words["none"],
        "by_link": visitor.by_link,
        "offers_keeping": visitor.by_link and not keeping.whose(request.COOKIES.get(COOKIE, "")[:200], now=now),
        "sections": sections.shown(sections.Visit(customer_id=her, language=language, now=now)),
        "bind_field": {
            "name": "number",
            "label": words["bind_number"],
            "required": True,
            "inputmode": "numeric",
            "maxlength": 40,
            "autocomplete": "off",
        },
        "end": shown.number[-4:] if shown else "",
        "sure": {
            "name": "sure",
            "label": words["lost_sure"].format(end=shown.number[-4:]) if shown else "",
            "required": True,
        },
    }
    return render(
        request,
        "loyalty/own_card.html",
        context,
        language=language,
        form_purpose=_PURPOSE,
        offers_languages=True,
        status=status,
        script=SCRIPT if shown else "",
    )


def _language(request: HttpRequest, visitor: Visitor) -> Language:
    return language_of(request, told=visitor.customer.language or "")


def _remember(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(keeping.KEPT_FOR.total_seconds()),
        path="/me/card",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [
    path("me/card", card),
    path("me/card/codes", next_codes),
    path("me/card/gift/<str:token>", gift),
]
