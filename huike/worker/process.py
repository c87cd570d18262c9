"""The worker process."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
from threading import Event, Thread, Timer

import psycopg
from django.db import connections
from procrastinate.contrib.django import app

from huike.platform.config import get_config
from huike.platform.timing import WORKER_DEAD_AFTER_SECONDS, WORKER_HEARTBEAT_SECONDS, WORKER_STOP_SECONDS
from huike.worker.loops import LOOPS, LoopRunner

logger = logging.getLogger(__name__)

PING_SECONDS = 2.0
# For a report of a failing loop, and a task that opens a thread.
SPARE_CONNECTIONS = 6


def run() -> None:
    """Work until SIGINT or SIGTERM: then take no new task, finish those under way, and return.

    Tasks that need longer than WORKER_STOP_SECONDS are cut off and start over in another worker. When the database is
    lost, the process ends with code 1 at once.
    """
    _give_each_thread_a_connection()
    stop = Event()
    _end_with_the_database(stop)
    runners = [LoopRunner(name, loop, stop=stop) for name, loop in LOOPS.items()]
    for runner in runners:
        runner.thread.start()
    try:
        asyncio.run(_work_until_told(stop))
    except BaseException as error:  # noqa: BLE001 - whatever it is, nobody watches the tasks any more
        _exit_now(f"{type(error).__name__}: {error}", code=1)
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


def _give_each_thread_a_connection() -> None:
    """Make Django's pool, before its first use, large enough for every loop and task at once: one that waits for a
    connection until the pool gives up has failed for no reason."""
    pool = connections.settings["default"]["OPTIONS"]["pool"]
    pool["max_size"] = max(pool["max_size"], len(LOOPS) + get_config().job_concurrency + SPARE_CONNECTIONS)


def _end_with_the_database(stop: Event) -> None:
    """Watch a connection of its own, and end the process the moment it is lost.

    Tasks and queue would connect again by themselves, but a task cut off in its midst would first be recorded as
    failed. So it stays recorded as being done, is given back by the next worker's reaper, and starts over.
    """
    connection = psycopg.connect(str(get_config().database_url), autocommit=True)

    def watch() -> None:
        while not stop.is_set():
            try:
                # Readable before anything was asked: the server says goodbye, or is gone.
                select.select([connection.fileno()], [], [], PING_SECONDS)
                connection.execute("SELECT 1")
            except psycopg.Error:
                if not stop.is_set():
                    _exit_now("the connection to the database is lost", code=1)

    Thread(target=watch, name="database watch", daemon=True).start()


def _exit_now(why: str, *, code: int) -> None:
    """Not sys.exit: that would wait for tasks in other threads."""
    logger.error("%s; the worker ends, and another takes over its tasks", why)
    logging.shutdown()
    os._exit(code)


def _end_at_last() -> None:
    """Bound the stop: a task still running then is cut off, as by a power failure, and given back by another worker's
    reaper. It must be gone before that one counts it dead, or it would run twice at once."""

    why = f"tasks still run {WORKER_STOP_SECONDS} s after the order to stop"
    timer = Timer(WORKER_STOP_SECONDS, _exit_now, [why], {"code": 0})
    timer.daemon = True
    timer.start()
