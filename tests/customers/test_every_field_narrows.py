"""Each built-in field narrows the list: by its value, and by whether there is one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from huike.catalog.models import Store
from huike.customers.errors import FilterInvalid
from huike.customers.listing.built_in import SPECS
from huike.customers.models import Company, CompanyContact, Customer, Household, HouseholdMember, Source
from huike.customers.schemas import customer_rows
from huike.customers.selectors import CustomerFilter, count_customers, list_customers
from huike.kernel.scope import EVERYTHING
from huike.staff.models import User

pytestmark = pytest.mark.django_db

AT = datetime(2024, 3, 1, 16, tzinfo=UTC)  # 2 March in Shanghai
ALWAYS_THERE = {"orders_count", "returns_count", "spent", "created_at"}
MASKED = {"phone", "email", "card_number", "address"}


@pytest.fixture
def ids() -> dict[str, int]:
    """Ann of whom everything is known, and Bob of whom nothing is."""
    friend = Customer.objects.create(name="Friend", state="erased")
    source = Source.objects.create(key="till", name="Till 1", timezone="Asia/Shanghai", currency="CNY")
    store = Store.objects.create(code="S1", name="Nanjing Road")
    owner = User.objects.create(email="li@example.com", name="Li", role="clerk")
    ann = Customer.objects.create(
        name="Ann", phone="+8613812345678", email="ann@example.com", card_number="C100", gender="female",
        birth_on=date(1990, 5, 6), language="en", country="China", province="Zhejiang", city="Hangzhou",
        district="Xihu", address="1 Lake Street", latitude=Decimal("30.25"), longitude=Decimal("120.16"),
        occupation="teacher", income="5k_10k", education="master", declared_interests=["tea", "walking"],
        stage="regular", tags=["vip"], source=source, source_channel="pos", source_campaign="spring",
        referrer=friend, home_store_id=store.pk, owner_id=owner.pk, member_since_at=AT, orders_count=3,
        returns_count=1, spent_minor=5000, spent_currency="CNY", first_order_at=AT, last_order_at=AT, created_at=AT,
    )  # fmt: skip
    bob = Customer.objects.create(name="", latitude=Decimal(1), created_at=datetime(2020, 1, 1, tzinfo=UTC))
    household = Household.objects.create(name="H")
    HouseholdMember.objects.create(household=household, customer=ann, role="head")
    company = Company.objects.create(name="Tea Ltd")
    CompanyContact.objects.create(company=company, customer=ann)
    return {
        "ann": ann.pk, "bob": bob.pk, "source": source.pk, "home_store": store.pk, "owner": owner.pk,
        "referrer": friend.pk, "household": household.pk, "companies": company.pk,
    }  # fmt: skip


def found(ids: dict[str, int], where: str) -> set[str]:
    narrowing = CustomerFilter(where=(where,))
    listed = {row.pk for row in list_customers(narrowing, scope=EVERYTHING).items}
    assert count_customers(narrowing, scope=EVERYTHING) == len(listed)
    return {name for name in ("ann", "bob") if ids[name] in listed}


VALUES: dict[str, Any] = {
    "name": "Ann", "gender": "female", "birth_on": "1990-05-06", "language": "en", "country": "China",
    "province": "Zhejiang", "city": "Hangzhou", "district": "Xihu", "occupation": "teacher", "income": "5k_10k",
    "education": "master", "interests": "tea", "tags": "vip", "stage": "regular", "source_channel": "pos",
    "source_campaign": "spring", "orders_count": "3", "returns_count": "1", "spent": "5000",
    "member_since_at": "2024-03-02", "first_order_at": "2024-03-02", "last_order_at": "2024-03-02",
    "created_at": "2024-03-02",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(set(SPECS) - MASKED - {"location"}))
def test_the_list_is_narrowed_to_a_value(ids: dict[str, int], key: str) -> None:
    value = VALUES.get(key, ids.get(key))
    assert value is not None, f"{key} is not tried"
    assert found(ids, f"{key}:eq:{value}") == {"ann"}
    if SPECS[key].type == "line":
        assert found(ids, f"{key}:starts_with:{value[:3]}") == {"ann"}
    if SPECS[key].type == "reference":
        assert found(ids, f"{key}:eq:{10**12}") == set()


@pytest.mark.parametrize("key", sorted(SPECS))
def test_the_list_is_narrowed_to_what_is_known_and_not(ids: dict[str, int], key: str) -> None:
    known = {"ann", "bob"} if key in ALWAYS_THERE else {"ann"}
    assert found(ids, f"{key}:is_set") == known
    assert found(ids, f"{key}:is_not_set") == {"ann", "bob"} - known


@pytest.mark.parametrize("where", [*(f"{key}:eq:1" for key in sorted(MASKED)), "location:eq:1", "income:eq:rich"])
def test_what_is_masked_or_was_never_offered_narrows_nothing(ids: dict[str, int], where: str) -> None:
    with pytest.raises(FilterInvalid):
        found(ids, where)


def test_a_row_of_the_list_says_what_the_file_says(ids: dict[str, int]) -> None:
    (row,) = customer_rows(
        list_customers(CustomerFilter(where=("city:eq:Hangzhou",)), scope=EVERYTHING).items, scope=EVERYTHING
    )
    told = row.model_dump()
    assert {key: told[key] for key in ("gender", "income", "education", "district", "source_campaign")} == {
        "gender": "female",
        "income": "5k_10k",
        "education": "master",
        "district": "Xihu",
        "source_campaign": "spring",
    }
    assert (told["declared_interests"], told["birth_on"]) == (["tea", "walking"], date(1990, 5, 6))
    assert told["source"] == {"id": ids["source"], "name": "Till 1"}
    assert told["owner"] == {"id": ids["owner"], "name": "Li"}
    assert told["referrer"] is None  # who was erased is named nowhere
