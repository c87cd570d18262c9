"""`/deals/confirm`: whose phone this is. An address, the code that was sent there, and back to where she came from."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils.http import urlencode

from huike.channels import codes
from huike.channels.errors import CodeNotSent, CodeSpent, CodeWrong, SendsSpent, TooSoon
from huike.customers.rules import mask_email, mask_phone
from huike.customers.services import normalise_buyer
from huike.groupbuy import sources
from huike.groupbuy.buyers import browser, confirming
from huike.groupbuy.buyers.errors import ConfirmationNotFound
from huike.groupbuy.models import Confirmation
from huike.groupbuy.public.showing import see_other, show, worded
from huike.groupbuy.public.words import WORDS
from huike.kernel.errors import HuikeError
from huike.kernel.text import clean_line
from huike.platform import clock
from huike.platform.limits import RateLimited, network_of
from huike.platform.public_pages import form_age, language_of, posted, public_page
from huike.platform.public_pages.languages import Language

_PURPOSE: Final = "confirm"
# Pages of group buying, and nothing else: this must not lead people out of the house.
_WAY_BACK: Final = re.compile(r"/deals(?:/[A-Za-z0-9_-]+)*(?:\?(?:size=[0-9]{1,3}|group=[A-Za-z0-9]{1,40}))?")


def confirm_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks whose phone this is, and back here."""
    return see_other(confirm_address(request))


def confirm_address(request: HttpRequest) -> str:
    """Where to say whose phone this is; it leads back to this page."""
    kept = {name: request.GET[name] for name in ("size", "group") if name in request.GET}
    to = request.path + (f"?{urlencode(kept)}" if kept else "")
    return f"/deals/confirm?{urlencode({'to': to})}"


def _way_back(request: HttpRequest) -> str:
    told = request.GET.get("to", "")[:200]
    return told if _WAY_BACK.fullmatch(told) else "/deals/mine"


@public_page("GET", "POST")
def address_view(request: HttpRequest) -> HttpResponse:
    """Asks for the address. What is answered is the same whether somebody is known by it or not."""
    language = language_of(request)
    if request.method != "POST":
        return _ask(request, language)
    words, form, now = WORDS[language], posted(request), clock.now()
    age = form_age(request, form, _PURPOSE, now=now)
    try:
        kind, address = _address(form)
    except HuikeError:
        return _ask(request, language, form=form, error=words["address_wrong"], status=422)
    is_machine = bool(form.get("website")) or age < codes.FASTEST
    try:
        token = confirming.begin(
            kind, address, language=language, network=network_of(request), now=now, send=not is_machine
        )
    except (RateLimited, CodeNotSent) as error:
        response = _ask(request, language, form=form, bad=worded(error, words), status=error.status)
        if isinstance(error, RateLimited):
            response["Retry-After"] = str(error.retry_after_seconds)
        return response
    return see_other(f"/deals/confirm/{token}?{urlencode({'to': _way_back(request)})}")


def _address(form: QueryDict) -> tuple[str, str]:
    """Her phone number or e-mail address, normalised. Raises EmailInvalid, PhoneInvalid, IdentityOfNobody."""
    told = clean_line(form.get("address", ""))[:254]
    kind = "email" if "@" in told else "phone"
    return kind, normalise_buyer(kind, told, source=sources.KEY)


def _ask(
    request: HttpRequest,
    language: Language,
    *,
    form: QueryDict | None = None,
    error: str = "",
    bad: str = "",
    status: int = 200,
) -> HttpResponse:
    words, typed = WORDS[language], form or QueryDict()
    field = {
        "name": "address",
        "label": words["address"],
        "help": words["address_help"],
        "value": typed.get("address", "")[:254],
        "required": True,
        "autocomplete": "tel",
        "maxlength": 254,
        "error": error,
        "autofocus": True,
    }
    context = {
        "title": words["confirm_title"],
        "words": words,
        "address": field,
        "notice": {"kind": "bad", "text": bad},
    }
    return show(request, "confirm", context, language, status=status, form_purpose=_PURPOSE)


@public_page("GET", "POST")
def code_view(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for the code; with the right one this browser is hers."""
    now = clock.now()
    try:
        one = confirming.find(token[:60])
    except ConfirmationNotFound:
        # Sent twice, or gone back to: either she is known by now, or begins again.
        to = _way_back(request)
        return see_other(to if browser.who(request, now=now) else f"/deals/confirm?{urlencode({'to': to})}")
    language = language_of(request, told=one.language)
    if request.method != "POST":
        return _code(request, one, language)
    words, form = WORDS[language], posted(request)
    form_age(request, form, f"code:{one.pk}", now=now)
    try:
        if form.get("again"):
            confirming.send_again(one, now=now)
            return _code(request, one, language, good=words["code_sent_again"])
        kind, address = confirming.confirm(one, form.get("code", ""), network=network_of(request), now=now)
    except (CodeWrong, CodeSpent, SendsSpent, CodeNotSent, TooSoon, RateLimited) as error:
        return _code(request, one, language, bad=worded(error, words), status=error.status)
    response = see_other(_way_back(request))
    browser.remember(response, kind, address, now=now)
    return response


def _code(
    request: HttpRequest, one: Confirmation, language: Language, *, good: str = "", bad: str = "", status: int = 200
) -> HttpResponse:
    words, address = WORDS[language], confirming.address_of(one)
    shown = mask_phone(address) if one.kind == "phone" else mask_email(address)
    context = {
        "title": words["code_title"],
        "words": words,
        "text": words["code_text"].format(address=shown),
        "notice": {"kind": "bad" if bad else "good", "text": bad or good},
        "begin_again": f"/deals/confirm?{urlencode({'to': _way_back(request)})}",
    }
    return show(request, "code", context, language, status=status, form_purpose=f"code:{one.pk}")


@public_page("POST")
def forget_view(request: HttpRequest) -> HttpResponse:
    """This browser is nobody's again."""
    form_age(request, posted(request), "forget", now=clock.now())
    response = see_other("/deals")
    browser.forget(response)
    return response
