"""A letter may name every field of a person's file, in its own language."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from huike.catalog.models import Store
from huike.customers.built_in import FIELDS, SAID
from huike.customers.fields import services
from huike.customers.fields.rules import Option
from huike.customers.models import (
    Company,
    CompanyContact,
    Customer,
    CustomField,
    CustomValue,
    Household,
    HouseholdMember,
    Source,
)
from huike.kernel.scope import EVERYTHING
from huike.messaging.mails import people_variables, person_variables
from huike.messaging.rendering import KNOWN_VARIABLES, compile_content, fill, variable_of
from huike.platform.audit import SYSTEM
from huike.staff.models import User
from huike.staff.rules import Role
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def her() -> Customer:
    referrer = Customer.objects.create(name="韩梅梅")
    customer = Customer.objects.create(
        name="王小明",
        phone="+8613812345678",
        gender="female",
        birth_on=date(1990, 10, 3),
        birth_lunar_year=1990,
        birth_lunar_month=8,
        birth_lunar_day=15,
        language="zh-CN",
        country="中国",
        province="上海",
        city="上海",
        district="黄浦区",
        occupation="教师",
        income="10k_20k",
        education="bachelor",
        declared_interests=["茶", "徒步"],
        tags=["VIP"],
        stage="regular",
        source=Source.objects.create(key="till", name="南京路收银机", timezone="Asia/Shanghai", currency="CNY"),
        source_channel="pos",
        source_campaign="2026 春茶",
        referrer=referrer,
        home_store_id=Store.objects.create(code="S1", name="南京路店").pk,
        owner_id=User.objects.create(email="li@example.com", name="李雷", role=Role.CLERK).pk,
        member_since_at=datetime(2024, 4, 30, 16, tzinfo=UTC),  # midnight in Shanghai
        orders_count=3,
        returns_count=1,
        spent_minor=128_000,
        spent_currency="CNY",
        first_order_at=datetime(2024, 5, 2, 15, 59, tzinfo=UTC),
        last_order_at=datetime(2026, 9, 30, 4, tzinfo=UTC),
        created_at=datetime(2024, 4, 30, 15, 59, tzinfo=UTC),
    )
    household = Household.objects.create(name="王家")
    for member, role in ((customer, "head"), (referrer, "partner")):
        HouseholdMember.objects.create(household=household, customer=member, role=role)
    for name in ("青禾科技", "春风茶业"):
        CompanyContact.objects.create(company=Company.objects.create(name=name), customer=customer)
    return customer


IN_CHINESE = {
    "name": "王小明",
    "first_name": "王小明",
    "gender": "女",
    "birth_on": "1990-10-03",
    "birthday": "2024-09-17",
    "language": "中文",
    "occupation": "教师",
    "income": "1 万至 2 万",
    "education": "本科",
    "interests": "茶、徒步",
    "tags": "VIP",
    "country": "中国",
    "province": "上海",
    "city": "上海",
    "district": "黄浦区",
    "home_store": "南京路店",
    "household": "王家",
    "household_size": "2",
    "companies": "青禾科技、春风茶业",
    "stage": "常客",
    "owner": "李雷",
    "source": "南京路收银机",
    "source_channel": "门店收银",
    "source_campaign": "2026 春茶",
    "referrer": "韩梅梅",
    "member": "是",
    "member_since_on": "2024-05-01",
    "created_on": "2024-04-30",
    "orders_count": "3",
    "returns_count": "1",
    "spent": "1280.00",
    "first_order_on": "2024-05-02",
    "last_order_on": "2026-09-30",
}
IN_ENGLISH = IN_CHINESE | {
    "gender": "female",
    "language": "Chinese",
    "income": "10,000 to 20,000",
    "education": "bachelor",
    "interests": "茶, 徒步",
    "companies": "青禾科技, 春风茶业",
    "stage": "regular",
    "source_channel": "till",
    "member": "yes",
}


@pytest.mark.parametrize(("language", "expected"), [("zh-CN", IN_CHINESE), ("en", IN_ENGLISH)])
@time_machine.travel(datetime(2024, 1, 1, tzinfo=UTC), tick=False)
def test_everything_a_file_says_is_said_in_the_language_of_the_letter(
    her: Customer, language: str, expected: dict[str, str]
) -> None:
    said = person_variables(her, language=language, scope=EVERYTHING)
    assert {key: said[key] for key in said if key != "fields"} == expected


def test_every_variable_of_the_file_can_be_written_and_filled_in(her: Customer) -> None:
    names = sorted(name for name in KNOWN_VARIABLES if name.startswith("customer."))
    body = "\n".join(f"{{{{ {name} }}}}" for name in names)
    mail = fill(
        compile_content({"subject": "x", "body": body}, layout="plain", language="zh"),
        {
            "customer": person_variables(her, language="zh-CN", scope=EVERYTHING),
            "brand": {"name": "青禾"},
            "unsubscribe_url": "https://example.com/u",
        },
    )
    assert mail.text.split("\n")[: len(names)] == [
        person_variables(her, language="zh-CN", scope=EVERYTHING)[name.removeprefix("customer.")] for name in names
    ]
    assert {variable_of(key) for key in SAID} < KNOWN_VARIABLES


def test_a_letter_never_names_an_address_of_hers(her: Customer) -> None:
    assert "+8613812345678" not in json.dumps(person_variables(her, language="en", scope=EVERYTHING))
    for key in set(FIELDS) - set(SAID):
        assert variable_of(key) not in KNOWN_VARIABLES


def test_what_is_not_known_is_absent() -> None:
    nobody = Customer.objects.create(name="")
    said = person_variables(nobody, language="en", scope=EVERYTHING)
    assert set(said) == {"created_on", "orders_count", "returns_count", "fields"}
    assert said["fields"] == {}


def test_many_are_said_with_as_many_questions_as_one(her: Customer, django_assert_max_num_queries: Any) -> None:
    people = {
        c.pk: c for c in Customer.objects.bulk_create(Customer(name=f"n{i}", owner_id=her.owner_id) for i in range(50))
    }
    with django_assert_max_num_queries(12):
        said = people_variables(people, dict.fromkeys(people, "en"), scope=EVERYTHING)
    assert {person["owner"] for person in said.values()} == {"李雷"}


def test_the_author_is_told_every_variable_with_an_example() -> None:
    services.define(
        services.Definition(key="level", name="等级", type="choice", options=(Option("gold", "金卡"),)), actor=SYSTEM
    )
    owner = signed_in(Role.OWNER)
    told = {row["key"]: row for row in json.loads(owner.get("/templates/variables").content)}
    assert set(told) == {*KNOWN_VARIABLES, "customer.fields.level"}
    assert told["customer.income"] == {
        "key": "customer.income",
        "words": {"zh": "月收入", "en": "monthly income"},
        "example": {"zh": "5 千以下", "en": "under 5,000"},
    }
    assert told["customer.fields.level"]["example"] == {"zh": "金卡", "en": "金卡"}
    assert all(row["example"]["zh"] and row["example"]["en"] for row in told.values())


def test_own_fields_of_every_kind_are_said(her: Customer) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "motto": {"type": "text"},
        "children": {"type": "number"},
        "budget": {"type": "money", "currency": "JPY"},
        "seen_on": {"type": "date"},
        "level": {"type": "choice", "options": (Option("gold", "金卡"),)},
        "skin": {"type": "multi_choice", "options": (Option("dry", "干"), Option("oily", "油"))},
        "shop": {"type": "reference", "target": "store"},
    }
    own: dict[str, CustomField] = {
        key: services.define(services.Definition(key=key, name=key, **more), actor=SYSTEM)
        for key, more in kinds.items()
    }
    told: list[tuple[str, dict[str, Any]]] = [
        ("motto", {"text": "快乐"}),
        ("children", {"number": 2500}),
        ("budget", {"number": 500}),
        ("seen_on", {"day": date(2024, 2, 29)}),
        ("level", {"text": "gold"}),
        ("skin", {"text": "dry", "slot": "dry"}),
        ("skin", {"text": "oily", "slot": "oily"}),
        ("shop", {"number": her.home_store_id}),
    ]
    for key, more in told:
        CustomValue.objects.create(customer=her, field=own[key], **more)
    assert person_variables(her, language="zh-CN", scope=EVERYTHING)["fields"] == {
        "motto": "快乐",
        "children": "2.5",
        "budget": "500",
        "seen_on": "2024-02-29",
        "level": "金卡",
        "skin": "干, 油",
        "shop": "南京路店",
    }
