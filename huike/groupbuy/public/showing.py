"""How every page of group buying is shown, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from huike.kernel.errors import HuikeError
from huike.platform import clock
from huike.platform.public_pages import render
from huike.platform.public_pages.languages import Language

SCRIPT: Final = Path(__file__).with_name("page.js").read_text(encoding="utf-8")


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    language: Language,
    *,
    status: int = 200,
    form_purpose: str = "",
) -> HttpResponse:
    return render(
        request,
        f"groupbuy/{template}.html",
        {**context, "now_ms": int(clock.now().timestamp() * 1000)},
        language=language,
        status=status,
        form_purpose=form_purpose,
        offers_languages=True,
        script=SCRIPT,
    )


def see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


def plain(text: str) -> str:
    """What came with an address, where it can be meant."""
    return text if text.isascii() and text.isprintable() and len(text) <= 40 else ""


def worded(error: HuikeError, words: Mapping[str, str]) -> str:
    """The sentence for an error that the words know."""
    params = {name: value for name, value in error.params.items() if isinstance(value, str | int)}
    return words[error.code].format(**params)
