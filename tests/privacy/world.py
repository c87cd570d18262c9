"""Mei Lin, who is everywhere, and what a worker does."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from procrastinate.contrib.django.models import ProcrastinateJob

from huike.customers import tasks
from huike.platform.models import Job
from tests.people import Caller

_BY_NAME = {task.name: task for task in (tasks.answer_privacy, tasks.write_customers)}


def work() -> None:
    """What the worker would do now with requests and exports. Whatever a task raises is raised."""
    for queued in ProcrastinateJob.objects.filter(task_name__in=_BY_NAME).order_by("id"):
        if Job.objects.filter(pk=queued.args["job_id"], state="queued").exists():
            _BY_NAME[queued.task_name](**queued.args)


def told(response: HttpResponse) -> Any:
    assert response.status_code < 300, response.content
    return json.loads(response.content)


def ask(caller: Caller, customer_id: int, kind: str = "erase", **more: Any) -> int:
    return int(told(caller.post("/privacy/requests", {"customer_id": customer_id, "kind": kind, **more}))["id"])


def erase(caller: Caller, customer_id: int) -> dict[str, Any]:
    """Ask, accept, carry out; the request afterwards."""
    request_id = ask(caller, customer_id)
    told(caller.post(f"/privacy/requests/{request_id}/accept"))
    work()
    return told(caller.get(f"/privacy/requests/{request_id}"))["request"]  # type: ignore[no-any-return]
