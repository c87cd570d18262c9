"""A Spark cluster gives what plain Python gives, from the lake's files, at the state it names, and whatever dies.

All in one file: its tests share one cluster, which takes long to start and much memory.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

import ibis
import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from huike.customers.lake import CUSTOMERS
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.lake.catalogue import open_catalogue
from huike.lake.engine import close_engine, get_engine
from huike.lake.engines.duckdb import DuckDBEngine
from huike.lake.engines.spark import SparkEngine
from huike.lake.errors import LakeUnavailable, QueryCancelled, QueryTooSlow
from huike.lake.models import Freshness
from huike.lake.registry import tables
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.platform.config import get_config
from huike.segments import expression, selectors
from huike.segments.analysis.compare import compare
from huike.segments.analysis.cross import cross_table
from huike.segments.analysis.dimensions import read_dimension
from huike.segments.analysis.figures import correlation, distribution
from huike.segments.expression import Moment
from huike.segments.membership import services as memberships
from huike.segments.models import Segment
from huike.segments.rules import AnyOf, Rule
from huike.segments.windows import EVER
from tests import spark
from tests.lake import world
from tests.segments.business import AS_OF, Business
from tests.segments.conftest import business_in_the_lake
from tests.segments.oracle import Oracle
from tests.segments.rule_trees import ODD_TEXTS, TEXTS, fields, happenings, others, purchases, sequences, trees
from tests.segments.test_analysis import DIMENSIONS
from tests.segments.test_meaning import ZONE, moment, oracle, rule_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# A question to a cluster takes as long for forty rules as for a few; what fails is named by the assertion.
GENERATED = settings(
    deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), max_examples=8, database=None
)
RULES_AT_ONCE = 25
CONDITIONS_AT_ONCE = 100


@pytest.fixture(scope="session")
def cluster() -> Iterator[spark.Cluster]:
    with spark.running() as running:
        yield running


@pytest.fixture(autouse=True, scope="class")
def on_spark(cluster: spark.Cluster) -> Iterator[None]:
    """This deployment's engine is the cluster, and its lake is written for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUIKE_ENGINE", "spark")
        patch.setenv("HUIKE_SPARK_REMOTE", cluster.remote)
        get_config.cache_clear()
        yield
        close_engine()
    get_config.cache_clear()


@pytest.fixture(scope="class")
def shop(on_spark: None, django_db_setup: None, django_db_blocker: Any) -> Iterator[Business]:
    with django_db_blocker.unblock(), business_in_the_lake() as made:
        yield made


@pytest.fixture
def duckdb() -> Iterator[DuckDBEngine]:
    """The other engine, on the same lake."""
    engine = DuckDBEngine()
    yield engine
    engine.close()


@pytest.fixture
def writer(transactional_db: None) -> Iterator[LakeWriter]:
    close_engine()
    world.drop_lake()
    with LakeWriter() as opened:
        yield opened
    close_engine()
    world.drop_lake()


def kinds_of(node: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What makes a condition another kind: what it asks of, and how."""
    (name, body), *_ = node.items()
    if "field" in node:
        yield node["field"], node["op"]
    elif name == "sequence":
        yield name, body["followed"], body["within"] is None
        yield from ((name, step, *body[step]) for step in ("first", "then"))
        yield from ((name, window) for window in body["window"])
    elif not isinstance(body, dict) or "op" not in body:
        yield (name,)
    else:
        yield name, body.get("verb"), body.get("measure"), body["op"]
        for where in body.get("where", []):
            yield name, where["field"], where["op"]
        yield from ((name, window) for window in body.get("window", {}))


def every_kind(shop: Business) -> list[dict[str, Any]]:
    """Generated conditions, as many as it takes for one of every kind that was drawn in several hundred."""
    kept: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()

    @settings(GENERATED, max_examples=500)
    @given(fields(shop) | purchases(shop) | happenings(shop) | sequences(shop) | others(sorted(shop.segments)))
    def collect(root: dict[str, Any]) -> None:
        kinds = set(kinds_of(root))
        if not kinds <= seen:
            seen.update(kinds)
            kept.append(root)

    collect()
    return kept


def test_the_client_is_importable_where_there_is_no_main_file() -> None:
    """As in a spawned process, which PySpark would take for its own doctests."""
    done = subprocess.run(
        [sys.executable, "-c", "import huike.lake.engines.spark_client"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


class TestMeaning:
    """What only asks, of one business."""

    def test_every_kind_of_condition_means_what_it_says(self, shop: Business) -> None:
        told = oracle(shop)
        roots = every_kind(shop)
        assert len({root["field"] for root in roots if "field" in root}) >= 35, "hardly a field was asked for"
        for begin in range(0, len(roots), CONDITIONS_AT_ONCE):
            asked = roots[begin : begin + CONDITIONS_AT_ONCE]
            rule = Rule(AnyOf(tuple(rule_of(root, shop).root for root in asked)))
            question, paths = expression.branch_counts(rule, moment(rule))
            with get_engine().reading() as reading:
                row = reading.table(question).to_pylist()[0]
            assert row["total"] == len(shop.customers)
            assert len(paths) == len(asked)
            for index, root in enumerate(asked):
                assert row[f"b{index}"] == len(told.matching(root)), root

    @settings(GENERATED, max_examples=8)
    @given(data=st.data())
    def test_trees_mean_what_they_say(self, shop: Business, data: st.DataObject) -> None:
        roots = data.draw(st.lists(trees(shop), min_size=RULES_AT_ONCE, max_size=RULES_AT_ONCE))
        assert matched(roots, shop) == [oracle(shop).matching(root) for root in roots], roots

    @settings(GENERATED, max_examples=6)
    @given(data=st.data())
    def test_each_customer_is_explained_as_she_is_counted(self, shop: Business, data: st.DataObject) -> None:
        rule = rule_of(data.draw(trees(shop)), shop)
        customer = data.draw(st.sampled_from(shop.customers))
        question, _ = expression.explanation(rule, moment(rule), customer["id"])
        assert in_spark(question) == in_duckdb(question)

    @pytest.mark.parametrize("key", ["city", "tags", "home_store", "companies", "fields.level", "email_marketing"])
    def test_values_are_counted(self, shop: Business, key: str) -> None:
        question = expression.value_counts(shop.catalogue[key], Moment(AS_OF, ZONE))
        counted = in_spark(question)
        assert counted
        assert sorted(counted, key=repr) == sorted(in_duckdb(question), key=repr)

    @settings(GENERATED, max_examples=2)
    @given(drawn=st.lists(TEXTS, min_size=40, max_size=40))
    def test_a_text_is_that_text(self, shop: Business, drawn: list[str]) -> None:
        texts = [*ODD_TEXTS, *drawn]
        columns = {f"t{place}": ibis.literal(text) for place, text in enumerate(texts)}
        question = CUSTOMERS.expression.order_by("id").limit(1).select(**columns)
        (row,) = in_spark(question)
        assert [row[name] for name in columns] == texts

    def test_what_the_screens_ask_is_answered(self, shop: Business) -> None:
        root = {"any": [{"field": "city", "op": "eq", "value": "上海"}, {"field": "member", "op": "eq", "value": True}]}
        rule = rule_of(root, shop)
        wanted = Oracle(shop.customers, as_of=AS_OF, zone=ZONE).matching(root)

        counted = selectors.count_rule(rule, scope=EVERYTHING, branches=True)
        sampled = selectors.sample(rule, scope=EVERYTHING, limit=5)
        why = selectors.explain(rule, customer_id=min(wanted), scope=EVERYTHING)
        values = selectors.values_of("city", q="上", scope=EVERYTHING)

        assert (counted.count, counted.total) == (len(wanted), len(shop.customers))
        assert len(sampled.customers) == 5
        assert {customer.pk for customer in sampled.customers} <= wanted
        assert why.root.holds
        assert [(row.value, row.count) for row in values] == [
            ("上海", sum(row["city"] == "上海" for row in shop.customers))
        ]

    def test_analysis_says_what_it_says_on_one_machine(
        self, shop: Business, duckdb: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # There it is held to plain Python (test_analysis.py).
        everybody = rule_of({"all": []}, shop)
        women = rule_of({"field": "gender", "op": "eq", "value": "female"}, shop)
        known = [read_dimension(told, path="0", fields=shop.catalogue, default_currency="CNY") for told in DIMENSIONS]
        figures_alone = [replace(one, edges=()) for one in known if one.edges]
        options: dict[str, Any] = {"window": EVER, "currency": "CNY", "scope": EVERYTHING}
        figures = ["frequency", "amount", "average_order", "recency_days", shop.catalogue["orders_count"]]

        def told() -> list[Any]:
            # Each kind of attribute in one of them: texts, lists, rows of their own, periods, bands told and found.
            crossed = [cross_table(everybody, pair, **options) for pair in zip(known[::6], known[2::6], strict=False)]
            return [
                *crossed,
                cross_table(women, [known[0], known[2], known[6]], **options),
                *(cross_table(women, [one], **options) for one in figures_alone[:2]),
                compare(women, everybody, known[:4], scope=EVERYTHING),
                *(distribution(everybody, one, scope=EVERYTHING) for one in figures_alone[:2]),
                correlation(everybody, figures, **options),
            ]

        on_the_cluster = told()
        for module in ("cross", "compare", "figures"):
            monkeypatch.setattr(f"huike.segments.analysis.{module}.get_engine", lambda: duckdb)
        here = told()
        for there, same in zip(on_the_cluster, here, strict=True):
            assert plain(there) == plain(same)

    def test_a_cancelled_question_stops(self, shop: Business) -> None:
        def cancelled() -> None:
            with ThreadPoolExecutor(1) as pool, get_engine().reading() as reading:
                asked = pool.submit(lambda: reading.count(endless()))
                time.sleep(3)
                reading.cancel()
                asked.result(timeout=30)

        with pytest.raises(QueryCancelled):
            cancelled()

    def test_a_question_that_takes_too_long_stops(self, shop: Business, cluster: spark.Cluster) -> None:
        with pytest.raises(QueryTooSlow), get_engine().reading(timeout_seconds=3) as reading:
            reading.count(endless())
        # Its tasks are gone from the cluster.
        deadline = time.monotonic() + 60
        while any(row["activeTasks"] for row in cluster.executors()) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not any(row["activeTasks"] for row in cluster.executors())
        with get_engine().reading() as reading:
            assert reading.count(CUSTOMERS.expression) == len(shop.customers)

    def test_a_server_that_forgot_the_session_is_asked_anew(self, shop: Business) -> None:
        engine = SparkEngine()
        with engine.reading() as reading:
            assert reading.count(CUSTOMERS.expression) == len(shop.customers)
        assert engine._cluster is not None
        engine._cluster.session.client.release_session()
        with engine.reading() as reading:
            assert reading.count(CUSTOMERS.expression) == len(shop.customers)
        engine.close()

    def test_a_server_that_is_not_there_is_told_as_that(self, shop: Business, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HUIKE_SPARK_REMOTE", f"sc://127.0.0.1:{spark.free_port()}")
        get_config.cache_clear()
        try:
            began_at = time.monotonic()
            with pytest.raises(LakeUnavailable), SparkEngine().reading():
                pass
            assert time.monotonic() - began_at < 60
        finally:
            monkeypatch.undo()
            get_config.cache_clear()


class TestStates:
    """What changes the lake, or is in the way."""

    def test_a_table_is_what_its_files_deletes_and_inlined_rows_say(
        self, writer: LakeWriter, duckdb: DuckDBEngine
    ) -> None:
        chance = random.Random(41)
        catalogue = world.make_catalogue()
        world.make_customers(60)
        Customer.objects.filter(pk__in=Customer.objects.values("pk")[:9]).update(
            tags=["a, b", "'", '"', "\\", "NULL", "", "[x]", " y "], city="'\"\\"
        )
        writer.round()
        seen: set[str] = set()
        for step in range(6):
            for number in range(12):
                world.write_at_random(chance, catalogue, writer=step, step=step * 100 + number)
            if step % 2:
                Customer.objects.filter(pk__in=Customer.objects.values("pk")[step : 20 + step]).update(
                    orders_count=step
                )
            writer.round()
            if step == 3:
                writer.care()
            with open_catalogue() as states, get_engine().reading() as of_spark, duckdb.reading() as of_duckdb:
                assert of_spark.snapshot_id == of_duckdb.snapshot_id == states.snapshot_id
                for spec in tables():
                    state = states.table(spec)
                    seen |= {"a delete file" for file in state.files if file.deletes}
                    seen |= {"inlined deletes" for file in state.files if file.deleted}
                    seen |= {"inlined rows"} if state.rows else set()
                    assert rows_of(of_spark, spec.expression) == rows_of(of_duckdb, spec.expression), spec.name
        assert seen == {"a delete file", "inlined deletes", "inlined rows"}

    def test_a_reading_stays_at_its_state(self, writer: LakeWriter) -> None:
        world.make_customers(30)
        writer.round()
        with get_engine().reading() as before:
            assert before.count(CUSTOMERS.expression) == 30
            world.make_customers(5)
            writer.round()
            # A table that was not looked at yet, too.
            consents = next(spec for spec in tables() if spec.name == "consents").expression
            assert (before.count(CUSTOMERS.expression), before.count(consents)) == (30, 15)
            with get_engine().reading() as after:
                assert (after.count(CUSTOMERS.expression), after.count(consents)) == (35, 18)
                assert after.snapshot_id > before.snapshot_id

    def test_a_lake_written_for_another_engine_is_written_anew(
        self, writer: LakeWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.make_customers(3)
        with monkeypatch.context() as patch:
            patch.setenv("HUIKE_ENGINE", "duckdb")
            get_config.cache_clear()
            assert writer.round().rebuilt
            assert not writer.round().rebuilt
        get_config.cache_clear()
        with LakeWriter() as of_spark:
            assert of_spark.round().rebuilt
            assert not of_spark.round().rebuilt

    def test_a_cluster_that_cannot_read_object_storage_says_so(
        self, writer: LakeWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Hadoop's library for it is on no machine that runs these tests."""
        world.make_customers(60)
        writer.round()
        told = {"PATH": "s3://bucket/lake", "S3_KEY_ID": "key", "S3_SECRET": "not-to-be-told"}
        with monkeypatch.context() as patch:
            for name, value in told.items():
                patch.setenv(f"HUIKE_LAKE_{name}", value)
            get_config.cache_clear()
            with pytest.raises(LakeUnavailable, match=r"(?i)s3a") as error, get_engine().reading() as reading:
                reading.count(CUSTOMERS.expression)
        assert "not-to-be-told" not in str(error.value)
        get_config.cache_clear()
        with get_engine().reading() as reading:
            assert reading.count(CUSTOMERS.expression) == 60

    def test_a_worker_killed_in_the_middle_of_a_refresh_changes_nothing(
        self, writer: LakeWriter, duckdb: DuckDBEngine, cluster: spark.Cluster, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # How long a refresh may take is not what is tried here: the machine may be busy, and the cluster is cold.
        monkeypatch.setitem(SparkEngine.reading.__wrapped__.__kwdefaults__, "timeout_seconds", 400)
        make_many(writer)
        rule = {
            "version": 1,
            "as_of": None,
            "root": {
                "all": [
                    {"bought": {"measure": "distinct_products", "op": "gte", "value": 4, "window": {"ever": True}}},
                    {"bought": {"measure": "quantity", "op": "lt", "value": 24, "window": {"ever": True}}},
                ]
            },
        }
        segment = Segment.objects.create(name="Many", rule=rule)
        done_before = sum(row["completedTasks"] for row in cluster.executors())
        refreshed: list[BitMap64] = []

        def refresh() -> None:
            try:
                memberships.refresh(segment.pk)
                refreshed.append(selectors.members_of(segment.pk)[1])
            finally:
                connection.close()

        asking = threading.Thread(target=refresh)
        asking.start()
        try:
            deadline = time.monotonic() + 120
            while not in_the_middle(cluster, done_before):
                assert asking.is_alive(), "the refresh was over before there was a middle"
                assert time.monotonic() < deadline
                time.sleep(0.02)
            cluster.kill_worker(1)
            assert not refreshed, "the refresh was over before the worker was killed"
        finally:
            asking.join(420)
            cluster.start_worker(1)

        parsed = selectors.read_rule(rule)
        with duckdb.reading() as reading:
            wanted = reading.ids(expression.matching(parsed, selectors.moment_of(parsed, scope=EVERYTHING)))
        assert 1_000 < len(wanted) < CUSTOMERS_OF_MANY
        assert refreshed == [wanted]


CUSTOMERS_OF_MANY, LINES_OF_MANY = 300_000, 3_000_000


def make_many(writer: LakeWriter) -> None:
    """A lake that a question takes seconds to read, of files alone: PostgreSQL knows nothing of them."""
    writer.round()
    database = writer._database
    database.execute(
        "INSERT INTO lake.customers BY NAME SELECT i AS id, 'C' || i AS name, true AS member, now() AS created_at, "
        f"0 AS orders_count FROM range(1, {CUSTOMERS_OF_MANY} + 1) t(i)"
    )
    database.execute(
        "INSERT INTO lake.lines BY NAME SELECT i AS order_id, 1 AS line_number, "
        f"1 + hash(i) % {CUSTOMERS_OF_MANY} AS customer_id, TIMESTAMPTZ '2024-01-01' + to_seconds(i) AS placed_at, "
        "'sale' AS kind, 1 + hash(i * 7) % 5 AS product_id, 'CNY' AS currency, 1000 + 1000 * (hash(i * 3) % 5) "
        f"AS quantity_milli, 100 AS net_minor FROM range({LINES_OF_MANY}) t(i)"
    )
    Freshness.objects.filter(pk=1).update(fresh_at=clock.now())


def in_the_middle(cluster: spark.Cluster, done_before: int) -> bool:
    """Both executors work, and some work is done."""
    executors = [row for row in cluster.executors() if row["isActive"]]
    done = sum(row["completedTasks"] for row in executors) - done_before
    return done >= 4 and sum(row["activeTasks"] > 0 for row in executors) == 2


def matched(roots: list[dict[str, Any]], shop: Business) -> list[set[int]]:
    """Whom each rule chooses, in one question: the number of the rule beside the id."""
    rules = [rule_of(root, shop) for root in roots]
    each = [
        expression.matching(rule, moment(rule)).mutate(rule=ibis.literal(number, type="int64"))
        for number, rule in enumerate(rules)
    ]
    found: list[set[int]] = [set() for _ in roots]
    with get_engine().reading() as reading:
        for row in reading.table(ibis.union(*each)).to_pylist():
            assert row["id"] not in found[row["rule"]], "twice"
            found[row["rule"]].add(row["id"])
    return found


def plain(told: Any) -> Any:
    """What an analysis says, with its figures as far as two ways of summing floats agree."""
    return _rounded(asdict(told) | {"fresh_at": None, "as_of": None})


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def endless() -> Any:
    """A question nobody can wait for: five customers at a time, all of them."""
    table = CUSTOMERS.expression
    numbers = [table.select(**{f"n{place}": table.id}) for place in range(5)]
    joined = numbers[0]
    for more in numbers[1:]:
        joined = joined.cross_join(more)
    return joined.filter((joined.n0 * joined.n1 + joined.n2 * joined.n3 + joined.n4) % 7 == 3)


def in_spark(question: Any) -> list[dict[str, Any]]:
    with get_engine().reading() as reading:
        return list(reading.table(question).to_pylist())


def in_duckdb(question: Any) -> list[dict[str, Any]]:
    engine = DuckDBEngine()
    try:
        with engine.reading() as reading:
            return list(reading.table(question).to_pylist())
    finally:
        engine.close()


def rows_of(reading: Any, question: Any) -> list[str]:
    return sorted(map(repr, reading.table(question).to_pylist()))
