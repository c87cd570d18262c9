"""Whose phone it is: nobody acts for somebody by typing her number, and whoever shows by a code that it is hers is not
asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huike.channels import codes
from huike.channels.models import SandboxMail
from huike.customers.models import Customer, OwnLink
from huike.customers.privacy import links
from huike.groupbuy.buyers import browser, confirming
from huike.groupbuy.complaints import selectors as complaint_selectors
from huike.groupbuy.complaints import services as complaints
from huike.groupbuy.models import Complaint, Confirmation, Group, Participation, Voucher
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from huike.platform.limits import Limit
from tests.groupbuy import world
from tests.groupbuy.phones import FORM, a_phone, asks, hidden, hurry, is_known, last_code, sends
from tests.payments.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

HER_NUMBER = "+8613800000001"


class Time:
    now = world.OPEN


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    hurry(monkeypatch)
    told = Time()
    monkeypatch.setattr("huike.platform.clock.now", lambda: told.now)
    return told


def what_she_bought() -> tuple[Participation, Voucher]:
    """Person 1 and another have a group that formed; her part and her voucher."""
    group = world.formed(world.deal(), 1, 2)
    one = Participation.objects.get(group=group, customer__phone=HER_NUMBER)
    return one, Voucher.objects.get(participation=one)


def pretty(code: str) -> str:
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


# The outsider


def test_whoever_types_somebodys_number_does_not_act_for_her(sandbox: Sandbox) -> None:
    """Before codes were asked for, this very form opened a group on her file, and used up what she may buy."""
    her_part, _ = what_she_bought()
    other = world.deal(of=her_part.deal.merchant, most_per_person=1)
    at, outsider = f"/deals/{other.slug}/buy?size=2", a_phone()
    known = is_known(a_phone(), "13900000009", to=at)
    form = hidden(known.get(at).content.decode(), "form_token")
    nonce = hidden(known.get(at).content.decode(), "nonce")
    typed = {"form_token": form, "nonce": nonce, "address": "13800000001", "name": "X", "quantity": "1"}
    answer = outsider.post(at, typed)
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/deals/confirm?to=%2Fdeals%2F{other.slug}%2Fbuy%3Fsize%3D2",
    )
    assert Participation.objects.filter(deal=other).count() == 0
    # Nor does somebody who is known buy for another by adding her number to the form.
    bought = sends(known, at, nonce=nonce, address="13800000001", quantity="1")
    assert bought["Location"].startswith("/deals/p/")
    assert Participation.objects.get(deal=other).customer.phone == "+8613900000009"


def test_nobody_sees_a_part_or_a_voucher_of_anothers_even_with_its_address(sandbox: Sandbox) -> None:
    one, voucher = what_she_bought()
    at = f"/deals/p/{one.token}"
    stranger = a_phone()
    assert stranger.get(at)["Location"] == f"/deals/confirm?to=%2Fdeals%2Fp%2F{one.token}"
    assert stranger.get(f"{at}/state").status_code == 403
    assert stranger.get("/deals/mine")["Location"] == "/deals/confirm?to=%2Fdeals%2Fmine"
    another = is_known(a_phone(), "13800000002")
    refused = another.get(at)
    assert refused.status_code == 403
    assert "这不是您的订单" in refused.content.decode()
    assert pretty(voucher.code) not in refused.content.decode()
    assert at not in another.get("/deals/mine").content.decode()
    answer = another.post(at, {"do": "give_back", "voucher": str(voucher.pk), "sure": "yes"})
    assert answer.status_code == 403
    voucher.refresh_from_db()
    assert voucher.state == Voucher.State.ISSUED
    assert another.get(f"{at}/state").status_code == 403


@pytest.mark.parametrize(
    "cookie", ["guess", "AAAA", "=", "\xff", "a" * 4_000, "WyJwaG9uZSIsICIrODYxMzgwMDAwMDAwMSIsIDI1MjQ2MDgwMDBd"]
)
def test_a_made_up_cookie_is_nobody(sandbox: Sandbox, cookie: str) -> None:
    stranger = a_phone()
    stranger.cookies[browser.COOKIE] = cookie
    assert stranger.get("/deals/mine").status_code == 303


def test_without_the_guard_anybody_with_the_address_would_see_and_anybody_with_the_number_would_act(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, voucher = what_she_bought()
    other = world.deal(of=one.deal.merchant)
    at, stranger = f"/deals/{other.slug}/buy?size=2", a_phone()
    monkeypatch.setattr(browser, "is_hers", lambda *_, **__: True)
    assert pretty(voucher.code) in stranger.get(f"/deals/p/{one.token}").content.decode()
    # As the form was, which believed the number that was typed.
    monkeypatch.setattr(browser, "who", lambda *_, **__: browser.Who(("phone", HER_NUMBER), None))
    assert sends(stranger, at, nonce="n" * 12, quantity="1").status_code == 303
    assert Participation.objects.get(deal=other).customer_id == one.customer_id


# Herself


def test_her_number_confirmed_shows_what_she_bought_on_any_phone_and_is_not_asked_again(
    sandbox: Sandbox, time: Time
) -> None:
    one, voucher = what_she_bought()
    phone = a_phone()
    at = asks(phone, "138 0000 0001", to=f"/deals/p/{one.token}")
    sms = SandboxMail.objects.get()
    assert (sms.channel, sms.to_address) == ("sms", HER_NUMBER)
    page = phone.get(at).content.decode()
    assert "+86 138****0001" in page
    assert "13800000001" not in page
    answer = sends(phone, at, code=last_code())
    assert (answer.status_code, answer["Location"]) == (303, f"/deals/p/{one.token}")
    assert HER_NUMBER not in answer.cookies[browser.COOKIE].value
    assert answer.cookies[browser.COOKIE]["httponly"]
    assert Confirmation.objects.count() == 0
    assert pretty(voucher.code) in phone.get(f"/deals/p/{one.token}").content.decode()
    assert f"/deals/p/{one.token}" in phone.get("/deals/mine").content.decode()
    time.now = world.OPEN + timedelta(days=89)
    assert phone.get("/deals/mine").status_code == 200
    time.now = world.OPEN + timedelta(days=91)
    assert phone.get("/deals/mine").status_code == 303
    assert SandboxMail.objects.count() == 1


def test_a_number_nobody_is_known_by_makes_no_customer_before_something_is_bought(sandbox: Sandbox) -> None:
    what = world.deal()
    phone = is_known(a_phone(), "13900000009")
    assert "您还没有参加过团购。" in phone.get("/deals/mine").content.decode()
    assert Customer.objects.count() == 0
    page = phone.get(f"/deals/{what.slug}/buy?size=2").content.decode()
    assert "以 +86 139****0009 参加" in page
    assert 'name="address"' not in page


def test_an_address_is_confirmed_by_mail(sandbox: Sandbox) -> None:
    phone = is_known(a_phone("en"), "Wang@Example.com")
    mail = SandboxMail.objects.get()
    assert (mail.channel, mail.to_address) == ("email", "wang@example.com")
    assert "w***@example.com" in phone.get("/deals/mine").content.decode()


def test_who_is_signed_in_on_her_own_page_is_not_asked_for_a_code(sandbox: Sandbox, time: Time) -> None:
    one, voucher = what_she_bought()
    made = links.make(one.customer_id, actor=SYSTEM, scope=EVERYTHING, good=timedelta(minutes=30), now=time.now)
    phone = a_phone()
    assert sends(phone, made.address[made.address.index("/me/link") :]).status_code == 303
    assert phone.cookies["huike_own"]["path"] == "/"
    assert pretty(voucher.code) in phone.get(f"/deals/p/{one.token}").content.decode()
    what = world.deal(of=one.deal.merchant)
    at = f"/deals/{what.slug}/buy?size=2"
    page = phone.get(at).content.decode()
    assert "以会员身份参加" in page
    assert sends(phone, at, nonce=hidden(page, "nonce"), quantity="1")["Location"].startswith("/deals/p/")
    assert Participation.objects.get(deal=what).customer_id == one.customer_id
    assert SandboxMail.objects.count() == 0
    links.end_session(OwnLink.objects.get(), now=time.now)
    assert phone.get(f"/deals/p/{one.token}").status_code == 303


def test_signing_out_on_this_phone_makes_it_nobodys(sandbox: Sandbox) -> None:
    phone = is_known(a_phone(), "13800000001")
    token = hidden(phone.get("/deals/mine").content.decode(), "form_token")
    body = f"form_token={token}"
    assert a_phone().post("/deals/forget", body, content_type=FORM).status_code == 403
    answer = phone.post("/deals/forget", body, content_type=FORM)
    assert (answer.status_code, answer["Location"]) == (303, "/deals")
    assert phone.get("/deals/mine").status_code == 303


def test_a_form_she_left_open_buys_nothing_for_whoever_took_the_phone_over(sandbox: Sandbox) -> None:
    what = world.deal()
    at, phone = f"/deals/{what.slug}/buy?size=2", is_known(a_phone(), "13800000001")
    page = phone.get(at).content.decode()
    is_known(phone, "13900000009")
    typed = {"form_token": hidden(page, "form_token"), "nonce": hidden(page, "nonce"), "quantity": "1"}
    body = "&".join(f"{name}={value}" for name, value in typed.items())
    assert phone.post(at, body, content_type=FORM).status_code == 403
    assert Group.objects.count() == 0


# Codes


def test_a_wrong_code_says_how_many_tries_are_left_and_the_fifth_ends_it() -> None:
    phone = a_phone()
    at = asks(phone, "13800000001")
    right = last_code()
    wrong = "000000" if right != "000000" else "000001"
    for left in (4, 3, 2, 1):
        answer = sends(phone, at, code=wrong)
        assert answer.status_code == 422
        assert f"验证码不对，还可以再试 {left} 次。" in answer.content.decode()
    for typed in (wrong, right):
        answer = sends(phone, at, code=typed)
        assert answer.status_code == 422
        assert "验证码已过期或试错太多次。" in answer.content.decode()
    assert browser.COOKIE not in phone.cookies


def test_a_code_is_good_for_ten_minutes_and_a_new_one_ends_the_old(time: Time) -> None:
    phone = a_phone()
    at = asks(phone, "13800000001")
    old = last_code()
    assert "请 60 秒后再试" in sends(phone, at, again="1").content.decode()
    time.now += timedelta(minutes=10)
    assert "验证码已过期" in sends(phone, at, code=old).content.decode()
    assert "新的验证码已发出" in sends(phone, at, again="1").content.decode()
    new = last_code()
    if new != old:
        assert sends(phone, at, code=old).status_code == 422
    assert sends(phone, at, code=new).status_code == 303
    # Sent twice, or gone back to: she is known, and goes on.
    assert phone.get(at)["Location"] == "/deals/mine"
    assert a_phone().get(at)["Location"] == "/deals/confirm?to=%2Fdeals%2Fmine"


def test_a_code_of_another_browsers_page_is_not_taken() -> None:
    phone, other = a_phone(), a_phone()
    at = asks(phone, "13800000001")
    token = hidden(phone.get(at).content.decode(), "form_token")
    answer = other.post(at, f"form_token={token}&code={last_code()}", content_type=FORM)
    assert answer.status_code == 403
    assert browser.COOKIE not in other.cookies


def test_a_number_gets_five_codes_an_hour_and_a_network_so_many_forms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        asks(a_phone(), "13800000001")
    phone = a_phone()
    answer = sends(phone, "/deals/confirm", address="13800000001")
    assert answer.status_code == 429
    assert "尝试的次数太多了" in answer.content.decode()
    assert int(answer["Retry-After"]) > 0
    assert SandboxMail.objects.count() == 5
    monkeypatch.setattr(confirming, "FORMS_PER_NETWORK", Limit("of a test", 1, timedelta(hours=1)))
    asks(a_phone(), "13800000002")
    assert sends(a_phone(), "/deals/confirm", address="13800000003").status_code == 429
    monkeypatch.setattr(confirming, "TRIES_PER_NETWORK", Limit("of a test too", 0, timedelta(hours=1)))
    at = Confirmation.objects.count()
    phone = a_phone()
    monkeypatch.setattr(confirming, "FORMS_PER_NETWORK", Limit("of a test more", 1, timedelta(hours=1)))
    page = asks(phone, "13800000004")
    assert sends(phone, page, code=last_code()).status_code == 429
    assert Confirmation.objects.count() == at + 1


def test_what_cannot_be_an_address_is_said_and_nothing_is_sent() -> None:
    for told in ("", "12", "not@an@address"):
        answer = sends(a_phone(), "/deals/confirm", address=told)
        assert answer.status_code == 422
        assert "请填写手机号或邮箱。" in answer.content.decode()
    assert (SandboxMail.objects.count(), Confirmation.objects.count()) == (0, 0)


def test_a_machine_is_shown_the_same_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = sends(a_phone(), "/deals/confirm", address="13800000001", website="x")
    assert answer.status_code == 303
    monkeypatch.setattr(codes, "FASTEST", timedelta(seconds=2))
    assert sends(a_phone(), "/deals/confirm", address="13800000001").status_code == 303
    assert SandboxMail.objects.count() == 0


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/deals//evil.example", "/me", "/deals/../me", ""]
)
def test_the_way_back_stays_among_the_pages_of_groups(to: str) -> None:
    phone = a_phone()
    answer = sends(phone, f"/deals/confirm?to={to}", address="13800000001")
    assert answer["Location"].endswith("?to=%2Fdeals%2Fmine")
    assert sends(phone, answer["Location"].split("?")[0] + f"?to={to}", code=last_code())["Location"] == "/deals/mine"


def test_what_nobody_finished_is_forgotten_after_a_day() -> None:
    asks(a_phone(), "13800000001")
    assert confirming.forget_old(world.OPEN + timedelta(hours=23)) == 0
    assert confirming.forget_old(world.OPEN + timedelta(hours=25)) == 1


# Complaints


def test_she_complains_once_about_her_voucher_and_reads_what_was_decided(sandbox: Sandbox) -> None:
    one, voucher = what_she_bought()
    phone, at = is_known(a_phone(), "13800000001"), f"/deals/p/{one.token}"
    said = {"do": "complain", "voucher": str(voucher.pk), "kind": "quality", "text": " 茶是凉的\n<b>两次</b> "}
    answer = sends(phone, at, **said)
    assert (answer.status_code, answer["Location"]) == (303, f"{at}?done=complain")
    made = Complaint.objects.get()
    assert (made.voucher_id, made.customer_id, made.merchant_id, made.kind, made.text, made.made_by, made.state) == (
        voucher.pk, one.customer_id, one.deal.merchant_id, "quality", "茶是凉的\n<b>两次</b>", "", "open",
    )  # fmt: skip
    assert complaint_selectors.visible(EVERYTHING).get().pk == made.pk
    page = phone.get(at).content.decode()
    assert "核实中" in page
    assert "茶是凉的<br>&lt;b&gt;两次&lt;/b&gt;" in page
    assert 'value="complain"' not in page

    again = sends(phone, at, **said)
    assert again.status_code == 409
    assert "这张券您已经提交过了。" in again.content.decode()
    complaints.decide(made.pk, upheld=True, words="已请商家改进", actor=SYSTEM, scope=EVERYTHING, now=world.OPEN)
    page = phone.get(at).content.decode()
    assert "属实" in page
    assert "已请商家改进" in page
    again = sends(phone, at, **said)
    assert again.status_code == 409
    assert "这张券您已经提交过了。" in again.content.decode()
    assert Complaint.objects.count() == 1


def test_a_complaint_without_kind_or_words_is_not_taken_and_what_she_typed_stays(sandbox: Sandbox) -> None:
    one, voucher = what_she_bought()
    phone, at = is_known(a_phone(), "13800000001"), f"/deals/p/{one.token}"
    told = {"do": "complain", "voucher": str(voucher.pk)}
    wrong = [{"kind": "", "text": "凉的"}, {"kind": "quality", "text": "  "}, {"kind": "no", "text": "凉的"}]
    for typed in (*wrong, {"kind": "quality", "text": "凉" * 1_001}):
        answer = sends(phone, at, **told, **typed)
        assert answer.status_code == 422
        assert "请选择问题类型，并写下发生了什么（最多 1,000 字）。" in answer.content.decode()
        assert typed["text"].strip()[:1_000] in answer.content.decode()
    assert Complaint.objects.count() == 0


def test_nobody_complains_about_a_voucher_of_anothers(sandbox: Sandbox) -> None:
    one, voucher = what_she_bought()
    hers = Voucher.objects.exclude(pk=voucher.pk).get()
    said = {"do": "complain", "kind": "quality", "text": "凉的"}
    phone = is_known(a_phone(), "13800000001")
    assert sends(phone, f"/deals/p/{one.token}", **said, voucher=str(hers.pk)).status_code == 404
    stranger = is_known(a_phone(), "13900000009")
    body = "do=complain&kind=quality&text=x&voucher=" + str(voucher.pk)
    assert stranger.post(f"/deals/p/{one.token}", body, content_type=FORM).status_code == 403
    assert Complaint.objects.count() == 0
