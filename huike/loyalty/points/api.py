"""Spending points over HTTP: examples."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from huike.loyalty.points import selectors
from huike.loyalty.points.schemas import SpendExampleIn, SpendExampleOut
from huike.platform.api import problems
from huike.staff.access import Requires

router = Router(tags=["loyalty"])


@router.post(
    "/loyalty/points/example",
    auth=Requires("loyalty.read"),
    operation_id="spend_example",
    summary="What points would pay under these terms, when they are over, and what a return costs; nothing is stored",
    response={200: SpendExampleOut, **problems()},
)
def spend_example(request: HttpRequest, body: SpendExampleIn) -> SpendExampleOut:
    return selectors.example(body)
