"""A terms document as it was typed: read, or refused with every place that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from huike.kernel.errors import FieldError
from huike.loyalty.terms.document import TermsDocument


def read(document: Mapping[str, Any]) -> tuple[TermsDocument | None, list[FieldError]]:
    """The terms, None where they cannot be understood; and what is wrong with them, by place."""
    try:
        terms = TermsDocument.model_validate(document)
    except ValidationError as error:
        return None, [
            FieldError(".".join(map(str, fault["loc"])), fault["type"], {"message": fault["msg"]})
            for fault in error.errors(include_url=False, include_input=False)
        ]
    return terms, _contradictions(terms)


def _contradictions(terms: TermsDocument) -> list[FieldError]:
    """What each part allows, and the parts together do not."""
    known = {tier.key for tier in terms.tiers.tiers}
    return [
        FieldError(f"earning.multipliers.{index}.tiers", "earning.tier_unknown", {"tier": key})
        for index, multiplier in enumerate(terms.earning.multipliers)
        for key in multiplier.tiers
        if key not in known
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `where` leads to it by names, or numbers from 0; None stands for nothing there."""

    where: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Any, after: Any, where: tuple[str, ...] = ()) -> list[Difference]:
    """What differs between two documents, in the order of the first.

    Of two lists of things with a key or a name, those with the same are held against each other, wherever they stand;
    a list whose things only changed places differs as the list of their names.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        return [each for name in names for each in differences(before.get(name), after.get(name), (*where, str(name)))]
    if isinstance(before, list) and isinstance(after, list):
        old, new = _by_name(before), _by_name(after)
        if old is not None and new is not None:
            found = differences(old, new, where)
            stayed = [name for name in old if name in new], [name for name in new if name in old]
            return found if stayed[0] == stayed[1] else [*found, Difference(where, *stayed)]
    return [] if before == after else [Difference(where, before, after)]


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """The things of a list by their key or name; None where they have none. Of one name, the later are numbered."""
    named: dict[str, Any] = {}
    for item in items:
        name = (item.get("key") or item.get("name")) if isinstance(item, dict) else None
        if name is None:
            return None
        number, unique = 1, str(name)
        while unique in named:
            number += 1
            unique = f"{name} ({number})"
        named[unique] = item
    return named
