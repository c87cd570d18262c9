"""A Spark cluster, asked through Spark Connect: answers when the lake outgrows one machine.

The cluster reads the lake's Parquet files itself, at the state that the catalogue tells (`huike.lake.catalogue`); this
process sends the question and takes the answer in batches. Each table of the state is a view of the cluster's session,
kept as long as the table stays the same.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from typing import Any

import ibis
import ibis.config
import pyarrow as pa
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from pyroaring import BitMap64

from huike.lake.engines import spark_client  # noqa: F401 - before what it makes importable

# isort: split
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.functions import broadcast, col, substring_index
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.dataframe import DataFrame
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from huike.lake.catalogue import Catalogue, DataFile, TableState, open_catalogue
from huike.lake.engine import LONGEST_QUESTION_SECONDS
from huike.lake.engines.answers import counted, ids_of, tables_of, with_tables
from huike.lake.engines.compiling import Compiler
from huike.lake.errors import LakeEmpty, LakeUnavailable, QueryCancelled, QueryTooLarge, QueryTooSlow
from huike.lake.freshness import fresh_at as current_fresh_at
from huike.lake.registry import TableSpec
from huike.platform.config import get_config

_TYPES: Mapping[str, DataType] = {
    "BIGINT": LongType(),
    "INTEGER": IntegerType(),
    "SMALLINT": ShortType(),
    "BOOLEAN": BooleanType(),
    "VARCHAR": StringType(),
    "DATE": DateType(),
    "TIMESTAMPTZ": TimestampType(),
    "DOUBLE": DoubleType(),
    "VARCHAR[]": ArrayType(StringType()),
    "BIGINT[]": ArrayType(LongType()),
}
# What an answer depends on is said here, whatever the cluster's own settings are.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Columns are found by the number that the catalogue gives them, not by name.
    "spark.sql.parquet.fieldId.read.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    # "${spark.app.name}" in a rule is a text like any other, not the cluster's to fill in.
    "spark.sql.variable.substitute": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
}
# A server that is away for longer is away.
_RETRIES = DefaultPolicy(max_retries=4, initial_backoff=100, max_backoff=2_000)
_VIEWS_KEPT = 64
_TOO_LARGE = ("OutOfMemory", "UNABLE_TO_ACQUIRE_MEMORY", "maxResultSize", "RESOURCE_EXHAUSTED")
_FILE, _POSITION = "_huike_file", "_huike_position"

_compiler = Compiler(PySparkCompiler)


class SparkEngine:
    """One session of the cluster for this process, shared by its readings."""

    name = "spark"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cluster: _Cluster | None = None

    @contextmanager
    def reading(self, *, timeout_seconds: float = LONGEST_QUESTION_SECONDS) -> Iterator[SparkReading]:
        # Before the state is chosen: what is fresh now is in any later state.
        fresh_at = current_fresh_at()
        if fresh_at is None:
            raise LakeEmpty
        with open_catalogue() as catalogue:
            cluster = self._begin()
            reading = SparkReading(cluster, catalogue, fresh_at)
            alarm = threading.Timer(timeout_seconds, reading.time_out)
            alarm.daemon = True
            alarm.start()
            try:
                yield reading
            except PySparkException as error:
                meaning = reading.explain(error)
                if isinstance(meaning, LakeUnavailable):
                    self._forget(cluster)
                raise meaning from error
            finally:
                alarm.cancel()
                reading.close()

    def _begin(self) -> _Cluster:
        """The session. One that the server has forgotten is opened anew, once."""
        for attempt in (1, 2):
            cluster = None
            try:
                cluster = self._open()
                cluster.session.conf.get("spark.sql.session.timeZone")
                return cluster
            except PySparkException as error:
                self._forget(cluster)
                if attempt == 2:
                    raise LakeUnavailable(str(error)[:300]) from error
        raise AssertionError("unreachable")

    def _open(self) -> _Cluster:
        remote = get_config().spark_remote
        assert remote is not None  # noqa: S101 - the settings see to it
        with self._lock:
            if self._cluster is None or self._cluster.remote != remote:
                self._cluster = _Cluster(remote)
            return self._cluster

    def _forget(self, cluster: _Cluster | None) -> None:
        with self._lock:
            if self._cluster is cluster:
                self._cluster = None

    def close(self) -> None:
        with self._lock:
            cluster, self._cluster = self._cluster, None
        if cluster is not None:
            with contextlib.suppress(PySparkException):
                cluster.session.stop()


class _Cluster:
    """A session, and the views it has of tables."""

    def __init__(self, remote: str) -> None:
        self.remote = remote
        self.session: SparkSession = SparkSession.builder.remote(remote).create()
        self.session.client.set_retry_policies([_RETRIES])
        for name, value in _SETTINGS.items():
            self.session.conf.set(name, value)
        self._lock = threading.Lock()
        # Least recently used first.
        self._views: dict[TableState, str] = {}
        self._held: Counter[TableState] = Counter()

    def hold(self, state: TableState) -> str:
        """The name of a view of the table; it stays until as many `release`."""
        with self._lock:
            name = self._views.pop(state, None)
            if name is None:
                name = f"{state.name}_{uuid.uuid4().hex}"
                _frame(self.session, state).createOrReplaceTempView(name)
            self._views[state] = name
            self._held[state] += 1
            unused = [other for other in self._views if not self._held[other]]
            for other in unused[: max(0, len(self._views) - _VIEWS_KEPT)]:
                self.session.catalog.dropTempView(self._views.pop(other))
            return name

    def release(self, state: TableState) -> None:
        with self._lock:
            self._held[state] -= 1
            self._held += Counter()  # forgets the zeros


class SparkReading:
    """See huike.lake.engine.Reading."""

    def __init__(self, cluster: _Cluster, catalogue: Catalogue, fresh_at: datetime) -> None:
        self._cluster = cluster
        self._catalogue = catalogue
        self._fresh_at = fresh_at
        self._snapshot_id = catalogue.snapshot_id
        self._states: dict[str, TableState] = {}
        self._views: dict[str, str] = {}
        self._tag = f"huike-{uuid.uuid4().hex}"
        self._asking = False
        self._ended_by: type[QueryCancelled | QueryTooSlow] | None = None

    @property
    def fresh_at(self) -> datetime | None:
        return self._fresh_at

    @property
    def snapshot_id(self) -> int:
        return self._snapshot_id

    def progress(self) -> float | None:
        return None

    def count(self, expression: Any) -> int:
        return int(self.table(counted(expression)).column(0)[0].as_py() or 0)

    def ids(self, expression: Any) -> BitMap64:
        return ids_of(self._ask(expression))

    def table(self, expression: Any) -> pa.Table:
        schema = expression.as_table().schema().to_pyarrow()
        # By place: of two equal subqueries Spark 4.2 makes one, and calls both columns by the name of the second.
        parts = [part.rename_columns(schema.names).cast(schema) for part in self._ask(expression)]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def cancel(self) -> None:
        self._end(QueryCancelled)

    def time_out(self) -> None:
        self._end(QueryTooSlow)

    def _end(self, reason: type[QueryCancelled | QueryTooSlow]) -> None:
        if self._ended_by is None:
            self._ended_by = reason
        # A question that is just being sent cannot be interrupted yet.
        while self._asking:
            with contextlib.suppress(PySparkException):
                self._cluster.session.interruptTag(self._tag)
            time.sleep(0.1)

    def _ask(self, expression: Any) -> Iterator[pa.Table]:
        """The answer, as it comes in."""
        session = self._cluster.session
        sql = compile_sql(expression, {spec.name: self._view(spec) for spec in tables_of(expression)})
        session.addTag(self._tag)
        self._asking = True
        try:
            if self._ended_by is not None:
                raise self._ended_by
            question: Any = session.sql(sql)
            plan = question._plan.to_proto(session.client)
            for part in session.client.to_table_as_iterator(plan, {}):
                if isinstance(part, pa.Table):
                    yield part
                if self._ended_by is not None:
                    raise self._ended_by
        finally:
            self._asking = False
            session.removeTag(self._tag)

    def _view(self, spec: TableSpec) -> str:
        if spec.name not in self._states:
            state = self._catalogue.table(spec)
            self._views[spec.name] = self._cluster.hold(state)
            self._states[spec.name] = state
        return self._views[spec.name]

    def explain(self, error: PySparkException) -> Exception:
        """What a failure means to whoever asked."""
        if self._ended_by is not None:
            return self._ended_by()
        said = str(error)
        if any(word in said for word in _TOO_LARGE):
            return QueryTooLarge()
        # What cannot be understood was asked wrongly; but for a file that is gone, all else is the cluster's trouble.
        if isinstance(error, AnalysisException) and "PATH_NOT_FOUND" not in said:
            return error
        return LakeUnavailable(said[:300])

    def close(self) -> None:
        for state in self._states.values():
            self._cluster.release(state)


def compile_sql(expression: Any, views: Mapping[str, str]) -> str:
    """Spark's SQL of an expression, over these views of the tables in it."""
    sql = _compiler.sql(expression)
    meanings = {name: f"SELECT * FROM {view}" for name, view in views.items()}  # noqa: S608 - our own names
    return with_tables(sql, meanings) if meanings else sql


def _frame(session: SparkSession, state: TableState) -> DataFrame:
    """The rows of a table at a state."""
    names = [name for name, _ in state.columns]
    schema = StructType(
        [
            StructField(name, _TYPES[type], metadata={"parquet.field.id": number})
            for (name, type), number in zip(state.columns, state.field_ids, strict=True)
        ]
    )
    files = session.read.schema(schema)
    parts: list[DataFrame] = []
    whole = [_path(file.path) for file in state.files if file.is_whole]
    if whole:
        parts.append(files.parquet(*whole))
    holed = [file for file in state.files if not file.is_whole]
    if holed:
        rows = files.parquet(*(_path(file.path) for file in holed)).select(
            "*", col("_metadata.file_name").alias(_FILE), col("_metadata.row_index").alias(_POSITION)
        )
        parts.append(rows.join(broadcast(_gone(session, holed)), [_FILE, _POSITION], "left_anti").select(*names))
    if state.rows:
        parts.append(session.createDataFrame(state.inlined(), schema))
    return reduce(DataFrame.unionAll, parts) if parts else session.createDataFrame([], schema)


def _gone(session: SparkSession, files: list[DataFile]) -> DataFrame:
    """The positions of rows that are no more, with the names of their files, which are unique."""
    parts: list[DataFrame] = []
    deletes = [_path(file.deletes) for file in files if file.deletes is not None]
    if deletes:
        told = session.read.schema("file_path string, pos bigint").parquet(*deletes)
        parts.append(told.select(substring_index("file_path", "/", -1).alias(_FILE), col("pos").alias(_POSITION)))
    inlined = [(file.path.rpartition("/")[2], position) for file in files for position in file.deleted]
    if inlined:
        parts.append(session.createDataFrame(inlined, f"{_FILE} string, {_POSITION} bigint"))
    return reduce(DataFrame.unionAll, parts)


def _path(path: str) -> str:
    """As Hadoop calls it: object storage is read by its S3A."""
    return "s3a://" + path.removeprefix("s3://") if path.startswith("s3://") else path


class _Options(ibis.config.Config):  # type: ignore[misc]
    """What Ibis registers for Spark when it runs questions itself, for which it needs a whole Spark here. It only
    compiles them."""

    treat_nan_as_null: bool = False


ibis.options.pyspark = _Options()
