"""A file of customers fills their files, keeps their word on consent, and never takes a person for another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from huike.customers import bulk
from huike.customers.models import Consent, ConsentEvent, Customer, Identity
from huike.customers.services import record_consent
from huike.platform.audit import SYSTEM
from huike.platform.jobs import Progress
from tests.imports.files import RETAIL, bring, check, reasons, text_of, whole

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = (
    "CustomerID",
    "Name",
    "Email",
    "Phone",
    "Language",
    "City",
    "Email consent",
    "Consent date",
    "Tags",
    "Birthday",
)
ROW = ("17850", "王小明", "Li@Example.com", "13812345678", "zh", "上海", "yes", "2024-03-05", "茶, VIP", "1990-05-06")


def of(*rows: tuple[str, ...]) -> bytes:
    return text_of(HEADER, rows)


def changed(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name.replace(" ", "_"), value) for name, value in zip(HEADER, row, strict=True))


def people(*rows: tuple[str, ...], **corrections: str):
    return whole(of(*rows), kind="customers", filename="people.csv", source_key="shop", **corrections)


def test_a_file_says_everything_when_a_row_does() -> None:
    record = people(ROW)

    customer = Customer.objects.get()
    assert (customer.name, customer.name_pinyin, customer.name_initials) == ("王小明", "wangxiaoming", "wxm")
    assert (customer.email, customer.phone) == ("li@example.com", "+8613812345678")
    assert (customer.language, customer.city, customer.birth_on) == ("zh-CN", "上海", date(1990, 5, 6))
    assert customer.tags == ["VIP", "茶"]
    assert set(Identity.objects.values_list("kind", "value", "verified")) == {
        ("external", "17850", True),
        ("email", "li@example.com", True),
        ("phone", "+8613812345678", True),
    }
    consent = Consent.objects.get()
    assert (consent.channel, consent.purpose, consent.state) == ("email", "marketing", "granted")
    assert consent.given_at == datetime(2024, 3, 5, tzinfo=UTC)
    assert (record.result["created"], record.result["updated"]) == (1, 0)


def test_a_phone_without_country_code_is_of_the_rows_country_and_else_of_the_files() -> None:
    header = ("CustomerID", "Phone", "Country")
    rows = [
        ("1", "020 7946 0958", "United Kingdom"),
        ("2", "138 1234 5678", "英国"),  # no number there: the file's
        ("3", "9123 4567", "HK"),
        ("4", "13912345678", ""),
        ("5", "+1 501 234 5678", "中国"),
        ("6", "9123 4567", "Atlantis"),
    ]
    record = whole(text_of(header, rows), kind="customers", filename="people.csv", source_key="shop")

    phones = dict(Identity.objects.filter(kind="external").values_list("value", "customer__phone"))
    assert phones == {
        "1": "+442079460958", "2": "+8613812345678", "3": "+85291234567", "4": "+8613912345678", "5": "+15012345678",
    }  # fmt: skip
    assert reasons(record) == {"phone.invalid": 1}


def test_nothing_changes_when_the_same_people_are_imported_again() -> None:
    rows = [ROW, changed(ROW, CustomerID="2", Email="b@example.com", Phone="", Email_consent="no", Consent_date="")]
    people(*rows)
    before = [*Customer.objects.order_by("id").values()], [*ConsentEvent.objects.order_by("id").values()]

    record = people(*rows)

    assert [*Customer.objects.order_by("id").values()] == before[0]
    assert [*ConsentEvent.objects.order_by("id").values()] == before[1]
    assert (record.result["created"], record.result["updated"], record.result["unchanged"]) == (0, 0, 2)


def test_the_buyer_of_an_order_file_is_found_when_the_customer_file_names_the_same_id() -> None:
    order = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France")
    whole(text_of(RETAIL, [order]), source_key="shop")

    record = people(ROW)

    customer = Customer.objects.get()
    assert (customer.name, customer.country, customer.orders_count) == ("王小明", "France", 1)
    assert (record.result["created"], record.result["updated"]) == (0, 1)


def test_empty_cells_change_nothing_when_a_person_is_known() -> None:
    people(ROW)

    people(changed(ROW, Name="", City="", Email="", Language="", Tags="new", Birthday=""))

    customer = Customer.objects.get()
    assert (customer.name, customer.city, customer.email) == ("王小明", "上海", "li@example.com")
    assert customer.tags == ["VIP", "new", "茶"]


def test_the_later_row_wins_when_two_rows_are_one_person() -> None:
    record = people(
        ROW, changed(ROW, Name="王大明", City=""), changed(ROW, CustomerID="", Name="", City="北京", Phone="")
    )

    customer = Customer.objects.get()
    assert (customer.name, customer.city) == ("王大明", "北京")
    assert record.result["created"] == 1


def test_an_address_stays_with_its_owner_when_another_row_has_it_too() -> None:
    people(ROW, changed(ROW, CustomerID="18000", Phone="13912345678", Email="other@example.com"))

    record = people(changed(ROW, CustomerID="18000", Phone="", Email="li@example.com"))

    assert Customer.objects.get(identities__value="17850").email == "li@example.com"
    assert Customer.objects.get(identities__value="18000").email == "other@example.com"
    assert record.result["identities_elsewhere"] == 1


def test_two_rows_become_one_person_when_the_weaker_identity_is_shared() -> None:
    # As telling them one after the other would: the second is known by the e-mail of the first.
    people(ROW, changed(ROW, CustomerID="18000", Phone="", Name=""))

    assert Customer.objects.count() == 1
    assert set(Identity.objects.filter(kind="external").values_list("value", flat=True)) == {"17850", "18000"}


def test_nobody_is_linked_when_a_phone_is_on_more_than_twenty_people() -> None:
    rows = [changed(ROW, CustomerID=str(n), Email=f"p{n}@example.com", Email_consent="") for n in range(21)]

    people(*rows)

    assert Customer.objects.count() == 21
    assert not Customer.objects.filter(phone__isnull=False).exists()


def test_a_no_given_since_stands_when_the_file_says_yes_without_a_date() -> None:
    people(changed(ROW, Email_consent=""))
    customer = Customer.objects.get()
    record_consent(
        customer.pk,
        channel="email",
        purpose="marketing",
        state="withdrawn",
        given_at=datetime(2024, 1, 1, tzinfo=UTC),
        how="unsubscribe",
        actor=SYSTEM,
    )

    people(changed(ROW, Consent_date=""))

    assert Consent.objects.get().state == "withdrawn"
    assert ConsentEvent.objects.count() == 1


def test_a_later_no_in_a_file_withdraws_when_consent_was_granted() -> None:
    people(ROW)

    people(changed(ROW, Email_consent="否", Consent_date="2024-06-01"))

    assert Consent.objects.get().state == "withdrawn"
    assert list(ConsentEvent.objects.order_by("given_at").values_list("state", flat=True)) == ["granted", "withdrawn"]


def test_an_older_yes_changes_nothing_when_a_later_no_stands() -> None:
    people(changed(ROW, Email_consent="no", Consent_date="2024-06-01"))

    people(ROW)

    assert Consent.objects.get().state == "denied"


def test_rows_are_refused_with_reasons_when_cells_cannot_be_true() -> None:
    record = check(
        bring(
            of(
                ROW,
                changed(ROW, CustomerID="2", Email="not an address"),
                changed(ROW, CustomerID="3", Phone="123"),
                changed(ROW, CustomerID="4", Birthday="2199-01-01"),
                changed(ROW, CustomerID="5", Birthday="soon"),
                changed(ROW, CustomerID="6", Language="Klingon"),
                changed(ROW, CustomerID="7", Email_consent="perhaps"),
                changed(ROW, CustomerID="", Email="", Phone=""),
            ),
            kind="customers",
        )
    )

    assert reasons(record) == {
        "email.invalid": 1,
        "phone.invalid": 1,
        "date.absurd": 1,
        "date.unreadable": 1,
        "language.unknown": 1,
        "yes_no.unknown": 1,
        "identity.missing": 1,
    }
    assert record.check_report["ok_rows"] == 1


def test_an_import_counts_people_while_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, str]] = []
    report = Progress.report

    def listening(self: Progress, *, done: int, phase: str = "", **more: Any) -> None:
        said.append((done, phase))
        report(self, done=done, phase=phase, **more)

    monkeypatch.setattr(Progress, "report", listening)
    monkeypatch.setattr(bulk, "_WRITTEN_AT_ONCE", 2)
    rows = [changed(ROW, CustomerID=f"C{n}", Phone=f"1381234567{n}", Email=f"c{n}@example.com") for n in range(5)]
    known = people(*rows[:3])
    assert known.result["created"] == 3
    said.clear()

    record = people(*rows[:2], changed(rows[2], City="北京"), *rows[3:])

    assert [done for done, phase in said if phase == "people"] == [0, 2, 4, 5]
    assert {key: record.result[key] for key in ("created", "updated", "unchanged")} == {
        "created": 2,
        "updated": 1,
        "unchanged": 2,
    }
    assert list(Customer.objects.order_by("id").values_list("city", flat=True)) == [
        "上海",
        "上海",
        "北京",
        "上海",
        "上海",
    ]
