"""What holds for every answer of this server: security headers, and problem documents wherever a program asked."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from huike.platform.api import problem_response

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Styles are injected by the component library at run time; pictures of a previewed mail may come from anywhere by TLS.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"

PROGRAM_PREFIXES = ("/api/", "/_allauth/")

_WORDS = {
    400: ("bad_request", "The request cannot be understood"),
    403: ("forbidden", "You may not do this"),
    404: ("not_found", "There is no such address"),
    405: ("method_not_allowed", "This address does not take this method"),
    413: ("body.too_large", "The body is larger than this server takes"),
}


def security_headers(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if request.path.startswith(PROGRAM_PREFIXES):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def problem_documents(get_response: GetResponse) -> GetResponse:
    """Programs get RFC 9457 documents from every layer, also from those that would answer a page for people."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or any("\x00" in value for value in request.COOKIES.values()):
            return _problem(400)
        response = get_response(request)
        if response.status_code < 400 or not request.path.startswith(PROGRAM_PREFIXES) or _is_json(response):
            return response
        problem = _problem(response.status_code)
        for name, value in response.headers.items():
            if name not in {"Content-Type", "Content-Length"}:
                problem.headers[name] = value
        problem.cookies = response.cookies
        return problem

    return middleware


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The answer of Django's CSRF check (sign-in goes through it; the API's own check is in staff.access)."""
    return problem_response(
        code="csrf.refused",
        status=403,
        title="The request did not come from a page of this server; reload the page",
        detail=reason,
    )


def _is_json(response: HttpResponseBase) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _problem(status: int) -> HttpResponseBase:
    code, title = _WORDS.get(status, (f"http.{status}", "Something failed here" if status >= 500 else "Refused"))
    return problem_response(code=code, status=status, title=title, detail=title)
