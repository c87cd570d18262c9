"""What is asked once per file, and what is proposed as the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any, Final

from huike.imports.formats import Head
from huike.platform.config import Config

SOURCE_KEY_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,59}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person confirmed. `mapping` gives for a field the name of its column, or None."""

    mapping: dict[str, str | None]
    source_key: str
    source_name: str
    channel: str
    currency: str
    timezone: str
    duplicate_lines: str = "keep"
    cancellation_prefix: str = "C"
    date_order: str = "auto"
    decimal: str = "."
    phone_region: str = "CN"
    # Words of the status columns and what each means, before those that are built in.
    status_words: dict[str, str] = field(default_factory=dict)
    # Whether a column of amounts paid tells each row's amount, or the whole order's.
    paid_for: str = "order"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def proposed_questions(
    *, filename: str, head: Head, mapping: Mapping[str, str | None], config: Config
) -> dict[str, Any]:
    """Answers to begin with, from the file's name, its first rows and the operator's settings."""
    stem = PurePath(filename).name.split(".")[0]
    return {
        "source": {
            "key": re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:60] or "file",
            "name": stem[:120] or "file",
            "channel": "web",
        },
        "currency": config.currency,
        "timezone": config.timezone,
        "duplicate_lines": "keep",
        "cancellation_prefix": "C",
        "date_order": "auto",
        "decimal": _decimal(head, [mapping.get(key) for key in ("unit_price", "line_amount", "quantity", "discount")]),
        "phone_region": config.phone_region_list[0],
        "status_words": {},
        "paid_for": "order",
    }


def _decimal(head: Head, number_columns: list[str | None]) -> str:
    """The comma, where a mapped number has one or two digits after its last comma and no value has a point behind
    one."""
    positions = [index for index, column in enumerate(head.columns) if column.name in number_columns]
    values = [row[index] for row in head.rows for index in positions if index < len(row)]
    commas = sum(1 for value in values if re.search(r",\d{1,2}$", value.strip()))
    points = sum(
        1 for value in values if re.search(r"\.\d+$", value.strip()) and not re.search(r"\.\d{3}$", value.strip())
    )
    return "," if commas > points else "."
