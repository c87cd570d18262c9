"""A worker with one more task than the product's: one that waits until a file exists.

    python -m tests.worker.worker_process

Run by tests that kill workers while they work.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"


def main() -> None:
    from huike.cli.environment import load_django

    load_django()
    from procrastinate.contrib.django import app

    from huike.platform import jobs
    from huike.worker.process import run

    @app.task(name="tests.wait_for_file")
    def wait_for_file(*, job_id: int, path: str) -> None:
        with jobs.running(job_id) as progress:
            progress.report(done=1, force=True)
            while not Path(path).exists():
                time.sleep(0.02)
            progress.result = {"by": os.getpid()}

    run()


if __name__ == "__main__":
    main()
