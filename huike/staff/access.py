"""Who is calling, what they may do, and the guard every endpoint carries.

`NinjaAPI(auth=REFUSED)` refuses every operation that names nothing; `auth=Requires("customers.read")` opens one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from django.http import HttpRequest
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from huike.kernel.errors import Forbidden, Unauthenticated
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import clock, sql
from huike.platform.audit import Actor
from huike.platform.jobs import Onlooker
from huike.staff.models import ApiKey, ScopeEntry, User
from huike.staff.rules import PERMISSIONS, Role, permissions_of

_USE_NOTED_EVERY = timedelta(minutes=1)


class CsrfRefused(Forbidden):
    code = "csrf.refused"
    title = "The request did not come from a page of this server; reload the page"


class BadApiKey(Unauthenticated):
    code = "api_key.refused"
    title = "The API key is unknown, expired or revoked"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request: a signed-in user or an API key."""

    kind: str
    id: int
    label: str
    permissions: frozenset[str]
    scope: Scope

    @property
    def actor(self) -> Actor:
        return Actor(self.kind, self.id, self.label)

    @property
    def user_id(self) -> int | None:
        return self.id if self.kind == "user" else None

    @property
    def key_id(self) -> int | None:
        return self.id if self.kind == "api_key" else None

    @property
    def onlooker(self) -> Onlooker:
        """Which jobs it may see: its own, with all stores nobody's too; whoever watches over the machine, all."""
        all_stores = self.scope.all_stores
        return Onlooker(
            user_id=self.user_id,
            key_id=self.key_id,
            sees_nobodys=all_stores,
            sees_all=all_stores and self.may("health.read"),
        )

    @property
    def key(self) -> str:
        """A stable name of the principal, for idempotency and rate limits."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class Requires(AuthBase):
    """Opens an endpoint to those who hold `permission`: by session (with CSRF token on writes) or `Bearer` API key.

    The caller is then `principal_of(request)`. Raises at import when the permission is not a known one.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, permission: str) -> None:
        super().__init__()
        if permission not in PERMISSIONS:
            raise ValueError(f"{permission} is not a permission; add it to huike.staff.rules")
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Principal:
        principal = authenticate(request)
        if principal is None:
            raise Unauthenticated
        if not principal.may(self.permission):
            raise Forbidden(permission=self.permission)
        request.huike_principal = principal  # type: ignore[attr-defined]
        return principal


def REFUSED(request: HttpRequest) -> Any:  # noqa: N802 - stands as a constant at the API's door
    """The guard of an endpoint that forgot its own: refuses everybody."""
    raise Forbidden(permission="none")


def principal_of(request: HttpRequest) -> Principal:
    """The caller of an endpoint guarded by `Requires`."""
    principal: Principal = request.huike_principal  # type: ignore[attr-defined]
    return principal


def authenticate(request: HttpRequest) -> Principal | None:
    """The caller, or None for an outsider. Raises BadApiKey and CsrfRefused."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key_principal(token.strip())
    user = request.user
    if not isinstance(user, User):
        return None
    if request.method not in {"GET", "HEAD", "OPTIONS"} and check_csrf(request) is not None:
        raise CsrfRefused
    return user_principal(user)


def user_principal(user: User) -> Principal:
    """What `user` may do and see."""
    return Principal("user", user.pk, user.name, permissions_of(Role(user.role)), scope_of(user))


def hash_secret(secret: str) -> str:
    """A key's secret is 256 random bits, so a plain SHA-256 cannot be searched backwards."""
    return sha256(secret.encode()).hexdigest()


def key_principal(token: str) -> Principal:
    """What an API key, as it was shown when made, may do and see. Raises BadApiKey."""
    prefix, _, secret = token.removeprefix("hk_").partition("_")
    if not prefix.isascii() or not prefix.isalnum() or not secret.isascii():
        raise BadApiKey
    key = sql.row(_KEY, [prefix])
    now = clock.now()
    if key is None:
        raise BadApiKey
    key_id, name, secret_sha256, permissions, store_id, expires_at, last_used_at = key
    if not compare_digest(secret_sha256, hash_secret(secret)) or (expires_at is not None and expires_at <= now):
        raise BadApiKey
    if last_used_at is None or now - last_used_at > _USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key_id).update(last_used_at=now)
    scope = EVERYTHING if store_id is None else Scope(all_stores=False, store_ids=frozenset({store_id}))
    return Principal("api_key", key_id, name, _permissions(permissions), scope)


@lru_cache(maxsize=1_000)
def _permissions(stored: str) -> frozenset[str]:
    return frozenset(json.loads(stored)) & PERMISSIONS


_KEY = """
SELECT id, name, secret_sha256, permissions::text, store_id, expires_at, last_used_at
  FROM staff_api_key WHERE prefix = %s AND revoked_at IS NULL
"""


def principal_now(*, user_id: int | None, key_id: int | None) -> Principal | None:
    """A person or key who asked for long work, as she stands now; None where she left or the key is no longer good."""
    if user_id is not None:
        user = User.objects.filter(pk=user_id, is_active=True).first()
        return None if user is None else user_principal(user)
    key = ApiKey.objects.filter(pk=key_id, revoked_at=None).first() if key_id is not None else None
    if key is None or (key.expires_at is not None and key.expires_at <= clock.now()):
        return None
    scope = EVERYTHING if key.store_id is None else Scope(all_stores=False, store_ids=frozenset({key.store_id}))
    return Principal("api_key", key.pk, key.name, frozenset(key.permissions) & PERMISSIONS, scope)


RegionStores = Callable[[Iterable[int]], set[int]]
_region_stores: RegionStores | None = None


def register_region_stores(resolve: RegionStores) -> None:
    """`catalog` gives the function that lists the stores of regions and all regions below them."""
    global _region_stores
    _region_stores = resolve


def scope_of(user: User) -> Scope:
    """The stores `user` sees: all, or those named and those of the regions named."""
    if user.all_stores:
        return EVERYTHING
    stores: set[int] = set()
    regions: set[int] = set()
    for kind, target_id in user.scope_entries.values_list("kind", "target_id"):
        (stores if kind == ScopeEntry.Kind.STORE else regions).add(target_id)
    if regions and _region_stores is not None:
        stores |= _region_stores(regions)
    return Scope(all_stores=False, store_ids=frozenset(stores))
