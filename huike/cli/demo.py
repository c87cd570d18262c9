"""`huike demo`: fill an empty database with a believable brand."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from huike.cli.environment import database, say
from huike.platform.config import get_config

SEED = 20260101


def demo(
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when there are customers already")] = False,
    only_ask: Annotated[
        bool, typer.Option("--only-ask", help="Write nothing; end with 1 where the database is not the demo brand's")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed and instant give the same brand")] = SEED,
    as_of: Annotated[
        str | None, typer.Option(help="The instant the brand lives up to (ISO 8601); now if left out")
    ] = None,
    customers: Annotated[int, typer.Option(min=100, max=1_000_000, envvar="HUIKE_DEMO_CUSTOMERS")] = 20_000,
    examples: Annotated[Path, typer.Option(help="Where small files to import are written")] = Path("examples"),
) -> None:
    """Write three years of 青禾茶点, a tea and pastry chain, and small files to import into EXAMPLES."""
    instant = datetime.now(UTC) if as_of is None else datetime.fromisoformat(as_of)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=get_config().zone)
    with database(what="huike demo"):
        from huike.customers.selectors import any_customer
        from huike.demo.examples import write_examples
        from huike.demo.seed import is_seeded
        from huike.demo.seed import seed as write_brand
        from huike.lake.sync import LakeWriter

        if only_ask:
            raise typer.Exit(0 if is_seeded() else 1)
        if if_empty and any_customer():
            return
        say("making the demo brand: three years of a tea chain")
        began_at = time.monotonic()
        made = write_brand(number=seed, as_of=instant, customers_count=customers, zone=get_config().zone)
        say(
            f"{made.customers:,} customers, {made.orders:,} orders, {made.lines:,} lines "
            f"in {time.monotonic() - began_at:.0f} s"
        )
        with LakeWriter() as writer:
            writer.round()
        for path in write_examples(examples, seed=seed, as_of=instant, zone=get_config().zone):
            say(f"to import: {path}")


def register(app: typer.Typer) -> None:
    app.command()(demo)
