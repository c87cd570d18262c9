"""`/join/<page>`: the form, the code, the welcome. No script, no session; what is said is the same whoever asks."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import urlencode

from huike.channels import codes as digits
from huike.channels.errors import CodeNotSent, CodeSpent, CodeWrong, SendsSpent, TooSoon
from huike.customers.fields.selectors import specs
from huike.customers.rules import mask_email, mask_phone
from huike.customers.services import normalise_buyer
from huike.kernel.text import clean_line, has_forbidden_characters
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.limits import RateLimited, network_of, take
from huike.platform.public_pages import FormRefused, form_age, language_of, posted, public_page, render
from huike.platform.public_pages.languages import WORDS as SHARED
from huike.platform.public_pages.languages import Language
from huike.signup import answers, codes, joining, pages
from huike.signup.design import Design
from huike.signup.errors import AttemptNotFound, PageNotFound, SharedAddress
from huike.signup.models import Attempt, Joining, Logo, SignUpPage
from huike.signup.showing import brand_of, form_context
from huike.signup.words import WORDS

_DAY_SECONDS: Final = 24 * 3600
_YEAR_SECONDS: Final = 365 * _DAY_SECONDS
TRACKING_COOKIE: Final = "ajs_anonymous_id"


@public_page("GET", "POST")
def page_view(request: HttpRequest, slug: str) -> HttpResponse:
    page = pages.live_page(_plain(slug, 60))
    design = pages.published_design(page)
    language = language_of(request)
    if request.method == "POST":
        return _take_form(request, page, design, language)
    response = _form(request, page, design, language)
    _count_opening(request, page, response)
    return response


def _form(
    request: HttpRequest,
    page: SignUpPage,
    design: Design,
    language: Language,
    *,
    typed: dict[str, list[str]] | None = None,
    faults: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    context = form_context(design, language=language, specs=specs(), typed=typed, faults=faults)
    if notice:
        context["notice"] = {"kind": "bad", "text": notice}
    return render(
        request,
        "signup/form.html",
        context,
        language=language,
        brand=brand_of(design),
        status=status,
        form_purpose=f"join:{page.pk}",
        offers_languages=True,
    )


def _take_form(request: HttpRequest, page: SignUpPage, design: Design, language: Language) -> HttpResponse:
    form, now, words = posted(request), clock.now(), WORDS[language]
    typed = {name: [str(value) for value in values] for name, values in form.lists()}
    try:
        age = form_age(request, form, f"join:{page.pk}", now=now)
    except FormRefused:
        # Her words are not lost to a page that lay open over night.
        notice = SHARED[language]["form.refused"]
        return _form(request, page, design, language, typed=typed, notice=notice, status=403)
    told, faults = answers.read(
        design,
        typed,
        language=language,
        specs=specs(),
        normalise=normalise_buyer,
        today=now.astimezone(get_config().zone).date(),
    )
    if faults:
        by_member = {fault.where: fault.code for fault in faults}
        return _form(request, page, design, language, typed=typed, faults=by_member, status=422)
    is_machine = bool(form.get("website")) or age < digits.FASTEST
    try:
        _, token = joining.begin(
            page, told, _visit(request, page), language=language, now=now, network=network_of(request),
            send=not is_machine,
        )  # fmt: skip
    except RateLimited as error:
        response = _form(request, page, design, language, typed=typed, notice=words["too_often"], status=429)
        response["Retry-After"] = str(error.retry_after_seconds)
        return response
    except CodeNotSent:
        return _form(request, page, design, language, typed=typed, notice=words["not_sent"], status=502)
    return _on_to(request, page, token)


def _on_to(request: HttpRequest, page: SignUpPage, token: str) -> HttpResponse:
    query = {name: request.GET[name] for name in ("lang",) if name in request.GET}
    address = f"/join/{page.slug}/{token}" + (f"?{urlencode(query)}" if query else "")
    response = HttpResponseRedirect(address, status=303)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _visit(request: HttpRequest, page: SignUpPage) -> joining.Visit:
    return joining.Visit(
        place=pages.place_by_code(page, _plain(request.GET.get("p", ""), 12)),
        referral_code=_plain(request.GET.get("r", ""), 16),
        campaign=clean_line(_plain(request.GET.get("utm_campaign", ""), 120)),
        anonymous_id=_plain(request.COOKIES.get(TRACKING_COOKIE, "").strip('"').replace("%22", ""), 200),
    )


def _plain(text: str, longest: int) -> str:
    """What came with an address or a cookie; nothing where it cannot be meant."""
    return "" if len(text) > longest or has_forbidden_characters(text) or "\ufffd" in text else text


def _count_opening(request: HttpRequest, page: SignUpPage, response: HttpResponse) -> None:
    name = f"huike_seen_{page.pk}"
    if request.method != "GET" or name in request.COOKIES:
        return
    response.set_cookie(name, "1", max_age=_DAY_SECONDS, httponly=True, samesite="Lax", path=f"/join/{page.slug}")
    with suppress(RateLimited):
        take(codes.OPENINGS_PER_NETWORK, network_of(request), now=clock.now())
        pages.count(page.pk, opened=1, today=clock.today())


@public_page("GET", "POST")
def code_view(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    try:
        attempt = joining.find_attempt(_plain(slug, 60), _plain(token, 60))
    except AttemptNotFound as error:
        raise PageNotFound from error
    language = language_of(request, told=attempt.language)
    design = pages.published_design(attempt.page)
    if attempt.joined_at is not None:
        return _done(request, attempt, design, language)
    if request.method != "POST":
        return _code(request, attempt, design, language)
    return _take_code(request, attempt, design, language)


def _take_code(request: HttpRequest, attempt: Attempt, design: Design, language: Language) -> HttpResponse:
    form, now, words = posted(request), clock.now(), WORDS[language]
    form_age(request, form, f"code:{attempt.pk}", now=now)
    try:
        if form.get("again"):
            joining.send_again(attempt, now=now)
            return _code(request, attempt, design, language, good=words["sent_again"])
        take(codes.TRIES_PER_NETWORK, network_of(request), now=now)
        joining.confirm(attempt, form.get("code", ""), now=now)
        return _on_to(request, attempt.page, request.path.rsplit("/", 1)[1])
    except CodeWrong as error:
        notice, status = words["wrong"].format(tries=error.tries_left), 422
    except CodeSpent:
        notice, status = words["spent"], 422
    except SendsSpent:
        notice, status = words["sends_spent"], 422
    except SharedAddress:
        notice, status = words["shared"], 409
    except CodeNotSent:
        notice, status = words["not_sent"], 502
    except TooSoon as error:
        notice, status = words["too_soon"].format(seconds=error.wait_seconds), 429
    except RateLimited:
        notice, status = words["too_often"], 429
    return _code(request, attempt, design, language, bad=notice, status=status)


def _code(
    request: HttpRequest,
    attempt: Attempt,
    design: Design,
    language: Language,
    *,
    good: str = "",
    bad: str = "",
    status: int = 200,
) -> HttpResponse:
    words, address = WORDS[language], joining.address_of(attempt)
    shown = mask_phone(address) if attempt.identity_kind == "phone" else mask_email(address)
    return render(
        request,
        "signup/code.html",
        {
            "title": words["code_title"],
            "text": words["code_text"].format(address=shown),
            "words": words,
            "steps": words["steps"].split("|"),
            "notice": {"kind": "bad" if bad else "good", "text": bad or good},
            "begin_again": f"/join/{attempt.page.slug}",
        },
        language=language,
        brand=brand_of(design),
        status=status,
        form_purpose=f"code:{attempt.pk}",
        offers_languages=True,
    )


def _done(request: HttpRequest, attempt: Attempt, design: Design, language: Language) -> HttpResponse:
    words = WORDS[language]
    is_new = attempt.outcome == Joining.Outcome.NEW
    joined = attempt.joining
    referral = ""
    if design.shows_referral_link and joined is not None:
        code = joining.referral_code_of(joined.customer_id)
        referral = f"{get_config().base_url}/join/{attempt.page.slug}?r={code}"
    return render(
        request,
        "signup/done.html",
        {
            "title": words["welcome_new"] if is_new else words["welcome_back"],
            "outcome_text": words["thanks_new"] if is_new else words["thanks_back"],
            "thanks": [line for line in getattr(design.thanks, language).splitlines() if line.strip()],
            "proposed": joined is not None and joined.proposals.filter(state="open").exists(),
            "referral": referral,
            "words": words,
            "steps": words["steps"].split("|"),
        },
        language=language,
        brand=brand_of(design),
        offers_languages=True,
    )


@public_page("GET")
def logo_view(request: HttpRequest, name: str) -> HttpResponse:
    found = Logo.objects.filter(pk=_plain(name, 64)).first()
    if found is None:
        raise PageNotFound
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("join/logo/<str:name>", logo_view),
    path("join/<str:slug>", page_view),
    path("join/<str:slug>/<str:token>", code_view),
]
