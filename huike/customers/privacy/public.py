"""Her own page: `/me`. She asks for a one-time link, sees what is held, has it, corrects it, takes back consent, or has
herself erased. No answer at the door tells whether somebody is known."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from huike.customers import rules
from huike.customers.errors import (
    CardInvalid,
    CustomerNotFound,
    EmailInvalid,
    IdentityShared,
    IdentityTaken,
    PhoneInvalid,
)
from huike.customers.models import Consent, Customer, OwnLink, PrivacyRequest
from huike.customers.privacy import answers, corrections, links, places, selectors, services
from huike.customers.privacy.api import file_response
from huike.customers.privacy.errors import AnswerGone, CorrectionInvalid, LinkInvalid, RequestEnded, RequestOpen
from huike.customers.privacy.page_words import WORDS
from huike.customers.privacy.services import Asker
from huike.kernel.scope import EVERYTHING
from huike.platform import clock, limits
from huike.platform.config import get_config
from huike.platform.limits import Limit
from huike.platform.public_pages import form_age, language_of, posted, public_page, render, render_text

logger = logging.getLogger(__name__)

COOKIE: Final = "huike_own"
_PURPOSE: Final = "own page"
_PER_NETWORK: Final = Limit("own page link, network", 20, timedelta(hours=1))
_PER_ADDRESS: Final = Limit("own page link, address", 5, timedelta(hours=1))
_LINKS_TRIED: Final = Limit("own page link tried, network", 60, timedelta(hours=1))
_FIELD_KINDS: Final = {"email": "email", "phone": "tel", "birth_on": "date", "gender": "select", "language": "select"}


@public_page("GET", "POST")
def door(request: HttpRequest) -> HttpResponse:
    """Asks for a link. What is answered to a known and an unknown address is the same page; the mail goes out after."""
    now = clock.now()
    language = language_of(request)
    words = WORDS[language]
    if request.method != "POST":
        if own_session(request) is not None:
            return _see_other("/me/data")
        return _door_page(request, "")
    form = posted(request)
    form_age(request, form, _PURPOSE, now=now)
    limits.take(_PER_NETWORK, limits.network_of(request), now=now)
    told = _told(form.get("who", ""))
    if told is None:
        return _door_page(request, words["not_readable"], value=form.get("who", "")[:200])
    limits.take(_PER_ADDRESS, *told, now=now)
    # A task does the rest: a known address must not take longer to answer than an unknown one.
    from huike.customers.tasks import send_own_link

    send_own_link.defer(sealed=links.seal_wish(*told, language=language))
    return render_text(
        request, title=words["asked_title"], text=[words["asked"], words["asked_more"]], language=language
    )


def _told(text: str) -> tuple[str, str] | None:
    kind = "email" if "@" in text else "phone"
    try:
        return kind, rules.normalise_identity(kind, text.strip()[:254])
    except (EmailInvalid, PhoneInvalid, CardInvalid):
        return None


def _door_page(request: HttpRequest, error: str, *, value: str = "") -> HttpResponse:
    language = language_of(request)
    words = WORDS[language]
    field = {
        "name": "who", "label": words["who"], "value": value, "error": error, "required": True, "maxlength": 254,
        "autocomplete": "email", "autofocus": True,
    }  # fmt: skip
    return render(
        request,
        "customers/own_door.html",
        {"title": words["door_title"], "words": words, "field": field},
        language=language,
        form_purpose=_PURPOSE,
        offers_languages=True,
        status=200 if not error else 422,
    )


@public_page("GET", "POST")
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, for programs that look at mails follow links; POST uses the link and begins the session."""
    now = clock.now()
    limits.take(_LINKS_TRIED, limits.network_of(request), now=now)
    language = language_of(request)
    words = WORDS[language]
    if request.method == "POST":
        form_age(request, posted(request), _PURPOSE, now=now)
        try:
            link = links.use(token[:200], now=now)
        except LinkInvalid:
            return _gone(request)
        response = _see_other("/me/data")
        response.set_cookie(
            COOKIE,
            links.cookie_of(link),
            max_age=int(links.SESSION_LASTS.total_seconds()),
            path="/",  # other pages of hers, such as those of her groups, ask for it too
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        return response
    if not links.is_good(token[:200], now=now):
        return _gone(request)
    return render(
        request,
        "customers/own_enter.html",
        {"title": words["enter_title"], "words": words},
        language=language,
        form_purpose=_PURPOSE,
        offers_languages=True,
    )


def _gone(request: HttpRequest) -> HttpResponse:
    language = language_of(request)
    words = WORDS[language]
    return render(
        request,
        "customers/own_gone.html",
        {"title": words["gone_title"], "words": words},
        language=language,
        status=404,
        offers_languages=True,
    )


@public_page("GET", "POST")
def data(request: HttpRequest) -> HttpResponse:
    """What is held, in plain words, and everything she may do about it."""
    session = own_session(request)
    if session is None:
        return _see_other("/me")
    if request.method != "POST":
        return _data_page(request, session)
    now = clock.now()
    form = posted(request)
    form_age(request, form, _PURPOSE, now=now)
    deed = form.get("do", "")
    words = WORDS[_language(request, session)]
    try:
        notice = _do(deed, form, session, now)
    except RequestOpen:
        return _data_page(request, session, bad=words["open_already"])
    except (EmailInvalid, PhoneInvalid, CardInvalid, CorrectionInvalid):
        return _data_page(request, session, bad=words["correction_invalid"], status=422)
    except (IdentityTaken, IdentityShared, RequestEnded):
        return _data_page(request, session, bad=words["not_possible"], status=409)
    if deed == "leave":
        response = render_text(
            request, title=words["left_title"], text=words["left"], language=_language(request, session)
        )
        response.delete_cookie(COOKIE, path="/")
        return response
    if notice == "erased":
        return render_text(
            request,
            title=words["erasing_title"],
            text=[words["erasing"], words["erase_stays"]],
            language=_language(request, session),
        )
    return _see_other(f"/me/data?done={notice}")


def _do(deed: str, form: Any, session: OwnLink, now: Any) -> str:
    """Do what a form asks; the word for the notice."""
    customer_id = session.customer_id
    asker = Asker.herself(customer_id)
    if deed == "export":
        services.ask(customer_id, kind="export", asker=asker, scope=EVERYTHING, now=now)
        return "export"
    if deed == "consent":
        for consent in Consent.objects.filter(customer_id=customer_id, state="granted"):
            if form.get("consent") == f"{consent.channel}.{consent.purpose}":
                services.withdraw_consent(customer_id, channel=consent.channel, purpose=consent.purpose, now=now)
        return "consent"
    if deed == "correct":
        changes = {field: form.get(field, "") for field in corrections.FIELDS if field in form}
        made = services.ask(customer_id, kind="correct", asker=asker, changes=changes, scope=EVERYTHING, now=now)
        return "corrected" if made.state == "done" else "correct"
    if deed == "erase":
        if form.get("sure") != "yes":
            return "sure"
        made = services.ask(customer_id, kind="erase", asker=asker, scope=EVERYTHING, now=now)
        if made.state == "open":
            return "erase"
        links.end_session(session, now=now)
        return "erased"
    if deed == "withdraw":
        number = form.get("request", "")
        mine = PrivacyRequest.objects.filter(
            customer_id=customer_id, pk=int(number) if number.isdigit() and len(number) < 19 else 0
        ).first()
        if mine is not None:
            services.withdraw(mine.pk, actor=asker.actor, scope=EVERYTHING, now=now)
        return "withdraw"
    if deed == "leave":
        links.end_session(session, now=now)
    return ""


@public_page("GET")
def file(request: HttpRequest, number: int) -> HttpResponse:
    """The ZIP of an answered export of hers."""
    session = own_session(request)
    if session is None:
        return _see_other("/me")
    mine = PrivacyRequest.objects.filter(customer_id=session.customer_id, pk=number).first()
    if mine is None:
        raise AnswerGone
    return file_response(mine, actor=Asker.herself(session.customer_id).actor)


def _data_page(request: HttpRequest, session: OwnLink, *, bad: str = "", status: int = 200) -> HttpResponse:
    language = _language(request, session)
    words = WORDS[language]
    try:
        customer = links.standing(session.customer_id)
    except CustomerNotFound:
        return _see_other("/me")
    place = 0 if language == "zh" else 1
    now = clock.now()
    done = request.GET.get("done", "")
    notice = {"kind": "bad", "text": bad} if bad else {"kind": "good", "text": words.get(f"done_{done}", "")}
    current = corrections.current(customer)
    held = selectors.held_about(customer.pk, scope=EVERYTHING)
    context = {
        "title": words["data_title"].format(brand=get_config().brand_name),
        "words": words,
        "places": [(one.path, one.titles[place]) for one in places.listed()],
        "notice": notice,
        "file": [
            {"label": words[f"field_{field}"], "value": _worded(field, current[field], words)}
            for field in corrections.FIELDS
            if current[field]
        ],
        "held": [{"title": one.titles[place], "count": one.count, "stays": one.fate == "kept"} for one in held],
        "consents": [
            {
                "name": f"{consent.channel}.{consent.purpose}",
                "words": words[f"consent_{consent.purpose}"].format(channel=words[f"channel_{consent.channel}"]),
            }
            for consent in Consent.objects.filter(customer_id=customer.pk, state="granted").order_by(
                "channel", "purpose"
            )
        ],
        "fields": [_field(field, current[field], words) for field in corrections.FIELDS],
        "requests": [_request(one, words, now) for one in _requests_of(customer)],
        "wants_correction": bool(bad) or request.GET.get("edit") == "1",
        "sure": {"name": "sure", "label": words["erase_sure"], "required": True},
    }
    return render(
        request,
        "customers/own_data.html",
        context,
        language=language,
        form_purpose=_PURPOSE,
        offers_languages=True,
        status=status,
    )


def _worded(field: str, value: str, words: dict[str, str]) -> str:
    return words.get(f"{field}_{value}", value)


def _field(field: str, value: str, words: dict[str, str]) -> dict[str, Any]:
    kind = _FIELD_KINDS.get(field, "text")
    options = {"gender": ("", "female", "male", "other"), "language": ("", "zh-CN", "en")}.get(field, ())
    return {
        "name": field,
        "label": words[f"field_{field}"],
        "value": value,
        "kind": kind,
        "hide_optional": True,
        "maxlength": None if kind in {"select", "date"} else 300 if field == "address" else 200,
        "options": [{"value": one, "label": words.get(f"{field}_{one}", "—")} for one in options],
    }


def _requests_of(customer: Customer) -> list[PrivacyRequest]:
    return list(PrivacyRequest.objects.filter(customer_id=customer.pk).order_by("-asked_at", "-pk")[:10])


def _request(one: PrivacyRequest, words: dict[str, str], now: Any) -> dict[str, Any]:
    local = one.asked_at.astimezone(get_config().zone).strftime("%Y-%m-%d")
    ready = one.kind == "export" and one.state == "done" and now - one.finished_at <= answers.KEPT
    return {
        "id": one.pk,
        "title": words[f"kind_{one.kind}"],
        "state": words["state_gone" if one.kind == "export" and one.state == "done" and not ready
                       else f"state_{one.state}"].format(due=one.due_on.isoformat()),
        "asked": local,
        "answer": one.answer if one.state == "refused" else "",
        "ready": ready,
        "may_withdraw": one.state == "open",
    }  # fmt: skip


def own_session(request: HttpRequest) -> OwnLink | None:
    """The session of whoever came by a one-time link, while it lasts; other pages of hers ask for it here."""
    return links.session_of(request.COOKIES.get(COOKIE, "")[:200], now=clock.now())


def _language(request: HttpRequest, session: OwnLink) -> Any:
    return language_of(request, told=session.customer.language or "")


def _see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [
    path("me", door),
    path("me/link/<str:token>", enter),
    path("me/data", data),
    path("me/data/<int:number>.zip", file),
]
