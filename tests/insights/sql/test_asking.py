"""An analyst's question: what it answers, what it may take, and what stays of it."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from huike.customers.fields.selectors import specs
from huike.insights.models import Question
from huike.insights.sql import asking, checking
from huike.insights.sql.asking import Bounds
from huike.insights.sql.views import VIEWS, view_sql
from huike.lake.freshness import fresh_at
from huike.lake.registry import tables
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.models import AuditEntry, Job
from huike.segments.models import FixedMember, Segment
from huike.staff.rules import Role
from tests.insights.sql.conftest import Shop, rows
from tests.lake import world
from tests.people import Caller, api_key, code_of, signed_in
from tests.tills import store

pytestmark = pytest.mark.slow

FOREVER = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7"
EXAMPLES = Path(__file__).parents[3] / "web/src/features/segments/sql/examples.ts"
PAGE = Path(__file__).parents[3] / "docs/operating/sql.md"


# -- what it answers --------------------------------------------------------------------------------------------------


def test_an_answer_tells_its_columns_rows_and_moment(shop: Shop) -> None:
    answer = shop.analyst.post(
        "/sql/ask",
        {
            "sql": "SELECT order_id > 0 AS a, kind, net, placed_at, customer_id IS NULL AS b, 9007199254740993 AS big, "
            "0.5::DOUBLE AS f, [1, 2] AS l, NULL AS n FROM orders ORDER BY net DESC, 1; "
        },
    ).json()
    assert answer["columns"] == [
        {"name": "a", "type": "BOOLEAN"},
        {"name": "kind", "type": "VARCHAR"},
        {"name": "net", "type": "DECIMAL(18,3)"},
        {"name": "placed_at", "type": "TIMESTAMP WITH TIME ZONE"},
        {"name": "b", "type": "BOOLEAN"},
        {"name": "big", "type": "BIGINT"},
        {"name": "f", "type": "DOUBLE"},
        {"name": "l", "type": "INTEGER[]"},
        {"name": "n", "type": "INTEGER"},
    ]
    # 17:00 UTC is 1:00 of the next day in Shanghai, where the operator is.
    assert answer["rows"] == [
        [True, "sale", "12.510", "2025-03-01 01:00:00+08", False, "9007199254740993", 0.5, "[1, 2]", None],
        [True, "sale", "9.990", "2025-01-01 08:00:00+08", False, "9007199254740993", 0.5, "[1, 2]", None],
    ]
    assert (answer["row_count"], answer["cut"], answer["in_clear"]) == (2, None, False)
    moment = fresh_at()
    assert moment is not None
    # JSON tells milliseconds.
    assert 0 <= (moment - datetime.fromisoformat(answer["fresh_at"])).total_seconds() < 0.001
    assert 0 < answer["elapsed_ms"] < 30_000


def test_days_begin_in_the_operators_zone(shop: Shop) -> None:
    sql = "SELECT date_trunc('month', placed_at)::DATE AS m, sum(net) FROM orders GROUP BY m ORDER BY m"
    assert rows(shop.analyst, sql) == [["2025-01-01", "9.990"], ["2025-03-01", "12.510"]]


def test_amounts_and_figures_are_exact_and_in_their_own_units(shop: Shop) -> None:
    sql = "SELECT line_number, quantity, unit_price, net FROM order_lines WHERE net > 10 OR net < 1 ORDER BY 1"
    assert rows(shop.analyst, sql) == [[1, "1.500", "12.500000", "12.500"], [2, "1.500", "0.010000", "0.010"]]
    # Yen have no smaller unit; a dinar has a thousand.
    from huike.orders.models import Order

    Order.objects.filter(external_id="1").update(currency="JPY")
    Order.objects.filter(external_id="2").update(currency="KWD")
    with LakeWriter() as writer:
        writer.round()
    assert rows(shop.analyst, "SELECT currency, net FROM orders ORDER BY 1") == [["JPY", "1251.000"], ["KWD", "0.999"]]


def test_every_table_holds_what_the_lake_holds_through_changes_deletes_and_care(shop: Shop) -> None:
    """Rows in files, in files with holes, and in the catalogue: the answering process puts them together itself."""
    chance = random.Random(7)
    kinds = set()
    for step in range(6):
        for _ in range(12):
            world.write_at_random(chance, shop.catalogue, writer=1, step=chance.randrange(10_000))
        if step == 2:
            world.make_customers(3_000, name="Many")
        with LakeWriter() as writer:
            writer.round()
            if step == 4:
                writer.care()
            for view in VIEWS.values():
                if view.spec is None:
                    continue
                select = view_sql(view, f"SELECT * FROM lake.{view.spec.name}", in_clear=True, own=specs().values())
                told = ", ".join(f'CAST("{column.name}" AS VARCHAR)' for column in view.columns)
                wanted = writer._database.execute(f"SELECT {told} FROM ({select}) ORDER BY ALL").fetchall()
                found = rows(shop.owner, f"SELECT {told} FROM {view.name} ORDER BY ALL")
                # Instants are told in UTC by the writer.
                assert [[_utc(cell) for cell in row] for row in found] == [list(map(_utc, row)) for row in wanted]
        from huike.lake.catalogue import open_catalogue

        with open_catalogue() as catalogue:
            for spec in tables():
                state = catalogue.table(spec)
                kinds |= {"inlined"} if state.rows else set()
                kinds |= {"whole" if not (f.deletes or f.deleted) else "holed" for f in state.files}
    assert kinds == {"whole", "holed", "inlined"}


def _utc(cell: Any) -> Any:
    if isinstance(cell, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d", cell):
        return datetime.fromisoformat(f"{cell}:00").astimezone(UTC)
    return cell


def test_the_house_names_what_numbers_stand_for(shop: Shop) -> None:
    sql = (
        "SELECT s.name, st.name FROM orders o JOIN sources s USING (source_id) JOIN stores st USING (store_id) LIMIT 1"
    )
    assert rows(shop.analyst, sql) == [["Till", "Store 0"]]
    assert rows(shop.analyst, "SELECT name FROM staff ORDER BY name") == [["analyst"], ["owner"]]
    assert rows(shop.analyst, "SELECT key, type, currency FROM own_fields WHERE key = 'budget'") == [
        ["budget", "money", "CNY"]
    ]


def test_every_column_of_the_lake_can_be_asked_for(shop: Shop) -> None:
    for spec in tables():
        views = [view for view in VIEWS.values() if view.spec is spec]
        assert len(views) == 1, f"{spec.name} has no table to ask"
        used = {name for column in views[0].columns for name in column.of}
        assert used == set(spec.columns), spec.name
    for view in VIEWS.values():
        told = shop.owner.post("/sql/ask", {"sql": f"SELECT * FROM {view.name} LIMIT 0"}).json()["columns"]
        short = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
        assert [(c["name"], short.get(c["type"], c["type"])) for c in told] == [(c.name, c.type) for c in view.columns]


def test_every_text_and_day_about_people_is_masked_or_known_to_be_harmless() -> None:
    """Whoever adds a column to the lake says which it is."""
    harmless = {
        "carts": "currency ended skus",
        "check_ins": "kind",
        "consents": "channel purpose state",
        "coupons": "reason state discount_currency",
        "customers": "gender language occupation income education declared_interests tags email_domain country "
        "province city district company_ids stage source_channel source_campaign spent_currency",
        "event_properties": "key",
        "events": "kind name sku",
        "field_values": "day",
        "interests": "interest weight",
        "lines": "kind channel currency",
        "member_tiers": "tier",
        "members": "tier",
        "messages": "channel purpose state reason",
        "orders": "kind channel currency",
        "participations": "state currency",
        "supplies": "category_ids",
        "suppressions": "channel",
        "vouchers": "state currency",
        "value_lots": "asset currency kind",
    }
    telling = {"VARCHAR", "DATE", "DOUBLE", "VARCHAR[]", "BIGINT[]"}
    for spec in tables():
        if spec.is_about_customers:
            open_ = {name for name, type in spec.columns.items() if type in telling and name not in spec.masks}
            assert open_ == set(harmless.get(spec.name, "").split()), spec.name


def test_the_examples_of_the_screen_run(shop: Shop) -> None:
    examples = re.findall(r"^  (\w+): `([^`]+)`", EXAMPLES.read_text(), re.MULTILINE)
    assert len(examples) == 6
    for name, sql in examples:
        answer = shop.analyst.post("/sql/ask", {"sql": sql})
        assert answer.status_code == 200, (name, answer.content)
    months = dict(examples)["months"]
    assert rows(shop.analyst, months) == [["2025-03-01", 1, "12.510"], ["2025-01-01", 1, "9.990"]]


def test_the_page_for_analysts_tells_every_table_and_column() -> None:
    """Made anew by `python -m tests.insights.sql.page`."""
    from tests.insights.sql.page import told

    assert told() in PAGE.read_text()


# -- what is wrong is said --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "says", "line"),
    [
        ("SELECT *\nFROM orders\nWHERE nett > 1", "nett", 3),
        ("SELECT *\nFROM", 'syntax error at or near "FROM"', 2),
        ("SELECT\n* FORM orders", 'syntax error at or near "orders"', 2),
        ("SELEC * FROM orders", 'syntax error at or near "FROM"', 1),
        ("SELECT 'a'::INTEGER", "Could not convert string 'a' to INT32", None),
        ("SELECT city, count(*) FROM customers", "GROUP BY", 1),
    ],
)
def test_a_mistake_is_told_with_its_line(shop: Shop, sql: str, says: str, line: int | None) -> None:
    answer = shop.analyst.post("/sql/ask", {"sql": sql})
    assert (answer.status_code, code_of(answer)) == (422, "sql.invalid")
    error = answer.json()["errors"][0]
    assert (error["where"], error["code"]) == ("sql", "sql.unreadable")
    assert says in error["params"]["message"]
    if line is not None:
        assert error["params"]["line"] == line


def test_a_refused_table_is_told_with_its_place(shop: Shop) -> None:
    error = shop.analyst.post("/sql/ask", {"sql": "SELECT 1\nFROM secret_table"}).json()["errors"][0]
    assert error == {"where": "sql", "code": "sql.table", "params": {"name": "secret_table", "line": 2, "column": 6}}


def test_there_is_nothing_to_ask_before_the_first_copy(transactional_db: None) -> None:
    world.drop_lake()
    assert code_of(signed_in(Role.ANALYST).post("/sql/ask", {"sql": "SELECT 1"})) == "lake.empty"


# -- what it may take -------------------------------------------------------------------------------------------------


def processes() -> list[str]:
    """Processes that answer questions asked of this test process's data folder: others run beside it."""
    root, found = str(Path(get_config().data_dir).resolve()), []
    for each in Path("/proc").iterdir():
        with suppress(OSError):  # gone meanwhile, or none of ours
            told = (each / "cmdline").read_bytes().decode().split("\0")
            if "huike.insights.sql.answerer" in told and str((each / "cwd").readlink()).startswith(root):
                found.append(f"{each.name} {' '.join(told)}")
    return found


def temp_folders() -> list[Path]:
    return list((Path(get_config().data_dir).resolve() / "scratch").glob("sql-*"))


def test_a_question_that_takes_too_long_is_stopped(shop: Shop, settings_of: Callable[..., None]) -> None:
    settings_of(sql_seconds="1")
    began = time.monotonic()
    answer = shop.analyst.post("/sql/ask", {"sql": FOREVER})
    assert (answer.status_code, code_of(answer)) == (503, "lake.query_too_slow")
    assert time.monotonic() - began < 10
    assert Question.objects.get().outcome == "lake.query_too_slow"
    assert (processes(), temp_folders()) == ([], [])
    assert rows(shop.analyst, "SELECT 1 AS x") == [[1]]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT string_agg(repeat('x', 1000000), '') FROM range(5000)",
        "SELECT repeat('x', 3000000000)",
        "SELECT list(repeat('x', 100000) || a.range || b.range) FROM range(1000) a, range(1000) b",
        "SELECT * FROM range(3000) a, range(3000) b, range(3000) c ORDER BY hash(a.range + b.range)",
        "SELECT repeat(repeat(repeat(repeat('x', 1000), 1000), 1000), 100)",
    ],
)
def test_a_question_that_takes_too_much_ends_alone(shop: Shop, settings_of: Callable[..., None], sql: str) -> None:
    settings_of(sql_memory_limit="100MB", sql_spill_limit="50MB", sql_seconds="15")
    answer = shop.analyst.post("/sql/ask", {"sql": sql})
    assert answer.status_code in {422, 503}, answer.content
    assert code_of(answer) in {"lake.query_too_large", "lake.query_too_slow", "sql.invalid"}, answer.content
    assert (processes(), temp_folders()) == ([], [])
    assert rows(shop.analyst, "SELECT count(*) FROM orders") == [[2]]


def test_no_more_rows_are_shown_than_a_screen_takes(shop: Shop, settings_of: Callable[..., None]) -> None:
    settings_of(sql_rows_shown="10")
    answer = shop.analyst.post("/sql/ask", {"sql": "SELECT range AS n FROM range(1000000000) ORDER BY n"}).json()
    assert (answer["rows"], answer["cut"]) == ([[n] for n in range(10)], "rows")
    answer = shop.analyst.post("/sql/ask", {"sql": "SELECT range AS n FROM range(10)"}).json()
    assert (answer["row_count"], answer["cut"]) == (10, None)
    long = shop.analyst.post("/sql/ask", {"sql": "SELECT repeat('x', 100000) AS a, NULL AS b"}).json()
    assert (len(long["rows"][0][0]), long["cut"]) == (32_767, None)


def test_an_answer_too_long_for_a_browser_is_cut(shop: Shop) -> None:
    answer = shop.analyst.post("/sql/ask", {"sql": "SELECT repeat('x', 30000) || range FROM range(5000)"}).json()
    assert answer["cut"] == "bytes"
    assert 0 < answer["row_count"] < 1_000


class Asking(threading.Thread):
    """A question under way, with a connection of its own."""

    def __init__(self, caller: Caller, sql: str = FOREVER) -> None:
        super().__init__()
        self._caller, self._sql = caller, sql
        self.answer: Any = None

    def run(self) -> None:
        try:
            self.answer = self._caller.post("/sql/ask", {"sql": self._sql})
        finally:
            connection.close()

    def __enter__(self) -> Asking:
        self.start()
        while len(processes()) == 0 or not Question.objects.filter(outcome="", sql=self._sql).exists():
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._caller.post("/sql/cancel")
        self.join(30)
        assert not self.is_alive()


def test_one_asks_one_question_at_a_time_and_can_cancel_it(shop: Shop) -> None:
    other = signed_in(Role.ANALYST, name="other")
    with Asking(shop.analyst) as asking_:
        again = shop.analyst.post("/sql/ask", {"sql": "SELECT 1"})
        assert (again.status_code, code_of(again)) == (409, "sql.already_asking")
        # Somebody else's is not hers to cancel, and does not wait for hers.
        assert other.post("/sql/cancel").json() == {"cancelled": False}
        assert rows(other, "SELECT 1 AS x") == [[1]]
        assert asking_.answer is None
        assert shop.analyst.post("/sql/cancel").json() == {"cancelled": True}
        asking_.join(10)
    assert (asking_.answer.status_code, code_of(asking_.answer)) == (409, "lake.query_cancelled")
    assert processes() == []
    # What was refused for being second was not asked: only the first is in the history.
    history = shop.analyst.get("/sql/history").json()
    assert [(asked["sql"], asked["outcome"]) for asked in history] == [(FOREVER, "lake.query_cancelled")]
    assert shop.analyst.post("/sql/cancel").json() == {"cancelled": False}


def test_only_so_many_are_answered_at_once(shop: Shop, settings_of: Callable[..., None]) -> None:
    settings_of(sql_at_once="1")
    other = signed_in(Role.ANALYST, name="other")
    with Asking(shop.analyst):
        busy = other.post("/sql/ask", {"sql": "SELECT 1"})
        assert (busy.status_code, code_of(busy)) == (503, "sql.all_busy")
    assert rows(other, "SELECT 1 AS x") == [[1]]


def test_the_answering_process_ends_with_whoever_asked(shop: Shop) -> None:
    """Its input is closed when the web process dies, however it dies."""
    question = checking.check(FOREVER, tables=VIEWS)
    with asking.answered(question, in_clear=False, bounds=Bounds(10, 10**6), stopped=lambda: False):
        (line,) = processes()
        pid = int(line.split()[0])
        environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
        assert not any(name in part for part in environment for name in ("HUIKE", "PASSWORD", "postgres", "DJANGO"))
        files = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
        assert not any("socket" in file for file in files), files
    assert processes() == []


# -- what stays of it -------------------------------------------------------------------------------------------------


def test_every_question_is_in_the_audit_log(shop: Shop) -> None:
    rows(shop.analyst, "SELECT name FROM customers WHERE city = '上海'")
    rows(shop.owner, "SELECT count(*) FROM orders")
    shop.analyst.post("/sql/ask", {"sql": "SELECT * FROM read_csv('/etc/passwd')"})
    told = [
        (e.actor_label, e.details["sql"], e.details["outcome"], e.details["rows"], e.details["in_clear"])
        for e in AuditEntry.objects.filter(action="ask_sql").order_by("pk")
    ]
    assert told == [
        ("analyst", "SELECT name FROM customers WHERE city = '上海'", "answered", 3, False),
        ("owner", "SELECT count(*) FROM orders", "answered", 1, True),
        ("analyst", "SELECT * FROM read_csv('/etc/passwd')", "sql.table_function", None, False),
    ]
    assert all(e.details["ms"] >= 0 for e in AuditEntry.objects.filter(action="ask_sql"))


def test_the_history_is_ones_own(shop: Shop) -> None:
    rows(shop.analyst, "SELECT 1 AS x")
    rows(shop.owner, "SELECT 2 AS x")
    assert [asked["sql"] for asked in shop.analyst.get("/sql/history").json()] == ["SELECT 1 AS x"]
    assert [(a["sql"], a["rows"], a["outcome"]) for a in shop.owner.get("/sql/history").json()] == [
        ("SELECT 2 AS x", 1, "answered")
    ]


def test_old_questions_are_forgotten(shop: Shop) -> None:
    from datetime import timedelta

    from huike.insights.sql.services import forget_old

    rows(shop.analyst, "SELECT 1 AS x")
    assert forget_old(clock.now() + timedelta(days=89)) == 0
    assert forget_old(clock.now() + timedelta(days=91)) == 1
    assert AuditEntry.objects.filter(action="ask_sql").count() == 1


def test_queries_are_kept_shared_and_changed_by_their_owner_alone(shop: Shop) -> None:
    other = signed_in(Role.ANALYST, name="other")
    made = shop.analyst.post("/sql/saved", {"name": "月销售", "sql": "SELECT 1", "shared": False})
    assert made.status_code == 201
    id = made.json()["id"]
    assert other.get("/sql/saved").json() == []
    changed = {"name": "月销售额", "sql": "SELECT 2", "shared": True}
    assert other.call("PUT", f"/sql/saved/{id}", changed).status_code == 404
    assert other.delete(f"/sql/saved/{id}").status_code == 404
    assert shop.analyst.call("PUT", f"/sql/saved/{id}", changed).status_code == 200
    (seen,) = other.get("/sql/saved").json()
    assert (seen["name"], seen["sql"], seen["mine"], seen["owner"]["name"]) == (
        "月销售额",
        "SELECT 2",
        False,
        "analyst",
    )
    assert code_of(shop.analyst.post("/sql/saved", changed)) == "sql.saved_name_taken"
    assert other.post("/sql/saved", changed).status_code == 201
    assert shop.analyst.delete(f"/sql/saved/{id}").status_code == 204
    assert [one["mine"] for one in other.get("/sql/saved").json()] == [True]


# -- who may ----------------------------------------------------------------------------------------------------------


def test_whoever_sees_some_stores_only_is_refused_and_nothing_is_asked(shop: Shop) -> None:
    limited = signed_in(Role.OWNER, name="limited", store_ids=[store().pk])
    tries = [
        limited.post("/sql/ask", {"sql": "SELECT 1"}),
        limited.post("/sql/file", {"sql": "SELECT 1"}),
        limited.get("/sql/tables"),
        limited.get("/sql/history"),
        limited.post("/sql/cancel"),
        limited.post("/sql/saved", {"name": "x", "sql": "SELECT 1"}),
    ]
    assert {(answer.status_code, code_of(answer)) for answer in tries} == {(403, "sql.needs_all_stores")}
    assert not Question.objects.exists()
    assert not AuditEntry.objects.filter(action="ask_sql").exists()


def test_a_key_asks_like_a_person_masked_as_it_may(shop: Shop) -> None:
    masked, clear = Caller(key=api_key({"insights.query"})), Caller(key=api_key({"insights.query", "customers.unmask"}))
    sql = "SELECT name FROM customers WHERE city = '上海' ORDER BY customer_id LIMIT 1"
    assert (rows(masked, sql), rows(clear, sql)) == ([["张**"]], [["张晓萌秘"]])
    assert [asked["sql"] for asked in masked.get("/sql/history").json()] == [sql]
    assert code_of(masked.post("/sql/saved", {"name": "x", "sql": sql})) == "api_key.needs_person"


def test_the_catalogue_tells_what_is_masked_for_the_reader(shop: Shop) -> None:
    def masked(caller: Caller) -> set[str]:
        told = caller.get("/sql/tables").json()["tables"]
        return {f"{table['name']}.{c['name']}" for table in told for c in table["columns"] if c["masked"]}

    assert masked(shop.owner) == set()
    assert masked(shop.analyst) == {
        "customers.name", "customers.birth_on", "customers.birthday", "customers.latitude", "customers.longitude",
        "own_values.text", "events.path", "events.search_words", "events.properties", "event_properties.text",
        "event_properties.number", "check_ins.place",
    }  # fmt: skip


# -- files ------------------------------------------------------------------------------------------------------------


def written(caller: Caller, sql: str, file_format: str) -> tuple[Job, Any]:
    started = caller.post("/sql/file", {"sql": sql, "format": file_format})
    assert started.status_code == 202, started.content
    job = Job.objects.get(pk=json.loads(started.content)["id"])
    call_command("procrastinate", "worker", "--one-shot", "--concurrency=1")
    job.refresh_from_db()
    return job, caller.get(f"/sql/files/{job.pk}")


TROUBLE = (
    "SELECT * FROM (VALUES ('=HYPERLINK(1)', 1.5, 1, 0.25::DOUBLE, true, DATE '2025-03-01'), "
    "('@x', -2.5, NULL, 'nan'::DOUBLE, false, NULL)) t(\"=a\", b, c, d, e, f)"
)


def test_a_file_runs_no_formula_and_counts_with_numbers(shop: Shop) -> None:
    job, answer = written(shop.analyst, TROUBLE, "csv")
    assert (job.state, job.result["rows"], job.result["cut"]) == ("succeeded", 2, False), job.error_params
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["'=a", "b", "c", "d", "e", "f"],
        ["'=HYPERLINK(1)", "1.5", "1", "0.25", "true", "2025-03-01"],
        ["'@x", "-2.5", "", "nan", "false", ""],
    ]
    job, answer = written(shop.analyst, TROUBLE, "xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).read("xl/worksheets/sheet1.xml").decode()
    assert '<c t="inlineStr"><is><t xml:space="preserve">=HYPERLINK(1)</t></is></c><c><v>1.5</v></c>' in sheet
    assert "<f>" not in sheet
    # Somebody else's is not there.
    assert shop.owner.get(f"/sql/files/{job.pk}").status_code == 404
    actions = AuditEntry.objects.filter(actor_label="analyst").values_list("action", flat=True)
    assert sorted(actions) == ["ask_sql", "ask_sql", "download_sql_answer", "download_sql_answer"]


def test_a_file_holds_more_than_the_screen_and_as_masked(shop: Shop, settings_of: Callable[..., None]) -> None:
    settings_of(sql_rows_shown="1", sql_rows_exported="3")
    sql = "SELECT name FROM customers ORDER BY customer_id"
    job, answer = written(shop.analyst, sql, "csv")
    assert (job.result["rows"], job.result["cut"]) == (3, True)
    assert b"".join(answer.streaming_content).decode("utf-8-sig").split() == ["name", "张**", "C**", "C**"]


def test_a_file_that_cannot_be_is_refused_at_once(shop: Shop) -> None:
    refused = shop.analyst.post("/sql/file", {"sql": "SELECT * FROM pg_class"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "sql.table")
    assert not Job.objects.exists()


def test_whoever_lost_the_permission_meanwhile_gets_no_file(shop: Shop) -> None:
    from huike.staff.models import User

    started = shop.analyst.post("/sql/file", {"sql": "SELECT 1 AS x"})
    User.objects.filter(name="analyst").update(role=Role.CLERK)
    call_command("procrastinate", "worker", "--one-shot", "--concurrency=1")
    job = Job.objects.get(pk=started.json()["id"])
    assert (job.state, job.error_code) == ("failed", "forbidden")


# -- people -----------------------------------------------------------------------------------------------------------


def test_people_of_an_answer_become_a_fixed_list(shop: Shop) -> None:
    marketing = signed_in(Role.MARKETING, name="marketing")
    ids = [shop.her.pk, shop.others[0], shop.her.pk, 999_999]
    made = marketing.post("/segments/listed", {"name": "找回", "customer_ids": ids})
    assert made.status_code == 201, made.content
    segment = Segment.objects.get(pk=made.json()["id"])
    assert (segment.kind, segment.state, made.json()["count"]) == ("fixed", "ready", 2)
    members = FixedMember.objects.filter(segment_id=segment.pk).values_list("customer_id", flat=True)
    assert sorted(members) == sorted([shop.her.pk, shop.others[0]])
    assert code_of(marketing.post("/segments/listed", {"name": "找回", "customer_ids": ids})) == "segment.name_taken"
    nobody = marketing.post("/segments/listed", {"name": "没人", "customer_ids": [999_999]})
    assert code_of(nobody) == "segment.nobody_listed"
    # Of another store's people nobody is listed by whoever does not see them.
    elsewhere = signed_in(Role.MARKETING, name="elsewhere", store_ids=[store().pk])
    assert code_of(elsewhere.post("/segments/listed", {"name": "别家", "customer_ids": ids})) == "segment.nobody_listed"
    assert Segment.objects.count() == 1


def test_several_ask_at_once_and_each_gets_her_own_answer(shop: Shop, settings_of: Callable[..., None]) -> None:
    settings_of(sql_at_once="4")
    callers = [signed_in(Role.ANALYST, name=f"a{n}") for n in range(4)]

    def ask(n: int) -> list[list[Any]]:
        try:
            return rows(callers[n], f"SELECT {n} AS n, count(*) FROM orders")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[[n, 2]] for n in range(4)]
