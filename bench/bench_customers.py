# ruff: noqa: E501 - cases read as tables
"""The list of customers at a million: look-ups, filters, sorts, pages at any depth, counts, exports and bulk changes.

Asked through the selectors and services that the API uses, and once over HTTP. Each case is many different questions;
its value is their 95th percentile. `CUSTOMERS` changes the size, `KEEP=FOLDER` keeps the database for the next run (it
is made anew where the folder is empty), `CASES=lookup,filter` leaves out the others.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _report import report

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))


def main() -> None:
    """In a process of its own: Django is tied to one database."""
    from huike.platform.postgres import EmbeddedPostgres

    kept = os.environ.get("KEEP")
    folder = Path(kept or tempfile.mkdtemp(prefix="huike-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the server's user has to pass
    server = EmbeddedPostgres(folder, durable=False, owner_may_create_databases=True)
    try:
        server.start(what="a bench")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUIKE_")},
            "HUIKE_DATA_DIR": str(folder),
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_CURRENCY": "CNY",
            "HUIKE_TIMEZONE": "Asia/Shanghai",
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True)
        for step in ("--make", "--measure") if "ONLY_MAKE" not in os.environ else ("--make",):
            subprocess.run([sys.executable, __file__, step], env=environment, check=True)
    finally:
        server.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def make() -> None:
    from django.db import connection
    from made_customers import make_customers

    from huike.customers.selectors import any_customer

    if any_customer():
        return
    began_at = time.perf_counter()
    make_customers(connection, CUSTOMERS)
    say(f"made {CUSTOMERS:,} customers in {time.perf_counter() - began_at:.0f} s")
    import psycopg

    with psycopg.connect(os.environ["HUIKE_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


QUESTIONS = 50
"""Of each case, all different."""

Ask = Callable[[], Any]


def measure() -> None:
    wanted = os.environ.get("CASES", "").split(",")
    for name, cases in (("lookup", look_ups), ("sort", sorts), ("filter", filters), ("both", combinations),
                        ("http", over_http), ("count", counts), ("bulk", bulk_changes), ("export", exports)):  # fmt: skip
        if wanted == [""] or name in wanted:
            cases()


def timed(case: str, questions: Sequence[Ask], *, goal_ms: float) -> list[float]:
    """The times of these questions. Told is the 95th percentile of asking each question once, after one of them was asked for nothing; beside it how long
    processors worked for it, here and in PostgreSQL, which tells what it costs from what the machine did meanwhile."""
    questions[0]()
    times_ms, worked_ms, of_database_ms = [], [], []
    for ask in questions:
        began_at, before, of_database_before = time.perf_counter(), cpu_ms(), database_cpu_ms()
        ask()
        of_database_ms.append(database_cpu_ms() - of_database_before)
        worked_ms.append(cpu_ms() - before)
        times_ms.append((time.perf_counter() - began_at) * 1000)
    told(case, times_ms, goal_ms, cpu_ms=round(p95(worked_ms), 1), database_cpu_ms=round(p95(of_database_ms), 1))
    return times_ms


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def database_cpu_ms() -> float:
    """What the backend of this connection has worked so far; the kernel keeps it in nanoseconds."""
    from django.db import connection

    connection.ensure_connection()
    assert connection.connection is not None
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def cpu_ms() -> float:
    """What this thread and its database have worked so far."""
    return time.thread_time() * 1000 + database_cpu_ms()


def told(case: str, times_ms: Sequence[float], goal_ms: float, **more: float) -> None:
    report(
        bench="customers",
        case=case,
        value=p95(times_ms),
        unit="ms p95",
        better="lower",
        n=len(times_ms),
        sizes={
            "customers": CUSTOMERS,
            "goal_ms": goal_ms,
            "median_ms": round(statistics.median(times_ms), 1),
            "slowest_ms": round(max(times_ms), 1),
            **more,
        },
    )


def page(order: str = "-last_order_at", cursor: str | None = None, **narrowing: Any) -> Any:
    """A page as the API answers it, without HTTP."""
    from huike.customers.schemas import customer_rows
    from huike.customers.selectors import CustomerFilter, list_customers
    from huike.kernel.scope import EVERYTHING

    found = list_customers(CustomerFilter(**narrowing), scope=EVERYTHING, order=order, cursor=cursor)
    customer_rows(found.items, scope=EVERYTHING)
    return found


def some(column: str, count: int = QUESTIONS) -> list[Any]:
    """Different values that people on file have, spread over all of them."""
    from huike.customers.models import Customer

    ids = [1 + n * 7919 * 13 % CUSTOMERS for n in range(count * 40)]
    values = Customer.objects.filter(pk__in=ids, **{f"{column}__isnull": False}).exclude(name="")
    return list(dict.fromkeys(values.values_list(column, flat=True)))[:count]


def look_ups() -> None:
    phones, names = some("phone"), some("name")
    pinyin, initials = some("name_pinyin"), some("name_initials")
    asked = {
        "phone": (phones, 20.0),
        "phone, 11 digits": ([phone[3:] for phone in phones], 20.0),
        "last four digits": ([phone[-4:] for phone in phones], 20.0),
        "card": (some("card_number"), 20.0),
        "e-mail": (some("email"), 20.0),
        "whole name": (names, 50.0),
        "surname": ([name[:1] for name in names], 50.0),
        "pinyin": (pinyin, 50.0),
        "beginning of pinyin": ([text[: 2 + n % 4] for n, text in enumerate(pinyin)], 50.0),
        "initials": (initials, 50.0),
    }
    for case, (texts, goal_ms) in asked.items():
        timed(f"look-up by {case}", [partial(page, q=text) for text in texts], goal_ms=goal_ms)


SORTS = ("name", "created_at", "last_order_at", "first_order_at", "member_since_at", "orders_count", "returns_count",
         "spent_minor", "field:favourite", "field:visits", "field:deposit", "field:wedding", "field:level")  # fmt: skip
BOTH_WAYS = [sign + sort for sort in SORTS for sign in ("", "-")]


def sorts() -> None:
    """Each sort both ways: the first page, and twenty-five deep in the list."""
    for order in BOTH_WAYS:
        timed(f"sorted by {order}", [partial(page, order, cursor) for cursor in depths(order)], goal_ms=200)


def depths(order: str, **narrowing: Any) -> list[str | None]:
    """Cursors at the beginning, and beside people spread over the whole list."""
    from huike.customers.listing import pages
    from huike.customers.models import Customer, CustomValue
    from huike.kernel.pages import decode_cursor, encode_cursor

    first = page(order, **narrowing).next_cursor
    if first is None:
        return [None] * QUESTIONS
    part, _, _, few = decode_cursor(first, order)
    key, found = order.lstrip("-"), []
    ids = [1 + n * 104_729 % CUSTOMERS for n in range(QUESTIONS * 30)]
    if key.startswith("field:"):
        rows = CustomValue.objects.filter(customer_id__in=ids, field__key=key.removeprefix("field:"))
        for row in rows[:QUESTIONS]:
            value = row.text if row.text is not None else row.number if row.number is not None else row.day
            choice = str(part).startswith("option:")
            found.append([f"option:{value}" if choice else "value", None if choice else value, row.customer_id, few])
    else:
        column = "name_pinyin" if key == "name" else key
        for pk, value in Customer.objects.filter(pk__in=ids).values_list("pk", column)[:QUESTIONS]:
            found.append(["empty" if value is None else "value", value, pk, few])
    cursors = [encode_cursor(order, [name, pages._plain(value), pk, few]) for name, value, pk, few in found]
    return [None, *cursors][:QUESTIONS]


def filters() -> None:
    """Each filter alone, with different values, in the order the screen begins with and by name."""
    from made_customers import CITIES, OWNERS, STORES, TAGS

    days = [f"{year}-{month:02d}-01" for year in range(2021, 2027) for month in range(1, 13)][:QUESTIONS]
    spread = range(QUESTIONS)
    asked: dict[str, list[dict[str, Any]]] = {
        "city": [{"city": city} for city in CITIES],
        "store": [{"home_store_id": 1 + n * STORES // QUESTIONS} for n in spread],
        "owner": [{"owner_id": 1 + n % OWNERS} for n in spread],
        "tag": [{"tag": f"标签{1 + n * TAGS // QUESTIONS}"} for n in spread],
        "source": [{"source_id": 1 + n % 5} for n in spread],
        "stage": [{"stage": stage} for stage in ("regular", "new", "sleeping", "lost", "prospect")],
        "with or without": [{name: yes} for name in ("has_email", "has_phone", "member") for yes in (True, False)],
        "orders at least": [{"min_orders": n} for n in spread],
        "orders at most": [{"max_orders": n} for n in spread],
        "ordered since": [{"where": (f"last_order_at:gte:{day}",)} for day in days],
        "not since": [{"where": (f"last_order_at:lte:{day}",)} for day in days],
        "spent": [{"where": (f"spent:gte:{n * 20_000}",)} for n in spread],
        "born since": [{"where": (f"birth_on:gte:{1955 + n}-06-01",)} for n in spread],
        "member since": [{"where": (f"member_since_at:gte:{day}",)} for day in days],
        "choices": [{"where": (text,)} for text in (
            "gender:eq:female", "gender:eq:male", "language:eq:en", "income:eq:over_50k", "education:eq:doctor",
            "interests:eq:茶", "source_channel:eq:app", "source_campaign:eq:双十一2021", "gender:is_not_set", "occupation:eq:教师")],
        "own text": [{"where": (f"favourite:contains:{text}",)} for text in ("龙井", "拿铁12", "奶绿", "99", "不卖的")],
        "own number": [{"where": (f"visits:gte:{n}",)} for n in spread],
        "own money": [{"where": (f"deposit:lte:{n * 9_000}",)} for n in spread],
        "own date": [{"where": (f"wedding:gte:{1990 + n % 33}-05-01",)} for n in spread],
        "own choice": [{"where": (f"level:{text}",)} for text in ("eq:gold", "eq:silver", "eq:plain", "is_not_set")],
        "own choices": [{"where": (f"likes:{text}",)} for text in ("eq:sweet", "eq:cold", "is_set", "is_not_set")],
    }  # fmt: skip
    for case, narrowings in asked.items():
        orders = cycle(("-last_order_at", "name", "-created_at", "spent_minor"))
        questions = list(islice(cycle(narrowings), max(QUESTIONS, len(narrowings))))
        timed(f"narrowed by {case}", [partial(page, next(orders), **told) for told in questions], goal_ms=200)


def combinations() -> None:
    """Two and three filters together with every sort, the first page and deeper ones."""
    from made_customers import CITIES

    rng = random.Random(5)

    def narrowing() -> dict[str, Any]:
        where = rng.sample(
            [
                f"level:eq:{rng.choice(('gold', 'silver', 'plain'))}", f"visits:gte:{rng.randrange(60)}",
                "gender:eq:female", f"spent:gte:{rng.randrange(10) * 10_000}", "likes:eq:sweet",
                f"wedding:lte:{rng.randrange(1992, 2022)}-01-01", f"created_at:gte:{rng.randrange(2021, 2026)}-03-01",
            ],
            rng.randrange(1, 3),
        )  # fmt: skip
        more = rng.choice(
            [
                {"city": rng.choice(CITIES)}, {"member": rng.random() < 0.5}, {"min_orders": rng.randrange(1, 9)},
                {"max_orders": rng.randrange(3)}, {"tag": f"标签{rng.randrange(1, 200)}"}, {"has_email": True},
                {"home_store_id": rng.randrange(1, 200)}, {"q": rng.choice(("wang", "李", "zh"))},
            ]
        )  # fmt: skip
        return {"where": tuple(where), **more}

    all_times_ms: list[float] = []
    for order in BOTH_WAYS:
        questions: list[Ask] = []
        while len(questions) < QUESTIONS:
            asked = narrowing()
            questions.append(partial(page, order, **asked))
            if len(questions) % 5 == 0 and (cursor := page(order, **asked).next_cursor):
                questions.append(partial(page, order, cursor, **asked))
        all_times_ms += timed(f"2 or 3 filters, sorted by {order}", questions, goal_ms=200)
    told("2 or 3 filters, every sort together", all_times_ms, 200)


def over_http() -> None:
    """The same through the whole stack in this process: middleware, sign-in by key, schemas, JSON."""
    from django.test import Client

    from huike.staff import services
    from huike.staff.access import user_principal
    from huike.staff.models import User
    from huike.staff.rules import Role

    owner = User.objects.filter(email="bench@example.com").first() or services.create_user(
        email="bench@example.com", name="bench", role=Role.OWNER, password="not-a-secret-here", all_stores=True
    )
    key, _ = services.create_api_key(maker=user_principal(owner), name="bench", permissions=["customers.read"])
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def ask(address: str) -> None:
        answer = client.get(f"/api/v1/customers?{address}")
        assert answer.status_code == 200, answer.content

    timed("HTTP: phone", [partial(ask, urlencode({"q": phone})) for phone in some("phone")], goal_ms=20)
    mixed = [urlencode({"order": order, "city": "杭州", "limit": 50}) for order in BOTH_WAYS * 2]
    timed("HTTP: a city in every order", [partial(ask, address) for address in mixed], goal_ms=200)


def counts() -> None:
    """The exact count of a filter that the list leaves uncounted."""
    from huike.customers.selectors import CustomerFilter, count_customers
    from huike.kernel.scope import EVERYTHING

    narrowings = [{}, {"city": "上海"}, {"member": True}, {"min_orders": 2}, {"where": ("level:eq:silver",)}]
    questions = [partial(count_customers, CustomerFilter(**told), scope=EVERYTHING) for told in narrowings]
    timed("exact count of very many", questions * 4, goal_ms=2_000)


def principal() -> Any:
    from huike.staff import services
    from huike.staff.access import user_principal
    from huike.staff.models import User
    from huike.staff.rules import Role

    owner = User.objects.filter(email="bench@example.com").first() or services.create_user(
        email="bench@example.com", name="bench", role=Role.OWNER, password="not-a-secret-here", all_stores=True
    )
    return user_principal(owner)


TENTH = {"where": ("created_at:lte:2021-08-05",)}
"""About a tenth of all customers."""


def seconds(case: str, took: float, people: int, goal: float, worked_ms: float, **more: Any) -> None:
    """`worked_ms` is what `cpu_ms` told before."""
    more |= {"cpu_s": round((cpu_ms() - worked_ms) / 1000, 1)}
    report(
        bench="customers", case=case, value=took, unit="s", better="lower", n=1,
        sizes={"customers": CUSTOMERS, "people": people, "goal_s": goal, **more},
    )  # fmt: skip


def bulk_changes() -> None:
    from huike.customers import tasks
    from huike.customers.bulk_changes import selections, services
    from huike.customers.models import BulkChange
    from huike.customers.selectors import CustomerFilter

    asker = principal()
    began_at, worked_ms = time.perf_counter(), cpu_ms()
    selection = selections.select_matching(CustomerFilter(**TENTH), principal=asker)
    seconds("fix a selection of a tenth", time.perf_counter() - began_at, selection.people_count, 2, worked_ms)
    told: dict[str, dict[str, Any]] = {
        "add_tag": {"tag": f"bench {time.time():.0f}"},
        "assign_owner": {"owner_id": asker.id},
    }
    for kind, what in told.items():
        job = services.change_selection(selection.pk, kind=kind, principal=asker, **what)
        change = BulkChange.objects.get(job_id=job.pk)
        began_at, worked_ms = time.perf_counter(), cpu_ms()
        tasks.change_selection(job_id=job.pk, change_id=change.pk)
        seconds(f"{kind} of a tenth", time.perf_counter() - began_at, selection.people_count, 60, worked_ms)
        undo = services.undo(change.pk, principal=asker)
        began_at, worked_ms = time.perf_counter(), cpu_ms()
        tasks.change_selection(job_id=undo.pk, change_id=BulkChange.objects.get(job_id=undo.pk).pk)
        seconds(f"undo of {kind}", time.perf_counter() - began_at, selection.people_count, 60, worked_ms)


def exports() -> None:
    import resource

    from procrastinate.contrib.django.models import ProcrastinateJob

    from huike.customers import exports, tasks
    from huike.customers.schemas import EXPORT_COLUMNS
    from huike.customers.selectors import CustomerFilter
    from huike.platform.models import Job

    columns = [*EXPORT_COLUMNS, "fields.favourite", "fields.level", "fields.deposit", "fields.likes"]
    for file_format in ("csv", "xlsx"):
        job = exports.start(CustomerFilter(**TENTH), columns=columns, file_format=file_format, principal=principal())
        task = ProcrastinateJob.objects.filter(task_name="customers.write_customers").latest("id")
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        began_at, worked_ms = time.perf_counter(), cpu_ms()
        tasks.write_customers(**task.args)
        took = time.perf_counter() - began_at
        job = Job.objects.get(pk=job.pk)
        seconds(
            f"export of a tenth to {file_format}", took, job.result["rows"], 60, worked_ms, columns=len(columns),
            file_mb=job.result["bytes"] // 1_000_000,
            grew_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before_mb,
        )  # fmt: skip


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
        django.setup()
        make() if sys.argv[1] == "--make" else measure()
