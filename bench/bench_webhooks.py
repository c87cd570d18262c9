"""How many webhooks leave the house: events of customers announced, handed out, signed and posted to receivers over
loopback that check each signature, until the last is written down as delivered.

Several endpoints ask for the same events; what is told of one customer must arrive in the order it happened, and
everything once, or the bench fails. PostgreSQL is the embedded one with its usual settings, fsync included; the
receiver is a process of its own on the same machine. Cases: `delivered_per_s`, from the first attempt to the last
delivery written down; `queued_per_s`, from the outbox to deliveries that wait; `sender_cpu_ms`, of the sending process
for each delivery. `EVENTS=…`, `ENDPOINTS=…` and `ROUNDS=…` change the size.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from _made import run_inside
from _report import report

EVENTS = int(os.environ.get("EVENTS", "1000"))
ENDPOINTS = int(os.environ.get("ENDPOINTS", "4"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
CUSTOMERS = 500


def receive(secrets: list[str], port: Any, asked: Any) -> None:
    """A receiver with a path for each secret: verifies, answers 204, and tells what came when asked."""
    from standardwebhooks import Webhook

    verifiers = [Webhook(secret) for secret in secrets]
    told: list[tuple[int, int, int]] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers["content-length"]))
                number = int(head[0].split()[1].rsplit("/", 1)[1])
                data = verifiers[number].verify(body, headers)["data"]
                told.append((number, data["customer_id"], data["order_id"]))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
                if headers.get("connection") == "close":
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(take, "127.0.0.1", 0, backlog=512)
        port.put(server.sockets[0].getsockname()[1])
        while await asyncio.to_thread(asked.recv) == "told":
            asked.send(list(told))
            told.clear()

    asyncio.run(serve())


def main() -> None:
    run_inside(__file__, "--inside", HUIKE_WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")


def measure_inside() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.webhooks.models import Delivery
    from huike.webhooks.signing import new_secret

    secrets = [new_secret() for _ in range(ENDPOINTS)]
    context = multiprocessing.get_context("spawn")
    port, (ours, theirs) = context.Queue(), context.Pipe()
    receiver = context.Process(target=receive, args=(secrets, port, theirs), daemon=True)
    receiver.start()
    make_endpoints(secrets, f"http://127.0.0.1:{port.get(timeout=60)}")
    figures: dict[str, list[float]] = {"delivered": [], "queued": [], "cpu": []}
    for number in range(ROUNDS + 1):
        figures_of_round = one_round(number)
        ours.send("told")
        told = ours.recv()
        check(told, number)
        if Delivery.objects.exclude(state="delivered").exists():
            raise SystemExit("not everything was written down as delivered")
        print(f"round {number}: {figures_of_round}", file=sys.stderr)
        if number:
            for name, value in figures_of_round.items():
                figures[name].append(value)
    ours.send("end")
    receiver.join(10)
    sizes = {"events_per_round": EVENTS, "endpoints": ENDPOINTS, "customers": CUSTOMERS}
    told_as: list[tuple[str, str, str, Any]] = [
        ("delivered_per_s", "delivered", "deliveries/s", "higher"),
        ("queued_per_s", "queued", "deliveries/s", "higher"),
        ("sender_cpu_ms", "cpu", "ms", "lower"),
    ]
    for case, name, unit, better in told_as:
        value = statistics.median(figures[name])
        report(bench="webhooks", case=case, value=value, unit=unit, better=better, n=ROUNDS, sizes=sizes)


def make_endpoints(secrets: list[str], address: str) -> None:
    from huike.webhooks.models import Endpoint, Secret
    from huike.webhooks.signing import seal

    for number, secret in enumerate(secrets):
        endpoint = Endpoint.objects.create(url=f"{address}/hook/{number}", event_types=["order.placed"])
        Secret.objects.create(endpoint=endpoint, sealed=seal(secret))


def one_round(number: int) -> dict[str, float]:
    from django.db import transaction

    from huike.orders.events import OrderPlaced
    from huike.platform import clock, outbox
    from huike.webhooks.delivery import send_due

    rng = random.Random(number)
    with transaction.atomic():
        outbox.announce(
            *(
                OrderPlaced(
                    order_id=number * EVENTS + n, customer_id=rng.randrange(1, CUSTOMERS), occurred_at=clock.now()
                )
                for n in range(EVENTS)
            )
        )
    queued = timed(lambda: sum(iter(outbox.drain, 0)))
    cpu = time.process_time()
    sent = timed(send_due)
    cpu_ms = (time.process_time() - cpu) * 1000
    total = EVENTS * ENDPOINTS
    return {"delivered": total / sent, "queued": total / queued, "cpu": cpu_ms / total}


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def check(told: list[tuple[int, int, int]], number: int) -> None:
    """Everything once, and each customer's in order at each endpoint."""
    if sorted((endpoint, order) for endpoint, _, order in told) != [
        (endpoint, number * EVENTS + n) for endpoint in range(ENDPOINTS) for n in range(EVENTS)
    ]:
        raise SystemExit(f"{len(told)} deliveries arrived, not {EVENTS * ENDPOINTS} different ones")
    last: dict[tuple[int, int], int] = {}
    for endpoint, customer, order in told:
        if last.get((endpoint, customer), -1) > order:
            raise SystemExit(f"customer {customer} was told out of order")
        last[endpoint, customer] = order


if __name__ == "__main__":
    measure_inside() if "--inside" in sys.argv else main()
