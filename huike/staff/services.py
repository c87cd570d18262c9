"""Writes about people, keys and saved views. Each records itself in the audit log, in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from huike.kernel.errors import FieldError
from huike.platform import audit, clock
from huike.platform.audit import SYSTEM, Actor
from huike.platform.locks import hold
from huike.staff.access import Principal, hash_secret
from huike.staff.errors import (
    ApiKeyNotFound,
    EmailTaken,
    InvitationRefused,
    LastOwner,
    NeedsPerson,
    NotYourself,
    PasswordRefused,
    PermissionNotGrantable,
    StoreOutsideScope,
    UserNotFound,
    ViewNameTaken,
    ViewNotFound,
)
from huike.staff.models import ApiKey, Invitation, SavedView, ScopeEntry, User
from huike.staff.rules import GRANTABLE_TO_KEYS, INVITATION_LIFETIME, Role

_INVITATION_SALT = "huike.staff.invitation"


def create_user(
    *,
    email: str,
    name: str,
    role: Role,
    password: str | None = None,
    actor: Actor = SYSTEM,
    all_stores: bool = True,
    store_ids: Iterable[int] = (),
    region_ids: Iterable[int] = (),
    language: str = "zh-CN",
) -> User:
    """A person who may sign in: at once with `password`, otherwise after an invitation sets one.

    Raises EmailTaken, PasswordRefused.
    """
    user = User(email=email.strip().lower(), name=name, role=role, language=language, all_stores=all_stores)
    if password is None:
        user.set_unusable_password()
    else:
        _set_password(user, password)
    try:
        with transaction.atomic():
            user.save()
            _replace_scope(user, store_ids=store_ids, region_ids=region_ids)
            _record(actor, "create_user", user, {"role": role, "all_stores": all_stores})
    except IntegrityError as error:
        if "user_email_once" in str(error):
            raise EmailTaken from error
        raise
    return user


def invite(user_id: int, *, actor: Actor) -> str:
    """The token of a new one-time link that sets the password of `user_id`; earlier links stop working.

    Raises UserNotFound.
    """
    with transaction.atomic():
        user = _lock_user(user_id)
        now = clock.now()
        user.invitations.filter(ended_at__isnull=True).update(ended_at=now)
        invitation = Invitation.objects.create(user=user, expires_at=now + INVITATION_LIFETIME)
        _record(actor, "invite_user", user)
    return signing.dumps(invitation.pk, salt=_INVITATION_SALT)


def invited_user(token: str) -> User:
    """Whom the link of `token` belongs to. Raises InvitationRefused."""
    return _open_invitation(token).user


def accept_invitation(token: str, *, password: str) -> User:
    """Set the password and use up the link; open sessions of the person end.

    Raises InvitationRefused, PasswordRefused.
    """
    invitation = _open_invitation(token)
    with transaction.atomic():
        user = _lock_user(invitation.user_id)
        _set_password(user, password)
        if not Invitation.objects.filter(pk=invitation.pk, ended_at__isnull=True).update(ended_at=clock.now()):
            raise InvitationRefused
        user.save(update_fields=["password"])
        _end_sessions(user)
        audit.record(_self(user), "accept_invitation", subject_kind="user", subject_id=user.pk)
    return user


def update_user(
    user_id: int,
    *,
    actor: Actor,
    name: str | None = None,
    role: Role | None = None,
    all_stores: bool | None = None,
    store_ids: Iterable[int] | None = None,
    region_ids: Iterable[int] | None = None,
) -> User:
    """Change what is given and leave the rest. Raises UserNotFound, LastOwner."""
    with transaction.atomic():
        _hold_owners()
        user = _lock_user(user_id)
        if role is not None and role != user.role:
            _keep_an_owner(user)
            user.role = role
        if name is not None:
            user.name = name
        if all_stores is not None:
            user.all_stores = all_stores
        user.save(update_fields=["name", "role", "all_stores"])
        if store_ids is not None or region_ids is not None:
            _replace_scope(user, store_ids=store_ids, region_ids=region_ids)
        _record(actor, "update_user", user, {"role": user.role, "all_stores": user.all_stores})
    return user


def update_me(user: User, *, name: str | None, language: str | None) -> User:
    """A person's own name and language."""
    if name is not None:
        user.name = name
    if language is not None:
        user.language = language
    with transaction.atomic():
        user.save(update_fields=["name", "language"])
        _record(_self(user), "update_own_file", user)
    return user


def deactivate_user(user_id: int, *, actor: Actor) -> User:
    """The person can no longer sign in, and is signed out everywhere. Their API keys belong to the operator and stay.

    Raises UserNotFound, LastOwner, NotYourself.
    """
    with transaction.atomic():
        _hold_owners()
        user = _lock_user(user_id)
        if actor.kind == "user" and actor.id == user_id:
            raise NotYourself
        _keep_an_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        user.invitations.filter(ended_at__isnull=True).update(ended_at=clock.now())
        _end_sessions(user)
        _record(actor, "deactivate_user", user)
    return user


def activate_user(user_id: int, *, actor: Actor) -> User:
    """The person can sign in again. Raises UserNotFound."""
    with transaction.atomic():
        user = _lock_user(user_id)
        user.is_active = True
        user.save(update_fields=["is_active"])
        _record(actor, "activate_user", user)
    return user


def create_api_key(
    *,
    maker: Principal,
    name: str,
    permissions: Iterable[str],
    store_id: int | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, ApiKey]:
    """(the key, to be shown once and never again; its row). It can do and see no more than its maker.

    Raises NeedsPerson, PermissionNotGrantable, StoreOutsideScope.
    """
    if maker.user_id is None:
        raise NeedsPerson
    wanted = frozenset(permissions)
    refused = sorted(wanted - (maker.permissions & GRANTABLE_TO_KEYS))
    if refused:
        raise PermissionNotGrantable(permissions=refused)
    if not maker.scope.all_stores and not maker.scope.allows_store(store_id):
        raise StoreOutsideScope(store_id=store_id)
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            prefix=prefix,
            secret_sha256=hash_secret(secret),
            permissions=sorted(wanted),
            store_id=store_id,
            expires_at=expires_at,
            created_by_id=maker.user_id,
        )
        key.refresh_from_db()
        audit.record(
            maker.actor,
            "create_api_key",
            subject_kind="api_key",
            subject_id=key.pk,
            details={"permissions": key.permissions, "store_id": store_id},
        )
    return f"hk_{prefix}_{secret}", key


def revoke_api_key(key_id: int, *, actor: Actor) -> ApiKey:
    """The key stops working now; revoking twice changes nothing. Raises ApiKeyNotFound."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise ApiKeyNotFound
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            audit.record(actor, "revoke_api_key", subject_kind="api_key", subject_id=key.pk)
    return key


def save_view(*, user_id: int, page: str, name: str, query: str, shared: bool) -> SavedView:
    """Raises ViewNameTaken."""
    try:
        with transaction.atomic():
            view = SavedView.objects.create(user_id=user_id, page=page, name=name, query=query, shared=shared)
    except IntegrityError as error:
        raise ViewNameTaken from error
    return view


def update_view(
    view_id: int, *, user_id: int, name: str | None = None, query: str | None = None, shared: bool | None = None
) -> SavedView:
    """Only its owner changes a view, shared or not. Raises ViewNotFound, ViewNameTaken."""
    changes = {k: v for k, v in {"name": name, "query": query, "shared": shared}.items() if v is not None}
    mine = SavedView.objects.filter(pk=view_id, user_id=user_id)
    try:
        with transaction.atomic():
            if changes:
                mine.update(**changes)
    except IntegrityError as error:
        raise ViewNameTaken from error
    view = mine.first()
    if view is None:
        raise ViewNotFound
    return view


def delete_view(view_id: int, *, user_id: int) -> None:
    """Raises ViewNotFound."""
    deleted, _ = SavedView.objects.filter(pk=view_id, user_id=user_id).delete()
    if not deleted:
        raise ViewNotFound


def _open_invitation(token: str) -> Invitation:
    try:
        pk = signing.loads(token, salt=_INVITATION_SALT)
    except signing.BadSignature as error:
        raise InvitationRefused from error
    invitation = (
        Invitation.objects.select_related("user")
        .filter(pk=pk, ended_at__isnull=True, expires_at__gt=clock.now(), user__is_active=True)
        .first()
    )
    if invitation is None:
        raise InvitationRefused
    return invitation


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        faults = [FieldError("password", f"password.{fault.code}", _plain(fault.params)) for fault in error.error_list]
        raise PasswordRefused(errors=faults) from error
    user.set_password(password)


def _plain(params: object) -> dict[str, object]:
    return dict(params) if isinstance(params, dict) else {}


def _replace_scope(user: User, *, store_ids: Iterable[int] | None, region_ids: Iterable[int] | None) -> None:
    for kind, ids in ((ScopeEntry.Kind.STORE, store_ids), (ScopeEntry.Kind.REGION, region_ids)):
        if ids is None:
            continue
        user.scope_entries.filter(kind=kind).delete()
        ScopeEntry.objects.bulk_create(ScopeEntry(user=user, kind=kind, target_id=i) for i in sorted(set(ids)))


def _lock_user(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


def _hold_owners() -> None:
    """One change of owners at a time, so that two owners cannot remove each other at once."""
    hold("staff.owners")


def _keep_an_owner(user: User) -> None:
    if user.role != Role.OWNER or not user.is_active:
        return
    if not User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk).exists():
        raise LastOwner


def _end_sessions(user: User) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for session in UserSession.objects.filter(user_id=user.pk):
        store(session.session_key).delete()
        session.delete()


def _self(user: User) -> Actor:
    return Actor("user", user.pk, user.name)


def _record(actor: Actor, action: str, user: User, details: dict[str, object] | None = None) -> None:
    audit.record(actor, action, subject_kind="user", subject_id=user.pk, details=details)
