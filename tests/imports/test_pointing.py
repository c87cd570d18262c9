"""Cells that point to people, companies and households (docs/algorithms/imports.md, 6.11 and 6.12)."""

from __future__ import annotations

from typing import Any

import pytest

from huike.customers.fields import services
from huike.customers.fields.selectors import values_of
from huike.customers.households.services import MOST
from huike.customers.models import Company, Customer, CustomValue, Household, HouseholdMember, Identity
from huike.customers.services import CustomerDraft, create_customer
from huike.imports.refusals import as_csv
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM
from tests.imports.files import bring, check, reasons, text_of, whole

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = ("CustomerID", "Card", "Phone", "Email", "Friend", "Employer", "Company")


@pytest.fixture
def fields() -> None:
    for key, target in (("friend", "customer"), ("employer", "company")):
        services.define(services.Definition(key=key, name=key, type="reference", target=target), actor=SYSTEM)


def row(
    number: str, *, card: str = "", phone: str = "", email: str = "", friend: str = "", **more: str
) -> tuple[str, ...]:
    return (number, card, phone, email, friend, more.get("employer", ""), more.get("company", ""))


def people(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, source: str = "shop") -> Any:
    return whole(text_of(header, rows), kind="customers", filename="people.csv", source_key=source)


def checked(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Any:
    return check(bring(text_of(header, rows), kind="customers", filename="people.csv"), source_key="shop")


def id_of(number: str) -> int:
    return int(Identity.objects.get(kind="external", value=number).customer_id)


def told() -> dict[str, dict[str, Any]]:
    by_id = values_of(Customer.objects.values_list("pk", flat=True), scope=EVERYTHING)
    external = Identity.objects.filter(kind="external").values_list("value", "customer_id")
    return {value: by_id[pk].fields for value, pk in external if by_id[pk].fields}


def known(**draft: Any) -> int:
    return int(create_customer(CustomerDraft(**draft), actor=SYSTEM, scope=EVERYTHING).pk)


@pytest.mark.parametrize("word", ["c-100", "138 1234 5678", "+8613812345678", "Bob@Example.com"])
def test_a_person_on_file_is_pointed_to_by_any_identity(fields: None, word: str) -> None:
    bob = known(name="Bob", card_number="C100", phone="13812345678", email="bob@example.com")
    record = people(row("1", friend=word))
    assert (record.check_report["refused_rows"], told()) == (0, {"1": {"friend": bob}})


def test_a_person_of_the_same_file_is_pointed_to_wherever_she_stands(fields: None) -> None:
    rows = [
        row("1", friend="2"),
        row("2", card="C200", phone="13900000002", email="two@example.com", friend="1"),
        row("3", friend="C-200"),
        row("4", friend="13900000002"),
        row("5", friend="TWO@example.com"),
    ]
    record = people(*rows)
    two = id_of("2")
    assert record.check_report["refused_rows"] == 0
    assert told() == {"2": {"friend": id_of("1")}, **{number: {"friend": two} for number in "1345"}}


def test_a_company_is_pointed_to_by_its_name_on_file_or_in_the_file(fields: None) -> None:
    tea = Company.objects.create(name="Tea Ltd")
    people(row("1", employer="Tea Ltd"), row("2", employer="New Ltd"), row("3", company="New Ltd"))
    new = Company.objects.exclude(pk=tea.pk).get()
    assert (new.name, told()) == ("New Ltd", {"1": {"employer": tea.pk}, "2": {"employer": new.pk}})


def test_the_same_file_again_changes_nothing(fields: None) -> None:
    good = [row("1", friend="2", employer="Tea"), row("2", card="C200", friend="1", company="Tea")]
    rows = [*good, row("3", friend="9")]
    people(*rows)
    before = [[*table.objects.order_by("pk").values()] for table in (Customer, CustomValue, Company)]
    record = people(*rows)
    assert [[*table.objects.order_by("pk").values()] for table in (Customer, CustomValue, Company)] == before
    assert (record.result["created"], record.result["updated"], record.result["unchanged"]) == (0, 0, 2)
    assert reasons(record) == {"reference.unknown": 1}


def test_a_row_is_refused_with_its_reason_when_it_points_to_nobody_or_several(fields: None) -> None:
    known(name="by card", card_number="1001")
    people(row("1001"))
    for _ in range(2):
        Company.objects.create(name="Twice Ltd")
    everybody = Customer.objects.count()
    record = checked(
        row("1", friend="999"),
        row("2", friend="1001"),
        row("3", friend="3"),
        row("4", employer="Nobody Ltd"),
        row("5", employer="Twice Ltd"),
        row("6", friend="999", employer="Nobody Ltd"),
        row("7"),
    )
    found = [(told["code"], told["params"], told["count"]) for told in record.check_report["reasons"]]
    assert sorted((code, params["column"], params["value"], count) for code, params, count in found) == [
        ("reference.ambiguous", "Employer", "Twice Ltd", 1),
        ("reference.ambiguous", "Friend", "1001", 1),
        ("reference.to_self", "Friend", "3", 1),
        ("reference.unknown", "Employer", "Nobody Ltd", 2),
        ("reference.unknown", "Friend", "999", 2),
    ]
    assert (record.check_report["ok_rows"], Customer.objects.count(), CustomValue.objects.count()) == (1, everybody, 0)
    lines = b"".join(as_csv(record, language="en")).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("2,reference.unknown,Friend names nothing Huike knows,1,")
    assert len(lines) == 7


def test_two_people_of_one_file_may_not_be_meant_by_one_word(fields: None) -> None:
    record = checked(row("1001"), row("2", card="1001"), row("3", friend="1001"))
    assert reasons(record) == {"reference.ambiguous": 1}
    same = checked(row("1001", card="1001"), row("3", friend="1001"))
    assert reasons(same) == {}


def test_a_number_of_another_source_means_nobody(fields: None) -> None:
    people(row("1001"), source="till")
    assert reasons(checked(row("1", friend="1001"))) == {"reference.unknown": 1}


def test_a_refused_row_makes_nobody_known_and_neither_does_one_that_pointed_to_it(fields: None) -> None:
    record = people(
        row("1", friend="2"), row("2", friend="3"), row("3", email="no address"), row("4", friend="5"), row("5")
    )
    assert reasons(record) == {"email.invalid": 1, "reference.unknown": 2}
    assert (sorted(Identity.objects.values_list("value", flat=True)), told()) == (
        ["4", "5"],
        {"4": {"friend": id_of("5")}},
    )


def test_whoever_went_between_the_check_and_the_run_is_left_out_and_counted(fields: None) -> None:
    from tests.imports.files import run

    bob = known(name="Bob", card_number="C100")
    record = checked(row("1", friend="C100"))
    Identity.objects.filter(customer_id=bob).delete()
    assert run(record).result["references_unknown"] == 1
    assert (told(), Customer.objects.filter(pk=id_of("1")).exists()) == ({}, True)


def test_a_merged_file_is_stood_for_by_its_heir(fields: None) -> None:
    heir = known(name="Heir")
    gone = known(name="Gone", card_number="C100")
    Customer.objects.filter(pk=gone).update(state="merged", merged_into_id=heir)
    people(row("1", friend="C100"))
    assert told() == {"1": {"friend": heir}}


HOUSES = ("CustomerID", "Household")


def homes() -> dict[str, list[tuple[str, str]]]:
    """By the household's name: who is in it, by her number, and in what role."""
    numbers = dict(Identity.objects.filter(kind="external").values_list("customer_id", "value"))
    found: dict[str, list[tuple[str, str]]] = {house.name: [] for house in Household.objects.all()}
    for member in HouseholdMember.objects.select_related("household").order_by("pk"):
        found[member.household.name].append((numbers[member.customer_id], member.role))
    return {name: sorted(members) for name, members in found.items()}


def households(*rows: tuple[str, str], source: str = "shop") -> Any:
    return people(*rows, header=HOUSES, source=source)


def test_rows_that_say_the_same_are_one_household_which_a_second_file_adds_to() -> None:
    households(("1", "H1"), ("2", "H1"), ("3", "H2"), ("4", ""))
    assert homes() == {"H1": [("1", "head"), ("2", "other")], "H2": [("3", "head")]}
    households(("5", "H1"), ("6", "H2"))
    assert homes() == {"H1": [("1", "head"), ("2", "other"), ("5", "other")], "H2": [("3", "head"), ("6", "other")]}


def test_the_same_households_again_change_nothing() -> None:
    rows = [("1", "H1"), ("2", "H1"), ("3", "H2")]
    households(*rows)
    before = [[*table.objects.order_by("pk").values()] for table in (Household, HouseholdMember, Customer)]
    record = households(*rows)
    assert [[*table.objects.order_by("pk").values()] for table in (Household, HouseholdMember, Customer)] == before
    assert (record.result["unchanged"], record.result["households_full"]) == (3, 0)


def test_a_household_keeps_its_key_when_it_is_renamed_and_another_source_has_its_own() -> None:
    households(("1", "H1"), ("2", "H1"))
    Household.objects.update(name="The lake house")
    households(("3", "H1"))
    households(("4", "H1"), source="till")
    assert homes() == {
        "The lake house": [("1", "head"), ("2", "other"), ("3", "other")],
        "H1": [("4", "head")],
    }


def test_who_moves_leaves_her_household_which_ends_when_nobody_is_left_with_her() -> None:
    households(("1", "H1"), ("2", "H1"), ("3", "H1"), ("4", "H2"), ("5", "H2"))
    households(("1", "H3"), ("4", "H3"))
    assert homes() == {"H1": [("2", "head"), ("3", "other")], "H3": [("1", "head"), ("4", "other")]}


def test_a_household_of_one_stays_when_the_file_says_so_of_it() -> None:
    households(("1", "H1"), ("2", "H1"))
    rows = [("1", "H1"), ("2", "H2")]
    households(*rows)
    assert homes() == {"H1": [("1", "head")], "H2": [("2", "head")]}
    households(*rows)
    assert homes() == {"H1": [("1", "head")], "H2": [("2", "head")]}


def test_a_word_that_more_people_share_than_a_household_holds_is_no_household() -> None:
    record = households(*((str(number), "none") for number in range(MOST + 1)), ("a", "H1"))
    assert (reasons(record), homes()) == ({"household.too_large": MOST + 1}, {"H1": [("a", "head")]})
    households(*((str(number), "H2") for number in range(MOST)))
    record = households(("late", "H2"), ("a", "H1"))
    assert record.result["households_full"] == 1
    assert (len(homes()["H2"]), homes()["H1"]) == (MOST, [("a", "head")])


def test_what_a_file_calls_a_household_is_not_kept_in_clear() -> None:
    households(("1", "王芳家"), ("2", "王芳家"))
    house = Household.objects.get()
    assert (house.name, len(str(house.told_hmac)), house.source is not None) == ("王芳家", 64, True)
    assert "王芳" not in str(house.told_hmac)
