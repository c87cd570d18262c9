"""What the lake says a rule would have earned is what `points_of` says, order by order, to the point."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huike.lake.engine import close_engine, get_engine
from huike.lake.sync import LakeWriter
from huike.loyalty.earning import services
from huike.loyalty.earning.over_the_lake import Asked
from huike.loyalty.earning.schemas import SimulationIn
from huike.loyalty.earning.simulation import cost_minor, lines_of, simulate
from huike.loyalty.models import Terms
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.earning import Earning
from huike.loyalty.terms.spending import Spending
from huike.loyalty.terms.tiers import Ladder
from huike.platform import jobs
from huike.staff.rules import Role
from tests import database
from tests.lake.world import drop_lake
from tests.loyalty import history
from tests.loyalty.history import FIRST_ON, LAST_ON, History
from tests.loyalty.purchases import earnings
from tests.people import code_of, signed_in
from tests.thoroughness import examples

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[History]:
    with django_db_blocker.unblock():
        database.empty()
        close_engine()
        drop_lake()
        made = history.make_history()
        with LakeWriter() as writer:
            writer.round()
        yield made
        close_engine()
        database.empty()
        drop_lake()


def asked(made: History, earning: Earning, **told: Any) -> Asked:
    defaults: dict[str, Any] = {
        "programme_id": made.programme_id,
        "currency": "CNY",
        "first_on": FIRST_ON,
        "last_on": LAST_ON,
        "zone": history.SHANGHAI,
        "everybody": True,
    }
    return Asked(earning=made.real(earning), **{**defaults, **told})


def by_the_lake(question: Asked) -> dict[tuple[int, int], int]:
    with get_engine().reading() as reading:
        rows = reading.table(lines_of(question, reading=reading)).to_pylist()
    found = {(row["order_id"], row["line_number"]): row["points"] for row in rows}
    assert len(found) == len(rows)
    return found


FIRST_AT = datetime(2024, 1, 1, tzinfo=UTC)
# A month in spring, and from the last autumn days on.
PAUSES: tuple[tuple[datetime, datetime | None], ...] = (
    (datetime(2024, 4, 10, 4, 30, tzinfo=UTC), datetime(2024, 5, 10, 4, 30, tzinfo=UTC)),
    (datetime(2024, 11, 20, tzinfo=UTC), None),
)
LADDER = {"tiers": [{"key": "gold", "name": "金卡"}]}
_ALL = {
    "multipliers": [
        {"name": "Gold", "factor_bp": 11_500, "tiers": ["gold"]},
        {"name": "Birthday", "factor_bp": 20_000, "birthday": "week"},
        {"name": "Tea", "factor_bp": 15_000, "category_ids": [2]},
        {"name": "Late", "factor_bp": 12_345, "weekdays": [5, 6], "hours": {"from_minute": 1_200, "until_minute": 120}},
    ],
    "most_factor_bp": 1_000_000,
    "rounding": "half_even",
    "caps": {"per_order": 300, "per_day": 350, "per_month": 500},
    "exclusions": {"tenders": ["points", "coupon"], "category_ids": [4], "discounted_lines": True},
}


@example(earning=Earning.model_validate(_ALL), everybody=False, zone="Asia/Shanghai", first_on=FIRST_ON, pauses=PAUSES)
@example(earning=Earning(), everybody=True, zone="Asia/Shanghai", first_on=FIRST_ON, pauses=())
@given(
    earning=earnings(),
    everybody=st.booleans(),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kolkata"]),
    first_on=st.sampled_from([FIRST_ON, date(2024, 3, 17)]),
    pauses=st.sampled_from([(), PAUSES, PAUSES[:1]]),
)
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_lake_gives_every_line_what_one_order_after_the_other_does(
    made: History,
    earning: Earning,
    everybody: bool,
    zone: str,
    first_on: date,
    pauses: tuple[tuple[datetime, datetime | None], ...],
) -> None:
    question = asked(made, earning, everybody=everybody, zone=ZoneInfo(zone), first_on=first_on, pauses=pauses)

    one_by_one, lake = history.points_one_by_one(made, question), by_the_lake(question)

    assert {at: (points, lake.get(at)) for at, points in one_by_one.items() if lake.get(at) != points} == {}
    assert set(lake) == set(one_by_one)


def test_what_was_bought_in_a_pause_earns_nothing_and_takes_no_room(made: History) -> None:
    earning = Earning.model_validate({"caps": {"per_month": 400}})
    paused = by_the_lake(asked(made, earning, pauses=PAUSES))
    whole = by_the_lake(asked(made, earning))
    assert set(paused) == set(whole)
    assert 0 < sum(paused.values()) < sum(whole.values())
    # Of a month that paused in part, what is bought in the rest of it has all the room there is.
    assert any(paused[at] > whole[at] for at in paused)


def test_the_history_has_something_to_disagree_about(made: History) -> None:
    question = asked(made, Earning.model_validate(_ALL))
    capped = sum(history.points_one_by_one(made, question).values())
    uncapped = asked(made, Earning.model_validate({**_ALL, "caps": {}}))

    assert 0 < capped < sum(history.points_one_by_one(made, uncapped).values())
    assert min(history.points_one_by_one(made, uncapped).values()) < 0


def test_the_parts_of_a_simulation_sum_to_the_whole(made: History) -> None:
    question = asked(made, Earning.model_validate(_ALL))

    with get_engine().reading() as reading:
        simulated = simulate(question, reading=reading)

    assert simulated.whole.points == sum(history.points_one_by_one(made, question).values()) > 0
    for parts in simulated.by.values():
        assert sum(part.points for part in parts.values()) == simulated.whole.points
        assert sum(part.net_minor for part in parts.values()) == simulated.whole.net_minor
    months = simulated.by["month"]
    assert set(months) <= {str(2024 * 12 + month) for month in range(12)}
    assert sum(part.orders for part in months.values()) == simulated.whole.orders


def test_a_simulation_over_http_tells_what_the_tried_terms_cost_beside_those_in_effect(made: History) -> None:
    owner = signed_in(Role.LOYALTY)
    tried = TermsDocument(earning=made.real(Earning.model_validate(_ALL)), tiers=Ladder.model_validate(LADDER))
    told = {"document": tried.model_dump(mode="json"), "first_on": "2024-01-01", "last_on": "2024-12-31"}
    path = f"/loyalty/programmes/{made.programme_id}/simulations"
    Terms.objects.create(programme_id=made.programme_id, version=1, effective_at=FIRST_AT, document={}, note="")

    job = owner.post(path, {**told, "everybody": True, "redeemed_bp": 5_000}).json()
    with jobs.running(job["id"]) as progress:
        services.run_simulation(
            progress,
            programme_id=made.programme_id,
            told=SimulationIn.model_validate({**told, "everybody": True, "redeemed_bp": 5_000}),
        )

    found = owner.get(f"/loyalty/simulations/{job['id']}").json()
    points = sum(history.points_one_by_one(made, asked(made, Earning.model_validate(_ALL))).values())
    now_points = sum(history.points_one_by_one(made, asked(made, Earning())).values())
    whole = found["whole"]
    assert (whole["points"], whole["now_points"], found["now_version"]) == (points, now_points, 1)
    assert whole["cost_minor"] == cost_minor(points, Spending(), redeemed_bp=5_000)
    assert [month["key"] for month in found["months"]] == [f"2024-{month:02}" for month in range(1, 13)]
    assert [tier["key"] for tier in found["tiers"]] == [None, "gold", "silver"]
    assert {store["name"] for store in found["stores"]} == {"", "Store 0", "Store 1", "Store 2"}
    assert sum(month["points"] for month in found["months"]) == points

    limited = signed_in(Role.LOYALTY, store_ids=made.store_ids[:1])
    assert code_of(limited.post(path, told)) == "loyalty.needs_all_stores"
    assert limited.get(f"/loyalty/simulations/{job['id']}").status_code == 404
    assert code_of(owner.post(path, {**told, "last_on": "2023-12-31"})) == "terms.invalid"


@pytest.mark.parametrize(
    ("points", "redeemed_bp", "cost"), [(10_000, 10_000, 10_000), (10_001, 5_000, 5_000), (3, 5_000, 2)]
)
def test_points_cost_what_they_are_worth_if_they_are_spent(points: int, redeemed_bp: int, cost: int) -> None:
    assert cost_minor(points, Spending(points=100, worth_minor=100), redeemed_bp=redeemed_bp) == cost
