"""Earning over HTTP: examples, and what a rule would have cost."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from huike.loyalty.earning import selectors
from huike.loyalty.earning.schemas import EarnedOut, ExampleIn
from huike.platform.api import problems
from huike.staff.access import Requires

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
