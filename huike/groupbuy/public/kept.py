"""The links a phone keeps of what was bought on it: in a cookie of its own, so nobody has to sign in to find a voucher.

Each is the secret of one part and opens nothing else.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "huike_groups"
MOST: Final = 20
_HALF_A_YEAR_SECONDS: Final = 180 * 24 * 3600


def tokens_of(request: HttpRequest) -> list[str]:
    """The newest first; only what can be a token."""
    told = request.COOKIES.get(COOKIE, "")[:2_000].split(".")
    tokens = [token for token in told if 10 <= len(token) <= 32 and token.isascii() and token.isalnum()]
    return list(dict.fromkeys(tokens))[:MOST]


def keep(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Remember one more; beyond `MOST` the oldest is forgotten."""
    tokens = [token, *(one for one in tokens_of(request) if one != token)][:MOST]
    response.set_cookie(
        COOKIE,
        ".".join(tokens),
        max_age=_HALF_A_YEAR_SECONDS,
        path="/deals",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
