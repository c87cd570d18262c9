"""The same form twice, two devices at once: one person, one joining, told once. Each race is shown first with its guard
off."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection

from huike.customers.models import Customer
from huike.platform import clock
from huike.platform.models import OutboxEvent
from huike.signup import joining
from huike.signup.models import Attempt, Joining
from tests.rivals import beside, let_in_after, until_it_waits
from tests.signup.world import Visitor, last_code, live_page

pytestmark = pytest.mark.django_db(transaction=True)


def two_forms() -> list[tuple[Attempt, str]]:
    """The same newcomer on two devices, each with its own code."""
    page = live_page()
    forms = []
    for _ in range(2):
        Visitor(page).fill_in()
        forms.append((Attempt.objects.latest("pk"), last_code()))
    return forms


def told() -> int:
    return OutboxEvent.objects.filter(name="signup.member_joined").count()


def test_without_its_lock_the_same_code_typed_twice_would_be_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    Visitor(live_page()).fill_in()
    # The guards off: both read the form before either wrote it, and her file before it says that she is a member.
    seen = [Attempt.objects.select_related("page__source", "place").get() for _ in range(2)]
    monkeypatch.setattr(joining, "_held_attempt", lambda pk: seen.pop())
    monkeypatch.setattr(joining, "_outcome", lambda customer, *, created: "new")

    for attempt in list(seen):
        joining._join(attempt.pk, now=clock.now())

    assert told() == 2


def test_the_same_code_typed_twice_at_once_joins_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Visitor(live_page()).fill_in()
    attempt, code = Attempt.objects.get(), last_code()

    with beside(lambda: joining.confirm(Attempt.objects.get(), code, now=clock.now())) as start:
        let_in_after(monkeypatch, joining, "_held_attempt", lambda: until_it_waits(start()))
        mine = joining.confirm(attempt, code, now=clock.now())
        hers = start().result()

    assert mine.joining_id == hers.joining_id
    assert (Customer.objects.count(), Joining.objects.count(), told()) == (1, 1, 1)


def test_two_devices_at_once_are_one_person_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (mine, my_code), (hers, her_code) = two_forms()

    with beside(lambda: joining.confirm(hers, her_code, now=clock.now())) as start:
        let_in_after(monkeypatch, joining, "_held_customer", lambda: until_it_waits(start()))
        first = joining.confirm(mine, my_code, now=clock.now())
        second = start().result()

    assert (first.outcome, second.outcome) == ("new", "already_member")
    assert (Customer.objects.count(), Joining.objects.count(), told()) == (1, 1, 1)


def test_of_many_guesses_at_once_five_are_looked_at() -> None:
    Visitor(live_page()).fill_in()
    code = last_code()
    wrong = "123456" if code != "123456" else "654321"

    def guess(_: int) -> str:
        try:
            joining.confirm(Attempt.objects.get(), wrong, now=clock.now())
        except joining.CodeWrong:
            return "wrong"
        except joining.CodeSpent:
            return "spent"
        finally:
            connection.close()
        return "joined"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count("wrong") == 4, "the fifth is the last, and says that it was"
    assert answers.count("spent") == 8
    assert Attempt.objects.get().tries_left == 0


def test_a_new_code_asked_for_twice_at_once_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from huike.channels import codes
    from huike.channels.models import SandboxMail

    Visitor(live_page()).fill_in()
    monkeypatch.setattr(codes, "COOL_DOWN", timedelta(0))
    twice = [Attempt.objects.get(), Attempt.objects.get()]

    def ask(attempt: Attempt) -> bool:
        try:
            joining.send_again(attempt, now=clock.now())
        except joining.TooSoon:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        begun: list[Future[bool]] = [pool.submit(ask, attempt) for attempt in twice]
        assert sorted(one.result() for one in begun) == [False, True]
    assert SandboxMail.objects.count() == 2
