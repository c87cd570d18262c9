"""`/merchants/apply`: a business applies, and behind its own link hands in papers and sees how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import QueryDict
from django.urls import path

from huike.customers.errors import EmailInvalid, PhoneInvalid
from huike.groupbuy.merchants import papers, selectors, services
from huike.groupbuy.merchants.errors import BankAccountInvalid, CreditCodeInvalid, DocumentInvalid
from huike.groupbuy.merchants.terms import Category, DocumentKind
from huike.groupbuy.merchants.words import WORDS
from huike.groupbuy.models import Merchant
from huike.kernel.errors import HuikeError
from huike.platform import clock
from huike.platform.limits import Limit, network_of, take
from huike.platform.public_pages import form_age, language_of, posted, posted_with_files, public_page, render
from huike.platform.public_pages.languages import Language

APPLICATIONS: Final = Limit("merchant_applications", 10, timedelta(days=1))
PAPERS: Final = Limit("merchant_papers", 60, timedelta(hours=1))
_MOST_BYTES: Final = papers.MOST_BYTES + 64 * 1024  # the file, and the form around it

# Longest values, in the order in which they are asked.
_ASKED: Final[Mapping[str, tuple[int, bool]]] = {
    "name": (120, True),
    "credit_code": (40, True),
    "about": (2_000, False),
    "contact_name": (80, True),
    "contact_phone": (40, True),
    "contact_email": (254, False),
    "bank_name": (120, True),
    "bank_holder": (120, True),
    "bank_account": (60, True),
}
_FAULTS: Final[Mapping[type[HuikeError], tuple[str, str]]] = {
    CreditCodeInvalid: ("credit_code", "credit_code_wrong"),
    PhoneInvalid: ("contact_phone", "phone_wrong"),
    EmailInvalid: ("contact_email", "email_wrong"),
    BankAccountInvalid: ("bank_account", "account_wrong"),
}


@public_page("GET", "POST")
def apply_view(request: HttpRequest) -> HttpResponse:
    language = language_of(request)
    if request.method == "GET":
        return _form(request, language, QueryDict(), {})
    form, now = posted(request), clock.now()
    form_age(request, form, "merchant application", now=now)
    faults = _faults(form)
    if faults or form.get("website"):
        return _form(request, language, form, faults)
    take(APPLICATIONS, network_of(request), now=now)
    typed: dict[str, Any] = {name: form.get(name, "") for name in _ASKED}
    chosen = [one for one in form.getlist("categories") if one in get_args(Category)]
    told = services.Told(**typed, categories=chosen)
    try:
        _, token = services.apply(told, actor=None, language=language, now=now)
    except tuple(_FAULTS) as error:
        name, words = _FAULTS[type(error)]
        return _form(request, language, form, {name: words})
    return HttpResponseRedirect(f"/merchants/apply/{token}")


def _faults(form: QueryDict) -> dict[str, str]:
    faults = {}
    for name, (longest, is_required) in _ASKED.items():
        typed = form.get(name, "").strip()
        if is_required and not typed:
            faults[name] = "missing"
        elif len(typed) > longest:
            faults[name] = "too_long"
    if not set(form.getlist("categories")) & set(get_args(Category)):
        faults["categories"] = "one_category"
    if not form.get("agree"):
        faults["agree"] = "agree_needed"
    return faults


def _form(request: HttpRequest, language: Language, form: QueryDict, faults: Mapping[str, str]) -> HttpResponse:
    words = WORDS[language]

    def field(name: str, **told: Any) -> dict[str, Any]:
        longest, is_required = _ASKED[name]
        return {
            "name": name,
            "label": words[name],
            "help": words.get(f"{name}_help", ""),
            "value": form.get(name, ""),
            "required": is_required,
            "maxlength": longest,
            "error": words[faults[name]] if name in faults else "",
            **told,
        }

    chosen = set(form.getlist("categories"))
    context = {
        "title": words["title"],
        "words": words,
        "steps": words["steps"].split("|"),
        "notice": {"kind": "bad", "text": words["check"]} if faults else {},
        "business": [field("name", autocomplete="organization"), field("credit_code")],
        "categories": [{"value": one, "label": words[one], "checked": one in chosen} for one in get_args(Category)],
        "categories_error": words[faults["categories"]] if "categories" in faults else "",
        "about": field("about"),
        "contact": [
            field("contact_name", autocomplete="name"),
            field("contact_phone", kind="tel", autocomplete="tel"),
            field("contact_email", kind="email", autocomplete="email"),
        ],
        "bank": [field("bank_name"), field("bank_holder"), field("bank_account", inputmode="numeric")],
        "agree": {
            "name": "agree",
            "label": words["agree"],
            "checked": bool(form.get("agree")),
            "error": words[faults["agree"]] if "agree" in faults else "",
        },
    }
    return render(
        request,
        "groupbuy/apply.html",
        context,
        language=language,
        status=422 if faults else 200,
        form_purpose="merchant application",
        offers_languages=True,
    )


@public_page("GET", "POST")
def application_view(request: HttpRequest, token: str) -> HttpResponse:
    merchant = selectors.by_link(token)
    language = language_of(request, told=merchant.language)
    if request.method == "GET":
        notice = {"kind": "good", "text": WORDS[language]["kept"]} if request.GET.get("kept") else {}
        return _application(request, merchant, language, notice=notice)
    form, files = posted_with_files(request, most_bytes=_MOST_BYTES)
    now = clock.now()
    form_age(request, form, f"merchant papers:{merchant.pk}", now=now)
    take(PAPERS, network_of(request), now=now)
    file, kind = files.get("file"), form.get("kind", "")
    fault = ""
    expires_on = None
    try:
        typed = form.get("expires_on", "")
        expires_on = date.fromisoformat(typed) if typed else None
    except ValueError:
        fault = "date_wrong"
    if file is None or kind not in get_args(DocumentKind):
        fault = "file_missing"
    if not fault and file is not None:
        try:
            services.hand_in(
                merchant.pk,
                file.read(),
                kind=kind,
                name=file.name or kind,
                expires_on=expires_on,
                actor=None,
                now=now,
            )
            return HttpResponseRedirect(f"/merchants/apply/{token}?kept=1")
        except DocumentInvalid as error:
            fault = f"file_{error.params['reason']}"
    notice = {"kind": "bad", "text": WORDS[language][fault]}
    return _application(request, merchant, language, notice=notice, status=422)


_STEP: Final = {Merchant.State.APPLIED: 1, Merchant.State.IN_REVIEW: 2}


def _application(
    request: HttpRequest, merchant: Merchant, language: Language, *, notice: dict[str, str], status: int = 200
) -> HttpResponse:
    words = WORDS[language]
    is_open = merchant.state in services.OPEN
    held = selectors.documents_of(merchant.pk)
    kinds = {document.kind for document in held}
    required = selectors.terms().required_of(merchant.categories)
    last = merchant.steps.order_by("-pk").first() if merchant.state == Merchant.State.REJECTED else None
    context = {
        "title": words[f"state_{merchant.state}"],
        "words": words,
        "steps": words["steps"].split("|"),
        "step": _STEP.get(Merchant.State(merchant.state), 3),
        "notice": notice,
        "text": words[f"text_{merchant.state}"],
        "merchant": merchant,
        "reason": last.words if last is not None else "",
        "is_open": is_open,
        "missing": [words[f"paper_{kind}"] for kind in required if kind not in kinds] if is_open else [],
        "papers": [
            {
                "label": words[f"paper_{document.kind}"],
                "until": words["until"].format(day=document.expires_on) if document.expires_on else words["long_term"],
            }
            for document in held
        ],
        "kind": {
            "name": "kind",
            "label": words["kind"],
            "kind": "select",
            "required": True,
            "options": [{"value": kind, "label": words[f"paper_{kind}"]} for kind in get_args(DocumentKind)],
            "value": next((kind for kind in required if kind not in kinds), ""),
        },
        "expires_on": {
            "name": "expires_on",
            "label": words["expires_on"],
            "help": words["expires_on_help"],
            "kind": "date",
        },
    }
    return render(
        request,
        "groupbuy/application.html",
        context,
        language=language,
        status=status,
        form_purpose=f"merchant papers:{merchant.pk}",
        offers_languages=True,
    )


urlpatterns = [
    path("merchants/apply", apply_view),
    path("merchants/apply/<str:token>", application_view),
]
