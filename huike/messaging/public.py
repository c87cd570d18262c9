"""What people outside reach without signing in: the picture of an opened mail, its links, its way out.

Every address is signed for one message and one purpose. No answer tells whether an address or a person is known.
"""

from __future__ import annotations

import base64
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_safe

from huike.messaging import receipts
from huike.messaging.models import Message
from huike.messaging.tokens import read_token
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.public_pages import language_of, public_page, render_text

_PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class _RedirectToTarget(HttpResponseRedirect):
    """Targets come from templates, whose links were judged when they were saved and when the mail was made."""

    allowed_schemes = ["http", "https"]


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The picture, always; whether it was counted is nobody's business."""
    found = read_token("open", token)
    if found is not None and request.method == "GET":
        receipts.note_opened(found.message_id, now=clock.now())
    response = HttpResponse(_PIXEL, content_type="image/gif")
    response["Cache-Control"] = "no-store, private"
    return response


@require_safe
def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """On to the target that the template gave this link."""
    found = read_token("click", token)
    target = None
    if found is not None:
        target = receipts.note_clicked(found.message_id, found.number, now=clock.now(), counts=request.method == "GET")
    if target is None or not target.lower().startswith(("http://", "https://")):
        return _page(request, "gone", status=404)
    response = _RedirectToTarget(target)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


@public_page("GET", "POST")  # the token is the permission; a mail program posts without a session (RFC 8058)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a page with a button; only POST unsubscribes, since scanners and previews follow links."""
    found = read_token("unsubscribe", token)
    if found is None:
        is_example = token.startswith("example")
        return _page(request, "example" if is_example else "gone", status=200 if is_example else 404)
    if request.method == "POST":
        known = receipts.unsubscribe(found.message_id, now=clock.now())
        return _page(request, "done" if known else "gone", status=200 if known else 404, message_id=found.message_id)
    return _page(request, "ask", message_id=found.message_id)


urlpatterns = [
    path("t/o/<str:token>.gif", opened),
    path("t/c/<str:token>", clicked),
    path("u/<str:token>", unsubscribe),
]

_WORDS: Final = {
    "zh": {
        "ask": ("退订邮件", "点击下面的按钮后,{brand}不会再给你发这类邮件。", "确认退订"),
        "done": ("已退订", "{brand}不会再给你发这类邮件。已经在路上的邮件可能还会送到。", ""),
        "gone": ("链接无效", "这个链接不完整或已失效。请从邮件里重新打开一次。", ""),
        "example": ("这是预览里的退订链接", "真正发出的邮件里,收件人在这里退订。", ""),
    },
    "en": {
        "ask": ("Unsubscribe", "Press the button and {brand} will not send you this kind of e-mail again.",
                "Unsubscribe"),
        "done": ("You are unsubscribed", "{brand} will not send you this kind of e-mail again. One already on its way"
                 " may still arrive.", ""),
        "gone": ("This link does not work", "It is incomplete or no longer valid. Open it from the e-mail again.", ""),
        "example": ("The way out, in a preview", "In a mail that is really sent, people unsubscribe here.", ""),
    },
}  # fmt: skip


def _page(request: HttpRequest, key: str, *, status: int = 200, message_id: int | None = None) -> HttpResponse:
    language = language_of(request, told=_language_of_mail(message_id))
    title, text, button = _WORDS[language][key]
    spoken = text.format(brand=get_config().brand_name)
    return render_text(request, title=title, text=spoken, button=button, language=language, status=status)


def _language_of_mail(message_id: int | None) -> str:
    if message_id is None:
        return ""
    return Message.objects.filter(pk=message_id).values_list("language", flat=True).first() or ""
