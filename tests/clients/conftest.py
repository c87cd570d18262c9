"""A web server, a source, and a road to it that now and then fails."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.api.conftest import server
from tests.clients.road import Road, road_to
from tests.e2e.conftest import browser

__all__ = ["browser", "server"]

# Playwright keeps an event loop in the tests' thread, which Django takes for one that a query would hold up.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture
def road(server) -> Iterator[Road]:  # type: ignore[no-untyped-def]
    with road_to(server.url) as road:
        yield road
