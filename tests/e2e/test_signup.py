"""Members by a page: a colleague designs and publishes it, a stranger and a known customer join with the code from
their mail, and the colleague sees both."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import MailServer, Product
from tests.e2e.test_webhooks import sign_in

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}


def api(page: Page, product: Product, method: str, path: str, body: object) -> object:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.context.request.fetch(
        f"{product.url}/api/v1{path}", method=method, data=body, headers={"X-CSRFToken": token}
    )
    assert answer.ok, answer.text()
    return answer.json()


def design_page(page: Page, product: Product) -> str:
    """Through the list and the designer, until it is live; its address."""
    page.goto(f"{product.url}/sign-up")
    page.get_by_role("button", name="New sign-up page").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Counter")
    dialog.get_by_label("Address").fill("counter")
    dialog.get_by_role("button", name="Start designing").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Counter")
    title = page.get_by_label("Title · English")
    title.fill("Tea friends")
    preview = page.frame_locator("iframe[title='On a phone']")
    page.get_by_role("complementary").get_by_text("English", exact=True).click()
    expect(preview.get_by_role("heading", name="Tea friends")).to_be_visible()

    number, mail = page.locator("strong", has_text="Mobile number"), page.locator("strong", has_text="E-mail")
    number.locator("..").get_by_text("Not asked").click()
    mail.locator("..").get_by_text("Required").click()
    mail.locator("..").get_by_label("Confirmed by code").check()
    expect(preview.get_by_label("E-mail")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    note = "Consent is asked for a channel whose number or e-mail is not"
    expect(page.get_by_text(note)).to_be_visible()

    page.get_by_label("Channel").click()
    page.locator(".ant-select-item-option", has_text="E-mail").click()
    page.get_by_label("Words of consent · English").fill("Mail me offers")
    expect(page.get_by_text(note)).to_be_hidden()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Title · English")).to_have_value("Tea friends")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    return f"{product.url}/join/counter"


def code_from(mails: MailServer, address: str) -> str:
    (*_, last) = mails.to(address)
    found = re.search(r"\b\d{6}\b", last["Subject"])
    assert found is not None
    return found.group(0)


def join(browser: Browser, address: str, mails: MailServer, *, email: str, name: str, city: str = "") -> str:
    """A visitor with a phone and no script; what the page says to her in the end."""
    context = browser.new_context(reduced_motion="reduce", viewport=PHONE, locale="en-GB", java_script_enabled=False)  # type: ignore[arg-type]
    try:
        visit = context.new_page()
        visit.goto(address)
        visit.get_by_label("E-mail").first.fill(email)
        visit.get_by_label("Name").fill(name)
        visit.get_by_label("Mail me offers").check()
        visit.wait_for_timeout(2_100)  # a form that comes back within two seconds is a machine's
        visit.get_by_role("button", name="Send me the code").click()
        expect(visit.get_by_role("heading", name="Enter the code")).to_be_visible()
        visit.get_by_label("Code").fill(code_from(mails, email.lower()))
        visit.get_by_role("button", name="Confirm and join").click()
        expect(visit.get_by_role("status")).to_be_visible()
        return visit.get_by_role("main").inner_text()
    finally:
        context.close()


def test_a_page_is_designed_and_a_stranger_and_a_known_customer_join_by_it(
    page: Page, product: Product, mail_server: MailServer, browser: Browser
) -> None:
    sign_in(page, product)
    api(
        page,
        product,
        "PUT",
        "/channels/email",
        {
            "host": "127.0.0.1",
            "port": mail_server.port,
            "security": "none",
            "from_name": "Tea Mugs & Co.",
            "from_address": "hello@teamugs.example",
        },
    )
    api(page, product, "POST", "/customers", {"name": "Known Ann", "email": "ann@join.example"})
    address = design_page(page, product)

    assert "You are a member now." in join(browser, address, mail_server, email="new@join.example", name="New Bob")
    back = join(browser, address, mail_server, email="Ann@join.example", name="Annie")
    assert "We found the file you already have" in back

    page.goto(f"{product.url}/sign-up")
    page.get_by_role("link", name="Counter").click()
    expect(page.get_by_role("row", name="New Bob")).to_contain_text("New customer")
    known = page.get_by_role("row", name="Known Ann")
    expect(known).to_contain_text("Became a member")
    expect(known).to_contain_text("she typed “Annie”")
    known.get_by_role("button", name="Take hers").click()
    expect(page.get_by_role("row", name="Annie")).to_be_visible()

    page.get_by_role("tab", name="QR codes").click()
    page.get_by_role("button", name="New QR code").click()
    page.get_by_role("dialog").get_by_label("Note").fill("Paper bag")
    page.get_by_role("dialog").get_by_role("button", name="Make it").click()
    expect(page.get_by_role("img", name="QR code of Paper bag")).to_be_visible()

    page.get_by_role("tab", name="Who joined").click()
    page.get_by_role("link", name="Annie").click()
    expect(page.get_by_text("Became a member by “Counter”")).to_be_visible()


def test_an_agent_enrols_a_caller_who_reads_the_code_back(
    page: Page, product: Product, mail_server: MailServer
) -> None:
    sign_in(page, product)
    server = {"host": "127.0.0.1", "port": mail_server.port, "security": "none", "from_address": "hello@tea.example"}
    api(page, product, "PUT", "/channels/email", server)
    text = {"zh": "我愿意收到优惠", "en": "Mail me offers"}
    design = {
        "title": {"zh": "入会", "en": "Join"},
        "phone": "no",
        "email": "required",
        "confirm_by": ["email"],
        "fields": [{"field": "name", "required": True}, {"field": "birthday", "required": False}],
        "lunar": True,
        "consents": [{"channel": "email", "purpose": "marketing", "text": text}],
    }
    made = api(page, product, "POST", "/sign-up-pages", {"name": "Phone line", "slug": "calls", "design": design})
    api(page, product, "POST", f"/sign-up-pages/{made['id']}/publish", {})  # type: ignore[index]

    page.goto(f"{product.url}/sign-up/{made['id']}/results")  # type: ignore[index]
    page.get_by_role("link", name="By phone").click()
    page.locator("main").get_by_text("English", exact=True).click()
    page.get_by_label("E-mail *").fill("caller@join.example")
    page.get_by_label("Name *").fill("Caller Cleo")
    page.locator("main").get_by_text("Lunar", exact=True).click()
    page.get_by_label("Month", exact=True).click()
    page.get_by_title("Month 8").click()
    page.get_by_label("Day", exact=True).click()
    page.get_by_title("Day 5").click()
    expect(page.get_by_text("Mail me offers")).to_be_visible()
    page.get_by_label("She agrees (E-mail)").check()
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_label("The code she reads back")).to_be_visible()
    page.get_by_label("The code she reads back").fill(code_from(mail_server, "caller@join.example"))
    page.get_by_role("button", name="Confirm and join").click()
    page.get_by_role("link", name="Open the file").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Caller Cleo")
    file = api(page, product, "GET", f"/customers/{page.url.split('?')[0].rpartition('/')[2]}", None)
    assert file["birth_lunar"] == {"month": 8, "day": 5, "leap": False, "year": None}  # type: ignore[index]
