"""What people outside reach without signing in: the picture of an opened mail, its links, its way out.

Every address is signed for one message and one purpose. No answer tells whether an address or a person is known.
"""

from __future__ import annotations

import base64
from html import escape
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from huike.messaging import receipts
from huike.messaging.models import Message
from huike.messaging.tokens import read_token
from huike.platform import clock
from huike.platform.config import get_config

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


@csrf_exempt  # the token is the permission; a mail program posts without a session (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
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
    language = _language(request, message_id)
    brand = escape(get_config().brand_name)
    title, text, button = _WORDS[language][key]
    form = f'<form method="post"><button type="submit">{button}</button></form>' if button else ""
    response = HttpResponse(
        _HTML.format(
            language="zh-CN" if language == "zh" else "en",
            brand=brand,
            title=title,
            text=text.format(brand=brand),
            form=form,
        ),
        status=status,
    )
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _language(request: HttpRequest, message_id: int | None) -> str:
    """That of the mail; else the browser's; else the operator's."""
    wanted = ""
    if message_id is not None:
        wanted = Message.objects.filter(pk=message_id).values_list("language", flat=True).first() or ""
    wanted = wanted or request.headers.get("Accept-Language", "") or get_config().language
    return "zh" if wanted.lower().startswith("zh") else "en"


_HTML: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title} · {brand}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c2321; --soft: #5d6864; --ground: #f4f5f4; --card: #fff;
  --accent: #1f5f5b; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #eceeed; --soft: #a5aeab; --ground: #14181a; --card: #1e2427; --accent: #5fb3ad; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground);
  color: var(--ink);
  font: 16px/1.7 -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }}
main {{ width: 100%; max-width: 440px; padding: 36px 32px; background: var(--card); border-radius: 14px; }}
p.brand {{ margin: 0 0 20px; color: var(--soft); font-size: 14px; }}
h1 {{ margin: 0 0 10px; font-size: 24px; line-height: 1.35; }}
p {{ margin: 0; }}
button {{ margin-top: 26px; width: 100%; padding: 13px; border: 0; border-radius: 8px; background: var(--accent);
  color: var(--card); font: inherit; font-weight: 600; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid var(--ink); outline-offset: 2px; }}
</style></head>
<body><main><p class="brand">{brand}</p><h1>{title}</h1><p>{text}</p>{form}</main></body></html>
"""
