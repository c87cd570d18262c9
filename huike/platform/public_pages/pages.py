"""A page, its headers, and the page that says what went wrong."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt

from huike.kernel.errors import HuikeError
from huike.platform import clock
from huike.platform.limits import RateLimited
from huike.platform.public_pages import forms, languages
from huike.platform.public_pages.brands import Brand, paint_of, the_operators
from huike.platform.public_pages.languages import WORDS, Language, language_of, other_language

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_YEAR_SECONDS: Final = 365 * 24 * 3600
STYLES: Final = Path(__file__).with_name("styles.css").read_text(encoding="utf-8")


def public_page(*methods: str) -> Callable[[View[P]], View[P]]:
    """A view for people outside: these methods only, and every typed error answered by a page that words it.

    Django's CSRF check does not apply; a form that changes something asks `form_age` or brings a token of its own.
    """
    allowed = sorted({*methods, *({"HEAD"} if "GET" in methods else ())})

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **named: P.kwargs) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponse(status=405, headers={"Allow": ", ".join(allowed)})
            try:
                return view(request, *args, **named)
            except HuikeError as error:
                return refusal(request, error)

        return csrf_exempt(answer)

    return decorate


def refusal(
    request: HttpRequest, error: HuikeError, *, language: Language | None = None, brand: Brand | None = None
) -> HttpResponse:
    """A page that says what went wrong, with the status of the error and Retry-After where waiting helps."""
    spoken = language or language_of(request)
    words = WORDS[spoken]
    response = render_text(
        request,
        title=words["title"],
        text=words.get(error.code, words["not_found"] if error.status == 404 else words["refused"]),
        language=spoken,
        brand=brand,
        status=error.status,
    )
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def render_text(
    request: HttpRequest,
    *,
    title: str,
    text: str | Sequence[str],
    button: str = "",
    language: Language,
    brand: Brand | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page of a few words, with at most one button that posts to the same address (without a token)."""
    paragraphs = [text] if isinstance(text, str) else list(text)
    context = {"title": title, "paragraphs": paragraphs, "button": button}
    return render(request, "public_pages/text.html", context, language=language, brand=brand, status=status)


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    language: Language,
    brand: Brand | None = None,
    status: int = 200,
    form_purpose: str = "",
    offers_languages: bool = False,
    script: str = "",
) -> HttpResponse:
    """The page, with the headers every public page has.

    `context` needs `title`. With `form_purpose`, `{{ form_token }}` is the hidden member that `form_age` asks for.
    With `offers_languages`, the page links to itself in the other language, and remembers a choice once made.
    `script` is a file of ours, never text that somebody wrote: it runs at the end of the page, and may fetch from this
    server alone. A page must be of use without it.
    """
    whose = brand or the_operators()
    nonce = secrets.token_urlsafe(16)
    query = request.GET.copy()
    query["lang"] = other_language(language)
    html = render_to_string(
        template,
        {
            **context,
            "brand": whose,
            "paint": paint_of(whose),
            "language": language,
            "language_tag": languages.TAGS[language],
            "shared": WORDS[language],
            "styles": mark_safe(STYLES),  # noqa: S308 - our own file
            "nonce": nonce,
            "script": mark_safe(script),  # noqa: S308 - our own file
            "other_language": other_language(language),
            "other_language_tag": languages.TAGS[other_language(language)],
            "other_language_address": f"?{query.urlencode()}" if offers_languages else "",
            "form_token": forms.token_of(request, form_purpose, now=clock.now()) if form_purpose else "",
            "form_member": forms.MEMBER,
        },
    )
    response = HttpResponse(html, status=status)
    _add_headers(response, nonce, runs_script=bool(script))
    if form_purpose:
        _keep(response, forms.COOKIE, forms.browser_of(request))
    if offers_languages and request.GET.get("lang"):
        _keep(response, languages.COOKIE, language)
    return response


def _add_headers(response: HttpResponse, nonce: str, *, runs_script: bool) -> None:
    response["Cache-Control"] = "no-store, private"
    scripts = f" script-src 'nonce-{nonce}'; connect-src 'self';" if runs_script else ""
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self' data:;{scripts} form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    response["X-Frame-Options"] = "DENY"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
