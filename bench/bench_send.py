"""From queued messages to a local SMTP server: messages per second; then the same with the sender killed in the middle.

The whole way counts: claiming through the gate, rendering, one durable commit per message, SMTP. The mail server runs
in a process of its own on the same machine and writes down every Message-ID. PostgreSQL is the embedded one with its
usual settings, fsync included. The second part kills the sender with SIGKILL again and again, and fails when a message
arrived twice or is missing without being shown as uncertain.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from huike.platform.postgres import EmbeddedPostgres

MESSAGES = 20_000
KILLS = 5
CONNECTIONS = 4


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="measured runs, after one to warm up")
    options.add_argument("--messages", type=int, default=MESSAGES)
    options.add_argument("--step", choices=["prepare", "send", "count"], help=argparse.SUPPRESS)
    options.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.step:
        step(chosen.step, number=chosen.number, messages=chosen.messages, port=chosen.port)
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-send-"))
    folder.chmod(0o711)
    try:
        measure(folder, runs=chosen.runs, messages=chosen.messages)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, *, runs: int, messages: int) -> None:
    log = folder / "taken.log"
    server = EmbeddedPostgres(folder / "server")
    server.start(what="a benchmark")
    sink = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("smtp_sink.py")), str(log)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_DATA_DIR": str(folder / "data"),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True)
        rates = []
        for number in range(runs + 1):
            run_step("prepare", environment, number=number, messages=messages, port=port)
            outcome = run_step("send", environment, number=number, messages=messages, port=port)
            print(f"run {number}{' (warm-up)' if number == 0 else ''}: {outcome}", file=sys.stderr)
            rates.append(messages / outcome["seconds"])
        killed = kill_again_and_again(environment, log, number=runs + 1, messages=messages, port=port)
    finally:
        sink.terminate()
        sink.wait()
        server.stop()
    report(
        bench="send",
        case="messages_per_s",
        value=statistics.median(rates[1:]),
        unit="messages/s",
        better="higher",
        n=runs,
        sizes={"messages": messages, "connections": CONNECTIONS, "killed_run": killed},
    )
    if killed["twice"] or killed["lost_silently"]:
        sys.exit("a message arrived twice or was lost silently")


def kill_again_and_again(
    environment: dict[str, str], log: Path, *, number: int, messages: int, port: int
) -> dict[str, int]:
    """Send with a sender that is killed every second or so; what arrived, against what the database says."""
    run_step("prepare", environment, number=number, messages=messages, port=port)
    log.write_bytes(b"")
    rng = random.Random(7)
    for _ in range(KILLS):
        sender = start_step("send", environment, number=number, messages=messages, port=port)
        before = log.stat().st_size
        while log.stat().st_size == before and sender.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.2, 1.5))
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    run_step("send", environment, number=number, messages=messages, port=port)
    told = run_step("count", environment, number=number, messages=messages, port=port)
    arrived = Counter(log.read_text().split())
    sent, uncertain = set(told["sent"]), set(told["uncertain"])
    outcome = {
        "kills": KILLS,
        "arrived": len(arrived),
        "twice": sum(count > 1 for count in arrived.values()),
        "sent": len(sent),
        "uncertain": len(uncertain),
        "uncertain_that_arrived": len(uncertain & arrived.keys()),
        "lost_silently": len(sent - arrived.keys()) + messages - len(sent) - len(uncertain),
    }
    print(f"killed {KILLS} times: {outcome}", file=sys.stderr)
    return outcome


def start_step(name: str, environment: dict[str, str], **options: int) -> subprocess.Popen[str]:
    arguments = [f"--{key}={value}" for key, value in options.items()]
    return subprocess.Popen(
        [sys.executable, __file__, f"--step={name}", *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def run_step(name: str, environment: dict[str, str], **options: int) -> dict[str, Any]:
    process = start_step(name, environment, **options)
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"the step {name} failed")
    answer: dict[str, Any] = json.loads(output or "{}")
    return answer


def step(name: str, *, number: int, messages: int, port: int) -> None:
    import django

    django.setup()
    if name == "prepare":
        prepare(number=number, messages=messages, port=port)
    elif name == "send":
        print(json.dumps(send(number)))
    else:
        print(json.dumps(count(number)))


def prepare(*, number: int, messages: int, port: int) -> None:
    """People who agreed, a template, and an open dispatch with a message to each of them."""
    from datetime import UTC, datetime

    from django.db import connection

    from huike.channels.services import configure_email
    from huike.customers.models import Customer
    from huike.messaging import services
    from huike.messaging.rules import Limits
    from huike.messaging.services import Addressee
    from huike.messaging.starters import STARTERS
    from huike.platform.audit import SYSTEM

    if number == 0:
        make_people(messages)
        services.change_sending_rules(SYSTEM, Limits(cap_messages=0))
        configure_email(
            SYSTEM,
            mode="smtp",
            host="127.0.0.1",
            port=port,
            security="none",
            username="",
            password=None,
            from_name="Bench",
            from_address="hello@bench.example",
            reply_to="",
            bounce_address="bounces@bench.example",
            rate_per_second=None,
            connections_count=CONNECTIONS,
        )
        services.create_template(
            SYSTEM,
            name="Bench",
            channel="email",
            purpose="marketing",
            layout="festive",
            contents=STARTERS[0]["contents"],
            user_id=None,
        )
    from huike.messaging.models import Template

    version = services.current_version(Template.objects.get())
    dispatch = services.open_dispatch_for(number + 1, channel="email", purpose="marketing")
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:messages])
    services.add_messages(
        dispatch,
        [
            Addressee(
                customer_id=one,
                arm=1,
                template_version_id=version.pk,
                variables={"coupon": {"code": f"K{one:011}", "expires_on": "2027-01-31"}, "offer": {"name": "Ten off"}},
            )
            for one in ids
        ],
        now=datetime.now(UTC),
    )
    services.move_dispatch(dispatch.pk, "open")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message, customers_customer, customers_consent")


def make_people(count: int) -> None:
    from huike.customers.models import Consent, Customer
    from huike.platform import clock

    people = Customer.objects.bulk_create(
        (
            Customer(name=f"王小明{i}", email=f"person{i}@sink.example", language="zh-CN" if i % 3 else "en")
            for i in range(count)
        ),
        batch_size=5_000,
    )
    Consent.objects.bulk_create(
        (
            Consent(customer=one, channel="email", purpose="marketing", state="granted", given_at=clock.now())
            for one in people
        ),
        batch_size=5_000,
    )


def send(number: int) -> dict[str, float]:
    """What a worker does, one turn after the other, until nothing is left."""
    from huike.messaging.delivery import finish_dispatches, send_due
    from huike.messaging.models import Dispatch

    began, cpu_began = time.perf_counter(), time.process_time()
    dispatch = Dispatch.objects.get(campaign_id=number + 1)
    sent = 0
    while dispatch.state == Dispatch.State.OPEN:
        sent += send_due(dispatch.pk)
        finish_dispatches()
        dispatch.refresh_from_db()
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu_began,
        "sent": sent,
    }


def count(number: int) -> dict[str, list[str]]:
    from huike.messaging.models import Message
    from huike.messaging.tokens import message_header_id

    found: dict[str, list[str]] = {"sent": [], "uncertain": []}
    for pk, state in Message.objects.filter(campaign_id=number + 1).values_list("pk", "state"):
        found.setdefault(state, []).append(message_header_id(pk, domain="bench.example"))
    return found


if __name__ == "__main__":
    main()
