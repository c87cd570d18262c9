from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from huike.customers.models import Customer
from huike.experiments.models import Assignment
from huike.experiments.selectors import counts_by_arm
from huike.experiments.services import SharesInvalid, assign, create_experiment

pytestmark = pytest.mark.django_db


def test_who_has_an_arm_keeps_it_when_the_audience_is_assigned_again() -> None:
    experiment = create_experiment(name="autumn", control_bp=2_000, arm_shares_bp=[10_000])

    assert assign(experiment.pk, range(1, 3_001), people_count=3_000) == 3_000
    before = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert assign(experiment.pk, range(2_000, 5_001), people_count=3_001) == 2_000

    after = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert {one: after[one] for one in before} == before
    assert len(after) == 5_000


def test_a_small_audience_has_its_exact_share_balanced_by_how_often_people_bought() -> None:
    people = Customer.objects.bulk_create(Customer(name=f"P{i}", orders_count=i % 3) for i in range(60))
    experiment = create_experiment(name="small", control_bp=2_000, arm_shares_bp=[10_000])

    assign(experiment.pk, [one.pk for one in people], people_count=60)

    assert counts_by_arm(experiment.pk) == {0: 12, 1: 48}
    kept = set(Assignment.objects.filter(arm=0).values_list("customer_id", flat=True))
    assert [sum(one.pk in kept for one in people if one.orders_count == n) for n in range(3)] == [4, 4, 4]
    assert assign(experiment.pk, [one.pk for one in people], people_count=60) == 0


def test_an_assignment_cannot_be_changed_or_forgotten() -> None:
    experiment = create_experiment(name="fixed", control_bp=2_000, arm_shares_bp=[10_000])
    assign(experiment.pk, range(1, 1_001), people_count=1_000)

    for forbidden in (
        lambda: Assignment.objects.filter(customer_id=1).update(arm=0),
        lambda: Assignment.objects.filter(customer_id=1).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()


@pytest.mark.parametrize("shares", [[], [5_000], [0, 10_000], [9_999, 2]])
def test_shares_that_are_not_whole_are_refused(shares: list[int]) -> None:
    with pytest.raises(SharesInvalid):
        create_experiment(name="odd", control_bp=2_000, arm_shares_bp=shares)
