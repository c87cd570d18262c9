"""Reads about people, keys and saved views."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from huike.staff.errors import UserNotFound
from huike.staff.models import ApiKey, SavedView, ScopeEntry, User
from huike.staff.rules import Language, UserState


def users() -> QuerySet[User]:
    """Everybody who works here, with their scope."""
    return User.objects.prefetch_related("scope_entries")


def with_totp(user_ids: Iterable[int]) -> set[int]:
    """Those of the users who set up a second factor."""
    found = Authenticator.objects.filter(user_id__in=set(user_ids), type=Authenticator.Type.TOTP)
    return set(found.values_list("user_id", flat=True))


def find_user(user_id: int) -> User:
    """Raises UserNotFound."""
    user = users().filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


def user_names(ids: Iterable[int] | None) -> dict[int, str]:
    """Names by user id, for lists that show who did something; everybody's for None."""
    among = {} if ids is None else {"pk__in": set(ids)}
    return dict(User.objects.filter(**among).values_list("pk", "name"))


def user_ids_by_word(words: Iterable[str]) -> dict[str, int]:
    """Whom of those who work here each word means: an e-mail address, or a name that only one of them has."""
    told = {word: word.casefold() for word in words}
    by_word: dict[str, set[int]] = {}
    for pk, email, name in User.objects.filter(is_active=True).values_list("pk", "email", "name"):
        for word in {email.casefold(), name.casefold()}:
            by_word.setdefault(word, set()).add(pk)
    found = {word: by_word.get(folded, set()) for word, folded in told.items()}
    return {word: next(iter(ids)) for word, ids in found.items() if len(ids) == 1}


def state_of(user: User) -> UserState:
    """`invited` has not set a password yet."""
    if not user.is_active:
        return "deactivated"
    return "active" if user.has_usable_password() else "invited"


def language_of(user: User) -> Language:
    return "en" if user.language == "en" else "zh-CN"


def scope_ids(user: User, kind: ScopeEntry.Kind) -> list[int]:
    """The stores or regions a limited user is limited to."""
    return sorted(entry.target_id for entry in user.scope_entries.all() if entry.kind == kind)


def api_keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("created_by")


def views_of(user_id: int, *, page: str | None) -> QuerySet[SavedView]:
    """A person's own views and those that colleagues share."""
    found = SavedView.objects.select_related("user").filter(Q(user_id=user_id) | Q(shared=True)).order_by("name", "pk")
    return found if page is None else found.filter(page=page)
