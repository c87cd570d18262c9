"""The worked examples of docs/algorithms/identity.md."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from huike.customers import services
from huike.customers.errors import EmailInvalid, IdentityOfNobody, IdentityShared, IdentityTaken, IdentityTooMany
from huike.customers.identity import limits
from huike.customers.identity.regions import phone_regions, region_of
from huike.customers.identity.rules import Limit
from huike.customers.identity.services import add_identity, release_identity, verify_identity
from huike.customers.models import Claim, Customer, Identity, IdentityRefusal, SharedIdentity
from huike.customers.rules import normalise_card, normalise_email, normalise_identity, normalise_phone
from huike.customers.services import CustomerDraft
from huike.kernel.scope import EVERYTHING
from huike.orders.models import Order
from huike.orders.rules import BuyerIdentity
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, OutboxEvent
from huike.staff.rules import Role
from tests.people import code_of, signed_in
from tests.tills import NOW, figures, order, phone, place, store, taken_back

PHONE = "+8613812345678"


def customer(name: str = "", **told: Any) -> int:
    draft = CustomerDraft(name=name, **told)
    return int(services.create_customer(draft, actor=SYSTEM, scope=EVERYTHING).pk)


def add(customer_id: int, kind: str, text: str, *, verified: bool = True) -> Identity:
    return add_identity(
        customer_id, kind=kind, text=text, source_id=None, verified=verified, actor=SYSTEM, scope=EVERYTHING, now=NOW
    )


def release(customer_id: int, identity: Identity, reason: str = "recycled") -> None:
    release_identity(customer_id, identity.pk, reason=reason, actor=SYSTEM, scope=EVERYTHING, now=NOW)


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        ("138 1234 5678", PHONE),
        ("０１３８１２３４５６７８", PHONE),
        ("013812345678", PHONE),
        ("+86-138-1234-5678", PHONE),
        ("0086 13812345678", PHONE),
        ("021-6232 1234", "+862162321234"),
        ("400 820 8820", "+864008208820"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_phones_are_one_number_however_they_are_written(told: str, stored: str) -> None:
    assert normalise_phone(told) == stored


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        ("<Li@Example.COM>", "li@example.com"),
        ("mailto:li@xn--fiqs8s.example.", "li@中国.example"),
        ("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "li@example.com"),
        ("“l.i@gmail.com”，".replace("，", ","), "l.i@gmail.com"),
    ],
)
def test_addresses_lose_what_was_copied_along(told: str, stored: str) -> None:
    assert normalise_email(told) == stored


def test_an_address_with_a_broken_domain_is_refused_and_cards_are_one_number() -> None:
    with pytest.raises(EmailInvalid):
        normalise_email("li@xn--\x00.example")
    assert normalise_card("ｖｉｐ 00-42") == "VIP0042"


@pytest.mark.parametrize(
    ("told", "regions", "stored"),
    [
        ("9123 4567", ("HK",), "+85291234567"),
        ("6612 3456", ("MO", "HK"), "+85366123456"),
        ("138 1234 5678", ("HK", "CN"), PHONE),
        ("020 7946 0958", ("GB",), "+442079460958"),
        ("(501) 234-5678", ("US", "CN"), "+15012345678"),
        ("15012345678", ("CN", "US"), "+8615012345678"),
        ("+86 138 1234 5678", ("GB",), PHONE),
        ("011 86 138 1234 5678", ("US",), PHONE),
    ],
)
def test_a_phone_without_country_code_is_of_the_first_region_that_has_it(
    told: str, regions: tuple[str, ...], stored: str
) -> None:
    assert normalise_phone(told, regions=regions) == stored


@pytest.mark.parametrize(
    ("told", "region"),
    [("GB", "GB"), ("gb", "GB"), ("United Kingdom", "GB"), ("英国", "GB"), ("EIRE", "IE"), ("中国香港", "HK"),
     ("Deutschland", None), ("Atlantis", None), ("", None), (None, None)],
)  # fmt: skip
def test_a_country_is_known_by_its_letters_and_its_names(told: str | None, region: str | None) -> None:
    assert region_of(told) == region


@pytest.mark.parametrize(
    ("kind", "told", "stored"),
    [
        ("device", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("device", "AA-BB-CC-00-11-22", "aa:bb:cc:00:11:22"),
        ("device", " Till-7 ", "Till-7"),
        ("wechat_openid", " oGZUI0egBJY1zhBYw2KhdUfwVJJE\n", "oGZUI0egBJY1zhBYw2KhdUfwVJJE"),
        ("wechat_unionid", "ｏ６ＺＡｘ", "o6ZAx"),
        ("external", " Ab-12 ", "Ab-12"),
    ],
)
def test_ids_lose_only_what_means_nothing(kind: str, told: str, stored: str) -> None:
    assert normalise_identity(kind, told) == stored


@pytest.mark.parametrize(
    ("kind", "told"),
    [("external", "0"), ("external", "NULL"), ("wechat_openid", "undefined"), ("device", "[object Object]"),
     ("device", "00000000-0000-0000-0000-000000000000")],
)  # fmt: skip
def test_what_programs_send_for_nobody_is_nobodys_id(kind: str, told: str) -> None:
    with pytest.raises(IdentityOfNobody):
        normalise_identity(kind, told)


@pytest.mark.django_db
def test_the_country_told_counts_before_the_sources_and_the_sources_before_the_operators(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"name": "Hong Kong till", "channel": "pos", "timezone": "Asia/Hong_Kong", "currency": "HKD"}
    source = services.create_source(key="hk-till", phone_region="HK", actor=SYSTEM, **told)
    monkeypatch.setattr(
        "huike.customers.identity.regions.get_config", lambda: SimpleNamespace(phone_region_list=("CN",))
    )
    assert phone_regions(country="英国", source="hk-till") == ("GB", "HK", "CN")
    assert phone_regions(source=source.pk) == ("HK", "CN")
    assert phone_regions(country="China", source="nowhere") == ("CN",)


@pytest.mark.django_db
def test_a_till_tells_wechat_ids_and_devices_and_where_its_phones_are_from() -> None:
    told = {"name": "HK", "channel": "pos", "timezone": "Asia/Hong_Kong", "currency": "HKD", "phone_region": "HK"}
    owner = signed_in()
    assert owner.post("/sources", {"key": "hk-shop", **told}).json()["phone_region"] == "HK"
    assert code_of(owner.post("/sources", {"key": "xx-shop", **told, "phone_region": "XX"})) == "invalid"
    buyer = {"phone": "9123 4567", "wechat_unionid": "o6ZAx", "wechat_openid": "oGZUI0", "device": "TILL-7",
             "external_id": "0"}  # fmt: skip
    body = {
        "source": "hk-shop", "external_id": "H-1", "placed_at": NOW.isoformat(), "channel": "pos", "currency": "HKD",
        "customer": buyer, "lines": [{"sku": "TEA", "quantity": "1", "unit_price": "10"}],
    }  # fmt: skip
    placed = owner.once("/orders", body)
    assert placed.status_code == 201, placed.content
    known = Identity.objects.filter(customer__phone="+85291234567").order_by("kind").values_list("kind", "value")
    assert list(known) == [
        ("device", "TILL-7"), ("phone", "+85291234567"), ("wechat_openid", "oGZUI0"), ("wechat_unionid", "o6ZAx"),
    ]  # fmt: skip
    by_country = {**body, "external_id": "H-2", "customer": {"phone": "020 7946 0958", "country": "GB"}}
    assert owner.once("/orders", by_country).status_code == 201
    assert Customer.objects.filter(phone="+442079460958").count() == 1
    # Strangers whom a program calls "0" are not one person.
    for number in ("H-3", "H-4"):
        nobody = {**body, "external_id": number, "customer": {"external_id": "0"}, "anonymous_key": number}
        assert owner.once("/orders", nobody).status_code == 201
    assert Order.objects.filter(customer=None).count() == 2


@pytest.mark.django_db
def test_an_unverified_phone_may_be_on_several_files_and_names_nobody() -> None:
    first, second = customer("a"), customer("b")
    mine, theirs = add(first, "phone", PHONE, verified=False), add(second, "phone", PHONE, verified=False)
    made = place(order("A-1", buyer=phone()))
    assert made.customer_created
    with pytest.raises(IdentityTaken):
        verify_identity(first, mine.pk, actor=SYSTEM, scope=EVERYTHING, now=NOW)
    theirs.refresh_from_db()
    assert not theirs.verified


@pytest.mark.django_db
def test_a_recycled_number_starts_anew_with_its_next_holder() -> None:
    old = customer("old", phone=PHONE)
    place(order("A-1", buyer=phone()))
    release(old, Identity.objects.get(customer=old))
    assert Customer.objects.get(pk=old).phone is None
    new = place(order("A-2", buyer=phone())).customer_id
    assert new != old
    assert (figures(old)[0], figures(new)[0]) == (1, 1)
    history = Identity.objects.get(customer=old)
    assert (history.verified, history.released_at, history.release_reason) == (False, NOW, "recycled")
    assert AuditEntry.objects.get(action="release_identity").details["reason"] == "recycled"


@pytest.mark.django_db
def test_releasing_the_phone_shown_shows_another_confirmed_one() -> None:
    person = customer("a", phone=PHONE)
    add(person, "phone", "13900000000")
    release(person, Identity.objects.get(customer=person, value=PHONE))
    assert Customer.objects.get(pk=person).phone == "+8613900000000"


@pytest.mark.django_db
def test_a_phone_on_a_fourth_file_is_a_shops_phone_and_links_nobody() -> None:
    owner = place(order("A-0", buyer=phone())).customer_id
    for n in range(3):
        card = BuyerIdentity("card", f"880000{n}")
        place(order(f"A-{n + 1}", buyer=(card,)))
        place(order(f"B-{n + 1}", buyer=(card, *phone())), order(f"C-{n + 1}", buyer=(card, *phone())))
    assert Identity.objects.filter(kind="phone", value=PHONE).count() == 4
    assert not Identity.objects.filter(kind="phone", verified=True).exists()
    assert SharedIdentity.objects.get().files_count == 4
    anonymous = place(order("A-9", buyer=phone()))
    assert (anonymous.customer_id, figures(owner)[0]) == (None, 1)
    by_card = place(order("A-10", buyer=(BuyerIdentity("card", "9900001"), *phone())))
    assert by_card.customer_created
    refused = IdentityRefusal.objects.filter(customer=None, reason="shared").get()
    assert (refused.value, refused.told_with, refused.times) == (PHONE, "order A-9", 1)
    taken = IdentityRefusal.objects.filter(reason="taken").order_by("pk").first()
    assert taken is not None
    assert (taken.holder_id, taken.told_with, taken.times) == (owner, "order C-1", 2)
    with pytest.raises(IdentityShared):
        add(customer("b"), "phone", PHONE)


@pytest.mark.django_db
def test_a_lifted_phone_names_the_person_it_is_confirmed_for() -> None:
    person = customer("a")
    add(person, "phone", PHONE, verified=False)
    shared = SharedIdentity.objects.create(kind="phone", value=PHONE, files_count=4)
    limits.lift_shared(shared.pk, actor=SYSTEM)
    assert not Identity.objects.filter(customer=person, released_at=None).exists()
    add(person, "phone", PHONE)
    assert place(order("A-1", buyer=phone())).customer_id == person


@pytest.mark.django_db
def test_one_identity_too_many_is_left_out_and_written_down() -> None:
    limits.set_limit("phone", Limit(2, 3), actor=SYSTEM)
    card = BuyerIdentity("card", "8800001")
    for n in range(3):
        place(order(f"A-{n}", buyer=(card, BuyerIdentity("phone", f"+861381234567{n}"))))
    person = Identity.objects.get(kind="card").customer_id
    assert Identity.objects.filter(customer=person, kind="phone").count() == 2
    refused = IdentityRefusal.objects.get()
    assert (refused.reason, refused.value, refused.customer_id) == ("too_many", "+8613812345672", person)
    with pytest.raises(IdentityTooMany):
        add(person, "phone", "13900000000")


@pytest.mark.django_db
def test_orders_under_a_card_are_hers_once_the_card_is_known_and_from_then_on() -> None:
    waiting = place(order("A-1", anonymous_key="card:8800001"), taken_back("R-1", return_of="A-1"))
    assert waiting.customer_id is None
    person = customer("a", phone=PHONE)
    place(order("A-2", buyer=(*phone(), BuyerIdentity("card", "8800001"))))
    assert figures(person) == (2, 1, 1_000, "CNY")
    assert place(order("A-3", anonymous_key="card:8800001")).customer_id == person
    claim = Claim.objects.get()
    assert (claim.customer_id, claim.how, claim.key, claim.counts) == (
        person,
        "automatic",
        "card:8800001",
        {"order": 1},
    )
    event = OutboxEvent.objects.get(name="customers.customer_claimed")
    assert event.payload["rows"] == {"order": [Order.objects.get(external_id="A-1").pk]}
    place(order("B-1", anonymous_key="card:9900001"))
    newcomer = place(order("B-2", buyer=(BuyerIdentity("card", "9900001"),)))
    assert figures(newcomer.customer_id)[0] == 2


@pytest.mark.django_db
def test_a_receipt_number_is_nobodys_card_and_is_claimed_by_a_clerk() -> None:
    place(order("8800001"), order("A-2", buyer=(BuyerIdentity("card", "8800001"),)))
    assert not Claim.objects.exists()
    person = customer("a")
    agent = signed_in(Role.SERVICE)
    (found,) = agent.get(f"/customers/{person}/claimable?key=8800001").json()
    assert (found["state"], found["params"]["external_id"]) == ("waiting", "8800001")
    assert agent.once(f"/customers/{person}/claims", {"key": "8800001"}).json()["counts"] == {"order": 1}
    assert agent.once(f"/customers/{person}/claims", {"key": "8800001"}).json()["counts"] == {}
    assert figures(person)[0] == 1
    other = customer("b")
    assert code_of(agent.once(f"/customers/{other}/claims", {"key": "8800001"})) == "claim.already_claimed"
    assert code_of(agent.once(f"/customers/{other}/claims", {"key": "none"})) == "claim.not_found"


@pytest.mark.django_db
def test_a_clerk_of_another_store_finds_and_claims_nothing_of_this_one() -> None:
    here, there = store(), store("HZ01", "西湖店")
    place(order("A-1", store_code=here.code))
    hers = customer("a", home_store_id=there.pk)
    agent = signed_in(Role.SERVICE, store_ids=[there.pk])
    assert agent.get(f"/customers/{hers}/claimable?key=A-1").json() == []
    assert code_of(agent.once(f"/customers/{hers}/claims", {"key": "A-1"})) == "claim.not_found"
    stranger = customer("b", phone=PHONE, home_store_id=here.pk)
    assert code_of(agent.get(f"/customers/{stranger}/identities")) == "customer.not_found"
    identity = Identity.objects.get(customer=stranger)
    for path, body in (("verify", {}), ("release", {"reason": "wrong"})):
        answer = agent.post(f"/customers/{stranger}/identities/{identity.pk}/{path}", body)
        assert code_of(answer) == "customer.not_found"
    identity.refresh_from_db()
    assert identity.verified


@pytest.mark.django_db
def test_staff_work_on_identities_limits_and_refusals_over_http() -> None:
    person = customer("a", phone=PHONE)
    agent = signed_in(Role.SERVICE)
    added = agent.post(f"/customers/{person}/identities", {"kind": "email", "value": "Li@Example.com"}).json()
    assert (added["value"], added["verified"]) == ("l***@example.com", False)
    assert agent.post(f"/customers/{person}/identities/{added['id']}/verify").json()["verified"] is True
    assert Customer.objects.get(pk=person).email == "li@example.com"
    agent.post(f"/customers/{person}/identities/{added['id']}/release", {"reason": "wrong"})
    listed = agent.get(f"/customers/{person}/identities").json()
    assert [(row["kind"], row["release_reason"]) for row in listed] == [("phone", None), ("email", "wrong")]
    path = "/identity-limits/phone"
    assert agent.call("PUT", path, {"most_per_customer": 2, "most_files": 9}).json()["most_files"] == 9
    assert {row["kind"]: row["most_files"] for row in agent.get("/identity-limits").json()}["phone"] == 9
    assert agent.get("/identity-refusals").json()["total"] == 0
    assert agent.get("/shared-identities").json()["items"] == []
