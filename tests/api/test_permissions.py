"""Every operation of the API, tried by everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from huike.api.app import api
from huike.staff.rules import GRANTABLE_TO_KEYS, PERMISSIONS, Role
from tests.api import permissions
from tests.people import Caller, api_key, code_of, outsider, person

pytestmark = pytest.mark.slow

NOBODY = "outsider"
KEY_OF_THE_REST = "key"


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str


def operations() -> list[Operation]:
    """Every operation hung in the API, with an address that leads to nothing that exists."""
    return [
        Operation(operation.operation_id or "", method, _address(f"{router.prefix}{path}"))
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def _address(path: str) -> str:
    def fill(match: re.Match[str]) -> str:
        return "999999999" if match[1].rpartition(":")[2].endswith("id") else "nothing"

    return re.sub(r"{([^}]+)}", fill, path)


def table() -> dict[str, str | None]:
    """The permission of each operation, as written down; None for public ones."""
    written: dict[str, str | None] = dict.fromkeys(permissions.PUBLIC.split())
    for permission, names in permissions.OPERATIONS.items():
        for name in names.split():
            assert name not in written, f"{name} stands twice"
            written[name] = permission
    return written


def refusals(caller: Caller) -> Iterator[tuple[str, str]]:
    """How `caller` fares at each operation: `welcome`, or the code of the refusal."""
    for operation in operations():
        answer = caller.call(operation.method, operation.path, None if operation.method == "GET" else {})
        assert answer.status_code < 500, (operation, answer.content)
        code = code_of(answer) if answer.status_code in {401, 403} else "welcome"
        yield operation.id, code if code in {"unauthenticated", "forbidden", "csrf.refused"} else "welcome"


def test_every_operation_stands_in_the_table_and_nothing_else_does() -> None:
    assert sorted(operation.id for operation in operations()) == sorted(table())
    assert set(permissions.ROLES) == PERMISSIONS


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_no_more(role: Role) -> None:
    held = {permission for permission, roles in permissions.ROLES.items() if role in roles.split()}
    expected = {
        name: "welcome" if permission is None or permission in held else "forbidden"
        for name, permission in table().items()
    }
    assert dict(refusals(Caller(user=person(role)))) == expected


@pytest.mark.django_db
def test_an_outsider_is_asked_to_sign_in_everywhere_but_at_public_doors() -> None:
    expected = {name: "welcome" if permission is None else "unauthenticated" for name, permission in table().items()}
    assert dict(refusals(outsider())) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("withheld", sorted(GRANTABLE_TO_KEYS))
def test_a_key_without_a_permission_is_refused_where_it_is_needed(withheld: str) -> None:
    names = {name for name, permission in table().items() if permission == withheld}
    key = Caller(key=api_key(GRANTABLE_TO_KEYS - {withheld}))
    for operation in operations():
        if operation.id in names:
            answer = key.call(operation.method, operation.path, {})
            assert (answer.status_code, code_of(answer)) == (403, "forbidden"), operation


@pytest.mark.django_db
def test_a_write_by_session_is_refused_without_the_csrf_token() -> None:
    caller = Caller(user=person(Role.OWNER))
    caller.headers.clear()
    public = permissions.PUBLIC.split()
    writes = [o for o in operations() if o.method != "GET" and o.id not in public]
    assert {code_of(caller.call(o.method, o.path, {})) for o in writes} == {"csrf.refused"}
    reads = [o for o in operations() if o.method == "GET"]
    assert all(caller.call(o.method, o.path).status_code not in {401, 403} for o in reads)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_news_are_for_those_who_may_read_jobs(role: Role) -> None:
    assert Caller(user=person(role)).get("/events?topics=nonsense").status_code == 422
    assert code_of(outsider().get("/events?topics=jobs")) == "unauthenticated"
    assert code_of(Caller(key=api_key({"audit.read"})).get("/events?topics=jobs")) == "forbidden"


def test_nothing_else_hangs_under_the_api() -> None:
    """Addresses that are no operations of the API, each with a reason to be open or a check of its own."""
    known = {"api/v1/events", "api/v1/docs", "api/v1/docs.js", "api/v1/openapi.json", "api/v1/"}
    hung = {path for path in _paths(get_resolver().url_patterns) if path.startswith("api/")}
    operation_paths = {
        f"api/v1{router.prefix}{path}".replace("//", "/")
        for router in api._get_bound_routers()
        for path in router.path_operations
    }
    assert {re.sub(r"<(\w+:)?(\w+)>", "", path) for path in hung} == known | {
        re.sub(r"{([^}]+)}", "", path) for path in operation_paths
    }


def _paths(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = getattr(pattern.pattern, "_route", None)
        if route is None:
            continue
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, prefix + route)
        else:
            yield prefix + route
