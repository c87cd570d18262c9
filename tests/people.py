"""Those who call the API in tests: people with a role, signed in, and keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from huike.staff import services
from huike.staff.access import Principal, user_principal
from huike.staff.models import User
from huike.staff.rules import GRANTABLE_TO_KEYS, Role

PASSWORD = "brew-oolong-slowly"


def person(role: Role = Role.OWNER, *, name: str = "", store_ids: Iterable[int] | None = None) -> User:
    """A colleague with `role`; limited to `store_ids` where given."""
    name = name or f"{role} {User.objects.count()}"
    return services.create_user(
        email=f"{name.replace(' ', '.')}@example.com",
        name=name,
        role=role,
        password=PASSWORD,
        all_stores=store_ids is None,
        store_ids=store_ids or (),
    )


def principal(role: Role = Role.OWNER, **who: Any) -> Principal:
    return user_principal(person(role, **who))


def api_key(permissions: Iterable[str] = GRANTABLE_TO_KEYS, *, store_id: int | None = None) -> str:
    """A key made by a new owner."""
    key, _ = services.create_api_key(
        maker=principal(Role.OWNER), name="till", permissions=permissions, store_id=store_id
    )
    return key


class Caller:
    """Calls the API as its client does: JSON in and out; a browser with its CSRF token, or a key."""

    def __init__(self, *, user: User | None = None, key: str | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if user is not None:
            self.client.force_login(user)
            self.client.get("/_allauth/browser/v1/auth/session")
            self.headers["X-CSRFToken"] = self.client.cookies["csrftoken"].value
        if key is not None:
            self.headers["Authorization"] = f"Bearer {key}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        data = b"" if body is None else json.dumps(body)
        address = path if path.startswith(("/_allauth/", "/api/")) else f"/api/v1{path}"
        return self.client.generic(  # type: ignore[return-value]
            method, address, data, content_type="application/json", headers={**self.headers, **headers}
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, {} if body is None else body, **headers)

    def once(self, path: str, body: Any = None, *, key: str = "") -> HttpResponse:
        """A write that takes an Idempotency-Key, each time a new one where none is told."""
        return self.post(path, body, **{"Idempotency-Key": key or uuid4().hex})

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)


def signed_in(role: Role = Role.OWNER, **who: Any) -> Caller:
    return Caller(user=person(role, **who))


def outsider() -> Caller:
    return Caller()


def code_of(response: HttpResponse) -> str:
    """The problem's code."""
    assert response["Content-Type"] == "application/problem+json", response.content
    return str(json.loads(response.content)["code"])
