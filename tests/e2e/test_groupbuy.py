"""Group buying as people meet it: a colleague publishes a deal, two friends buy it on their phones at the practice
counter, and the clerk takes a voucher, once with a network and once without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium_path
from tests.e2e.owner import signed_in_chinese
from tests.e2e.product import Product, running_product

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}
TITLE = "三人茶会"


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo brand, which has an admitted merchant, stores, and the payment sandbox beside it."""
    with running_product(tmp_path_factory.mktemp("brand"), demo=True, demo_customers="100") as running:
        yield running


@pytest.fixture(scope="module")
def owner(browser: Browser, brand: Product) -> Iterator[BrowserContext]:
    with signed_in_chinese(browser, brand) as context:
        context.set_default_timeout(20_000)
        yield context


def on_a_phone(browser: Browser, *, language: str = "zh-CN") -> Page:
    context = browser.new_context(reduced_motion="reduce", viewport=PHONE, locale=language, timezone_id="Asia/Shanghai")
    context.set_default_timeout(20_000)
    return context.new_page()


def choose(page: Page, name: str, typed: str, option: str) -> None:
    page.get_by_role("combobox", name=name).click()
    page.keyboard.type(typed)
    page.locator(".ant-select-item-option", has_text=option).first.click()


def publish_a_deal(page: Page, brand: Product, title: str = TITLE, *, size: int = 2) -> str:
    """Through the editor's four steps; the address buyers get."""
    page.goto(f"{brand.url}/groupbuy/deals/new")
    expect(page.get_by_role("heading", level=1)).to_have_text("新建团购活动")
    choose(page, "商户", "青禾", "青禾茶点")
    choose(page, "商品", "双人下午茶", "双人下午茶")
    page.get_by_label("活动名").fill(title)
    expect(page.get_by_label("页面标题", exact=True)).to_have_value(title)
    page.get_by_label("单买价").fill("60")
    page.get_by_role("button", name="下一步").click()

    page.get_by_label("几人团").first.fill(str(size))
    page.get_by_label("每份价格").first.fill("45")
    page.get_by_label("售卖时间").fill("2026-01-01 00:00")
    page.keyboard.press("Enter")
    page.get_by_placeholder("结束").fill("2099-12-31 23:00")
    page.keyboard.press("Enter")
    page.get_by_label("库存").fill("20")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="保存并发布").click()
    expect(page.get_by_text("已发布")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/groupbuy/deals/\d+$"))
    deal = page.request.get(f"{brand.url}/api/v1{page.url.removeprefix(brand.url)}").json()
    return f"{brand.url}/deals/{deal['slug']}"


def code_sent_to(owner: BrowserContext, brand: Product, ending: str) -> str:
    """As colleagues read it in the product's own mailbox, since no gateway is set up."""
    newest = owner.request.get(f"{brand.url}/api/v1/sandbox-mails").json()["items"][0]
    assert ending in str(newest), newest
    digits = re.search(r"验证码 (\d{6})，用于参加团购", newest["subject"])
    assert digits is not None
    return digits.group(1)


def shows_who_she_is(phone: Page, owner: BrowserContext, brand: Product, number: str) -> None:
    expect(phone.get_by_role("heading", level=1)).to_have_text("先确认是您本人")
    phone.wait_for_timeout(2_100)  # a form that comes back sooner is taken for a machine's
    phone.get_by_label("手机号或邮箱").fill(number)
    phone.get_by_role("button", name="发送验证码").click()
    expect(phone.get_by_text(f"+86 {number[:3]}****{number[-4:]}")).to_be_visible()
    phone.get_by_label("验证码").fill(code_sent_to(owner, brand, number))
    phone.get_by_role("button", name="确认", exact=True).click()


def pays(phone: Page, name: str) -> None:
    phone.get_by_label("怎么称呼您").fill(name)
    phone.get_by_role("button", name="去付款").click()
    phone.get_by_role("button", name="确认付款").click()
    leave = phone.get_by_role("button", name="返回商家")
    if leave.count():
        leave.click()


def code_on(phone: Page) -> str:
    expect(phone.locator(".voucher .code")).to_be_visible(timeout=60_000)
    return phone.locator(".voucher .code").inner_text()


def stands_at_the_counter(clerk: Page, brand: Product) -> None:
    clerk.goto(f"{brand.url}/redeem")
    clerk.get_by_role("combobox", name="门店").click()
    clerk.locator(".ant-select-item-option").first.click()


def clerk_takes(clerk: Page, brand: Product, code: str) -> None:
    stands_at_the_counter(clerk, brand)
    clerk.get_by_placeholder("输入券码").fill(code)
    clerk.get_by_role("button", name="查看").click()
    expect(clerk.get_by_role("heading", name=TITLE)).to_be_visible()
    clerk.get_by_role("button", name="核销 1 次").click()
    expect(clerk.get_by_text("已核销 1 次")).to_be_visible()


def redemptions(owner: BrowserContext, brand: Product, code: str) -> list[str]:
    """What the books say of this voucher: the state of each redemption."""
    plain = code.replace(" ", "")
    listed = owner.request.get(f"{brand.url}/api/v1/groupbuy/vouchers?code={plain}").json()["items"]
    (voucher,) = listed
    told = owner.request.get(f"{brand.url}/api/v1/groupbuy/vouchers/{voucher['id']}").json()
    return ["undone" if one["undone_at"] else "stands" for one in told["redemptions"]]


def test_two_friends_buy_a_deal_and_the_clerk_takes_a_voucher_with_and_without_a_network(
    browser: Browser, owner: BrowserContext, brand: Product
) -> None:
    desk = owner.new_page()
    address = publish_a_deal(desk, brand)

    # Somebody opens a group on her phone.
    first = on_a_phone(browser)
    first.goto(address)
    expect(first.get_by_role("heading", name=TITLE)).to_be_visible()
    first.get_by_role("link", name="开 2 人团").click()
    shows_who_she_is(first, owner, brand, "13912340001")
    expect(first.get_by_text("以 +86 139****0001 参加")).to_be_visible()
    pays(first, "李小芳")
    expect(first.get_by_text("还差 1 人，把这个团分享给朋友。", exact=False)).to_be_visible(timeout=60_000)
    shared = first.locator("#share").get_attribute("data-address")
    assert shared is not None

    # A friend joins by the link.
    second = on_a_phone(browser)
    second.goto(shared)
    expect(second.get_by_text("李**")).to_be_visible()
    second.get_by_role("link", name="参加这个团").click()
    shows_who_she_is(second, owner, brand, "13912340002")
    pays(second, "")
    codes = [code_on(first), code_on(second)]
    assert codes[0] != codes[1]

    # Whoever gets hold of an address sees nothing.
    stranger = on_a_phone(browser)
    stranger.goto(first.url)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("先确认是您本人")
    expect(stranger.locator(".voucher")).to_have_count(0)

    # The clerk, with a network.
    clerk = owner.new_page()
    clerk.set_viewport_size(PHONE)
    clerk_takes(clerk, brand, codes[0])
    assert redemptions(owner, brand, codes[0]) == ["stands"]
    first.reload()
    expect(first.get_by_text("已用完")).to_be_visible()

    # Without one: the page opens again, takes a code, and tells it once.
    clerk.wait_for_function("() => navigator.serviceWorker.controller !== null")
    owner.set_offline(True)
    clerk.reload()
    expect(clerk.get_by_role("heading", level=1)).to_have_text("核销团购券")
    clerk.get_by_placeholder("输入券码").fill(codes[1])
    clerk.get_by_role("button", name="查看").click()
    expect(clerk.get_by_text("现在连不上服务器")).to_be_visible()
    clerk.get_by_role("button", name="先记下 1 次").click()
    expect(clerk.get_by_text("已记下，等待发送")).to_be_visible()
    clerk.reload()
    expect(clerk.get_by_text("1 次核销等待发送")).to_be_visible()
    owner.set_offline(False)
    expect(clerk.get_by_text("已核销").first).to_be_visible(timeout=60_000)
    expect(clerk.get_by_text("等待发送")).to_have_count(0)
    clerk.reload()
    assert redemptions(owner, brand, codes[1]) == ["stands"]

    # What the browser keeps of the page are its own files.
    kept = clerk.evaluate(
        "async () => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(new URL(one.url).pathname); return all; }"
    )
    assert "/redeem" in kept
    assert all(path == "/redeem" or path.startswith("/assets/") for path in kept)


FRAME = (640, 480)
SECONDS_OF_NOTHING, SECONDS_OF_CODE, FRAMES_A_SECOND = 1, 4, 5


def film(code: str, file: Path) -> Path:
    """What a clerk's phone sees: a counter, then a voucher on somebody's screen, held a little askew and not quite
    sharp. YUV4MPEG2, each frame its brightness and two planes without colour."""
    counter = Image.new("L", FRAME, 110)
    drawn = segno.make_qr(code, error="m")
    modules = drawn.symbol_size(border=4)[0]
    sheet = Image.new("L", (modules, modules), 235)
    for y, row in enumerate(drawn.matrix_iter(border=4)):
        for x, dark in enumerate(row):
            sheet.putpixel((x, y), 25 if dark else 235)
    screen = sheet.resize((260, 260), Image.Resampling.NEAREST).rotate(
        9, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=110
    )
    shown = counter.copy()
    shown.paste(screen, (190, 70))
    shown = shown.filter(ImageFilter.GaussianBlur(1.2))
    colourless = bytes([128]) * (FRAME[0] * FRAME[1] // 2)
    frames = [counter] * (SECONDS_OF_NOTHING * FRAMES_A_SECOND) + [shown] * (SECONDS_OF_CODE * FRAMES_A_SECOND)
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F{FRAMES_A_SECOND}:1 Ip A1:1 C420\n".encode())
        for frame in frames:
            out.write(b"FRAME\n" + frame.tobytes() + colourless)
    return file


@contextmanager
def with_a_camera(browser: Browser, *flags: str) -> Iterator[Browser]:
    """A browser of its own: what its camera sees is settled when it starts."""
    with_camera = browser.browser_type.launch(executable_path=chromium_path(), args=[*CHROMIUM_FLAGS, *flags])
    yield with_camera
    with_camera.close()


def test_the_clerk_scans_a_voucher_with_her_phones_camera_with_and_without_a_network(
    browser: Browser, owner: BrowserContext, brand: Product, tmp_path: Path
) -> None:
    title = "一人茶会"
    address = publish_a_deal(owner.new_page(), brand, title, size=1)
    buyer = on_a_phone(browser)
    buyer.goto(address)
    buyer.get_by_role("link", name="直接购买").click()
    shows_who_she_is(buyer, owner, brand, "13912340003")
    pays(buyer, "陈小雨")
    code = code_on(buyer)

    sees = film(code.replace(" ", ""), tmp_path / "counter.y4m")
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={sees}",
    ]
    with with_a_camera(browser, *flags) as phone, signed_in_chinese(phone, brand) as hers:
        clerk = hers.new_page()
        clerk.set_viewport_size(PHONE)
        stands_at_the_counter(clerk, brand)
        clerk.get_by_role("button", name="扫码").click()
        expect(clerk.get_by_label("摄像头画面")).to_be_visible()
        expect(clerk.get_by_role("heading", name=title)).to_be_visible()
        clerk.wait_for_function("() => navigator.serviceWorker.controller !== null")

        # Without a network: what reads the picture was kept with the page.
        hers.set_offline(True)
        clerk.reload()
        clerk.get_by_role("button", name="扫码").click()
        expect(clerk.get_by_text("现在连不上服务器")).to_be_visible()
        expect(clerk.get_by_text(code.replace(" ", ""))).to_be_visible()
        hers.set_offline(False)

        clerk.reload()
        clerk.get_by_role("button", name="扫码").click()
        expect(clerk.get_by_role("heading", name=title)).to_be_visible()
        clerk.get_by_role("button", name="核销 1 次").click()
        expect(clerk.get_by_text("已核销 1 次")).to_be_visible()
    assert redemptions(owner, brand, code) == ["stands"]


def test_a_clerk_whose_camera_does_not_open_is_told_and_types(browser: Browser, brand: Product) -> None:
    with with_a_camera(browser, "--deny-permission-prompts") as phone, signed_in_chinese(phone, brand) as hers:
        clerk = hers.new_page()
        clerk.set_viewport_size(PHONE)
        stands_at_the_counter(clerk, brand)
        clerk.get_by_role("button", name="扫码").click()
        expect(clerk.get_by_text("打不开摄像头", exact=False)).to_be_visible()
        clerk.get_by_role("button", name="不扫了，输入券码").click()
        expect(clerk.get_by_placeholder("输入券码")).to_be_visible()


def test_the_house_changes_its_rules_for_merchants_and_says_what_a_product_costs(
    owner: BrowserContext, brand: Product
) -> None:
    page = owner.new_page()
    page.goto(f"{brand.url}/groupbuy/merchants")
    page.get_by_role("link", name="商户规则").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("商户规则")
    save = page.get_by_role("button", name="保存为新规则")
    expect(save).to_be_disabled()

    # Weights that do not come to a hundred are not saved.
    page.get_by_label("看过经营场所").fill("20")
    expect(page.get_by_text("合计 110 / 100")).to_be_visible()
    save.click()
    expect(page.get_by_text("各项检查的分值加起来要等于 100")).to_be_visible()
    page.get_by_label("没有重复").fill("5")
    page.get_by_label("最低评分").fill("75")
    save.click()
    expect(page.get_by_text("新规则已生效")).to_be_visible()
    expect(page.get_by_text("正在使用")).to_be_visible()
    now = page.request.get(f"{brand.url}/api/v1/groupbuy/merchants/terms").json()
    weights = now["terms"]["score"]["weights"]
    assert (now["terms"]["least_score"], weights["premises"], weights["duplicates"]) == (75, 20, 5)

    # The brand was admitted by the rules before; its score says by which.
    page.goto(f"{brand.url}/groupbuy/merchants")
    page.get_by_role("link", name="青禾茶点").first.click()
    expect(page.get_by_role("link", name=f"第 {now['version']} 号规则")).to_be_visible()
    expect(page.get_by_text("，入驻时按：出厂规则")).to_be_visible()

    page.goto(f"{brand.url}/settings/products?q=T101")
    page.get_by_role("button", name="编辑").first.click()
    costs = page.get_by_role("dialog")
    costs.get_by_label("一件的成本").fill("7.65")
    costs.get_by_role("button", name="记下").click()
    expect(page.get_by_text("成本已记下")).to_be_visible()
    expect(costs.get_by_role("listitem").first).to_contain_text("¥7.65")
    expect(costs.get_by_role("listitem")).to_have_count(2)
