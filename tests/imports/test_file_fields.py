"""Every field of a person's file comes in with a file of customers (docs/algorithms/imports.md, section 6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huike.catalog.models import Store
from huike.customers.models import Company, CompanyContact, Customer
from huike.imports.fields import Column, propose
from huike.staff.models import User
from tests.imports.files import bring, check, text_of, whole

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = (
    "客户编号", "农历生日", "月收入", "学历", "兴趣爱好", "客户阶段", "纬度", "经度", "归属门店", "负责人", "来源活动",
    "推荐人", "公司名称", "职务",
)  # fmt: skip
ROW = (
    "1", "1990年八月十五", "1万-2万", "本科", "茶、徒步", "老客", "31.230416", "121.473701", "S1", "li@example.com",
    "2026 春茶", "2", "青禾科技", "采购",
)  # fmt: skip
ENGLISH = (
    "CustomerID", "Lunar birthday", "Income", "Education", "Interests", "Stage", "Latitude", "Longitude", "Home store",
    "Owner", "Source campaign", "Referrer", "Company", "Job title",
)  # fmt: skip


@pytest.fixture
def house() -> dict[str, int]:
    owner = User.objects.create(email="li@example.com", name="李雷", role="clerk")
    return {"store": Store.objects.create(code="S1", name="南京路店").pk, "owner": owner.pk}


def people(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Any:
    return whole(text_of(header, rows), kind="customers", filename="people.csv", source_key="shop")


def of(number: str) -> Customer:
    return Customer.objects.get(identities__value=number)


@pytest.mark.parametrize("header", [HEADER, ENGLISH], ids=["zh", "en"])
def test_columns_are_proposed_by_their_names(header: tuple[str, ...]) -> None:
    proposed = propose("customers", [Column(name, ()) for name in header])
    assert [key for name in header for key, column in proposed.items() if column == name] == [
        "external_id", "birth_lunar", "income", "education", "interests", "stage", "latitude", "longitude",
        "home_store", "owner", "source_campaign", "referrer", "company", "company_role",
    ]  # fmt: skip


@pytest.mark.parametrize("header", [HEADER, ENGLISH], ids=["zh", "en"])
def test_a_row_fills_every_field_of_the_file(house: dict[str, int], header: tuple[str, ...]) -> None:
    record = people(ROW, ("2", *[""] * 13), header=header)

    her = of("1")
    assert (her.birth_lunar_year, her.birth_lunar_month, her.birth_lunar_day) == (1990, 8, 15)
    assert (her.birth_lunar_leap, her.birth_on) == (False, date(1990, 10, 3))
    assert (her.income, her.education, her.stage) == ("10k_20k", "bachelor", "regular")
    assert her.declared_interests == ["徒步", "茶"]
    assert (her.latitude, her.longitude) == (Decimal("31.230416"), Decimal("121.473701"))
    assert (her.home_store_id, her.owner_id) == (house["store"], house["owner"])
    assert (her.source_campaign, her.referrer_id) == ("2026 春茶", of("2").pk)
    contact = CompanyContact.objects.select_related("company").get()
    assert (contact.customer_id, contact.company.name, contact.role) == (her.pk, "青禾科技", "采购")
    assert contact.company.name_pinyin == "qinghekeji"
    assert (record.result["created"], record.result["referrers_unknown"]) == (2, 0)


def test_the_same_file_again_changes_nothing(house: dict[str, int]) -> None:
    rows = [ROW, ("2", *[""] * 13)]
    people(*rows)
    before = [*Customer.objects.order_by("pk").values()], [*CompanyContact.objects.values()]

    record = people(*rows)

    assert ([*Customer.objects.order_by("pk").values()], [*CompanyContact.objects.values()]) == before
    assert Company.objects.count() == 1
    assert (record.result["created"], record.result["updated"], record.result["unchanged"]) == (0, 0, 2)


def test_a_row_is_refused_with_its_reason_when_a_cell_cannot_be_true(house: dict[str, int]) -> None:
    def changed(**cells: str) -> tuple[str, ...]:
        return tuple(cells.get(f"c{place}", value) for place, value in enumerate(ROW))

    wrong = [
        changed(c0="2", c1="八月三十五"),
        changed(c0="3", c1="1990年闰八月初一"),  # no such month that year
        changed(c0="4", c2="富有"),
        changed(c0="5", c3="家里蹲"),
        changed(c0="6", c5="朋友"),
        changed(c0="7", c6="91"),
        changed(c0="8", c7="180.5"),
        changed(c0="9", c7=""),
        changed(c0="10", c8="S9"),
        changed(c0="11", c9="nobody@example.com"),
    ]
    record = bring(text_of(HEADER, [ROW, *wrong]), kind="customers", filename="people.csv")
    report = check(record, source_key="shop").check_report
    assert sorted((reason["code"], reason["params"]["column"], reason["count"]) for reason in report["reasons"]) == [
        ("coordinate.missing", "经度", 1),
        ("coordinate.unreadable", "纬度", 1),
        ("coordinate.unreadable", "经度", 1),
        ("date.unreadable", "农历生日", 2),
        ("option.unknown", "学历", 1),
        ("option.unknown", "客户阶段", 1),
        ("option.unknown", "月收入", 1),
        ("reference.unknown", "归属门店", 1),
        ("reference.unknown", "负责人", 1),
    ]
    assert report["ok_rows"] == 1
    assert not Customer.objects.exists()


def test_a_later_row_replaces_a_lunar_birthday_by_a_solar_one_as_a_whole() -> None:
    header = ("客户编号", "农历生日", "生日")
    people(("1", "闰二月初一", ""), ("2", "", "1990-05-06"), header=header)
    assert (of("1").birth_on, of("1").birth_lunar_month, of("1").birth_lunar_leap) == (None, 2, True)

    people(("1", "", "1991-01-02"), ("2", "腊月三十", ""), header=header)

    her, him = of("1"), of("2")
    assert (her.birth_on, her.birth_lunar_month, her.birth_lunar_leap) == (date(1991, 1, 2), None, False)
    assert (him.birth_on, him.birth_lunar_month, him.birth_lunar_day) == (None, 12, 30)


def test_a_row_that_tells_both_birthdays_is_refused() -> None:
    header = ("客户编号", "农历生日", "生日")
    record = bring(text_of(header, [("1", "八月十五", "1990-05-06")]), kind="customers", filename="people.csv")
    report = check(record, source_key="shop").check_report
    assert [(reason["code"], reason["count"]) for reason in report["reasons"]] == [("birthday.told_twice", 1)]


def test_empty_cells_leave_what_was_told_and_lists_grow(house: dict[str, int]) -> None:
    people(ROW, ("2", *[""] * 13))
    people(("1", "", "", "", "咖啡", *[""] * 9))
    her = of("1")
    assert her.declared_interests == ["咖啡", "徒步", "茶"]
    assert (her.income, her.home_store_id, her.birth_lunar_day) == ("10k_20k", house["store"], 15)
    assert CompanyContact.objects.get().role == "采购"


def test_a_referrer_nobody_is_known_by_is_counted_and_nobody_refers_herself() -> None:
    record = people(("1", "1"), ("2", "99"), ("3", "2"), header=("客户编号", "推荐人"))
    assert (of("1").referrer_id, of("2").referrer_id, of("3").referrer_id) == (None, None, of("2").pk)
    assert record.result["referrers_unknown"] == 2


def test_an_owner_is_named_by_a_name_that_only_one_colleague_has(house: dict[str, int]) -> None:
    people(("1", "李雷"), header=("客户编号", "负责人"))
    assert of("1").owner_id == house["owner"]

    User.objects.create(email="other@example.com", name="李雷", role="clerk")
    record = bring(text_of(("客户编号", "负责人"), [("2", "李雷")]), kind="customers", filename="people.csv")
    report = check(record, source_key="shop").check_report
    assert [(reason["code"], reason["count"]) for reason in report["reasons"]] == [("reference.unknown", 1)]
