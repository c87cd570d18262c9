"""Earning over HTTP: examples, and what a rule would have cost."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from huike.customers.selectors import find_customer
from huike.loyalty.earning import bonuses, selectors, services
from huike.loyalty.earning.schemas import BonusIn, BonusOut, EarnedOut, ExampleIn, SimulationIn, SimulationOut
from huike.loyalty.programme.schemas import Id
from huike.platform import clock, jobs
from huike.platform.api import problems
from huike.platform.job_schema import JobOut
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])


@router.post(
    "/loyalty/earning/example",
    auth=Requires("loyalty.read"),
    operation_id="earn_example",
    summary="What an imagined purchase would earn under a rule, and why; nothing is stored",
    response={200: EarnedOut, **problems()},
)
def earn_example(request: HttpRequest, body: ExampleIn) -> EarnedOut:
    return EarnedOut.of(selectors.example(body))


@router.post(
    "/loyalty/programmes/{id}/simulations",
    auth=Requires("loyalty.write"),
    operation_id="simulate_earning",
    summary="Try terms on the purchases of a period: what they would have earned and cost beside those in effect now",
    response={202: JobOut, **problems(403, 404)},
)
def simulate_earning(request: HttpRequest, id: Id, body: SimulationIn) -> Status[JobOut]:
    return Status(202, JobOut.of(services.start_simulation(id, body, principal=principal_of(request))))


@router.get(
    "/loyalty/simulations/{job_id}",
    auth=Requires("loyalty.write"),
    operation_id="get_simulation",
    summary="What a simulation found; 404 until its job has succeeded",
    response={200: SimulationOut, **problems(404)},
)
def get_simulation(request: HttpRequest, job_id: Id) -> SimulationOut:
    found = jobs.visible_to(principal_of(request).onlooker).filter(pk=job_id, kind=services.KIND, state="succeeded")
    job = found.first()
    if job is None:
        raise jobs.JobNotFound
    return SimulationOut.model_validate(job.result)


@router.post(
    "/loyalty/bonuses",
    auth=Requires("loyalty.adjust"),
    operation_id="award_bonus",
    summary="A member wrote a review or completed her profile: give what the terms promise, once for each subject",
    response={200: BonusOut, **problems(404)},
)
def award_bonus(request: HttpRequest, body: BonusIn) -> BonusOut:
    find_customer(body.customer_id, scope=principal_of(request).scope)
    now = clock.now()
    at = min(body.occurred_at or now, now)
    return BonusOut.model_validate(bonuses.award(body.customer_id, bonuses.Event(body.event), body.subject, at))
