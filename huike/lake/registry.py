"""Where capabilities declare what the lake holds of theirs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import ibis

from huike.lake.masks import Mask, masked

_IBIS_TYPES: Mapping[str, str] = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "SMALLINT": "int16",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamp('UTC')",
    "DOUBLE": "float64",
    "VARCHAR[]": "array<string>",
    "BIGINT[]": "array<int64>",
}


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table of the lake.

    - `columns`: names and DuckDB types, in the order of `select`.
    - `select`: a PostgreSQL SELECT of the rows that ends in a WHERE clause and calls the driving table `d`. It must
      give each column exactly its declared type.
    - `driving`: the PostgreSQL table whose changes make rows change; it has `id`, `change_xid` and the triggers that
      write tombstones.
    - `key`: the lake's column that holds `d.id`. Several rows may share one.
    - `order_by`: how a rebuild sorts the rows, so that questions about a stretch skip most files.
    - `customer`: the lake's column with the id of the customer a row is about; a table without such a column is not
      about customers.
    - `held_by`: the columns whose values part the rows into attributes of a customer, which the engine may hold in
      memory each by itself (`engines.held`); empty where all rows are of one attribute, None where they are of none.
    - `masks`: the columns with personal data, and what is shown of them to those who may not see it in clear.
    """

    name: str
    driving: str
    key: str
    columns: Mapping[str, str]
    select: str
    order_by: tuple[str, ...]
    customer: str = "customer_id"
    held_by: tuple[str, ...] | None = None
    masks: Mapping[str, Mask] = field(default_factory=dict)

    @property
    def is_about_customers(self) -> bool:
        return self.customer in self.columns

    def rows_sql(self, condition: str = "true") -> str:
        """The PostgreSQL SELECT of the rows whose driving row `d` meets `condition`, with the declared column names."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        return f"SELECT * FROM ({self.select} AND ({condition})) AS r ({names})"  # noqa: S608 - declared in code

    def rows_now_sql(self, customer_id: int) -> str:
        """The PostgreSQL SELECT of one customer's rows; of all rows where they are not about customers."""
        # Of the finished rows: the condition finds its way down to the index of the driving table.
        about_her = f' WHERE "{self.customer}" = {int(customer_id)}' if self.is_about_customers else ""
        return self.rows_sql() + about_her

    @cached_property
    def expression(self) -> Any:
        """The unbound Ibis table that rules and reports are written against."""
        return ibis.table({name: _IBIS_TYPES[type] for name, type in self.columns.items()}, name=self.name)


WATERMARK: Final = TableSpec(
    name="_watermark",
    driving="",
    key="",
    columns={"snapshot": "VARCHAR", "system_id": "VARCHAR", "timeline": "INTEGER", "fingerprint": "VARCHAR"},
    select="",
    order_by=(),
)
"""The lake's own table, which copies nothing: of which moment of PostgreSQL a state is."""

_tables: dict[str, TableSpec] = {}


def declare(spec: TableSpec) -> TableSpec:
    """Add a table. Raises ValueError when one of this name was declared, a type is not known, or a mask
    does not fit."""
    if spec.name in _tables:
        raise ValueError(f"two lake tables are called {spec.name}")
    unknown = set(spec.columns.values()) - set(_IBIS_TYPES)
    if unknown:
        raise ValueError(f"lake table {spec.name}: unknown types {sorted(unknown)}")
    for name, mask in spec.masks.items():
        masked(name, spec.columns[name], mask)
    _tables[spec.name] = spec
    return spec


def tables() -> tuple[TableSpec, ...]:
    """Every declared table, by name."""
    return tuple(spec for _, spec in sorted(_tables.items()))


def fingerprint(specs: tuple[TableSpec, ...], files: Mapping[str, str]) -> str:
    """Changes whenever a declaration changes, or how files are written: then the lake is rebuilt."""
    told = [[s.name, s.driving, s.key, list(s.columns.items()), " ".join(s.select.split()), s.order_by] for s in specs]
    return hashlib.sha256(json.dumps([told, sorted(files.items())]).encode()).hexdigest()
