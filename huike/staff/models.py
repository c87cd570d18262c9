"""Users, the stores and regions they are limited to, their invitations, saved views and API keys."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from huike.staff.rules import Role


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person who works here and signs in by e-mail."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Role])
    language = models.CharField(max_length=8, default="zh-CN")
    all_stores = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        db_table = "staff_user"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=Q(role__in=[r.value for r in Role]), name="user_role_known"),
        ]

    # Django's permission framework is not used: the role decides (rules.py).
    is_staff = False
    is_superuser = False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def __str__(self) -> str:
        return self.name


class ScopeEntry(models.Model):
    """One store, or one region with all its stores, that a limited user sees."""

    class Kind(models.TextChoices):
        STORE = "store"
        REGION = "region"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="scope_entries")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    target_id = models.BigIntegerField()

    class Meta:
        db_table = "staff_scope_entry"
        constraints = [models.UniqueConstraint(fields=["user", "kind", "target_id"], name="scope_entry_once")]


class ApiKey(models.Model):
    """The key of a till or an integration: a visible prefix, and a hash of the rest."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    permissions = models.JSONField(default=list)
    store_id = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_api_key"


class Invitation(models.Model):
    """A one-time link by which a user sets the first, or a forgotten, password. Only the newest of a user is open."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_invitation"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at__isnull=True), name="invitation_open_once")
        ]


class SavedView(models.Model):
    """A list page as somebody left it: `query` is the page's address after the question mark."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    query = models.TextField()
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "staff_saved_view"
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name_once")]
        indexes = [models.Index(fields=["page", "shared"], name="saved_view_shared")]
