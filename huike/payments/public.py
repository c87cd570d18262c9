"""Where providers tell by themselves: `/pay/notify/<provider>`. The signature is the permission.

What is not signed leaves nothing but a count of its sender, who is soon not looked at any more. An answer of success is
given only once everything is written.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from huike.channels.secrets import SecretUnreadable
from huike.kernel.text import has_forbidden_characters
from huike.payments import services
from huike.payments.errors import NoticeRefused, ProviderNotFound
from huike.platform import clock
from huike.platform.api import problem_response, respond_to_error
from huike.platform.limits import Limit, RateLimited, network_of, take

MOST_BYTES: Final = 256 * 1024
UNSIGNED: Final = Limit("payments.unsigned", most=60, window=timedelta(minutes=1))


@csrf_exempt  # the signature is the permission
def notify(request: HttpRequest, provider: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 12) or int(length) > MOST_BYTES:
        return _too_large()
    try:
        body = request.body
    except (RequestDataTooBig, SuspiciousOperation, BadRequest, UnreadablePostError):
        return problem_response(
            code="body.unreadable", status=400, title="The body is not what its headers say", detail=""
        )
    if len(body) > MOST_BYTES:
        return _too_large()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        if has_forbidden_characters(provider) or len(provider) > 40:
            raise ProviderNotFound
        services.receive(provider, headers, body, now=clock.now())
    except (NoticeRefused, ProviderNotFound, SecretUnreadable):
        return _refused(request)
    return HttpResponse(status=200)


def _refused(request: HttpRequest) -> HttpResponse:
    """One answer for a wrong signature and for a provider that is not there."""
    try:
        take(UNSIGNED, network_of(request), now=clock.now())
    except RateLimited as limited:
        response = respond_to_error(limited)
        response["Retry-After"] = str(limited.retry_after_seconds)
        return response
    return respond_to_error(NoticeRefused())


def _too_large() -> HttpResponse:
    title = "The body is larger than any provider's notification"
    return problem_response(code="body.too_large", status=413, title=title, detail=title)


urlpatterns = [path("pay/notify/<str:provider>", notify)]
