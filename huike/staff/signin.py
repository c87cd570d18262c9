"""Signing in and out: the part of allauth's headless browser API that a house of invited staff needs, and no more.

Session cookie and CSRF token; e-mail and password, then TOTP or a recovery code; own password, second factor and
sessions. Sign-up, e-mail changes and password mails are not there: a forgotten password is reset by a new invitation.
Attempts are limited by address and by e-mail over all processes (django_settings.CACHES).
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, user_logged_in, user_logged_out
from allauth.headless.account import views as account
from allauth.headless.base import views as base
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa
from allauth.headless.usersessions import views as sessions
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal
from django.urls import URLPattern, path

from huike.platform import audit
from huike.platform.audit import Actor
from huike.staff.models import User

_VIEWS: dict[str, type[base.APIView]] = {
    "config": base.ConfigView,
    "auth/session": account.SessionView,
    "auth/login": account.LoginView,
    "auth/reauthenticate": account.ReauthenticateView,
    "auth/2fa/authenticate": mfa.AuthenticateView,
    "auth/2fa/reauthenticate": mfa.ReauthenticateView,
    "auth/sessions": sessions.SessionsView,
    "account/password/change": account.ChangePasswordView,
    "account/authenticators": mfa.AuthenticatorsView,
    "account/authenticators/totp": mfa.ManageTOTPView,
    "account/authenticators/recovery-codes": mfa.ManageRecoveryCodesView,
}

app_name = "signin"
urlpatterns: list[URLPattern] = [
    path(f"browser/v1/{address}", view.as_api_view(client=Client.BROWSER)) for address, view in _VIEWS.items()
]

_AUDITED: dict[str, Signal] = {
    "sign_in": user_logged_in,
    "sign_out": user_logged_out,
    "change_password": password_changed,
    "add_second_factor": authenticator_added,
    "reset_second_factor": authenticator_reset,
    "remove_second_factor": authenticator_removed,
}


def record_sign_ins() -> None:
    """From now on every sign-in, sign-out and change of password or second factor stands in the audit log."""
    for action, signal in _AUDITED.items():
        signal.connect(_recorder(action), weak=False, dispatch_uid=f"audit.{action}")


def _recorder(action: str) -> Any:
    def record(sender: object, user: User | None = None, **_: object) -> None:
        if user is not None:
            audit.record(Actor("user", user.pk, user.name), action, subject_kind="user", subject_id=user.pk)

    return record
