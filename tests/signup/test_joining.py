"""How a stranger becomes a member, and how somebody known is found: docs/algorithms/sign-up.md."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from huike.channels import codes as digits
from huike.channels.models import SandboxMail
from huike.customers.models import Consent, ConsentEvent, Customer, Identity, SharedIdentity, Wording
from huike.customers.services import CustomerDraft, create_customer, record_consent
from huike.kernel.scope import EVERYTHING
from huike.platform import clock, housekeeping, sql
from huike.platform.audit import SYSTEM
from huike.platform.models import OutboxEvent
from huike.signup import codes, joining, pages
from huike.signup.design import Asked
from huike.signup.models import Attempt, Joining, Proposal
from tests.people import Caller, person, signed_in
from tests.signup.world import MAIL_WORDS, SMS_WORDS, Visitor, last_code, live_page

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"


def known(**draft: object) -> Customer:
    return create_customer(CustomerDraft(**draft), actor=SYSTEM, scope=EVERYTHING)  # type: ignore[arg-type]


def events() -> list[OutboxEvent]:
    return list(OutboxEvent.objects.filter(name="signup.member_joined"))


def test_a_stranger_becomes_a_member_with_what_she_said_and_no_more() -> None:
    page = live_page(tags=["web"])

    done = Visitor(page).join(birthday="1990-05-04", city="上海", consent_0="yes")

    assert done.status_code == 200
    assert "欢迎加入" in done.content.decode()
    customer = Customer.objects.get()
    assert (customer.name, customer.phone, customer.city, customer.birth_on) == ("Ann", PHONE, "上海", date(1990, 5, 4))
    assert (customer.tags, customer.source.key, customer.source_channel) == (["web"], "sign-up", "web")
    assert customer.member_since_at is not None
    assert Identity.objects.get().verified is True
    assert [(c.channel, c.purpose, c.state) for c in Consent.objects.all()] == [("sms", "marketing", "granted")]
    (event,) = events()
    assert (event.customer_id, event.payload["outcome"]) == (customer.pk, "new")
    joined = Joining.objects.get()
    assert (joined.outcome, joined.kind, joined.page_version) == ("new", "web", 1)
    attempt = Attempt.objects.get()
    assert (attempt.told_sealed, attempt.address_sealed, attempt.code_hmac) == ("", "", "")


def test_nothing_is_on_any_file_before_the_code_is_right() -> None:
    visitor = Visitor(live_page())
    visitor.fill_in(consent_0="yes")
    code = last_code()

    wrong = visitor.type_code("000000" if code != "000000" else "111111")

    assert wrong.status_code == 422
    assert "还可以再试 4 次" in wrong.content.decode()
    assert not Customer.objects.exists()
    assert not ConsentEvent.objects.exists()
    kept = Attempt.objects.get()
    for text in (kept.told_sealed, kept.address_sealed, kept.code_hmac):
        assert "13800138000" not in text
        assert code not in text


def test_somebody_known_is_found_completed_and_not_overwritten() -> None:
    ann = known(name="安妮", phone=PHONE, birth_on=date(1985, 1, 1))
    record_consent(
        ann.pk, channel="email", purpose="marketing", state="denied", given_at=clock.now(), how="form", actor=SYSTEM
    )

    done = Visitor(live_page()).join(name="Ann", city="杭州", birthday="1985-01-02", consent_0="yes")

    assert "欢迎回来" in done.content.decode()
    assert "没有另建新的" in done.content.decode()
    ann.refresh_from_db()
    assert (ann.name, ann.city, ann.birth_on) == ("安妮", "杭州", date(1985, 1, 1))
    assert Customer.objects.count() == 1
    assert {(p.field, str(p.told)) for p in Proposal.objects.all()} == {
        ("name", "Ann"),
        ("birthday", "{'solar': '1985-01-02'}"),
    }
    states = {c.channel: c.state for c in Consent.objects.filter(customer=ann)}
    assert states == {"email": "denied", "sms": "granted"}, "an unticked box is no word"
    assert [event.payload["outcome"] for event in events()] == ["became_member"]


def test_a_member_who_joins_again_stays_a_member_since_then_and_nobody_is_told_twice() -> None:
    page = live_page()
    Visitor(page).join()
    since = Customer.objects.get().member_since_at

    again = Visitor(page).join(consent_1="yes")

    assert "欢迎回来" in again.content.decode()
    assert Customer.objects.get().member_since_at == since
    assert len(events()) == 1
    assert Joining.objects.count() == 1
    assert Consent.objects.get().channel == "email"


def test_each_word_of_consent_carries_the_version_of_what_she_read() -> None:
    page = live_page()
    english = Visitor(page, query="?lang=en")
    english.join(consent_0="yes")

    version = ConsentEvent.objects.get().wording_version
    kept = Wording.objects.get(pk=version)
    assert (kept.text, kept.language, kept.channel) == (SMS_WORDS.en, "en", "sms")
    assert ConsentEvent.objects.get().how == "sign_up"
    assert Customer.objects.get().language == "en"
    assert Wording.objects.count() == 4
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Wording.objects.update(text=MAIL_WORDS.en)


def test_an_address_that_was_not_confirmed_names_nobody() -> None:
    bob = known(name="Bob", email="bob@example.com")

    Visitor(live_page()).join(email="Bob@Example.com")

    ann = Customer.objects.exclude(pk=bob.pk).get()
    noted = Identity.objects.get(customer=ann, kind="email")
    assert (noted.value, noted.verified, ann.email) == ("bob@example.com", False, None)
    assert Identity.objects.get(customer=bob, kind="email").verified is True


def test_the_code_goes_by_mail_where_the_page_confirms_mail() -> None:
    page = live_page(phone="no", email="required", confirm_by=["email"], consents=[])
    Visitor(page, query="?lang=en").join(phone="", email="ann@example.com")

    mail = SandboxMail.objects.get()
    assert (mail.channel, mail.to_address) == ("email", "ann@example.com")
    assert mail.subject.endswith("is your code")
    assert Customer.objects.get().email == "ann@example.com"


def test_a_short_message_is_in_the_mailbox_marked_and_signed() -> None:
    Visitor(live_page()).fill_in()
    sms = SandboxMail.objects.get()
    assert (sms.channel, sms.to_address) == ("sms", PHONE)
    assert sms.text.startswith("【回客示范品牌】验证码 ")


def test_a_number_of_several_people_joins_nobody() -> None:
    SharedIdentity.objects.create(kind="phone", value=PHONE, files_count=9)
    visitor = Visitor(live_page())
    visitor.fill_in()

    answer = visitor.type_code(last_code())

    assert answer.status_code == 409
    assert "好几位顾客" in answer.content.decode()
    assert not Customer.objects.exists()


# Attribution


def test_a_printed_code_gives_store_and_clerk_and_a_link_gives_referrer_and_campaign() -> None:
    from huike.catalog.services import create_store

    store = create_store(code="S1", name="静安店", is_online=False, region_id=None, city="上海", actor=SYSTEM)
    clerk = person(name="Lin")
    page = live_page()
    place = pages.add_place(page.pk, label="till", store_id=store.pk, clerk_id=clerk.pk, actor=SYSTEM, scope=EVERYTHING)
    friend = known(name="Friend", phone="13900139000")
    code = joining.referral_code_of(friend.pk)

    Visitor(page, query=f"?p={place.code}&r={code}&utm_campaign=spring").join()

    ann = Customer.objects.get(phone=PHONE)
    assert (ann.home_store_id, ann.referrer_id, ann.source_campaign) == (store.pk, friend.pk, "spring")
    row = Joining.objects.get()
    assert (row.store_id, row.clerk_id, row.place_id, row.referrer_id) == (store.pk, clerk.pk, place.pk, friend.pk)


def test_nobody_refers_herself_and_an_unknown_code_is_ignored() -> None:
    ann = known(name="Ann", phone=PHONE)
    page = live_page()
    Visitor(page, query=f"?r={joining.referral_code_of(ann.pk)}").join()
    Visitor(page, query="?r=nonsense&p=nonsense").join(phone="13900139000")
    assert list(Customer.objects.values_list("referrer_id", flat=True)) == [None, None]


def test_what_she_did_before_as_a_visitor_becomes_hers() -> None:
    from huike.behaviour.models import Visitor as TrackedVisitor
    from huike.customers.models import Source

    page = live_page()
    now = clock.now()
    seen = TrackedVisitor.objects.create(
        source_id=Source.objects.get().pk, kind="anonymous", value="a" * 36, first_seen_at=now, last_seen_at=now
    )
    visitor = Visitor(page)
    visitor.client.cookies["ajs_anonymous_id"] = "a" * 36

    visitor.join()

    seen.refresh_from_db()
    assert seen.customer_id == Customer.objects.get().pk


def test_a_lunar_birthday_is_kept_as_told() -> None:
    Visitor(live_page(lunar=True)).join(
        birthday_calendar="lunar", birthday_year="1990", birthday_month="8", birthday_day="15"
    )
    ann = Customer.objects.get()
    assert (ann.birth_lunar_month, ann.birth_lunar_day, ann.birth_on) == (8, 15, date(1990, 10, 3))


# The code


def test_a_code_is_looked_at_five_times_and_a_new_one_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(live_page())
    visitor.fill_in()
    old = last_code()
    wrong = "123456" if old != "123456" else "654321"
    assert [visitor.type_code(wrong).status_code for _ in range(5)] == [422] * 5

    late = visitor.type_code(old)
    assert "已过期或试错太多次" in late.content.decode()
    assert visitor.ask_again().status_code == 429

    monkeypatch.setattr(digits, "COOL_DOWN", timedelta(0))
    assert visitor.ask_again().status_code == 200
    fresh = last_code()
    if fresh != old:
        assert visitor.type_code(old).status_code == 422
    assert visitor.type_code(fresh).status_code == 303


def test_a_code_is_too_old_after_ten_minutes() -> None:
    visitor = Visitor(live_page())
    visitor.fill_in()
    Attempt.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert "已过期" in visitor.type_code(last_code()).content.decode()
    assert not Customer.objects.exists()


def test_an_address_gets_five_codes_an_hour() -> None:
    page = live_page()
    statuses = [Visitor(page).fill_in().status_code for _ in range(6)]
    assert statuses == [303] * 5 + [429]
    assert SandboxMail.objects.count() == 5
    assert Visitor(page).fill_in(phone="13900139000").status_code == 303


def test_a_network_fills_in_sixty_forms_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(codes, "FORMS_PER_NETWORK", replace(codes.FORMS_PER_NETWORK, most=2))
    page = live_page()
    answers = [Visitor(page).fill_in(phone=f"1380013800{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[2]["Retry-After"]) > 3500


def test_a_machine_is_answered_alike_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    page = live_page()
    assert Visitor(page).fill_in(website="https://spam.example").status_code == 303
    monkeypatch.setattr(digits, "FASTEST", timedelta(seconds=2))
    assert Visitor(page).fill_in().status_code == 303
    assert not SandboxMail.objects.exists()


def test_the_answers_are_the_same_whether_she_is_known_or_not() -> None:
    known(name="Ann", phone=PHONE, member_since_at=clock.now())
    page = live_page()

    def seen(phone: str) -> list[str]:
        import re

        visitor = Visitor(page)
        first = visitor.fill_in(phone=phone)
        second = visitor.client.get(visitor.code_address)
        third = visitor.type_code("0")
        shown = [f"{a.status_code} {a.content.decode()}" for a in (second, third)]
        plain = [re.sub(r'nonce="[^"]+"|form_token" value="[^"]+"', "", text) for text in shown]
        return [str(first.status_code), *plain]

    assert seen("13800138000") == seen("13812348000"), "which are masked alike"


def test_an_attempt_is_forgotten_after_a_day() -> None:
    Visitor(live_page()).fill_in()
    assert housekeeping.tidy()["sign_up_attempts"] == 0
    Attempt.objects.update(asked_at=clock.now() - timedelta(days=1, minutes=1))
    assert housekeeping.tidy()["sign_up_attempts"] == 1


def test_what_happened_on_the_way_is_counted_by_day() -> None:
    page = live_page()
    visitor = Visitor(page)
    visitor.open()
    visitor.open()
    visitor.join()
    Visitor(page).fill_in(phone="13900139000")
    today = clock.today()
    assert pages.figures_of([page.pk], since=today)[page.pk] == pages.Figures(opened=2, sent=2, confirmed=1, joined=1)


# A call


def test_an_agent_fills_the_form_in_and_the_caller_reads_the_code_back() -> None:
    page = live_page()
    agent_user = person(name="Wu")
    agent = Caller(user=agent_user)
    body = {"language": "zh", "answers": {"phone": ["13800138000"], "name": ["安"]}, "agreed": [0]}

    begun = agent.post(f"/sign-up-pages/{page.pk}/calls", body)
    assert begun.status_code == 201, begun.content
    assert begun.json()["sent_to"] == "+86 138****8000"
    address = f"/sign-up-pages/{page.pk}/calls/{begun.json()['token']}"
    assert signed_in().post(f"{address}/confirm", {"code": last_code()}).status_code == 404, "another agent's"
    done = agent.post(f"{address}/confirm", {"code": last_code()})

    assert done.status_code == 200, done.content
    row = Joining.objects.get()
    assert (row.kind, row.clerk_id, done.json()["customer_id"]) == ("call", agent_user.pk, row.customer_id)
    word = ConsentEvent.objects.get()
    assert (word.how, Wording.objects.get(pk=word.wording_version).text) == ("sign_up_call", SMS_WORDS.zh)


def test_a_call_with_something_missing_names_it() -> None:
    page = live_page()
    answer = signed_in().post(f"/sign-up-pages/{page.pk}/calls", {"answers": {"phone": ["12"]}})
    assert answer.status_code == 422
    assert {(e["where"], e["code"]) for e in answer.json()["errors"]} == {
        ("phone", "sign_up.unreadable"),
        ("name", "sign_up.missing"),
    }
    assert not Attempt.objects.exists()


# Proposals, merges, timeline


def test_a_colleague_takes_what_she_typed_or_leaves_it_once() -> None:
    ann = known(name="安妮", phone=PHONE, city="上海")
    page = live_page()
    Visitor(page).join(name="Ann", city="杭州")
    owner = signed_in()
    told = {p.field: p.pk for p in Proposal.objects.all()}

    assert owner.post(f"/sign-up-proposals/{told['name']}/accept").status_code == 204
    assert owner.post(f"/sign-up-proposals/{told['city']}/dismiss").status_code == 204
    assert owner.post(f"/sign-up-proposals/{told['city']}/accept").status_code == 404

    ann.refresh_from_db()
    assert (ann.name, ann.city) == ("Ann", "上海")


def test_joining_is_on_the_timeline_and_follows_a_merge() -> None:
    from huike.customers import timeline
    from huike.customers.merging.services import merge_customers

    page = live_page()
    Visitor(page).join()
    ann = Customer.objects.get()
    other = known(name="Ann", email="ann@example.com")

    merge_customers(ann.pk, other.pk, survivor_id=other.pk, actor=SYSTEM, scope=EVERYTHING, now=clock.now())

    shown = timeline.page(other.pk, kinds=["joining"], cursor=None, limit=5).items
    assert [(e.title_code, e.params["page"]) for e in shown] == [("timeline.joining.new", "Page tea")]


def test_an_archived_field_is_no_longer_asked_and_a_custom_one_is_written() -> None:
    from huike.customers.fields import services as fields
    from huike.customers.fields.rules import Option
    from huike.customers.fields.selectors import values_of

    fields.define(
        fields.Definition(
            key="sweetness", name="甜度", type="choice", options=[Option("half", "半糖"), Option("none", "无糖")]
        ),
        actor=SYSTEM,
    )
    page = live_page(fields=[Asked(field="field:sweetness", required=True)])
    assert Visitor(page).fill_in(**{"field:sweetness": "full"}).status_code == 422
    Visitor(page).join(**{"field:sweetness": "half"})
    (told,) = values_of([Customer.objects.get().pk], scope=EVERYTHING).values()
    assert told.fields == {"sweetness": "half"}


def test_no_personal_value_is_in_an_attempt_in_clear() -> None:
    Visitor(live_page()).fill_in(name="王小明", city="绍兴")
    (dump,) = sql.row("SELECT string_agg(a::text, ' ') FROM signup_attempt a") or ("",)
    for planted in ("13800138000", "王小明", "绍兴"):
        assert planted not in dump
