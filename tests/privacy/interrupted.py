"""Runs in a process of its own, to be killed: `python -m tests.privacy.interrupted STEP JOB_ID REQUEST_ID`.

Erases until it has done the work of STEP, with nothing written down about it yet; then says so on standard output and
waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import django


def main() -> None:
    step, job_id, request_id = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
    django.setup()
    from huike.customers import tasks
    from huike.customers.privacy import erasing

    def stopping(whole: erasing.Step) -> erasing.Step:
        def run(request_id: int, erased: Any) -> dict[str, int]:
            whole.run(request_id, erased)
            print("here", flush=True)
            time.sleep(600)
            raise AssertionError("nobody killed this process")

        return erasing.Step(whole.name, run)

    erasing.STEPS = tuple(stopping(one) if one.name == step else one for one in erasing.STEPS)
    tasks.answer_privacy(job_id=int(job_id), request_id=int(request_id))


if __name__ == "__main__":
    main()
