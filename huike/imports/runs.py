"""The run: a checked file into the product's tables, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import duckdb
import pyarrow as pa
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from huike.catalog import bulk as catalog
from huike.customers import bulk as customers
from huike.customers.fields import bulk as fields
from huike.customers.rules import household_hmac, name_keys
from huike.imports import checks, workbench
from huike.imports.answers import Answers
from huike.imports.errors import FileGone, NothingToImport, OrdersChanged, RowsRefused
from huike.imports.events import ImportFinished
from huike.imports.models import Import
from huike.imports.work import carry_out
from huike.orders import bulk as orders
from huike.orders import bulk_lines
from huike.platform import audit, clock, locks
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.outbox import announce

_CHUNK_BYTES: Final = 1 << 20
# Locks are taken in the tills' order; where rows of one file are one person, that order cannot always be kept.
_TRIES: Final = 3
_NAMES_AT_A_TIME: Final = 20_000
CONSENT_PURPOSE: Final = "marketing"


def perform(*, job_id: int, import_id: int) -> None:
    """Write a checked file; the import is `done` afterwards, or `failed` or `cancelled` with its job."""
    carry_out(job_id=job_id, import_id=import_id, state=Import.State.RUNNING, work=_run)


def _run(record: Import, progress: Progress) -> None:
    if record.state == Import.State.RUNNING:
        _make_checked(record, progress)
        for attempt in range(1, _TRIES + 1):
            try:
                _write(record, progress)
                break
            except OperationalError as error:
                if attempt == _TRIES or not locks.is_deadlock(error):
                    raise
    if record.state == Import.State.DONE:
        # A worker killed after the commit comes here with nothing left to do but this.
        progress.report(done=0, phase="finishing", force=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT huike_analyze_imported()")
        workbench.forget_file(record.pk)
        progress.result |= record.result


def _make_checked(record: Import, progress: Progress) -> None:
    if not workbench.checked_file(record.pk).exists():
        if not workbench.source_file(record.pk).exists():
            raise FileGone
        record.check_report = checks.check(record, progress, now=clock.now())
        Import.objects.filter(pk=record.pk).update(check_report=record.check_report)
    report = record.check_report
    if report["refused_rows"] and record.refused == "refuse_all":
        raise RowsRefused(refused_rows=report["refused_rows"])
    if not report["ok_rows"]:
        raise NothingToImport


def _write(record: Import, progress: Progress) -> None:
    answers = Answers(**record.answers)
    progress.report(done=0, total=record.check_report["ok_rows"], phase="waiting", force=True)
    with workbench.checked(record.pk) as duck, transaction.atomic(), connection.cursor() as cursor:
        locks.hold("imports")
        progress.report(done=0, phase="writing", force=True)
        # Sorts and hashes of a whole file, in a transaction of which there is one at a time.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        source_id = customers.ensure_source(
            key=answers.source_key,
            name=answers.source_name,
            channel=answers.channel,
            timezone=answers.timezone,
            currency=answers.currency,
            actor=audit.SYSTEM,
        )
        result = _WRITE[record.kind](Writing(record, duck, cursor, answers, source_id, progress))
        result |= {"totals": record.check_report["totals"], "refused": record.check_report["refused_rows"]}
        _finish(record, result, source_id)


class Writing:
    """What the writing of one file goes by."""

    def __init__(
        self,
        record: Import,
        duck: duckdb.DuckDBPyConnection,
        cursor: CursorWrapper,
        answers: Answers,
        source_id: int,
        progress: Progress,
    ) -> None:
        self.record = record
        self.duck = duck
        self.cursor = cursor
        self.answers = answers
        self.source_id = source_id
        self.progress = progress

    def told(self, phase: str) -> Callable[[int, int], None]:
        """What is told how many of how many are written, and tells the job's progress, which counts rows."""
        rows = self.record.check_report["ok_rows"]
        return lambda done, of: self.progress.report(done=rows * done // max(of, 1), phase=phase)

    def copy(self, statement: str, query: str) -> None:
        """Rows of a DuckDB query into PostgreSQL. They pass through a file on disk, so that any number of them may."""
        path = workbench.folder(self.record.pk) / "copy.csv"
        # An empty text is written `""`, which PostgreSQL's COPY tells from the absent one.
        self.duck.execute(f"COPY ({query}) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT csv, HEADER false)")
        try:
            with path.open("rb") as stream, self.cursor.copy(statement) as target:
                while chunk := stream.read(_CHUNK_BYTES):
                    target.write(chunk)
        finally:
            path.unlink()


def _write_orders(writing: Writing) -> dict[str, Any]:
    cursor, duck, answers = writing.cursor, writing.duck, writing.answers
    columns = {key for key, column in answers.mapping.items() if column is not None}
    tell = writing.told("writing")
    (total_orders,) = duck.execute("SELECT count(*) FROM orders").fetchall()[0]
    products_created = _write_products(writing)
    codes = duck.execute(
        "SELECT DISTINCT store_code FROM orders WHERE store_code IS NOT NULL AND NOT is_closed"
    ).fetchall()
    catalog.ensure_stores(cursor, [code for (code,) in codes])
    _name_keys(duck, "buyers.name", "keys")
    customers.stage_customers(cursor)
    writing.copy(customers.copy_customers(customers.BUYER_COLUMNS), _BUYERS)
    people = customers.write_customers(
        cursor,
        source_id=writing.source_id,
        source_channel=answers.channel,
        overwrite=False,
        report=writing.told("people"),
    )
    orders.stage_orders(cursor)
    writing.copy(orders.COPY_ORDERS, _orders_query(answers))
    writing.copy(orders.COPY_LINES, _LINES)
    counts = orders.write_orders(
        cursor,
        source_id=writing.source_id,
        only_forward="status" in columns,
        report=lambda done: tell(done, total_orders),
    )
    return {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "closed": counts.closed,
        "customers_created": people.created,
        "customers_updated": people.updated,
        "products_created": products_created,
        "identities_elsewhere": people.identities_elsewhere,
    }


def _write_lines(writing: Writing) -> dict[str, Any]:
    """Goods of orders that are known already; whatever the check said of them must still be so."""
    cursor = writing.cursor
    products_created = _write_products(writing)
    bulk_lines.stage_lines(cursor)
    writing.copy(
        bulk_lines.COPY_TOTALS, "SELECT ord, external_id, gross_minor, discount_minor FROM orders ORDER BY ord"
    )
    writing.copy(bulk_lines.COPY_LINES, _LINES)
    counts = bulk_lines.write_lines(cursor, source_id=writing.source_id, currency=writing.answers.currency)
    if counts.unfit:
        raise OrdersChanged(orders=counts.unfit)
    return _NOBODY | {
        "created": 0,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "products_created": products_created,
    }


def _write_products(writing: Writing) -> int:
    """The goods of the file, found or made; how many were made."""
    catalog.stage_products(writing.cursor)
    writing.copy(catalog.COPY_PRODUCTS, "SELECT ord, sku, left(name, 300) FROM products ORDER BY ord")
    return catalog.match_products(writing.cursor)


_NOBODY: Final = {"customers_created": 0, "customers_updated": 0, "identities_elsewhere": 0}


def _write_customers(writing: Writing) -> dict[str, Any]:
    _name_keys(writing.duck, "people.name", "keys")
    _name_keys(writing.duck, "people.company", "company_keys")
    _household_keys(writing.duck)
    customers.stage_customers(writing.cursor)
    writing.copy(customers.copy_customers(), _PEOPLE)
    people = customers.write_customers(
        writing.cursor,
        source_id=writing.source_id,
        source_channel=writing.answers.channel,
        overwrite=True,
        report=writing.told("people"),
    )
    fields.stage_values(writing.cursor)
    writing.copy(fields.COPY_VALUES, "SELECT ord, field_id, type, slot, text, number, day FROM own_values ORDER BY ord")
    references_unknown = fields.resolve_references(writing.cursor, source_id=writing.source_id)
    values_elsewhere = fields.write_values(writing.cursor)
    writing.progress.report(done=0, phase="consent", force=True)
    customers.write_consent(writing.cursor, purpose=CONSENT_PURPOSE, how="import", now=writing.record.created_at)
    return {
        "created": people.created,
        "updated": people.updated,
        "unchanged": people.unchanged,
        "customers_created": people.created,
        "customers_updated": people.updated,
        "products_created": 0,
        "identities_elsewhere": people.identities_elsewhere,
        "values_elsewhere": values_elsewhere,
        "referrers_unknown": people.referrers_unknown,
        "references_unknown": references_unknown,
        "households_full": people.households_full,
    }


_WRITE: Final[dict[str, Callable[[Writing], dict[str, Any]]]] = {
    Import.Kind.ORDERS: _write_orders,
    Import.Kind.LINES: _write_lines,
    Import.Kind.CUSTOMERS: _write_customers,
}


def _name_keys(duck: duckdb.DuckDBPyConnection, column: str, table: str) -> None:
    """Make `table(name, pinyin, initials)`: what the names of the file in `column` are searched by."""
    source, _, name = column.partition(".")
    duck.execute(f"CREATE TEMP TABLE {table} (name VARCHAR, pinyin VARCHAR, initials VARCHAR)")
    names = duck.cursor().execute(f"SELECT DISTINCT {name} FROM {source} WHERE {name} IS NOT NULL")
    while batch := [row[0] for row in names.fetchmany(_NAMES_AT_A_TIME)]:
        found = [name_keys(name) for name in batch]
        known = pa.table(
            {"name": batch, "pinyin": [key.pinyin for key in found], "initials": [key.initials for key in found]}
        )
        duck.register("known", known)
        duck.execute(f"INSERT INTO {table} SELECT * FROM known")
        duck.unregister("known")


def _household_keys(duck: duckdb.DuckDBPyConnection) -> None:
    """Make `household_keys(name, hmac)`: what the households of the file are known by when it comes again."""
    duck.execute("CREATE TEMP TABLE household_keys (name VARCHAR, hmac VARCHAR)")
    names = duck.cursor().execute("SELECT DISTINCT household FROM people WHERE household IS NOT NULL")
    secret = get_config().key()
    while batch := [row[0] for row in names.fetchmany(_NAMES_AT_A_TIME)]:
        duck.register("known", pa.table({"name": batch, "hmac": [household_hmac(name, key=secret) for name in batch]}))
        duck.execute("INSERT INTO household_keys SELECT * FROM known")
        duck.unregister("known")


_BUYERS: Final = """
SELECT b.ord, b.external_id, b.card_number, b.phone, b.email, b.name, k.pinyin, k.initials, b.country, b.province,
       b.city
  FROM buyers b LEFT JOIN keys k ON k.name = b.name ORDER BY b.ord
"""

# What stands in `people` under another name, or must be written as PostgreSQL reads it.
_TOLD: Final = {
    "name_pinyin": "k.pinyin",
    "name_initials": "k.initials",
    "home_store_id": "p.home_store",
    "owner_id": "p.owner",
    "tags": "to_json(p.tags)",
    "declared_interests": "to_json(p.interests)",
    "company_pinyin": "company_keys.pinyin",
    "household_hmac": "household_keys.hmac",
    "member_since_at": "make_timestamp(p.member_since)",
    "email_state": "p.email_consent",
    "email_given_at": "make_timestamp(p.email_consent_at)",
    "sms_state": "p.sms_consent",
    "sms_given_at": "make_timestamp(p.sms_consent_at)",
}
_PEOPLE: Final = f"""
SELECT {", ".join(_TOLD.get(column, f"p.{column}") for column in customers.COLUMNS)}
  FROM people p LEFT JOIN keys k ON k.name = p.name LEFT JOIN company_keys ON company_keys.name = p.company
  LEFT JOIN household_keys ON household_keys.name = p.household
 ORDER BY p.ord
"""

_LINES: Final = """
SELECT l.order_ord, l.line_number, l.product_ord, (s.sign * l.quantity_milli)::DECIMAL(18,0) / 1000,
l.unit_price_micros,
       s.sign * l.gross_minor, s.sign * l.discount_minor
  FROM lines l JOIN (SELECT ord, CASE WHEN is_return THEN -1 ELSE 1 END AS sign FROM orders) s ON s.ord = l.order_ord
 ORDER BY l.order_ord, l.line_number
"""


def _orders_query(answers: Answers) -> str:
    """The staged orders with their fingerprints: docs/algorithms/orders.md, section 6, in SQL."""
    unit, group = "chr(31)", "chr(30)"
    buyer = f"""concat_ws({unit}, 'card:' || o.buyer_card, 'email:' || o.buyer_email, 'external:' || o.buyer_external,
                          'phone:' || o.buyer_phone)"""
    head = f"""concat(CASE WHEN o.is_return THEN 'return' ELSE 'sale' END, {unit}, o.placed_us, {unit}, o.channel,
    {unit},
                      o.store_code, {unit}, o.clerk, {unit}, '{answers.currency}', {unit}, o.return_of)"""
    return f"""
    WITH told AS (
        SELECT l.order_ord, string_agg(concat(p.sku, {unit}, l.quantity_milli, {unit}, l.unit_price_micros, {unit},
                                              l.discount_minor), {group} ORDER BY l.line_number) AS lines
          FROM lines l JOIN products p ON p.ord = l.product_ord GROUP BY l.order_ord)
    SELECT o.ord, o.external_id, CASE WHEN o.is_return THEN 'return' ELSE 'sale' END, b.ord,
    make_timestamp(o.placed_us),
           o.channel, o.store_code, o.clerk, '{answers.currency}',
           CASE WHEN o.is_return THEN -1 ELSE 1 END * o.gross_minor,
           CASE WHEN o.is_return THEN -1 ELSE 1 END * o.discount_minor,
           sha256(concat({head}, {group}, {buyer}, {group}, {group}, {group}, o.lines, {group}, told.lines,
                         CASE WHEN o.is_closed THEN {group} || 'cancelled' END)),
           o.return_of, CASE WHEN o.is_closed THEN 'cancelled' ELSE 'placed' END
      FROM orders o LEFT JOIN told ON told.order_ord = o.ord
      LEFT JOIN buyers b ON b.external_id IS NOT DISTINCT FROM o.buyer_external
                        AND b.card_number IS NOT DISTINCT FROM o.buyer_card
                        AND b.phone IS NOT DISTINCT FROM o.buyer_phone AND b.email IS NOT DISTINCT FROM o.buyer_email
     ORDER BY o.ord
    """


def _finish(record: Import, result: dict[str, Any], source_id: int) -> None:
    now = clock.now()
    record.state, record.result, record.finished_at = Import.State.DONE, result, now
    record.save(update_fields=["state", "result", "finished_at"])
    audit.record(
        audit.SYSTEM,
        "finish_import",
        subject_kind="import",
        subject_id=record.pk,
        details={key: result[key] for key in ("created", "updated", "unchanged", "refused")},
    )
    announce(
        ImportFinished(
            import_id=record.pk,
            kind=record.kind,
            source_id=source_id,
            created=result["created"],
            updated=result["updated"],
            occurred_at=now,
        )
    )
