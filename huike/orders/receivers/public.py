"""Where shops send to: `/in/<platform>/<source key>`. Verify, keep, answer; understanding comes after.

A wrong signature and an unknown address get one answer, and leave nothing. Bodies are limited before they are read;
strangers cost one HMAC and one look-up of a key each, and no write.
"""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from huike.channels.secrets import SecretUnreadable
from huike.kernel.text import clean_line, has_forbidden_characters
from huike.orders.models import Receiver
from huike.orders.receivers import deliveries
from huike.orders.receivers.platforms import PLATFORMS
from huike.orders.receivers.settings import secret_of
from huike.platform import clock
from huike.platform.api import problem_response

MOST_BYTES: Final = 2 * 1024 * 1024
# WooCommerce tries the address, unsigned, before it saves a webhook.
_PING = re.compile(rb"webhook_id=\d{1,20}")
_KEPT_HEADERS: Final = re.compile(r"(?i)^(x-shopify-|x-wc-webhook-|event-|content-type$|user-agent$)")
_SIGNATURES: Final = frozenset({"x-shopify-hmac-sha256", "x-wc-webhook-signature", "event-sign"})


@csrf_exempt  # the signature is the permission
def receive(request: HttpRequest, platform: str, source_key: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 12) or int(length) > MOST_BYTES:
        return _refusal(413, "body.too_large", "The body is larger than any shop's message")
    try:
        body = request.body
    except (RequestDataTooBig, SuspiciousOperation, BadRequest, UnreadablePostError):
        return _refusal(400, "body.unreadable", "The body is not what its headers say")
    if len(body) > MOST_BYTES:
        return _refusal(413, "body.too_large", "The body is larger than any shop's message")
    if platform == "woocommerce" and "X-WC-Webhook-Signature" not in request.headers and _PING.fullmatch(body):
        return HttpResponse(status=200)
    receiver = _receiver(platform, source_key)
    if receiver is None or not _is_signed(receiver, request, body):
        return _refusal(401, "receiver.not_signed", "The signature is not that of a shop known at this address")
    kept = {
        name: clean_line(value)[:500]
        for name, value in request.headers.items()
        if _KEPT_HEADERS.match(name) and name.lower() not in _SIGNATURES
    }
    deliveries.keep(receiver, _Insensitive(kept), body, now=clock.now())
    return HttpResponse(PLATFORMS[platform].acknowledgement, content_type="application/json")


class _Insensitive(dict[str, str]):
    """Headers whose names are asked for in any case."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in told.items()})

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return super().get(name.lower(), default)


def _receiver(platform: str, source_key: str) -> Receiver | None:
    if platform not in PLATFORMS or has_forbidden_characters(source_key) or len(source_key) > 60:
        return None
    return Receiver.objects.select_related("source").filter(platform=platform, source__key=source_key).first()


def _is_signed(receiver: Receiver, request: HttpRequest, body: bytes) -> bool:
    try:
        secret = secret_of(receiver)
    except SecretUnreadable:
        return False
    return PLATFORMS[receiver.platform].is_signed(request.headers, body, secret=secret, client_id=receiver.client_id)


def _refusal(status: int, code: str, title: str) -> HttpResponse:
    return problem_response(code=code, status=status, title=title, detail=title)


urlpatterns = [path("in/<str:platform>/<str:source_key>", receive)]
