"""People, invitations, API keys and saved views over HTTP. Signing in itself is allauth's (`signin.py`)."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff import selectors, services
from huike.staff.access import Principal, Requires, principal_of, user_principal
from huike.staff.errors import NeedsPerson
from huike.staff.models import ApiKey, SavedView, ScopeEntry, User
from huike.staff.rules import ROLE_PERMISSIONS, Role
from huike.staff.schemas import (
    ApiKeyCreated,
    ApiKeyIn,
    ApiKeyOut,
    Id,
    InvitationAnswer,
    InvitationOut,
    InvitedOut,
    MeIn,
    MeOut,
    OperatorOut,
    RoleOut,
    ScopeOut,
    UserChange,
    UserCreated,
    UserIn,
    UserOut,
    ViewChange,
    ViewIn,
    ViewOut,
)

router = Router(tags=["staff"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/me",
    auth=Requires("me.read"),
    operation_id="get_me",
    summary="Who I am and what I may do",
    response={200: MeOut, **problems()},
)
def get_me(request: HttpRequest) -> MeOut:
    return _me(_person(request))


@router.patch(
    "/me",
    auth=Requires("me.read"),
    operation_id="update_me",
    summary="Change my name or language",
    response={200: MeOut, **problems()},
)
def update_me(request: HttpRequest, body: MeIn) -> MeOut:
    user = _person(request)
    services.update_me(user, name=body.name, language=body.language)
    return _me(user)


@router.get(
    "/roles",
    auth=Requires("staff.read"),
    operation_id="list_roles",
    summary="What each role may do",
    response={200: list[RoleOut], **problems()},
)
def list_roles(request: HttpRequest) -> list[RoleOut]:
    return [RoleOut(role=role, permissions=sorted(ROLE_PERMISSIONS[role])) for role in Role]


@router.get(
    "/users",
    auth=Requires("staff.read"),
    operation_id="list_users",
    summary="People who work here",
    response={200: PageOf[UserOut], **problems()},
)
def list_users(request: HttpRequest, cursor: str | None = None, limit: int = Limit) -> PageOf[UserOut]:
    page = keyset_page(selectors.users(), order="name", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=_users(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/users",
    auth=Requires("staff.manage"),
    operation_id="create_user",
    summary="Invite a person: the answer's link, handed to the person, sets the password",
    response={201: UserCreated, **problems(409)},
)
def create_user(request: HttpRequest, body: UserIn) -> Status[UserCreated]:
    actor = principal_of(request).actor
    user = services.create_user(
        email=body.email,
        name=body.name,
        role=body.role,
        language=body.language or get_config().language,
        all_stores=body.all_stores,
        store_ids=body.store_ids,
        region_ids=body.region_ids,
        actor=actor,
    )
    url = _invitation_url(services.invite(user.pk, actor=actor))
    return Status(201, UserCreated(user=_user(user.pk), invitation_url=url))


@router.patch(
    "/users/{id}",
    auth=Requires("staff.manage"),
    operation_id="update_user",
    summary="Change a person's name, role or scope",
    response={200: UserOut, **problems(404, 409)},
)
def update_user(request: HttpRequest, id: Id, body: UserChange) -> UserOut:
    services.update_user(
        id,
        actor=principal_of(request).actor,
        name=body.name,
        role=body.role,
        all_stores=body.all_stores,
        store_ids=body.store_ids,
        region_ids=body.region_ids,
    )
    return _user(id)


@router.post(
    "/users/{id}/deactivate",
    auth=Requires("staff.manage"),
    operation_id="deactivate_user",
    summary="Sign a person out everywhere and let them in no more",
    response={200: UserOut, **problems(404, 409)},
)
def deactivate_user(request: HttpRequest, id: Id) -> UserOut:
    services.deactivate_user(id, actor=principal_of(request).actor)
    return _user(id)


@router.post(
    "/users/{id}/activate",
    auth=Requires("staff.manage"),
    operation_id="activate_user",
    summary="Let a deactivated person in again",
    response={200: UserOut, **problems(404)},
)
def activate_user(request: HttpRequest, id: Id) -> UserOut:
    services.activate_user(id, actor=principal_of(request).actor)
    return _user(id)


@router.post(
    "/users/{id}/invitation",
    auth=Requires("staff.manage"),
    operation_id="invite_user",
    summary="A new link that sets the person's password; earlier links stop working",
    response={200: InvitationOut, **problems(404)},
)
def invite_user(request: HttpRequest, id: Id) -> InvitationOut:
    return InvitationOut(
        invitation_url=_invitation_url(services.invite(id, actor=principal_of(request).actor)),
    )


@router.get(
    "/invitations/{token}",
    auth=None,
    operation_id="get_invitation",
    summary="Whom an invitation is for (public: the token is the secret)",
    response={200: InvitedOut, **problems(404)},
)
def get_invitation(request: HttpRequest, token: str) -> InvitedOut:
    user = services.invited_user(token)
    return InvitedOut(email=user.email, name=user.name)


@router.post(
    "/invitations/{token}",
    auth=None,
    operation_id="accept_invitation",
    summary="Set the password of the invited person and use up the link (public)",
    response={200: InvitedOut, **problems(404)},
)
def accept_invitation(request: HttpRequest, token: str, body: InvitationAnswer) -> InvitedOut:
    user = services.accept_invitation(token, password=body.password)
    return InvitedOut(email=user.email, name=user.name)


@router.get(
    "/api-keys",
    auth=Requires("keys.manage"),
    operation_id="list_api_keys",
    summary="API keys, newest first",
    response={200: PageOf[ApiKeyOut], **problems()},
)
def list_api_keys(request: HttpRequest, cursor: str | None = None, limit: int = Limit) -> PageOf[ApiKeyOut]:
    page = keyset_page(selectors.api_keys(), order="-created_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[_key(key) for key in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/api-keys",
    auth=Requires("keys.manage"),
    operation_id="create_api_key",
    summary="Make an API key; it is shown in this answer only",
    response={201: ApiKeyCreated, **problems()},
)
def create_api_key(request: HttpRequest, body: ApiKeyIn) -> Status[ApiKeyCreated]:
    shown, key = services.create_api_key(
        maker=principal_of(request),
        name=body.name,
        permissions=body.permissions,
        store_id=body.store_id,
        expires_at=body.expires_at,
    )
    return Status(201, ApiKeyCreated(key=shown, api_key=_key(key)))


@router.post(
    "/api-keys/{id}/revoke",
    auth=Requires("keys.manage"),
    operation_id="revoke_api_key",
    summary="Stop a key for good",
    response={200: ApiKeyOut, **problems(404)},
)
def revoke_api_key(request: HttpRequest, id: Id) -> ApiKeyOut:
    return _key(services.revoke_api_key(id, actor=principal_of(request).actor))


@router.get(
    "/views",
    auth=Requires("me.read"),
    operation_id="list_views",
    summary="My saved views of list pages, and those colleagues share",
    response={200: list[ViewOut], **problems()},
)
def list_views(request: HttpRequest, page: str | None = None) -> list[ViewOut]:
    user = _person(request)
    return [_view(view, user.pk) for view in selectors.views_of(user.pk, page=page)]


@router.post(
    "/views",
    auth=Requires("me.read"),
    operation_id="create_view",
    summary="Save a view of a list page",
    response={201: ViewOut, **problems(409)},
)
def create_view(request: HttpRequest, body: ViewIn) -> Status[ViewOut]:
    user = _person(request)
    view = services.save_view(user_id=user.pk, page=body.page, name=body.name, query=body.query, shared=body.shared)
    return Status(201, _view(view, user.pk))


@router.patch(
    "/views/{id}",
    auth=Requires("me.read"),
    operation_id="update_view",
    summary="Change a view of mine",
    response={200: ViewOut, **problems(404, 409)},
)
def update_view(request: HttpRequest, id: Id, body: ViewChange) -> ViewOut:
    user = _person(request)
    view = services.update_view(id, user_id=user.pk, name=body.name, query=body.query, shared=body.shared)
    return _view(view, user.pk)


@router.delete(
    "/views/{id}",
    auth=Requires("me.read"),
    operation_id="delete_view",
    summary="Delete a view of mine",
    response={204: None, **problems(404)},
)
def delete_view(request: HttpRequest, id: Id) -> Status[None]:
    services.delete_view(id, user_id=_person(request).pk)
    return Status(204, None)


def _person(request: HttpRequest) -> User:
    """The signed-in user. Raises NeedsPerson for an API key."""
    user_id = principal_of(request).user_id
    if user_id is None:
        raise NeedsPerson
    return selectors.find_user(user_id)


def _me(user: User) -> MeOut:
    who: Principal = user_principal(user)
    config = get_config()
    return MeOut(
        id=user.pk,
        name=user.name,
        email=user.email,
        language=selectors.language_of(user),
        role=Role(user.role),
        permissions=sorted(who.permissions),
        scope=ScopeOut(all_stores=who.scope.all_stores, store_ids=sorted(who.scope.store_ids)),
        operator=OperatorOut(
            brand_name=config.brand_name,
            timezone=config.timezone,
            currency=config.currency,
            language=config.language,
        ),
        totp_enabled=bool(selectors.with_totp([user.pk])),
    )


def _user(user_id: int) -> UserOut:
    return _users([selectors.find_user(user_id)])[0]


def _users(users: list[User]) -> list[UserOut]:
    with_totp = selectors.with_totp(user.pk for user in users)
    return [_shown(user, totp_enabled=user.pk in with_totp) for user in users]


def _shown(user: User, *, totp_enabled: bool) -> UserOut:
    return UserOut(
        id=user.pk,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        language=selectors.language_of(user),
        state=selectors.state_of(user),
        all_stores=user.all_stores,
        store_ids=selectors.scope_ids(user, ScopeEntry.Kind.STORE),
        region_ids=selectors.scope_ids(user, ScopeEntry.Kind.REGION),
        totp_enabled=totp_enabled,
        last_login_at=user.last_login,
        created_at=user.created_at,
    )


def _key(key: ApiKey) -> ApiKeyOut:
    return ApiKeyOut(
        id=key.pk,
        name=key.name,
        prefix=f"hk_{key.prefix}",
        permissions=key.permissions,
        store_id=key.store_id,
        created_by=key.created_by.name,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def _view(view: SavedView, user_id: int) -> ViewOut:
    return ViewOut(
        id=view.pk,
        page=view.page,
        name=view.name,
        query=view.query,
        shared=view.shared,
        mine=view.user_id == user_id,
        owner_name=view.user.name,
    )


def _invitation_url(token: str) -> str:
    return f"{get_config().base_url}/invitation/{token}"
