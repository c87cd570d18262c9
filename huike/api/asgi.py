"""What a web server process runs."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
django.setup()

from huike.api import urls  # noqa: E402, F401 - what is broken fails the start and not the first request
from huike.api.handler import Handler, Receive, Send  # noqa: E402 - the middlewares it loads need Django's apps
from huike.api.mcp import door  # noqa: E402 - its tools read the capabilities' models

_pages_and_api = Handler()


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The assistant's door stands beside Django: its library speaks ASGI itself."""
    if scope["type"] == "http" and scope["path"] in door.PATHS:
        await door.answer(scope, receive, send)
    else:
        await _pages_and_api(scope, receive, send)
