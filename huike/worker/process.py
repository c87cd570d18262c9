"""The worker process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from threading import Event, Timer

from procrastinate.contrib.django import app

from huike.platform.config import get_config
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS, WORKER_HEARTBEAT_SECONDS, WORKER_STOP_SECONDS
from huike.worker.loops import LOOPS, LoopRunner

logger = logging.getLogger(__name__)


def run() -> None:
    """Work until SIGINT or SIGTERM: then take no new task, finish those under way, and return.

    Tasks that need longer than WORKER_STOP_SECONDS are cut off and start over in another worker. When the database is
    lost, the process ends with code 1 at once.
    """
    stop = Event()
    runners = [LoopRunner(name, loop, stop=stop) for name, loop in LOOPS.items()]
    for runner in runners:
        runner.thread.start()
    try:
        asyncio.run(_work_until_told(stop))
    except BaseException:
        # Not sys.exit: that would wait for tasks in other threads, which nobody watches any more.
        logger.exception("the worker cannot go on")
        logging.shutdown()
        os._exit(1)
    for runner in runners:
        runner.thread.join()


async def _work_until_told(stop: Event) -> None:
    # Its own connector for fetching jobs, while tasks that enqueue others keep using Django's connection, so that what
    # they enqueue is written in their transaction.
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        work = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=get_config().job_concurrency,
                install_signal_handlers=False,
                update_heartbeat_interval=WORKER_HEARTBEAT_SECONDS,
                stalled_worker_timeout=WORKER_DEAD_AFTER_SECONDS,
                delete_jobs="successful",
            )
        )

        def request_stop() -> None:
            if stop.is_set():
                return
            stop.set()
            _end_at_last()
            work.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, request_stop)
        try:
            await work
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


def _end_at_last() -> None:
    """Bound the stop: a task still running then is cut off, as by a power failure, and given back by another worker's
    reaper. It must be gone before that one counts it dead, or it would run twice at once."""

    def cut_off() -> None:
        logger.warning("tasks were still running after %s s; they will start over", WORKER_STOP_SECONDS)
        logging.shutdown()
        os._exit(0)

    timer = Timer(WORKER_STOP_SECONDS, cut_off)
    timer.daemon = True
    timer.start()
