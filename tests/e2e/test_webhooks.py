"""An integrator's job: have another system told, see that it arrives, and send again what did not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.e2e.owner import speak
from tests.e2e.product import Product
from tests.webhooks.receiver import Receiver, running_receiver

pytestmark = pytest.mark.e2e

PATIENCE_MILLISECONDS = 20_000


def sign_in(page: Page, product: Product) -> None:
    page.goto(product.url)
    page.get_by_label("E-mail").fill(product.email)
    page.get_by_label("Password").fill(product.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation").first).to_be_visible()
    speak(page.context, product, "en")


def make_webhook(page: Page, product: Product, receiver: Receiver) -> str:
    """Through the list's button; the secret as it is shown once."""
    page.goto(f"{product.url}/settings/webhooks")
    page.get_by_role("button", name="New webhook").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("https://10.0.0.1/hook")
    dialog.get_by_label("Note").fill("Warehouse")
    dialog.get_by_label("New order").check()
    dialog.get_by_role("button", name="New webhook").click()
    expect(dialog.get_by_role("alert")).to_contain_text("can’t be sent to this address")
    dialog.get_by_label("Address").fill(receiver.url)
    dialog.get_by_role("button", name="New webhook").click()
    shown = page.locator("code", has_text="whsec_")
    expect(shown).to_be_visible()
    secret = shown.inner_text()
    page.get_by_role("button", name="I've stored it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Warehouse")
    return secret


def test_a_webhook_is_made_tried_and_a_failed_delivery_is_sent_again(page: Page, product: Product) -> None:
    with running_receiver() as receiver:
        sign_in(page, product)
        secret = make_webhook(page, product, receiver)

        page.get_by_role("button", name="Send a test event").click()
        row = page.get_by_role("row", name="Test event")
        expect(row).to_contain_text("Delivered", timeout=PATIENCE_MILLISECONDS)
        (told,) = receiver.told
        Webhook(secret).verify(told.body, told.headers)

        # Nothing happens, nothing is asked: what happens is told.
        page.wait_for_timeout(3_000)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(6_000)
        assert [url for url in asked if "/api/v1/webhooks" in url] == []

        receiver.answers(410, "closed for good")
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_text("The receiver answered 410")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
        failed = page.get_by_role("row", name="Test event").filter(has_text="Failed")
        expect(failed).to_contain_text("Refused (410)")

        receiver.answers(200)
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("button", name="Send a test event")).to_be_visible()
        failed.get_by_role("link", name="Test event").click()
        drawer = page.get_by_role("dialog")
        expect(drawer).to_contain_text("closed for good")
        drawer.get_by_role("button", name="Send again").click()
        expect(drawer.get_by_text("Taken (200)")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
        assert receiver.told[-1].id == receiver.told[-2].id
        page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name="New secret").click()
        page.get_by_role("button", name="Make a new secret").click()
        expect(page.locator("code", has_text="whsec_")).not_to_have_text(secret)
        page.get_by_role("button", name="I've stored it").click()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name="Send again").click()
        page.get_by_role("dialog").get_by_role("button", name="Send again").click()
        expect(page.get_by_text("There is nothing to send again")).to_be_visible()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_an_assistant_finds_its_address_beside_the_keys(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto(f"{product.url}/settings/api-keys")
    page.get_by_role("button", name="Connect an assistant").click()
    expect(page.get_by_role("dialog").locator("code").first).to_have_text(f"{product.url}/mcp")
