"""A member's own page: her code, her card, her coupons, and the phone that keeps it."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from huike.customers.merging.services import merge_customers
from huike.customers.privacy import links
from huike.kernel.scope import EVERYTHING
from huike.loyalty.cards import codes, services
from huike.loyalty.cards.services import identify_by_code
from huike.loyalty.models import Card, KeptCard
from huike.loyalty.own import coupons, keeping, sections
from huike.loyalty.own.page_words import WORDS
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.promotions.coupons import issuing as offers
from huike.promotions.models import Coupon
from huike.promotions.offers.services import pause_offer
from tests.loyalty.cards import ACT, FIRST, SECOND, bind, box, customer, history, state_of, whose
from tests.privacy.test_own_page import Browser, signed_in_herself
from tests.promotions.offers import active, percent_off
from tests.tills import NOW, order, place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)


def at(patch: pytest.MonkeyPatch, now: datetime) -> None:
    patch.setattr(clock, "now", lambda: now)


def her_phone(customer_id: int) -> Browser:
    phone = signed_in_herself(customer_id)
    phone.get("/me/card?lang=zh")
    return phone


def text_of(page: Any) -> str:
    bare = re.sub(r"<(style|script|svg).*?</\1>", " ", page.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def code_on(page: Any) -> str:
    (code,) = re.findall(r'data-code="(\w+)"', page.content.decode())
    return str(code)


def test_her_page_shows_a_code_that_a_till_takes_and_her_number() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    phone = her_phone(her)
    assert phone.page.status_code == 200
    assert "8800 0000 0013" in text_of(phone.page)
    assert "王小明" in text_of(phone.page)
    assert identify_by_code(code_on(phone.page), now=NOW).customer_id == her
    assert phone.page.content.decode().count("<svg") == 1


def test_it_fetches_five_minutes_of_codes_and_hears_the_servers_time() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    told = her_phone(her).get("/me/card/codes")
    assert told["Cache-Control"] == "no-store, private"
    body = told.json()
    assert body["now_ms"] == 1_795_320_000_000
    assert len(body["codes"]) == 10
    for place_in_row, one in enumerate(body["codes"]):
        starts_at = NOW + timedelta(seconds=30 * place_in_row)
        assert (one["starts_ms"], one["ends_ms"]) == (
            int(starts_at.timestamp()) * 1000,
            int(starts_at.timestamp()) * 1000 + 30_000,
        )
        assert one["code"] == codes.code_of(FIRST, codes.step_of(starts_at))
        assert one["svg"].startswith("<svg")
        assert identify_by_code(one["code"], now=starts_at).customer_id == her


def test_a_stranger_sees_nothing_and_is_sent_to_the_door() -> None:
    box()
    bind(FIRST, customer())
    stranger = Browser()
    assert (stranger.get("/me/card").status_code, stranger.page["Location"]) == (303, "/me")
    assert stranger.get("/me/card/codes").status_code == 403
    assert stranger.send("/me/card", do="lost", sure="yes", end="0013").status_code == 303
    assert state_of(FIRST) == "active"
    stranger.client.cookies["huike_card"] = "guess"
    assert stranger.get("/me/card").status_code == 303


def test_she_takes_a_digital_card_once() -> None:
    her = customer()
    phone = her_phone(her)
    assert "你还没有会员卡" in text_of(phone.page)
    assert "<script" not in phone.page.content.decode()
    assert phone.get("/me/card/codes").status_code == 409
    phone.get("/me/card")
    for _ in range(2):
        assert phone.send("/me/card", do="take")["Location"] == "/me/card?done=take"
    card = Card.objects.get(customer_id=her)
    assert (card.state, whose(card.number)) == ("active", her)
    assert "会员卡已领取。" in text_of(phone.get("/me/card?done=take"))


def test_she_binds_the_card_she_was_handed_and_no_one_elses() -> None:
    box()
    her, other = customer(), customer("李雷")
    bind(SECOND, other)
    phone = her_phone(her)
    for number in (SECOND, "880000000047", "?", ""):
        refused = phone.send("/me/card", do="bind", number=number)
        assert refused.status_code == 422
        assert "这个号码绑定不了" in text_of(refused)
    assert whose(SECOND) == other
    place(order("A-1", anonymous_key=f"card:{FIRST}"))
    assert phone.send("/me/card", do="bind", number="8800 0000 0013").status_code == 303
    assert whose(FIRST) == her
    assert history(FIRST) == [("made", "active", "")]


def test_whoever_tries_numbers_is_stopped() -> None:
    box()
    phone = her_phone(customer())
    answers = [phone.send("/me/card", do="bind", number=f"88000000{n:04d}").status_code for n in range(100, 111)]
    assert answers == [422] * 10 + [429]
    assert not Card.objects.exclude(state="made").exists()


def test_she_reports_her_card_lost_and_every_phone_forgets_it() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    phone, thief = her_phone(her), Browser()
    thief.client.cookies["huike_card"] = keeping.keep(her, now=NOW)
    assert thief.get("/me/card").status_code == 200
    assert "请勾选" in text_of(phone.send("/me/card", do="lost", end="0013"))
    assert (state_of(FIRST), KeptCard.objects.count()) == ("active", 1)
    assert phone.send("/me/card", do="lost", sure="yes", end="0013")["Location"] == "/me/card?done=lost"
    assert (state_of(FIRST), whose(FIRST), KeptCard.objects.count()) == ("lost", None, 0)
    assert thief.get("/me/card/codes").status_code == 403
    assert "领一张电子卡" in text_of(phone.get("/me/card"))
    phone.send("/me/card", do="take")
    assert (state_of(FIRST), whose(Card.objects.get(customer_id=her, state="active").number)) == ("replaced", her)


def test_a_form_from_a_page_that_showed_another_card_loses_none() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    phone = her_phone(her)
    services.replace_card(FIRST, by_number=SECOND, note="n", **ACT)
    phone.send("/me/card", do="lost", sure="yes", end="0013")
    assert state_of(SECOND) == "active"


def test_a_blocked_card_shows_no_code_and_offers_no_way_around() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    services.block_card(FIRST, note="n", **ACT)
    phone = her_phone(her)
    assert "已暂停使用" in text_of(phone.page)
    assert 'value="take"' not in phone.page.content.decode()
    phone.send("/me/card", do="take")
    assert phone.get("/me/card/codes").status_code == 409
    assert Card.objects.filter(customer_id=her).count() == 1


def test_a_phone_keeps_the_card_for_half_a_year_and_her_data_it_does_not_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box()
    her = customer()
    bind(FIRST, her)
    phone = her_phone(her)
    kept = phone.send("/me/card", do="keep")
    cookie = kept.cookies["huike_card"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/me/card", True, "Lax")
    assert KeptCard.objects.get().token_sha256 != cookie.value
    for later, status in [(timedelta(hours=1), 200), (timedelta(days=179), 200), (timedelta(days=181), 303)]:
        at(monkeypatch, NOW + later)
        assert phone.get("/me/card").status_code == status
        assert phone.get("/me/data").status_code == 303
    assert keeping.forget_ended(NOW + timedelta(days=181)) == 1


def test_a_phone_that_only_keeps_the_card_lets_no_other_phone_keep_it() -> None:
    her = customer()
    phone = Browser()
    phone.client.cookies["huike_card"] = keeping.keep(her, now=NOW)
    phone.get("/me/card")
    phone.send("/me/card", do="keep")
    assert KeptCard.objects.count() == 1


def test_signing_out_ends_the_session_and_what_the_phone_keeps() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    phone = her_phone(her)
    phone.send("/me/card", do="keep")
    phone.get("/me/card")
    assert phone.send("/me/card", do="leave").status_code == 200
    assert not KeptCard.objects.exists()
    assert phone.get("/me/card").status_code == phone.get("/me/data").status_code == 303


def test_a_kept_card_follows_a_merge() -> None:
    box()
    kept, gone = customer(), customer("小明")
    bind(FIRST, gone)
    phone = Browser()
    phone.client.cookies["huike_card"] = keeping.keep(gone, now=NOW)
    merge_customers(kept, gone, survivor_id=kept, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    assert identify_by_code(code_on(phone.get("/me/card")), now=NOW).customer_id == kept


def coupon_of(customer_id: int, **terms: Any) -> int:
    offer = active(percent_off(**{"percent_bp": 1_500, **terms}), "秋茶节")
    offers.issue(offer.pk, [customer_id], reason="gift", now=NOW)
    return int(offer.pk)


def test_her_coupons_are_there_with_code_and_what_they_are_good_for_and_nobody_elses() -> None:
    her, other = customer(), customer("李雷")
    coupon_of(her, valid_days=30, least_spend_minor=10_000)
    coupon_of(other)
    paused = coupon_of(her)
    pause_offer(paused, actor=SYSTEM)
    coupon_of(her, starts_at=NOW + timedelta(days=1))
    told = coupons.read(sections.Visit(customer_id=her, language="zh", now=NOW))
    assert [(one["name"], one["saves"], one["facts"]) for one in told["coupons"]] == [
        ("秋茶节", "8.5 折", "满 100 元可用 · 有效期至 2026-12-22")
    ]
    phone = her_phone(her)
    assert text_of(phone.page).count("秋茶节") == 1
    assert told["coupons"][0]["code"] in text_of(phone.page)
    english = coupons.read(sections.Visit(customer_id=her, language="en", now=NOW))
    assert english["coupons"][0]["saves"] == "15% off"
    after = coupons.read(sections.Visit(customer_id=her, language="zh", now=NOW + timedelta(days=31)))
    assert [one["facts"] for one in after["coupons"]] == [""]  # the one that begins later, and does not end


def only_coupon() -> Coupon:
    return Coupon.objects.get()


def link_on(page: Any) -> str:
    (link,) = re.findall(r'value="https?://[^/"]+(/me/card/gift/[\w-]+)"', page.content.decode())
    return str(link)


def test_her_page_says_what_became_of_her_coupons_and_how_often_one_may_be_used() -> None:
    her = customer()
    coupon_of(her, valid_days=30, uses=3)
    offers.issue(only_coupon().offer_id, [her], reason="other", now=NOW)
    void = Coupon.objects.latest("pk")
    Coupon.objects.filter(pk=void.pk).update(state="void")
    told = coupons.read(sections.Visit(customer_id=her, language="zh", now=NOW))
    assert [one["facts"] for one in told["coupons"]] == ["还可用 3 次（共 3 次） · 有效期至 2026-12-22"]
    assert told["past"] == [{"name": "秋茶节", "what": "已作废"}]


def test_she_adds_a_bearers_coupon_by_its_code_and_a_wrong_one_is_refused_alike() -> None:
    her, other = customer(), customer("李雷")
    coupon_of(other, valid_days=30)
    code = only_coupon().code
    phone = her_phone(her)
    for wrong in (code, "NOSUCHCODE"):
        page = phone.send("/me/card", do="claim", claimed_code=wrong)
        assert (page.status_code, WORDS["zh"]["coupon_claim_refused"] in text_of(page)) == (422, True)
    Coupon.objects.update(customer=None)
    assert phone.send("/me/card", do="claim", claimed_code=f" {code.lower()[:6]} {code[6:]} ").status_code == 303
    assert only_coupon().customer_id == her
    assert "秋茶节" in text_of(phone.get("/me/card"))


def test_who_guesses_codes_is_stopped() -> None:
    phone = her_phone(customer())
    answers = [phone.send("/me/card", do="claim", claimed_code=f"GUESS{n}").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_friend_takes_her_coupon_by_the_link_on_her_page() -> None:
    her, friend = customer(), customer("李雷")
    coupon_of(her, valid_days=30, transfer="once")
    hers, friends, stranger = her_phone(her), her_phone(friend), Browser()
    link = link_on(hers.send("/me/card", do="gift", code=only_coupon().code))
    assert WORDS["zh"]["coupon_gift_open"] in text_of(hers.get("/me/card"))
    assert WORDS["zh"]["gift_yours"] in text_of(hers.get(link))
    seen = stranger.get(link)
    assert (seen.status_code, "秋茶节" in text_of(seen)) == (200, True)
    assert only_coupon().code not in seen.content.decode()
    stranger.send(link)
    assert only_coupon().customer_id == her
    friends.get(link)
    assert friends.send(link).status_code == 303
    assert only_coupon().customer_id == friend
    assert "秋茶节" in text_of(friends.get("/me/card"))
    assert hers.get(link).status_code == 410
    # Once, say the terms: the friend is offered no link, and makes none by hand.
    assert friends.send("/me/card", do="gift", code=only_coupon().code).status_code == 422


def test_she_takes_a_link_back_and_nobody_else_does() -> None:
    her, other = customer(), customer("李雷")
    coupon_of(her, valid_days=30, transfer="freely")
    phone, others = her_phone(her), her_phone(other)
    link = link_on(phone.send("/me/card", do="gift", code=only_coupon().code))
    others.send("/me/card", do="gift_back", code=only_coupon().code)
    assert others.get(link).status_code == 200
    phone.get("/me/card")
    phone.send("/me/card", do="gift_back", code=only_coupon().code)
    assert others.get(link).status_code == 410


def test_sections_stand_in_their_order_and_those_with_nothing_to_say_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def section(key: str, rank: int, told: dict[str, str] | None) -> sections.Section:
        return sections.Section(key=key, rank=rank, template="t.html", read=lambda visit: told)

    monkeypatch.setattr(sections, "_sections", {})
    for one in (section("b", 20, {"x": "1"}), section("c", 10, {"x": "2"}), section("a", 5, None)):
        sections.register(one)
        sections.register(one)
    with pytest.raises(ValueError, match="registered already"):
        sections.register(section("b", 30, None))
    visit = sections.Visit(customer_id=1, language="en", now=NOW)
    assert [one["key"] for one in sections.shown(visit)] == ["c", "b"]


def test_her_data_page_leads_to_her_card() -> None:
    phone = signed_in_herself(customer())
    assert 'href="/me/card"' in phone.get("/me/data").content.decode()


def test_both_languages_say_the_same_things() -> None:
    assert {key for key in WORDS["zh"] if not key.startswith("amount_")} == set(WORDS["en"])
    for key, words in WORDS["en"].items():
        said = WORDS["zh"][key]
        if key != "coupon_percent":  # what is off, and what is left
            assert sorted(re.findall(r"\{\w+\}", words)) == sorted(re.findall(r"\{\w+\}", said)), key


def test_the_link_of_a_colleague_opens_the_card_too() -> None:
    box()
    her = customer()
    bind(FIRST, her)
    made = links.make(her, actor=SYSTEM, scope=EVERYTHING, good=links.HANDED_LINK_GOOD, now=NOW)
    phone = Browser()
    path = made.address[made.address.index("/me/") :]
    phone.get(path)
    phone.send(path)
    assert "0013" in text_of(phone.get("/me/card"))
