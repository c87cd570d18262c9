"""Codes by the million: unguessable, exactly as many as asked for, whatever happens on the way."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

import pytest

from huike.kernel.codes import ALPHABET, is_well_formed, normalise_code
from huike.platform import jobs
from huike.platform.jobs import Progress
from huike.platform.models import Job
from huike.promotions.batches import codes, selectors, services
from huike.promotions.batches.services import BatchDraft
from huike.promotions.errors import BatchInvalid, BatchStateRefused
from huike.promotions.models import CodeBatch, Coupon, CouponEvent
from huike.promotions.tasks import make_codes, turn_codes
from huike.staff.rules import Role
from tests.people import principal
from tests.promotions.offers import active, percent_off
from tests.tills import NOW


def drawn(count: int, prefix: str = "", random_bytes: Any = secrets.token_bytes) -> list[str]:
    return codes.draw(count, prefix=prefix, random_bytes=random_bytes).decode().split()


def batch(count: int = 5, prefix: str = "", **terms: Any) -> CodeBatch:
    offer = active(percent_off(**{"valid_days": 7, **terms}))
    draft = BatchDraft(name="传单", offer_id=offer.pk, prefix=prefix, count=count)
    return services.make_batch(draft, principal=principal(Role.MARKETING), now=NOW)


def made(one: CodeBatch) -> CodeBatch:
    make_codes(job_id=one.job_id, batch_id=one.pk)
    return fresh(one)


def fresh(one: CodeBatch) -> CodeBatch:
    return CodeBatch.objects.get(pk=one.pk)


def test_drawn_codes_are_what_the_house_takes_for_codes() -> None:
    for prefix in ("", "TEA", "ABCDEFGH"):
        found = drawn(2_000, prefix)
        assert len(set(found)) == 2_000
        assert all(code.startswith(prefix) and len(code) == len(prefix) + 13 for code in found)
        assert all(is_well_formed(code) and normalise_code(code) == code for code in found)


def test_every_character_is_as_likely_as_every_other() -> None:
    """Chi-square of 384,000 characters over 32 letters; 31 degrees of freedom, once in a million above 82."""
    seen = "".join(code[:-1] for code in drawn(32_000))
    expected = len(seen) / 32
    assert sum((seen.count(letter) - expected) ** 2 / expected for letter in ALPHABET) < 82
    assert drawn(1, random_bytes=lambda n: bytes(range(32, 32 + n))) == drawn(1, random_bytes=lambda n: bytes(range(n)))


def test_a_prefix_has_no_look_alikes() -> None:
    assert [codes.is_prefix(text) for text in ("", "TEA2", "OIL", "茶", "ABCDEFGHJ", "tea")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.django_db(transaction=True)
def test_a_batch_has_exactly_its_codes_of_its_offers_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "STEP", 4)
    one = made(batch(10, "TEA", uses=3))
    assert (one.state, one.made, jobs.find(one.job_id).state) == ("ready", 10, "succeeded")
    assert jobs.find(one.job_id).result == {"batch_id": one.pk, "made": 10}
    rows = list(Coupon.objects.filter(batch=one).order_by("pk"))
    assert len(rows) == 10
    told = {(c.state, c.customer_id, c.uses_allowed, c.uses_left, c.reason, c.terms_id, c.expires_at) for c in rows}
    assert told == {("issued", None, 3, 3, f"batch:{one.pk}", one.terms_id, one.expires_at)}
    assert sum(len(part) for part in selectors.codes_of(one.pk)) == 10


@pytest.mark.django_db(transaction=True)
def test_a_code_that_exists_is_passed_over_and_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(batch(2))
    taken = list(Coupon.objects.values_list("code", flat=True))
    fresh_codes = drawn(3)
    told = itertools.chain([[*taken, fresh_codes[0]], [fresh_codes[0], fresh_codes[1]], [fresh_codes[2]]])
    monkeypatch.setattr(services, "_draw", lambda count, prefix: "".join(f"{c}\n" for c in next(told)).encode())
    second = made(batch(3))
    assert (second.state, second.made) == ("ready", 3)
    assert sorted(Coupon.objects.filter(batch=second).values_list("code", flat=True)) == sorted(fresh_codes)
    assert Coupon.objects.filter(batch=first).count() == 2


@pytest.mark.django_db(transaction=True)
def test_making_goes_on_where_a_crash_left_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies inside a step, with codes written and not committed."""
    monkeypatch.setattr(services, "STEP", 4)
    one = batch(10)
    add, calls = services._add, itertools.count(1)

    def dying(of: CodeBatch, count: int) -> int:
        done = add(of, count)
        if next(calls) == 2:
            raise SystemExit
        return done

    with monkeypatch.context() as patch:
        patch.setattr(services, "_add", dying)
        with pytest.raises(SystemExit):
            make_codes(job_id=one.job_id, batch_id=one.pk)
    assert (fresh(one).made, Coupon.objects.count()) == (4, 4)
    Job.objects.filter(pk=one.job_id).update(state="running")  # as whoever was killed leaves it
    assert (made(one).made, made_state(one), Coupon.objects.count()) == (10, "ready", 10)


def made_state(one: CodeBatch) -> str:
    return fresh(one).state


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_batch_is_stopped_with_what_it_has_and_may_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "STEP", 4)
    one, calls = batch(10), itertools.count()
    report = Progress.report

    def cancelling(self: Progress, **told: Any) -> None:
        if next(calls) == 1:
            jobs.request_cancel(self.job_id)
        report(self, **{**told, "force": True})

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "report", cancelling)
        one = made(one)
    assert (one.state, one.made, jobs.find(one.job_id).state) == ("stopped", 4, "cancelled")
    services.continue_batch(one.pk, principal=principal())
    one = made(fresh(one))
    assert (one.state, one.made, Coupon.objects.count()) == ("ready", 10, 10)
    with pytest.raises(BatchStateRefused):
        services.continue_batch(one.pk, principal=principal())


@pytest.mark.django_db(transaction=True)
def test_a_batch_cancelled_before_it_began_has_nothing() -> None:
    one = batch(10)
    jobs.request_cancel(one.job_id)
    one = made(one)
    assert (one.state, one.made, Coupon.objects.count()) == ("stopped", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_made_void_and_back_but_for_what_is_redeemed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_VOID_STEP", 2)
    one = made(batch(5, valid_days=None))
    by_hand, expired = Coupon.objects.filter(batch=one).order_by("pk")[:2]
    Coupon.objects.filter(pk=by_hand.pk).update(state="void", void_ref="hand")
    Coupon.objects.filter(pk=expired.pk).update(state="expired", expires_at=NOW)
    turn(services.void_batch(one.pk, note="misprint", principal=principal()), services.KIND_VOID)
    assert (fresh(one).state, set(Coupon.objects.values_list("state", flat=True))) == ("void", {"void"})
    assert CouponEvent.objects.filter(deed="voided", note="misprint").count() == 4
    turn(services.restore_batch(one.pk, note="no", principal=principal()), services.KIND_RESTORE)
    states = list(Coupon.objects.order_by("pk").values_list("state", flat=True))
    assert (fresh(one).state, states) == ("ready", ["void", "expired", "issued", "issued", "issued"])


def turn(one: CodeBatch, kind: str) -> None:
    turn_codes(job_id=one.job_id, batch_id=one.pk, kind=kind, note="misprint", actor="M")
    assert jobs.find(one.job_id).state == "succeeded"


@pytest.mark.django_db
def test_what_cannot_be_a_batch_leaves_none() -> None:
    offer = active(percent_off())
    for told in ({"prefix": "OIL"}, {"count": 0}, {"count": codes.MOST_CODES + 1}):
        draft = BatchDraft(**{"name": "x", "offer_id": offer.pk, "prefix": "", "count": 1, **told})
        with pytest.raises(BatchInvalid):
            services.make_batch(draft, principal=principal(), now=NOW)
    assert not CodeBatch.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_being_made_is_not_made_void() -> None:
    one = batch(3)
    with pytest.raises(BatchStateRefused):
        services.void_batch(one.pk, note="x", principal=principal())
    assert fresh(one).state == "making"
