"""Bodies of staff's endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, AwareDatetime, Field

from huike.platform.schema import Schema
from huike.staff.rules import PERMISSIONS, Language, Role, UserState

Id = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Password = Annotated[str, Field(min_length=1, max_length=256)]
# A contract that lists its words: the client's generated types then know every permission.
PermissionName = Annotated[str, Field(json_schema_extra={"enum": sorted(PERMISSIONS)})]


def _is_email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValueError("not an e-mail address") from error
    return value


Email = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_is_email)]


class ScopeOut(Schema):
    all_stores: bool
    store_ids: list[int]


class OperatorOut(Schema):
    brand_name: str
    timezone: str
    currency: str
    language: Language


class MeOut(Schema):
    id: int
    name: str
    email: str
    language: Language
    role: Role
    permissions: list[PermissionName]
    scope: ScopeOut
    operator: OperatorOut
    totp_enabled: bool


class MeIn(Schema):
    name: Name | None = None
    language: Language | None = None


class RoleOut(Schema):
    role: Role
    permissions: list[PermissionName]


class UserOut(Schema):
    """`state`: `invited` has not set a password yet."""

    id: int
    email: str
    name: str
    role: Role
    language: Language
    state: UserState
    all_stores: bool
    store_ids: list[int]
    region_ids: list[int]
    totp_enabled: bool
    last_login_at: datetime | None
    created_at: datetime


class UserIn(Schema):
    email: Email
    name: Name
    role: Role
    language: Language | None = None
    all_stores: bool = True
    store_ids: Annotated[list[Id], Field(max_length=10_000)] = []
    region_ids: Annotated[list[Id], Field(max_length=10_000)] = []


class UserChange(Schema):
    name: Name | None = None
    role: Role | None = None
    all_stores: bool | None = None
    store_ids: Annotated[list[Id], Field(max_length=10_000)] | None = None
    region_ids: Annotated[list[Id], Field(max_length=10_000)] | None = None


class InvitationOut(Schema):
    """`invitation_url` is shown once: hand it to the person."""

    invitation_url: str


class UserCreated(Schema):
    user: UserOut
    invitation_url: str


class InvitedOut(Schema):
    email: str
    name: str


class InvitationAnswer(Schema):
    password: Password


class ApiKeyOut(Schema):
    id: int
    name: str
    prefix: str
    permissions: list[str]
    store_id: int | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyIn(Schema):
    name: Name
    permissions: Annotated[list[PermissionName], Field(min_length=1, max_length=len(PERMISSIONS))]
    store_id: Id | None = None
    expires_at: AwareDatetime | None = None


class ApiKeyCreated(Schema):
    """`key` is shown once; only its hash is kept."""

    key: str
    api_key: ApiKeyOut


class ViewOut(Schema):
    id: int
    page: str
    name: str
    query: str
    shared: bool
    mine: bool
    owner_name: str


class ViewIn(Schema):
    page: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9_./-]*$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    query: Annotated[str, Field(max_length=4000)]
    shared: bool = False


class ViewChange(Schema):
    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    query: Annotated[str, Field(max_length=4000)] | None = None
    shared: bool | None = None
