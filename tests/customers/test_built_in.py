"""The built-in fields, declared once, and the tables they are declared of."""

from __future__ import annotations

import pytest

from huike.customers.built_in import FIELDS, FileField, Kind
from huike.customers.fields.rules import RESERVED_KEYS
from huike.customers.models import Customer

DECLARED = list(FIELDS.values())


@pytest.mark.parametrize("key", ["gender", "income", "education", "stage"])
def test_the_choices_are_those_of_the_table_in_its_order(key: str) -> None:
    assert list(FIELDS[key].choices) == [value for value, _ in Customer._meta.get_field(key).choices or ()]


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.key)
def test_a_column_is_one_of_the_table(declared: FileField) -> None:
    assert declared.column is None or declared.column in {field.attname for field in Customer._meta.concrete_fields}


def test_no_field_of_the_operators_own_can_take_the_key_of_a_built_in_one() -> None:
    assert set(FIELDS) <= RESERVED_KEYS


def test_a_reference_says_what_it_names() -> None:
    assert all(declared.target for declared in DECLARED if declared.kind is Kind.REFERENCE)


def test_everything_has_a_name_of_its_own_in_both_languages() -> None:
    for names in ([d.words.zh for d in DECLARED], [d.words.en for d in DECLARED]):
        assert all(names)
        assert len(set(names)) == len(names)
