"""Starting an experiment and giving people their arms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import connection, transaction

from huike.customers.selectors import customers_by_id
from huike.experiments.models import Assignment, Experiment
from huike.experiments.rules import SMALL_AUDIENCE, arm_by_hash, arms_by_permutation, fraction_of
from huike.kernel.errors import Invalid

_CHUNK = 50_000


class SharesInvalid(Invalid):
    code = "experiment.shares_invalid"
    title = "The arms' shares must be positive and sum to 100 %"


def create_experiment(*, name: str, control_bp: int, arm_shares_bp: Sequence[int]) -> Experiment:
    """`control_bp` of everybody, then the arms' shares (basis points summing to 10,000) of the rest. Raises
    SharesInvalid."""
    if not 0 <= control_bp < 10_000 or not arm_shares_bp or min(arm_shares_bp) <= 0 or sum(arm_shares_bp) != 10_000:
        raise SharesInvalid
    return Experiment.objects.create(name=name, control_bp=control_bp, arm_shares_bp=list(arm_shares_bp))


def assign(experiment_id: int, customer_ids: Iterable[int], *, people_count: int) -> int:
    """Give each of these people an arm, once; those who have one keep it. How many were assigned by this call.

    Below SMALL_AUDIENCE people the shares are exact, balanced within strata (how often a person has bought); the whole
    audience must then be given in one call. Commits chunk by chunk for large audiences: calling it again after a crash
    goes on where it stopped, with the same arms.
    """
    experiment = Experiment.objects.get(pk=experiment_id)
    if people_count < SMALL_AUDIENCE:
        return _assign_small(experiment, sorted(customer_ids))
    Experiment.objects.filter(pk=experiment_id, method=None).update(method=Experiment.Method.HASH)
    assigned = 0
    for chunk in _chunks(customer_ids, _CHUNK):
        with transaction.atomic():
            assigned += _store(
                experiment_id,
                (
                    (
                        one,
                        arm_by_hash(
                            fraction_of(experiment_id=experiment_id, customer_id=one),
                            control_bp=experiment.control_bp,
                            arm_shares_bp=experiment.arm_shares_bp,
                        ),
                    )
                    for one in chunk
                ),
            )
    return assigned


def _assign_small(experiment: Experiment, people: list[int]) -> int:
    with transaction.atomic():
        # One transaction: the shares are exact only for the audience as a whole.
        Experiment.objects.select_for_update().get(pk=experiment.pk)
        if Assignment.objects.filter(experiment_id=experiment.pk).exists():
            return 0
        arms = arms_by_permutation(
            strata_of(people),
            experiment_id=experiment.pk,
            control_bp=experiment.control_bp,
            arm_shares_bp=experiment.arm_shares_bp,
        )
        Experiment.objects.filter(pk=experiment.pk).update(method=Experiment.Method.PERMUTATION)
        return _store(experiment.pk, sorted(arms.items()))


def strata_of(people: Sequence[int]) -> dict[int, str]:
    """Has never bought, bought once, bought more often: the strongest predictor of buying that everybody has."""
    counts = {pk: customer.orders_count for pk, customer in customers_by_id(people).items()}
    return {one: ("never", "once", "often")[min(counts.get(one, 0), 2)] for one in people}


def _store(experiment_id: int, arms: Iterable[tuple[int, int]]) -> int:
    rows = list(arms)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO experiments_assignment (experiment_id, customer_id, arm)
            SELECT %s, customer_id, arm
              FROM unnest(%s::bigint[], %s::smallint[]) AS given (customer_id, arm)
                ON CONFLICT DO NOTHING
            """,
            [experiment_id, [row[0] for row in rows], [row[1] for row in rows]],
        )
        return int(cursor.rowcount)


def _chunks(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, size)):
        yield chunk
