"""Runs in a process of its own, to be killed: `python -m tests.customers.interrupted_change JOB_ID CHANGE_ID STEPS`.

Does so many steps of a change, begins the next, says so on standard output and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import django


def main() -> None:
    job_id, change_id, steps = (int(text) for text in sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
    django.setup()
    from huike.customers.bulk_changes import services
    from huike.platform import jobs

    add_tag, done = services._add_tag, 0

    def stopping(*arguments: Any) -> Any:
        nonlocal done
        did = add_tag(*arguments)
        if done == steps:
            print("here", flush=True)  # written, but not committed
            time.sleep(600)
        done += 1
        return did

    services._add_tag = stopping
    with jobs.running(job_id) as progress:
        services.run(progress, change_id=change_id)


if __name__ == "__main__":
    main()
