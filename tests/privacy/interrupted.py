"""Runs in a process of its own, to be killed in the middle of an erasure:

    python -m tests.privacy.interrupted STEP                       a worker, like the product's
    python -m tests.privacy.interrupted STEP JOB_ID REQUEST_ID     the task alone

Erases until it has done the work of STEP, with nothing written down about it yet; then says so on standard output and
waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"


def main() -> None:
    from huike.cli.environment import load_django

    load_django()
    from huike.customers import tasks
    from huike.customers.privacy import erasing
    from huike.worker import process

    step, *of_task = sys.argv[1:]

    def stopping(whole: erasing.Step) -> erasing.Step:
        def run(request_id: int, erased: Any) -> dict[str, int]:
            whole.run(request_id, erased)
            print("here", flush=True)
            time.sleep(600)
            raise AssertionError("nobody killed this process")

        return erasing.Step(whole.name, run)

    erasing.STEPS = tuple(stopping(one) if one.name == step else one for one in erasing.STEPS)  # type: ignore[misc]
    if of_task:
        job_id, request_id = map(int, of_task)
        tasks.answer_privacy(job_id=job_id, request_id=request_id)
    else:
        process.run()


if __name__ == "__main__":
    main()
