"""`/deals`: what is sold to groups, a deal, a group somebody shared, the way to buy, and her own part of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import QueryDict
from django.urls import path

from huike.customers import wordings
from huike.customers.wordings import Words
from huike.groupbuy.buyers import browser
from huike.groupbuy.buyers.browser import Who
from huike.groupbuy.buyers.errors import NotHers
from huike.groupbuy.deals import selectors as deals
from huike.groupbuy.deals.terms import DealDocument
from huike.groupbuy.errors import (
    GroupNotFound,
    NoSuchStep,
    VoucherNotFound,
)
from huike.groupbuy.groups import joining, seats
from huike.groupbuy.groups import selectors as groups
from huike.groupbuy.models import Deal, Group, Participation
from huike.groupbuy.public import complaining, reading, telling
from huike.groupbuy.public.confirming import address_view, code_view, confirm_address, confirm_first, forget_view
from huike.groupbuy.public.showing import plain, see_other, show, worded
from huike.groupbuy.public.words import WORDS
from huike.groupbuy.vouchers import selectors as vouchers
from huike.groupbuy.vouchers import services as voucher_services
from huike.kernel.errors import HuikeError
from huike.kernel.money import Money, currency_sign, minor_exponent
from huike.kernel.text import clean_line
from huike.payments import services as payments
from huike.payments.errors import PaymentOver, PaymentRefused, ProviderSilent
from huike.payments.providers.base import Instruction
from huike.platform import clock, limits
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.limits import Limit, network_of
from huike.platform.public_pages import FormRefused, form_age, language_of, posted, public_page, refusal
from huike.platform.public_pages.drawing import qr_svg
from huike.platform.public_pages.languages import Language

# Whole offices and campuses share an address; a machine that reserves stock for nothing is stopped all the same.
_JOINS: Final = Limit("group-buy joins, network", 60, timedelta(minutes=10))
_NONCE_BYTES: Final = 18
_YEAR_SECONDS: Final = 365 * 24 * 3600


@public_page("GET")
def shop(request: HttpRequest) -> HttpResponse:
    """All deals that sell now."""
    language = language_of(request)
    words = WORDS[language]
    context = {
        "title": words["deals"],
        "words": words,
        "deals": reading.on_sale(language=language, words=words, now=clock.now()),
    }
    return show(request, "shop", context, language)


@public_page("GET")
def deal_view(request: HttpRequest, slug: str) -> HttpResponse:
    """A deal: what it is, what it costs in which group, and groups one may join right away."""
    language = language_of(request)
    words = WORDS[language]
    deal = _deal(slug)
    page = reading.deal_page(deal, language=language, words=words, now=clock.now())
    notice = {"kind": "plain", "text": words["choose_size"] if "choose" in request.GET and not page["closed"] else ""}
    context = {"words": words, "deal": page, "title": page["title"], "notice": notice}
    return show(request, "deal", context, language)


@public_page("GET")
def group_view(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """A group as its link shows it."""
    language = language_of(request)
    words = WORDS[language]
    group = _group(slug, token)
    page = reading.group_page(group, language=language, words=words, now=clock.now())
    return show(request, "group", {"words": words, "group": page, "title": page["title"]}, language)


def _deal(slug: str) -> Deal:
    return deals.find_by_slug(plain(slug))


def _group(slug: str, token: str) -> Group:
    """Raises GroupNotFound, also where the group is of another deal."""
    group = groups.find_by_token(plain(token))
    if group.deal.slug != slug:
        raise GroupNotFound
    return group


# Buying


class _Bought:
    """What somebody is about to buy: pieces in a group that is there, or in one she opens."""

    def __init__(self, deal: Deal, group: Group | None, terms: DealDocument, *, size: int, price_minor: int) -> None:
        self.deal, self.group, self.terms, self.size = deal, group, terms, size
        self.price = Money(price_minor, deal.currency)

    @property
    def back(self) -> str:
        return f"/deals/{self.deal.slug}" + (f"/g/{self.group.token}" if self.group else "")


def _bought(slug: str, told: QueryDict) -> _Bought:
    """Raises DealNotFound, GroupNotFound, NoSuchStep."""
    deal = _deal(slug)
    if token := told.get("group", ""):
        group = _group(slug, token)
        terms = DealDocument.model_validate(group.terms.document)
        return _Bought(deal, group, terms, size=group.size, price_minor=group.price_minor)
    terms = deals.terms_of(deal)
    size = told.get("size", "")
    step = terms.step_of(int(size)) if size.isascii() and size.isdigit() and len(size) < 4 else None
    if step is None:
        raise NoSuchStep(size=size[:10])
    return _Bought(deal, None, terms, size=step.size, price_minor=step.price_minor)


@public_page("GET", "POST")
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a purchase, and the purchase."""
    try:
        bought, now = _bought(slug, request.GET), clock.now()
    except NoSuchStep:
        # Typed by hand, or an old link to a deal whose groups have other sizes now: there she may choose.
        return see_other(f"/deals/{slug}?choose=1")
    buyer = browser.who(request, now=now)
    if buyer is None:
        return confirm_first(request)
    language = language_of(request)
    if request.method != "POST":
        return _form(request, bought, buyer, language)
    words, form = WORDS[language], posted(request)
    try:
        form_age(request, form, _purpose(bought, buyer), now=now)
    except FormRefused as error:
        return refusal(request, error, language=language)
    faults = _faults(form, bought, words)
    if faults:
        return _form(request, bought, buyer, language, form=form, faults=faults, status=422)
    limits.take(_JOINS, network_of(request), now=now)
    try:
        joined = _join(form, bought, buyer, words, language)
    except HuikeError as error:
        if error.code not in words:
            raise
        return _form(request, bought, buyer, language, form=form, bad=worded(error, words), status=error.status)
    return see_other(f"/deals/p/{joined.token}?go=1")


def _purpose(bought: _Bought, buyer: Who) -> str:
    """A form that was given to somebody else before this browser buys nothing for her."""
    return f"buy:{bought.deal.pk}:{bought.group.pk if bought.group else bought.size}:{buyer.known_by}"


def _join(form: QueryDict, bought: _Bought, buyer: Who, words: Mapping[str, str], language: Language) -> joining.Joined:
    now = clock.now()
    consents = []
    if form.get("consent") == "yes":
        said = Words(
            language=language,
            channel="email" if buyer.known_by[0] == "email" else "sms",
            purpose="marketing",
            text=words["consent"],
        )
        wordings.keep([said], now=now)
        consents = [joining.Consent(channel=said.channel, purpose=said.purpose, wording_version=said.version)]
    joined = joining.join(
        bought.deal.pk,
        group_id=bought.group.pk if bought.group else None,
        size=None if bought.group else bought.size,
        buyer=joining.Buyer(known_by=[buyer.known_by], name=clean_line(form.get("name", ""))[:60], consents=consents),
        quantity=int(form.get("quantity", "1")),
        return_url=_page_of,
        key=f"page:{form.get('nonce', '')[:40]}",
        actor=_ACTOR,
        now=now,
    )
    if (begun := joined.begun) is not None:
        _unless_refused(lambda: payments.tell(begun, now=now))
    return joined


_ACTOR: Final = Actor("customer", None, "group-buy page")


def _faults(form: QueryDict, bought: _Bought, words: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    quantity, most = form.get("quantity", "1"), bought.terms.most_per_order
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) < 5 and 1 <= int(quantity) <= most):
        faults["quantity"] = words["quantity_wrong"].format(most=most)
    return faults


def _form(
    request: HttpRequest,
    bought: _Bought,
    buyer: Who,
    language: Language,
    *,
    form: QueryDict | None = None,
    faults: Mapping[str, str] | None = None,
    bad: str = "",
    status: int = 200,
) -> HttpResponse:
    words, typed, wrong = WORDS[language], form or QueryDict(), faults or {}
    price, most = telling.price(bought.price), bought.terms.most_per_order
    context: dict[str, Any] = {
        "title": words["buy"] if bought.group else words["buy_open" if bought.size > 1 else "buy_alone"],
        "words": words,
        "notice": {"kind": "bad", "text": bad},
        "deal": reading.title_of(bought.terms, language),
        "size": telling.size_of(bought.size, words),
        "promise": words["promise" if bought.size > 1 else "promise_alone"],
        "price": words["each"].format(price=price),
        "price_minor": bought.price.amount_minor,
        "units": 10 ** minor_exponent(bought.price.currency),
        "sign": currency_sign(bought.price.currency),
        "back": bought.back,
        # One form is one purchase, however often it is sent.
        "nonce": typed.get("nonce") or secrets.token_urlsafe(_NONCE_BYTES),
        "as": words["as_address"].format(address=buyer.shown) if buyer.shown else words["as_member"],
        "as_other": confirm_address(request),
        "name": {
            "name": "name",
            "label": words["name"],
            "value": typed.get("name", ""),
            "autocomplete": "name",
            "maxlength": 60,
        },
        "quantity": {
            "name": "quantity",
            "label": words["quantity"],
            "kind": "number",
            "inputmode": "numeric",
            "value": typed.get("quantity", "1"),
            "min": 1,
            "max": most,
            "required": True,
            "error": wrong.get("quantity", ""),
        }
        if most > 1
        else None,
        "consent": {"name": "consent", "label": words["consent"], "checked": typed.get("consent") == "yes"},
        "total": price,
    }
    return show(request, "buy", context, language, status=status, form_purpose=_purpose(bought, buyer))


# Her own part


def _page_of(token: str) -> str:
    """The page of the part with this token."""
    return f"{get_config().base_url}/deals/p/{token}"


def _start(payment_id: int, token: str) -> Instruction | None:
    return _unless_refused(lambda: payments.start(payment_id, return_url=_page_of(token), now=clock.now()))


def _unless_refused(ask: Callable[[], Instruction]) -> Instruction | None:
    """What to do now to pay; None while the payment side does not answer, or refuses. Asked again it is the same."""
    try:
        return ask()
    except (ProviderSilent, PaymentRefused, PaymentOver):
        return None


@public_page("GET", "POST")
def own(request: HttpRequest, token: str) -> HttpResponse:
    """Her part: pay, share, leave, show vouchers, give back what is unused. It opens to nobody but her."""
    one = groups.find_own(plain(token) or "-")
    if not browser.is_hers(request, one, now=clock.now()):
        return _not_hers(request)
    language = language_of(request)
    words = WORDS[language]
    if request.method != "POST":
        return _own(request, one, language)
    form = posted(request)
    form_age(request, form, f"own:{one.pk}", now=clock.now())
    deed = form.get("do", "")
    if deed in {"leave", "give_back"} and form.get("sure") != "yes":
        return _own(request, one, language, bad=words["sure_missing"], status=422)
    try:
        done = _do(deed, form, one)
    except HuikeError as error:
        if error.code not in words:
            raise
        complains = form if deed == "complain" else None
        again = groups.find_own(one.token)
        return _own(request, again, language, bad=worded(error, words), status=error.status, complains=complains)
    return see_other(f"/deals/p/{one.token}{done}")


def _not_hers(request: HttpRequest) -> HttpResponse:
    """Asks who this is where nobody has said so yet, and says no to whoever it is not."""
    if browser.who(request, now=clock.now()) is None:
        return confirm_first(request)
    language = language_of(request)
    words = WORDS[language]
    context = {
        "title": words["not_hers_title"],
        "text": words["not_hers"],
        "words": words,
        "confirm": confirm_address(request),
    }
    return show(request, "not_hers", context, language, status=403)


def _do(deed: str, form: QueryDict, one: Participation) -> str:
    now = clock.now()
    if deed == "leave":
        seats.leave(one.pk, actor=_ACTOR, now=now)
        return "?done=leave"
    if deed == "give_back":
        voucher = _her_voucher(one, form.get("voucher", ""))
        voucher_services.refund_unused(voucher, actor=_ACTOR, now=now)
        return "?done=give_back"
    if deed == "complain":
        complaining.take(_her_voucher(one, form.get("voucher", "")), form, one, now=now)
        return "?done=complain"
    if deed == "pay":
        payment = joining.pay_again(one.pk, key=secrets.token_urlsafe(8), actor=_ACTOR, now=now)
        _start(payment.id, one.token)
        return "?go=1"
    return ""


def _her_voucher(one: Participation, told: str) -> int:
    """Raises VoucherNotFound for one that is not of this part."""
    if told.isascii() and told.isdigit() and len(told) < 19:
        found = vouchers.list_vouchers(participation_id=one.pk).filter(pk=int(told)).first()
        if found is not None:
            return found.pk
    raise VoucherNotFound


def _own(
    request: HttpRequest,
    one: Participation,
    language: Language,
    *,
    bad: str = "",
    status: int = 200,
    complains: QueryDict | None = None,
) -> HttpResponse:
    words, now = WORDS[language], clock.now()
    page = reading.own_page(one, language=language, words=words, now=now, complains=complains)
    done = request.GET.get("done", "")
    notice = {"kind": "bad", "text": bad} if bad else {"kind": "good", "text": words.get(f"done_{done}", "")}
    context: dict[str, Any] = {
        "title": page["title"],
        "words": words,
        "own": page,
        "notice": notice,
        "token": one.token,
        "state_address": f"/deals/p/{one.token}/state",
        "known_state": _state_of(one),
        "share_address": f"{get_config().base_url}{page['share']}",
    }
    if page["is_reserved"] and one.payment_id is not None:
        context["pay"] = _how_to_pay(one, page["amount"], words, goes=request.GET.get("go") == "1" and not bad)
        context["pay_left"] = reading.pay_left(one, words, now=now)
    return show(request, "own", context, language, status=status, form_purpose=f"own:{one.pk}")


def _how_to_pay(one: Participation, amount: str, words: Mapping[str, str], *, goes: bool) -> dict[str, Any]:
    """A button to the payment side's page, a code to scan, or the way to try once more."""
    assert one.payment_id is not None  # noqa: S101 - asked by the caller
    instruction = _start(one.payment_id, one.token) if one.is_paying else None
    if instruction is None:
        return {"text": words["pay_silent"] if one.is_paying else words["pay_failed"], "again": words["pay_again"]}
    if instruction.kind == "redirect":
        return {"url": instruction.url, "button": words["pay"].format(amount=amount), "goes": goes}
    if instruction.kind == "qr":
        return {"drawing": qr_svg(instruction.text), "text": words["pay_scan"]}
    return {"text": words["pay_done"]}


def _state_of(one: Participation) -> str:
    """What the page looks at to see whether anything changed."""
    return f"{one.state}.{one.group.state}.{one.group.seats}.{int(one.is_paying)}"


@public_page("GET")
def own_state(request: HttpRequest, token: str) -> HttpResponse:
    """A word the script compares, so that the page is loaded again when something happened."""
    one = groups.find_own(plain(token) or "-")
    if not browser.is_hers(request, one, now=clock.now()):
        raise NotHers
    return JsonResponse(
        {"state": _state_of(one)}, headers={"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer"}
    )


@public_page("GET")
def mine(request: HttpRequest) -> HttpResponse:
    """What she bought, on whichever phone."""
    now = clock.now()
    buyer = browser.who(request, now=now)
    if buyer is None:
        return confirm_first(request)
    language = language_of(request)
    words = WORDS[language]
    context = {
        "title": words["mine"],
        "words": words,
        "parts": reading.of_customer(buyer.customer_id, language=language, words=words, now=now),
        "as": words["mine_of"].format(address=buyer.shown) if buyer.shown else "",
    }
    return show(request, "mine", context, language, form_purpose="forget")


urlpatterns = [
    path("deals", shop),
    path("deals/mine", mine),
    path("deals/confirm", address_view),
    path("deals/confirm/<str:token>", code_view),
    path("deals/forget", forget_view),
    path("deals/p/<str:token>", own),
    path("deals/p/<str:token>/state", own_state),
    path("deals/<str:slug>", deal_view),
    path("deals/<str:slug>/buy", buy),
    path("deals/<str:slug>/g/<str:token>", group_view),
]
