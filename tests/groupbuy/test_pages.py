"""The public pages: what is sold, the way to buy, and her own part, as a browser sends and a payment side answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from huike.customers.models import Consent, ConsentEvent, Customer, Identity, Wording
from huike.groupbuy.models import Group, Participation, Voucher
from huike.groupbuy.public.words import WORDS
from huike.groupbuy.vouchers import services as vouchers
from huike.groupbuy.vouchers.services import Told
from huike.kernel.scope import EVERYTHING
from huike.payments.models import Payment, Refund
from huike.platform import clock
from huike.platform.audit import SYSTEM
from tests.groupbuy import world
from tests.groupbuy.phones import FORM, a_phone, hidden, hurry, is_known
from tests.payments.sandbox import Sandbox
from tests.tills import store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huike.platform.clock.now", lambda: world.OPEN)


@pytest.fixture
def phone(sandbox: Sandbox, now: None) -> Client:
    return a_phone()


def fill(phone: Client, at: str, /, address: str = "13800000001", **typed: str) -> dict[str, str]:
    """The form as the page gives it to her, once her phone is known to be hers."""
    if phone.get(at).status_code == 303 or address != "13800000001":
        is_known(phone, address, to=at)
    page = phone.get(at).content.decode()
    return {
        "form_token": hidden(page, "form_token"),
        "nonce": hidden(page, "nonce"),
        "name": "王小明",
        "quantity": "1",
        **typed,
    }


def buys(phone: Client, at: str, /, **typed: str) -> Participation:
    answer = phone.post(at, fill(phone, at, **typed), content_type=FORM)
    assert answer.status_code == 303, answer.content.decode()
    token = answer["Location"].removeprefix("/deals/p/").split("?")[0]
    return Participation.objects.select_related("group").get(token=token)


@pytest.fixture(autouse=True)
def forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are sent as a browser sends them, and at once."""
    from urllib.parse import urlencode

    hurry(monkeypatch)
    sent = Client.post

    def post(self: Client, path: str, data: object = None, **told: object) -> object:
        if told.get("content_type") == FORM and isinstance(data, dict):
            data = urlencode(data)
        return sent(self, path, data, **told)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "post", post)


def paid(one: Participation) -> None:
    world.pays(_Joined(one))  # type: ignore[arg-type]
    one.refresh_from_db()


class _Joined:
    def __init__(self, one: Participation) -> None:
        self.payment = Payment.objects.get(pk=one.payment_id)


def test_the_window_shows_what_sells_and_nothing_else(phone: Client) -> None:
    sells, draft, early = world.deal(), world.draft(), world.deal(starts_at="2026-12-01T00:00:00+08:00")
    page = phone.get("/deals").content.decode()
    assert f"/deals/{sells.slug}" in page
    assert draft.slug not in page
    assert early.slug not in page
    assert "双人下午茶" in page
    assert "¥79" in page
    assert "¥128" in page
    assert phone.get(f"/deals/{draft.slug}").status_code == 404
    closed = phone.get(f"/deals/{early.slug}").content.decode()
    assert "还没开始，2026-12-01 00:00 开抢。" in closed
    assert "/buy?size" not in closed


def test_a_deal_says_what_it_costs_in_which_group_and_how_vouchers_are_used(phone: Client) -> None:
    what = world.deal(
        package=[{"name_zh": "龙井", "quantity": 2, "value_minor": 3_800}],
        validity={"valid_days": 30, "blackout_days": ["2027-01-01"], "hours": [
            {"weekdays": [1, 2, 3, 4, 5], "opens_at": "14:00", "closes_at": "17:00"}]},
        refund_unused=False,
    )  # fmt: skip
    page = phone.get(f"/deals/{what.slug}").content.decode()
    price = ("2 人团", "¥99", "省 ¥29", "3 人团", "¥79", "到时间有 2 人也成团", "龙井", "2 份", "单买 ¥38")
    use = ("成团后 30 天内有效", "周一–周五 14:00–17:00", "2027-01-01", "成团后不可退。", "商家：茶馆")
    for told in (*price, *use):
        assert told in page, told
    english = phone.get(f"/deals/{what.slug}?lang=en").content.decode()
    assert "Tea for two" in english
    assert "Group of 2" in english
    assert "Mon–Fri 14:00–17:00" in english


def test_who_buys_becomes_a_customer_pays_and_waits_for_the_second(phone: Client) -> None:
    what = world.deal()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2")
    customer = Customer.objects.get(pk=one.customer_id)
    assert (customer.name, customer.source.key) == ("王小明", "groupbuy")
    assert Identity.objects.get(customer=customer, kind="phone").value == "+8613800000001"
    assert ConsentEvent.objects.count() == 0  # a box that was not ticked is no word at all

    paid(one)
    page = phone.get(f"/deals/p/{one.token}").content.decode()
    assert "拼团中" in page
    assert f"/deals/{what.slug}/g/{one.group.token}" in page
    assert "还差 1 人" in page

    shared = a_phone().get(f"/deals/{what.slug}/g/{one.group.token}").content.decode()
    assert "王**" in shared
    assert "王小明" not in shared
    assert "13800000001" not in shared
    assert "还差 1 人" in shared
    assert "还剩 1 天 0 小时" in shared


def test_the_page_leads_to_the_payment_sides_own_page(sandbox: Sandbox) -> None:
    now = clock.now()  # the payment side has a clock of its own
    what = world.deal(starts_at=(now - timedelta(days=1)).isoformat(), ends_at=(now + timedelta(days=9)).isoformat())
    phone = a_phone()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2")
    page = phone.get(f"/deals/p/{one.token}").content.decode()
    assert "等待付款" in page
    assert "付款 ¥99" in page
    assert f'href="{sandbox.url}/' in page
    assert 'id="go"' not in page
    assert 'id="go"' in phone.get(f"/deals/p/{one.token}?go=1").content.decode()


def test_consent_is_kept_with_the_words_beside_its_box(phone: Client) -> None:
    what = world.deal()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2", address="Wang@Example.com", consent="yes")
    word = ConsentEvent.objects.get()
    assert (word.customer_id, word.channel, word.purpose, word.state, word.how) == (
        one.customer_id, "email", "marketing", "granted", "groupbuy",
    )  # fmt: skip
    assert Wording.objects.get(pk=word.wording_version).text == WORDS["zh"]["consent"]
    assert Consent.objects.get().state == "granted"


def test_one_form_is_one_purchase_however_often_it_is_sent(phone: Client) -> None:
    what = world.deal()
    address = f"/deals/{what.slug}/buy?size=2"
    form = fill(phone, address)
    answers = [phone.post(address, form, content_type=FORM) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {answers[0]["Location"]}
    assert (Participation.objects.count(), Payment.objects.count(), Customer.objects.count()) == (1, 1, 1)
    what.refresh_from_db()
    assert what.taken == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"quantity": "2"}, "份数在 1 到 1 之间。"),
        ({"quantity": "-1"}, "份数在 1 到 1 之间。"),
        ({"quantity": "1e9"}, "份数在 1 到 1 之间。"),
    ],
)
def test_a_wrong_form_says_why_and_leaves_nothing(phone: Client, typed: dict[str, str], told: str) -> None:
    what = world.deal()
    address = f"/deals/{what.slug}/buy?size=2"
    answer = phone.post(address, fill(phone, address, **typed), content_type=FORM)
    assert answer.status_code == 422
    assert told in answer.content.decode() or "quantity" in typed
    assert (Participation.objects.count(), Customer.objects.count(), Group.objects.count()) == (0, 0, 0)


def test_a_form_of_another_page_or_browser_buys_nothing(phone: Client) -> None:
    what = world.deal()
    form = fill(phone, f"/deals/{what.slug}/buy?size=2")
    stranger = is_known(a_phone(), "13800000001")
    assert stranger.post(f"/deals/{what.slug}/buy?size=2", form, content_type=FORM).status_code == 403
    assert phone.post(f"/deals/{what.slug}/buy?size=3", form, content_type=FORM).status_code == 403
    assert Participation.objects.count() == 0


def test_what_cannot_be_bought_is_said_in_words(phone: Client) -> None:
    what = world.deal(stock=1)
    address = f"/deals/{what.slug}/buy?size=2"
    form = fill(phone, address)
    buys(a_phone(), address, address="13800000002")
    answer = phone.post(address, form, content_type=FORM)
    assert answer.status_code == 409
    assert "已经卖完" in answer.content.decode()
    assert Customer.objects.count() == 1
    assert "已经卖完了" in phone.get(f"/deals/{what.slug}").content.decode()


def test_who_buys_alone_reads_nothing_of_a_group(phone: Client) -> None:
    what = world.deal(ladder=[{"size": 1, "price_minor": 9_900}], validity={"valid_days": 60})
    page = phone.get(f"/deals/{what.slug}").content.decode()
    assert "购买后 60 天内有效" in page
    assert "未使用的部分随时可退。" in page
    assert "成团" not in page

    one = buys(phone, f"/deals/{what.slug}/buy?size=1")
    paid(one)
    own = phone.get(f"/deals/p/{one.token}").content.decode()
    assert "<strong>已购买</strong>" in own
    assert "成团" not in own
    assert "已购买" in phone.get("/deals/mine").content.decode()

    # Where one may buy alone or with others, both are told of the group.
    both = world.deal(ladder=[{"size": 1, "price_minor": 9_900}, {"size": 2, "price_minor": 7_900}])
    assert "未成团全额退款" in phone.get(f"/deals/{both.slug}").content.decode()


def test_who_names_no_size_that_is_sold_chooses_one_on_the_deals_page(phone: Client) -> None:
    what = world.deal()
    says = WORDS["zh"]["choose_size"]
    form = fill(phone, f"/deals/{what.slug}/buy?size=2")
    for typed in ("", "?size=7", "?size=", "?size=zwei", "?size=2222"):
        for answer in (
            phone.get(f"/deals/{what.slug}/buy{typed}"),
            phone.post(f"/deals/{what.slug}/buy{typed}", form, content_type=FORM),
        ):
            assert (answer.status_code, answer["Location"]) == (303, f"/deals/{what.slug}?choose=1")
    assert Participation.objects.count() == 0
    page = phone.get(f"/deals/{what.slug}?choose=1").content.decode()
    assert says in page
    assert f"/deals/{what.slug}/buy?size=2" in page
    assert says not in phone.get(f"/deals/{what.slug}").content.decode()
    assert phone.get("/deals/nowhere/buy").status_code == 404


def test_a_full_group_shows_vouchers_to_who_bought_them_and_to_nobody_else(phone: Client) -> None:
    what = world.deal(uses=3)
    first = buys(phone, f"/deals/{what.slug}/buy?size=2")
    paid(first)
    friend = a_phone()
    second = buys(friend, f"/deals/{what.slug}/buy?group={first.group.token}", address="13900000009", name="")
    paid(second)
    voucher = Voucher.objects.get(participation=first)
    code = " ".join(voucher.code[start : start + 4] for start in range(0, len(voucher.code), 4))
    mine = phone.get(f"/deals/p/{first.token}").content.decode()
    assert code in mine
    assert "还可用 3 次，共 3 次" in mine
    assert "<svg" in mine
    assert code not in friend.get(f"/deals/p/{second.token}").content.decode()
    assert "双人下午茶" in phone.get("/deals/mine").content.decode()
    assert f"/deals/p/{first.token}" not in friend.get("/deals/mine").content.decode()
    assert phone.get("/deals/p/AAAAAAAAAAAAAAAA").status_code == 404

    place = store()
    vouchers.redeem(
        Told(code=voucher.code, store_id=place.pk, key="till:1"), actor=SYSTEM, scope=EVERYTHING, now=world.OPEN
    )
    used = phone.get(f"/deals/p/{first.token}").content.decode()
    assert "还可用 2 次，共 3 次" in used
    assert place.name in used


def test_who_leaves_gets_the_money_back_but_only_who_meant_it(phone: Client) -> None:
    what = world.deal()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2")
    paid(one)
    address = f"/deals/p/{one.token}"
    token = hidden(phone.get(address).content.decode(), "form_token")
    asked = phone.post(address, {"form_token": token, "do": "leave"}, content_type=FORM)
    assert asked.status_code == 422
    assert "请先勾选确认。" in asked.content.decode()
    assert Refund.objects.count() == 0
    answer = phone.post(address, {"form_token": token, "do": "leave", "sure": "yes"}, content_type=FORM)
    assert answer.status_code == 303
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.payment_id) == (9_900, one.payment_id)
    page = phone.get(address).content.decode()
    assert "退款中" in page
    assert "您退出了这个团。" in page
    world.refunds_end()
    assert "¥99 已原路退回。" in phone.get(address).content.decode()


def test_what_is_unused_is_given_back_once_and_only_of_her_own(phone: Client) -> None:
    what = world.deal()
    first = buys(phone, f"/deals/{what.slug}/buy?size=2")
    paid(first)
    friend = a_phone()
    second = buys(friend, f"/deals/{what.slug}/buy?group={first.group.token}", address="13900000009")
    paid(second)
    mine, hers = (Voucher.objects.get(participation=one) for one in (first, second))
    address = f"/deals/p/{first.token}"
    token = hidden(phone.get(address).content.decode(), "form_token")
    form = {"form_token": token, "do": "give_back", "sure": "yes"}
    assert phone.post(address, {**form, "voucher": str(hers.pk)}, content_type=FORM).status_code == 404
    assert Refund.objects.count() == 0
    for _ in range(2):
        assert phone.post(address, {**form, "voucher": str(mine.pk)}, content_type=FORM).status_code == 303
    assert [refund.amount_minor for refund in Refund.objects.all()] == [9_900]
    assert "已退款" in phone.get(address).content.decode()


def test_a_payment_side_that_is_silent_loses_nothing_and_is_asked_again(
    phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = world.deal()
    monkeypatch.setenv("HUIKE_PAYMENTS_SANDBOX_URL", "http://127.0.0.1:9")
    from huike.platform.config import get_config

    get_config.cache_clear()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2")
    page = phone.get(f"/deals/p/{one.token}").content.decode()
    assert "支付平台没有回应" in page
    assert one.state == "reserved"


def test_the_page_knows_when_something_changed(phone: Client) -> None:
    what = world.deal()
    one = buys(phone, f"/deals/{what.slug}/buy?size=2")
    before = phone.get(f"/deals/p/{one.token}/state").json()["state"]
    paid(one)
    assert phone.get(f"/deals/p/{one.token}/state").json()["state"] != before
    assert phone.get("/deals/p/AAAAAAAAAAAA/state").status_code == 404


def test_whoever_reserves_too_often_from_one_place_waits(phone: Client) -> None:
    what = world.deal(stock=1_000, most_per_person=None)
    address = f"/deals/{what.slug}/buy?size=2"
    from huike.groupbuy.public import views
    from huike.platform.limits import Limit

    few = Limit("group-buy joins of a test", 2, timedelta(minutes=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "_JOINS", few)
        for number in range(2):
            buys(phone, address, address=f"1380000010{number}")
        answer = phone.post(address, fill(phone, address, address="13800000109"), content_type=FORM)
    assert answer.status_code == 429
    assert Participation.objects.count() == 2
