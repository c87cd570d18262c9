"""Unmodified clients of web pages, in Chromium, from a page of another origin than the server's."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from huike.behaviour.models import CustomerEvent, Delivery, Visitor
from tests.api.conftest import Server
from tests.behaviour.world import digest, shop, write_key
from tests.cli.product import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]

DIST = Path(__file__).with_name("dist")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if not self.path.startswith(("/segment", "/rudder")) or self.path.endswith(".js"):
            super().do_GET()
            return
        name = self.path[1:].partition("?")[0]
        page = f'<!doctype html><title>Tea</title><script src="/{name}.js"></script><h1>Tea</h1>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


@pytest.fixture
def shop_url() -> Iterator[str]:
    """A shop's web server: a page for each client, of an origin of its own."""
    assert (DIST / "segment.js").is_file(), "the clients are not set up; `make setup-clients` does it"
    listener = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(DIST)))
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://localhost:{listener.server_address[1]}"
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []


def arrived(expected: int) -> Counter[str]:
    """What arrived, once so many events did; nothing more may come while the page is still open."""

    def enough() -> bool:
        digest()
        return CustomerEvent.objects.count() >= expected

    until(enough, f"{expected} events arrive")
    assert not Delivery.objects.exists()
    return Counter(CustomerEvent.objects.values_list("name", flat=True))


SCRIPT = """
async ([name, key, server]) => {
  const analytics = window[name](key, server);
  window.analytics = analytics;
  await analytics.page("Menu");
  await analytics.track("Product Added", { sku: "TEA-1", price: 12.5, quantity: 2, name: "乌龙茶" });
  await analytics.identify("u1", { name: "韩梅梅" });
  for (let n = 0; n < 5; n++) await analytics.track("Tea Tasted", { n });
}
"""


@pytest.mark.parametrize("client", ["segment", "rudder"])
def test_a_browsers_client_arrives_once(server: Server, shop_url: str, page: Page, client: str) -> None:
    tracked = shop(allowed_origins=[shop_url])
    page.goto(f"{shop_url}/{client}")
    page.evaluate(SCRIPT, [client, write_key(tracked), server.url])
    assert arrived(8) == {"Page Viewed": 1, "Product Added": 1, "Identified": 1, "Tea Tasted": 5}
    seen = CustomerEvent.objects.get(name="Page Viewed")
    assert seen.properties["name"] == "Menu"
    assert seen.properties["title"] == "Tea"
    assert Visitor.objects.get(kind="user").traits == {"name": "韩梅梅"}
    # The stranger who put tea into the cart turned out to be u1.
    stranger = Visitor.objects.get(kind="anonymous")
    assert stranger.user is not None
    assert stranger.user.value == "u1"
