# ruff: noqa: E501 - lines of a page
"""Where each field of a person's file can be used: `docs/fields.md` is made from the code and held to it.

After a change: `python -m tests.test_field_places` writes the page anew.
"""

from __future__ import annotations

import os
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "fields.md"

_HEAD = """# Where the fields of a file are used

Made from the code by `python -m tests.test_field_places`; a test holds it to it. A field of the operator's own, of every kind, is used in all
of these places. What a dash means is told below.

| field | list: column | filter | sort | export | file in | rule | letter |
|---|---|---|---|---|---|---|---|
"""
_FOOT = """
- **Phone, e-mail, card and address** are filtered by whether there is one (a part of a masked value would tell it digit by digit), stay out of the lake, and are
  never named in a letter. Rules ask whether there is one (`has_phone` …). The ID number is sealed: it is looked up whole, by those who may, and is in none of these places.
- A **household** comes by what the source calls it: rows that say the same are one. A **company** comes by its name; an own reference to a customer by an identity of hers, to a company by its name.
- **Location** goes out and comes in as two columns, latitude and longitude; a **birthday** as a solar and a lunar one. A rule asks for the birthday as it comes round (`birthday`), and for the date (`birth_on`).
- The list sorts by what an index keeps in order: name, instants and figures of purchases, and every own field with an order.
- **Purchases**, `created_at` and the source are written by what happens, never told by a file of customers.
"""

# What a place calls a field that it tells in parts, or by another name.
_COLUMNS = {"interests": ("declared_interests",)}
_EXPORTED = {"location": ("latitude", "longitude"), "birthday": ("birth_lunar",)}
_IMPORTED = {
    "location": ("latitude", "longitude"),
    "birthday": ("birth_lunar",),
    "companies": ("company",),
    "member_since_at": ("member_since",),
}
_SORTED = {"spent": ("spent_minor",)}


def page() -> str:
    from huike.customers.built_in import FIELDS
    from huike.customers.listing.built_in import SPECS
    from huike.customers.listing.pages import ORDERS
    from huike.customers.schemas import EXPORT_COLUMNS, CustomerRow
    from huike.imports.fields import fields_of
    from huike.messaging.rendering import KNOWN_VARIABLES, variable_of
    from huike.segments.fields import FIELDS as RULE_FIELDS

    told = {field.key for field in fields_of("customers")}

    def has(place: set[str] | frozenset[str], key: str, other: dict[str, tuple[str, ...]]) -> bool:
        return all(name in place for name in other.get(key, (key,)))

    rows = []
    for key, field in FIELDS.items():
        marks = [
            has(set(CustomerRow.model_fields), key, _COLUMNS),
            key in SPECS,
            has(ORDERS, key, _SORTED),
            has(set(EXPORT_COLUMNS), key, _EXPORTED),
            has(told, key, _IMPORTED),
            key in RULE_FIELDS,
            variable_of(key) in KNOWN_VARIABLES,
        ]
        rows.append(f"| `{key}` {field.words.zh} | {' | '.join('yes' if mark else '–' for mark in marks)} |")
    return _HEAD + "\n".join(rows) + "\n" + _FOOT


def test_the_page_says_what_the_code_does() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
