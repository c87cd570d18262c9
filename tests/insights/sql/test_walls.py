"""Whatever an analyst writes, she reads the tables that are told to her, as they are told to her, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from huike.insights.sql import answerer, checking
from huike.insights.sql.errors import SqlInvalid, SqlRefused
from huike.insights.sql.functions import ALLOWED, REFUSED, REFUSED_FAMILIES, ROW_MAKERS, is_sorted
from huike.insights.sql.views import VIEWS
from huike.platform.config import get_config
from huike.platform.models import AuditEntry
from tests.insights.sql.conftest import SECRETS, Shop, rows

pytestmark = pytest.mark.slow

# What is tried, and how it is refused. `{file}` is one of the lake's own files.
ATTACKS: list[tuple[str, str]] = [
    # no question
    ("INSERT INTO customers SELECT * FROM customers", "sql.not_a_question"),
    ("UPDATE customers SET name = 'x'", "sql.not_a_question"),
    ("DELETE FROM customers", "sql.not_a_question"),
    ("DROP VIEW customers", "sql.not_a_question"),
    ("CREATE TABLE t AS SELECT 1", "sql.not_a_question"),
    ("CREATE OR REPLACE VIEW customers AS SELECT 1", "sql.not_a_question"),
    ("CREATE MACRO f() AS TABLE SELECT 1", "sql.not_a_question"),
    ("ATTACH 'x.db' AS x", "sql.not_a_question"),
    ("DETACH lake", "sql.not_a_question"),
    ("COPY customers TO '/tmp/x.csv'", "sql.not_a_question"),
    ("COPY (SELECT 1) TO '/tmp/x.csv'", "sql.not_a_question"),
    ("EXPORT DATABASE '/tmp/x'", "sql.not_a_question"),
    ("INSTALL httpfs", "sql.not_a_question"),
    ("LOAD httpfs", "sql.not_a_question"),
    ("CALL pragma_version()", "sql.not_a_question"),
    ("PRAGMA database_list", "sql.not_a_question"),
    ("SET lock_configuration = false", "sql.not_a_question"),
    ("RESET memory_limit", "sql.not_a_question"),
    ("USE held", "sql.not_a_question"),
    ("EXPLAIN SELECT * FROM customers", "sql.not_a_question"),
    ("DESCRIBE customers", "sql.not_a_question"),
    ("SHOW ALL TABLES", "sql.not_a_question"),
    ("CHECKPOINT", "sql.not_a_question"),
    ("BEGIN TRANSACTION", "sql.not_a_question"),
    ("SELECT 1; SELECT 2", "sql.not_one_question"),
    ("SELECT 1; DROP VIEW customers", "sql.not_one_question"),
    # files
    ("SELECT * FROM '{file}'", "sql.table"),
    ('SELECT * FROM "{file}"', "sql.table"),
    ("SELECT * FROM '/etc/passwd'", "sql.table"),
    ("SELECT * FROM read_parquet('{file}')", "sql.table_function"),
    ("SELECT * FROM parquet_scan(['{file}'])", "sql.table_function"),
    ("SELECT * FROM read_csv('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM read_csv_auto('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM read_text('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM read_blob('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM read_json('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM glob('/**')", "sql.table_function"),
    ("SELECT * FROM parquet_metadata('{file}')", "sql.table_function"),
    ("SELECT * FROM sniff_csv('/etc/passwd')", "sql.table_function"),
    ("SELECT * FROM main.read_parquet('{file}')", "sql.table_function"),
    ("SELECT (SELECT count(*) FROM read_text('/etc/passwd'))", "sql.table_function"),
    ('WITH "{file}" AS (SELECT 1) SELECT * FROM "{file}"', "sql.name"),
    # the catalogue, settings, secrets
    ("SELECT * FROM duckdb_settings()", "sql.table_function"),
    ("SELECT * FROM duckdb_secrets()", "sql.table_function"),
    ("SELECT * FROM duckdb_views()", "sql.table_function"),
    ("SELECT * FROM duckdb_tables", "sql.table"),
    ("SELECT * FROM sqlite_master", "sql.table"),
    ("SELECT * FROM information_schema.tables", "sql.qualified"),
    ("SELECT * FROM pg_catalog.pg_class", "sql.qualified"),
    ("SELECT * FROM pg_class", "sql.table"),
    ("SELECT * FROM pragma_table_info('customers')", "sql.table_function"),
    ("SELECT * FROM query('SELECT 42')", "sql.table_function"),
    ("SELECT * FROM query_table('customers')", "sql.table_function"),
    ("SELECT current_setting('temp_directory')", "sql.function"),
    ("SELECT getvariable('x')", "sql.function"),
    ("SELECT getenv('HOME')", "sql.function"),
    ("SELECT current_database()", "sql.function"),
    ("SELECT current_schemas(true)", "sql.function"),
    ("SELECT version()", "sql.function"),
    ("SELECT nextval('s')", "sql.function"),
    ("SELECT json_execute_serialized_sql('x')", "sql.function"),
    ("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", "sql.table_function"),
    # the lake behind, and what stands beside the tables
    ("SELECT * FROM __ducklake_metadata_lake.ducklake_snapshot", "sql.qualified"),
    ("SELECT * FROM lake.customers", "sql.qualified"),
    ("SELECT * FROM pg.public.customers_customer", "sql.qualified"),
    ("SELECT * FROM postgres_query('pg', 'SELECT 1')", "sql.table_function"),
    ("SELECT * FROM postgres_scan('', 'public', 'customers_customer')", "sql.table_function"),
    ("SELECT * FROM ducklake_snapshots('lake')", "sql.table_function"),
    ("SELECT * FROM held.customers_rows", "sql.qualified"),
    ("SELECT * FROM memory.held.customers_rows", "sql.qualified"),
    ("SELECT * FROM customers_rows", "sql.table"),
    ("SELECT * FROM memory.main.customers", "sql.qualified"),
    ("SELECT * FROM customers AT (VERSION => 1)", "sql.version"),
    ("SELECT * FROM customers_customer", "sql.table"),
    ("SELECT * FROM customers_id_number", "sql.table"),
    ("SELECT * FROM id_numbers", "sql.table"),
    ("SELECT * FROM temp.x", "sql.qualified"),
]


def refusal(answer: Any) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["errors"][0]["code"] if body["errors"] else body["code"]


def test_every_attack_is_refused_by_name_and_written_down(shop: Shop) -> None:
    assert len(ATTACKS) >= 40
    file = str(next(Path(get_config().lake_location).rglob("*.parquet")))
    got = {}
    for sql, _ in ATTACKS:
        answer = shop.analyst.post("/sql/ask", {"sql": sql.replace("{file}", file)})
        got[sql] = refusal(answer)
        assert not any(secret in answer.content.decode() for secret in SECRETS), sql
        entry = AuditEntry.objects.filter(action="ask_sql").latest("pk")
        # Where another parser understands less, it is refused as well, as not understood.
        assert (entry.details["sql"], entry.details["rows"]) == (sql.replace("{file}", file), None)
    assert {sql: code for sql, (status, code) in got.items() if status != 422} == {}
    wrong = {sql: (code, got[sql][1]) for sql, code in ATTACKS if got[sql][1] not in {code, "sql.unreadable"}}
    assert wrong == {}
    # What is a SELECT is refused by its name, not because it was not understood.
    assert [
        sql for sql, code in ATTACKS if sql.startswith(("SELECT", "WITH")) and got[sql][1] == "sql.unreadable"
    ] == []
    # Nothing of it is left: the tables answer as before.
    assert rows(shop.analyst, "SELECT count(*) FROM customers") == [[5]]


def order(**more: Any) -> answerer.Order:
    names = {"tables": list(VIEWS), "functions": sorted(ALLOWED), "table_functions": sorted(ROW_MAKERS)}
    return cast(answerer.Order, {**names, **more})


@pytest.mark.parametrize(("sql", "code"), [a for a in ATTACKS if a[0].startswith(("SELECT", "WITH"))])
def test_the_second_wall_holds_alone(sql: str, code: str) -> None:
    """DuckDB's own parser, without the first one before it."""
    database = duckdb.connect()
    with pytest.raises(answerer.Refused) as refused:
        answerer.check(answerer.parsed(database, sql), order())
    expected = {code.removeprefix("sql.")}
    # What is told first may differ; what counts is that it is refused.
    alike = {"qualified", "table_function"} if "main." in sql else {"not_a_question"} if ";" in sql else set()
    assert refused.value.told["code"] in expected | alike


@pytest.mark.parametrize(("sql", "code"), [a for a in ATTACKS if a[1] not in {"sql.function", "sql.name"}])
def test_the_first_wall_holds_alone(sql: str, code: str) -> None:
    """sqlglot, without DuckDB behind it; functions of single values are left to the second."""
    with pytest.raises((SqlRefused, SqlInvalid)) as refused:
        checking.check(sql, tables=VIEWS)
    assert refused.value.errors[0].code in {code, "sql.unreadable"}


def failure_of(database: duckdb.DuckDBPyConnection, sql: str) -> type[duckdb.Error] | None:
    try:
        database.execute(sql).fetchall()
    except duckdb.Error as error:
        return type(error)
    return None


def test_the_third_wall_holds_alone(shop: Shop, tmp_path: Path) -> None:
    """Without any parser: a database opened as the answering process opens it reads the lake's folder and no other,
    writes nowhere, and cannot be opened again."""
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    folder = Path(get_config().lake_location).resolve()
    told = order(
        setup=[], folder=str(folder), temp_folder=str(tmp_path / "temp"), zone="UTC", threads=1, memory_limit="100MB",
        spill_limit="10MB",
    )  # fmt: skip
    with answerer._closed_database(told) as database:
        for sql in (
            f"SELECT * FROM read_csv('{outside}')",
            f"SELECT * FROM '{outside}'",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('/etc/*')",
            f"SELECT * FROM read_text('{folder}/../outside.csv')",
            f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'x.db'}' AS x",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET allowed_directories = ['/']",
            "SET lock_configuration = false",
            "SET memory_limit = '100GB'",
            "SELECT * FROM read_text('https://example.com/')",
        ):
            assert failure_of(database, sql) not in {None, duckdb.ParserException}, sql
        databases = database.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall()
        assert databases == [("memory",)]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "temp") == ["outside.csv"]


# Ways around a mask: each is answered, and tells nothing.
AROUND = [
    "SELECT * FROM customers",
    "SELECT c.* FROM customers c",
    "SELECT c FROM customers c",
    "SELECT (c).name FROM customers c",
    "SELECT COLUMNS('name|birth.*|l.*tude') FROM customers",
    "SELECT COLUMNS(x -> x LIKE '%') FROM customers",
    "SELECT * REPLACE (upper(name) AS name) FROM customers",
    "SELECT * EXCLUDE (city) FROM customers",
    'SELECT "name", "NAME", Name FROM "Customers"',
    "SELECT customers.name FROM customers",
    "SELECT name AS x FROM (SELECT * FROM customers) s",
    "WITH customers AS (SELECT * FROM customers) SELECT * FROM customers",
    "WITH RECURSIVE w AS (SELECT name, 1 AS n FROM customers UNION ALL SELECT name, n + 1 FROM w WHERE n < 2) FROM w",
    "FROM customers",
    "FROM customers SELECT name, birth_on",
    "SELECT string_agg(name, ',') FROM customers",
    "SELECT list(name) FROM customers",
    "SELECT histogram(name) FROM customers",
    "SELECT to_json(c) FROM customers c",
    "SELECT struct_pack(n := name, b := birth_on) FROM customers",
    "SELECT min(name), max(name), arg_max(name, customer_id) FROM customers",
    "SELECT name FROM customers WHERE name LIKE '张%'",
    "SELECT a.name FROM customers a JOIN customers b ON a.name = b.name",
    "SELECT name, count(*) FROM customers GROUP BY ALL",
    "SELECT name, row_number() OVER (ORDER BY name) FROM customers",
    "SELECT (SELECT max(name) FROM customers) FROM orders",
    "SELECT x.name FROM orders o, LATERAL (SELECT * FROM customers c WHERE c.customer_id = o.customer_id) x",
    "SELECT * FROM customers NATURAL JOIN check_ins",
    "SELECT * FROM (UNPIVOT (SELECT customer_id, name, city FROM customers) ON name, city)",
    "SELECT * FROM customers UNION ALL BY NAME SELECT * FROM customers",
    "SELECT * FROM customers USING SAMPLE 5",
    "SELECT * FROM check_ins",
    "SELECT * FROM own_values",
    "SELECT latitude + 0, longitude * 1, hash(name), md5(name) FROM customers",
    "SELECT try_cast(name AS INTEGER), name::VARCHAR, cast(birth_on AS VARCHAR) FROM customers",
    "SELECT year(birth_on), dayofyear(birth_on) FROM customers",
]


def test_no_way_leads_around_a_mask(shop: Shop) -> None:
    not_answered = set()
    for sql in AROUND:
        answer = shop.analyst.post("/sql/ask", {"sql": sql})
        said = answer.content.decode()
        assert not any(secret in said for secret in SECRETS), sql
        if answer.status_code != 200:
            not_answered.add((sql, answer.json()["code"], str(answer.json()["errors"])))
    assert not_answered == set()


def test_conditions_and_joins_see_what_is_shown(shop: Shop) -> None:
    """What could be asked for digit by digit is not there to be asked for."""
    assert rows(shop.analyst, "SELECT count(*) FROM customers WHERE name LIKE '%萌%'") == [[0]]
    assert rows(shop.analyst, "SELECT count(*) FROM customers WHERE birth_on = DATE '1990-08-15'") == [[0]]
    assert rows(shop.analyst, "SELECT count(*) FROM customers WHERE latitude BETWEEN 31.23 AND 31.24") == [[0]]
    assert rows(shop.analyst, "SELECT count(*) FROM own_values WHERE text LIKE '%自述%'") == [[0]]
    assert rows(shop.owner, "SELECT count(*) FROM customers WHERE name LIKE '%萌%'") == [[1]]


def test_what_is_masked_is_shown_in_clear_to_whoever_may_unmask(shop: Shop) -> None:
    sql = "SELECT name, birth_on, birthday, latitude, longitude, city FROM customers WHERE birth_on IS NOT NULL"
    assert rows(shop.analyst, sql) == [["张**", "1990-01-01", None, 31.2, 121.5, "上海"]]
    assert rows(shop.owner, sql) == [["张晓萌秘", "1990-08-15", 815, 31.2304, 121.4737, "上海"]]
    values = "SELECT f.key, v.text, v.number FROM own_values v JOIN own_fields f USING (field_id) ORDER BY f.key"
    hers = [["about", "***", None], ["budget", None, "123.450"], ["height", None, "1.625"], ["level", "gold", None]]
    assert rows(shop.analyst, values) == hers
    assert rows(shop.owner, values)[0] == ["about", "会员自述秘", None]
    place = "SELECT place FROM check_ins"
    assert rows(shop.analyst, place) == [["***"]]
    assert rows(shop.owner, place) == [["secret.stall@example.com 13899990000"]]


def test_nobody_reads_what_is_not_in_the_lake(shop: Shop) -> None:
    """Telephone, mail address and the sealed number of a document are in no column of any table."""
    for name in VIEWS:
        said = json.dumps(rows(shop.owner, f"SELECT * FROM {name}"), ensure_ascii=False)
        for never in ("13812345678", "zhang.secret@", "110101199003077758"):
            assert never not in said, name


def test_every_function_of_this_duckdb_is_either_allowed_or_refused() -> None:
    """A new DuckDB brings new functions: each is looked at before anybody can call it."""
    with duckdb.connect() as database:
        there = {
            name for (name,) in database.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
        }
        makers = {
            name
            for (name,) in database.execute(
                "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro')"
            ).fetchall()
        }
    assert sorted(name for name in there if not is_sorted(name)) == []
    assert sorted((ALLOWED | ROW_MAKERS) & REFUSED) == []
    assert [name for name in ALLOWED | ROW_MAKERS if name.startswith(REFUSED_FAMILIES)] == []
    assert sorted(ALLOWED - there) == []
    assert sorted(ROW_MAKERS - makers) == []
