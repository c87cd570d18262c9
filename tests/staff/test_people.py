"""Inviting, changing and removing people who work here."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection, connections

from huike.kernel.errors import HuikeError
from huike.platform import clock
from huike.platform.models import AuditEntry
from huike.staff import services
from huike.staff.errors import EmailTaken, InvitationRefused, LastOwner, NotYourself, PasswordRefused
from huike.staff.models import User
from huike.staff.rules import INVITATION_LIFETIME, Role
from tests.people import PASSWORD, Caller, code_of, outsider, person, principal, signed_in


def sign_in(email: str, password: str) -> int:
    caller = outsider()
    caller.get("/_allauth/browser/v1/auth/session")
    token = caller.client.cookies["csrftoken"].value
    body = {"email": email, "password": password}
    return caller.post("/_allauth/browser/v1/auth/login", body, **{"X-CSRFToken": token}).status_code


@pytest.mark.django_db
def test_an_invited_person_sets_a_password_once_and_signs_in() -> None:
    owner = signed_in(Role.OWNER)
    answer = owner.post("/users", {"email": "lin@example.com", "name": "林", "role": "marketing"})
    assert answer.status_code == 201
    assert answer.json()["user"]["state"] == "invited"
    token = answer.json()["invitation_url"].rpartition("/")[2]
    assert sign_in("lin@example.com", "") == 400

    assert outsider().get(f"/invitations/{token}").json() == {"email": "lin@example.com", "name": "林"}
    assert outsider().post(f"/invitations/{token}", {"password": PASSWORD}).status_code == 200
    assert sign_in("lin@example.com", PASSWORD) == 200

    again = outsider().post(f"/invitations/{token}", {"password": "another-long-word"})
    assert (again.status_code, code_of(again)) == (404, "invitation.refused")
    assert sign_in("lin@example.com", PASSWORD) == 200


@pytest.mark.django_db
def test_an_invitation_is_refused_when_it_is_old_replaced_or_forged() -> None:
    actor = principal().actor
    user = services.create_user(email="lin@example.com", name="林", role=Role.CLERK)
    first = services.invite(user.pk, actor=actor)
    second = services.invite(user.pk, actor=actor)
    for token in (first, second + "x", "", "1", "é"):
        with pytest.raises(InvitationRefused):
            services.invited_user(token)
    with time_machine.travel(clock.now() + INVITATION_LIFETIME), pytest.raises(InvitationRefused):
        services.accept_invitation(second, password=PASSWORD)
    with time_machine.travel(clock.now() + INVITATION_LIFETIME - timedelta(seconds=5)):
        assert services.invited_user(second) == user


@pytest.mark.django_db
def test_an_invitation_ends_when_its_person_is_deactivated() -> None:
    owner = principal()
    user = services.create_user(email="lin@example.com", name="林", role=Role.CLERK)
    token = services.invite(user.pk, actor=owner.actor)
    services.deactivate_user(user.pk, actor=owner.actor)
    services.activate_user(user.pk, actor=owner.actor)
    with pytest.raises(InvitationRefused):
        services.accept_invitation(token, password=PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password123", "1234567890123"])
def test_a_guessable_password_is_refused_and_the_invitation_stays_open(password: str) -> None:
    user = services.create_user(email="lin@example.com", name="林", role=Role.CLERK)
    token = services.invite(user.pk, actor=principal().actor)
    with pytest.raises(PasswordRefused) as refused:
        services.accept_invitation(token, password=password)
    assert refused.value.errors[0].where == "password"
    assert services.invited_user(token) == user


@pytest.mark.django_db
def test_two_people_cannot_have_one_email_in_any_case() -> None:
    person(name="Lin")
    with pytest.raises(EmailTaken):
        services.create_user(email="LIN@Example.COM", name="other", role=Role.CLERK)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_deactivated_person_is_signed_out_at_once_and_cannot_come_back() -> None:
    owner, clerk = signed_in(Role.OWNER), person(Role.CLERK, name="Lin")
    caller = outsider()
    caller.get("/_allauth/browser/v1/auth/session")
    token = caller.client.cookies["csrftoken"].value
    body = {"email": "lin@example.com", "password": PASSWORD}
    assert caller.post("/_allauth/browser/v1/auth/login", body, **{"X-CSRFToken": token}).status_code == 200
    assert caller.get("/me").status_code == 200
    sessions = Session.objects.count()

    assert owner.post(f"/users/{clerk.pk}/deactivate").json()["state"] == "deactivated"

    assert caller.get("/me").status_code == 401
    assert Session.objects.count() == sessions - 1
    assert sign_in("lin@example.com", PASSWORD) == 401
    assert owner.post(f"/users/{clerk.pk}/activate").json()["state"] == "active"
    assert sign_in("lin@example.com", PASSWORD) == 200


@pytest.mark.django_db
def test_the_last_owner_stays_owner() -> None:
    owner = person(Role.OWNER)
    other = principal(Role.CLERK)
    with pytest.raises(LastOwner):
        services.update_user(owner.pk, actor=other.actor, role=Role.ANALYST)
    with pytest.raises(LastOwner):
        services.deactivate_user(owner.pk, actor=other.actor)
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)
    second = person(Role.OWNER)
    services.deactivate_user(second.pk, actor=other.actor)
    with pytest.raises(LastOwner):
        services.update_user(owner.pk, actor=other.actor, role=Role.ANALYST)


@pytest.mark.django_db
def test_nobody_deactivates_themselves() -> None:
    one, _ = principal(Role.OWNER), person(Role.OWNER)
    with pytest.raises(NotYourself):
        services.deactivate_user(one.id, actor=one.actor)


@pytest.mark.django_db(transaction=True)
def test_one_owner_remains_when_two_remove_each_other_at_once() -> None:
    one, two = principal(Role.OWNER), principal(Role.OWNER)
    start, outcomes = Barrier(2), []

    def remove(actor, target) -> None:
        try:
            start.wait()
            services.deactivate_user(target.id, actor=actor.actor)
            outcomes.append("removed")
        except HuikeError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["removed", "user.last_owner"]
    assert User.objects.filter(is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_owners_would_remove_each_other() -> None:
    """Why update and deactivate hold one lock: the same check, made by both before either writes."""
    one, two = person(Role.OWNER), person(Role.OWNER)
    checked = Barrier(2)

    def remove(target: User) -> None:
        others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=target.pk).exists()
        checked.wait()
        if others:
            User.objects.filter(pk=target.pk).update(is_active=False)
        connection.close()

    threads = [Thread(target=remove, args=(user,)) for user in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(is_active=True).count() == 0


@pytest.mark.django_db
def test_every_change_of_people_stands_in_the_audit_log() -> None:
    owner = signed_in(Role.OWNER)
    user_id = owner.post("/users", {"email": "a@example.com", "name": "A", "role": "clerk"}).json()["user"]["id"]
    owner.patch(f"/users/{user_id}", {"role": "sales", "store_ids": [3], "all_stores": False})
    owner.post(f"/users/{user_id}/deactivate")
    owner.post(f"/users/{user_id}/activate")
    actions = AuditEntry.objects.filter(subject_kind="user", subject_id=user_id).order_by("id")
    assert [entry.action for entry in actions] == [
        "create_user",
        "invite_user",
        "update_user",
        "deactivate_user",
        "activate_user",
    ]
    assert {entry.actor_kind for entry in actions} == {"user"}


@pytest.mark.django_db
def test_changing_one_thing_of_a_person_leaves_the_rest() -> None:
    owner = signed_in(Role.OWNER)
    clerk = person(Role.CLERK, store_ids=[7, 3])
    shown = owner.patch(f"/users/{clerk.pk}", {"name": "新名字"}).json()
    assert (shown["name"], shown["role"], shown["all_stores"], shown["store_ids"]) == ("新名字", "clerk", False, [3, 7])
    shown = owner.patch(f"/users/{clerk.pk}", {"region_ids": [5]}).json()
    assert (shown["store_ids"], shown["region_ids"]) == ([3, 7], [5])


@pytest.mark.django_db
def test_a_person_changes_her_own_name_and_language_and_nothing_else() -> None:
    clerk: Caller = signed_in(Role.CLERK)
    assert clerk.patch("/me", {"language": "en", "name": "Lin"}).json()["language"] == "en"
    refused = clerk.patch("/me", {"role": "owner"})
    assert refused.status_code == 422
    assert clerk.get("/me").json()["role"] == "clerk"
