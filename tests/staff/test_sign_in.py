"""Signing in through allauth's headless API, as the web client does."""

from __future__ import annotations

import pyotp
import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.people import PASSWORD, Caller, code_of, outsider, person

LOGIN = "/_allauth/browser/v1/auth/login"


def browser() -> Caller:
    """A browser that has loaded a page: it has a CSRF token and sends it."""
    caller = outsider()
    caller.get("/_allauth/browser/v1/auth/session")
    return caller


def send(caller: Caller, path: str, body: dict[str, object], method: str = "POST"):
    token = caller.client.cookies["csrftoken"].value
    return caller.call(method, path, body, **{"X-CSRFToken": token})


@pytest.fixture(autouse=True)
def _no_counted_attempts(db: None) -> None:
    cache.clear()


def test_sign_in_is_refused_without_the_csrf_token() -> None:
    person(name="Lin")
    caller = browser()
    answer = caller.post(LOGIN, {"email": "lin@example.com", "password": PASSWORD})
    assert (answer.status_code, code_of(answer)) == (403, "csrf.refused")
    assert caller.get("/me").status_code == 401


def test_a_person_signs_in_and_out_and_both_are_audited() -> None:
    user = person(name="Lin")
    caller = browser()
    assert send(caller, LOGIN, {"email": "LIN@example.com", "password": PASSWORD}).status_code == 200
    assert caller.get("/me").json()["email"] == "lin@example.com"
    answer = send(caller, "/_allauth/browser/v1/auth/session", {}, method="DELETE")
    assert answer.status_code == 401
    assert caller.get("/me").status_code == 401
    actions = AuditEntry.objects.filter(actor_id=user.pk).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["sign_in", "sign_out"]


@pytest.mark.parametrize(
    "path",
    [
        "auth/signup",
        "auth/provider/signup",
        "auth/webauthn/signup",
        "account/email",
        "auth/password/request",
        "auth/code/request",
    ],
)
def test_nobody_signs_up_by_any_path(path: str) -> None:
    answer = send(browser(), f"/_allauth/browser/v1/{path}", {"email": "x@example.com", "password": PASSWORD})
    assert (answer.status_code, code_of(answer)) == (404, "not_found")
    assert send(browser(), f"/_allauth/app/v1/{path}", {}).status_code == 404


def test_guessing_a_password_is_stopped_and_counted_in_the_database() -> None:
    person(name="Lin")
    for _ in range(5):
        answer = send(browser(), LOGIN, {"email": "lin@example.com", "password": "wrong-guess-again"})
        assert answer.json()["errors"][0]["code"] == "email_password_mismatch"
    answer = send(browser(), LOGIN, {"email": "lin@example.com", "password": PASSWORD})
    assert answer.json()["errors"][0]["code"] == "too_many_login_attempts"
    assert cache.__class__.__name__ == "ConnectionProxy"
    assert type(cache._connections["default"]).__name__ == "DatabaseCache"


def test_a_second_factor_is_asked_for_once_it_is_set_up_and_its_secret_rests_encrypted() -> None:
    person(name="Lin")
    caller = browser()
    credentials = {"email": "lin@example.com", "password": PASSWORD}
    send(caller, LOGIN, credentials)
    totp = "/_allauth/browser/v1/account/authenticators/totp"
    secret = caller.get(totp).json()["meta"]["secret"]
    assert send(caller, totp, {"code": "000000"}).status_code == 400
    # A session left open does not let a passer-by lock its owner out.
    assert send(caller, totp, {"code": pyotp.TOTP(secret).now()}).status_code == 401
    assert caller.get("/me").json()["totp_enabled"] is False
    assert send(caller, "/_allauth/browser/v1/auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert send(caller, totp, {"code": pyotp.TOTP(secret).now()}).status_code == 200
    assert caller.get("/me").json()["totp_enabled"] is True
    assert secret not in str(Authenticator.objects.get(type="totp").data)

    codes = caller.get("/_allauth/browser/v1/account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    other = browser()
    answer = send(other, LOGIN, credentials)
    assert answer.status_code == 401
    assert {flow["id"] for flow in answer.json()["data"]["flows"]} >= {"mfa_authenticate"}
    assert other.get("/me").status_code == 401
    two = "/_allauth/browser/v1/auth/2fa/authenticate"
    assert send(other, two, {"code": "000000"}).status_code == 400
    assert send(other, two, {"code": codes[0]}).status_code == 200
    assert other.get("/me").status_code == 200

    third = browser()
    send(third, LOGIN, credentials)
    assert send(third, two, {"code": codes[0]}).status_code == 400


def test_a_new_password_ends_the_sessions_elsewhere() -> None:
    person(name="Lin")
    here, elsewhere = browser(), browser()
    for caller in (here, elsewhere):
        send(caller, LOGIN, {"email": "lin@example.com", "password": PASSWORD})
    change = {"current_password": PASSWORD, "new_password": "pour-it-from-high"}
    assert send(here, "/_allauth/browser/v1/account/password/change", change).status_code == 200
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 401


def test_a_person_ends_one_of_her_sessions() -> None:
    person(Role.CLERK, name="Lin")
    here, elsewhere = browser(), browser()
    for caller in (here, elsewhere):
        send(caller, LOGIN, {"email": "lin@example.com", "password": PASSWORD})
    sessions = here.get("/_allauth/browser/v1/auth/sessions").json()["data"]
    other = next(session["id"] for session in sessions if not session["is_current"])
    send(here, "/_allauth/browser/v1/auth/sessions", {"sessions": [other]}, method="DELETE")
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 401
