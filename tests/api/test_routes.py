"""The API's addresses as a tree answer what the row of them answers."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, resolve, reverse

from huike.api import urls
from huike.api.app import api
from huike.api.routes import as_tree

PATTERNS: list[URLPattern] = urls.operations


def example(pattern: URLPattern) -> str:
    """An address that the pattern takes."""
    return re.sub(r"<[^>]*>", "7", str(pattern.pattern))


def leaves(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for one in patterns:
        whole = before + str(one.pattern)
        found += leaves(one.url_patterns, whole) if isinstance(one, URLResolver) else [whole]
    return found


def test_no_address_is_lost_and_none_is_new() -> None:
    assert sorted(leaves(as_tree(PATTERNS))) == sorted(str(pattern.pattern) for pattern in PATTERNS)


def test_each_address_is_answered_by_the_first_that_takes_it_in_the_row() -> None:
    for pattern in PATTERNS:
        address = example(pattern)
        first = next(one for one in PATTERNS if one.pattern.match(address))
        found = resolve(f"/api/v1/{address}")
        assert (found.func, found.url_name) == (first.callback, first.name), address


def test_addresses_are_found_by_their_names_with_what_varies() -> None:
    assert reverse(f"{api.urls_namespace}:join_group", kwargs={"id": 12}).endswith("/groupbuy/deals/12/join")


def test_no_more_than_a_few_dozen_are_tried_for_any() -> None:
    widest = max(len(one.url_patterns) for one in as_tree(PATTERNS) if isinstance(one, URLResolver))
    assert widest < len(PATTERNS) / 6


def test_an_address_that_begins_with_what_varies_is_refused() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(ValueError, match="begins with what varies"):
        as_tree([path("<int:id>/all", view)])
