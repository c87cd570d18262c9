"""`huike lake`: care of the columnar copy."""

from __future__ import annotations

import typer

from huike.cli.environment import database, say
from huike.kernel.errors import HuikeError

lake = typer.Typer(help="The columnar copy of the data that segments and reports are asked of.", no_args_is_help=True)


class LakeDiffers(HuikeError):
    code = "lake.differs"
    status = 500
    title = "The lake is not equal to the database"


@lake.command()
def rebuild() -> None:
    """Copy everything anew. Questions are answered from the old copy until it is done."""
    with database(what="huike lake rebuild"):
        from huike.lake.sync import LakeWriter

        def report(table: str, done: int, total: int) -> None:
            if table:
                say(f"copying {table} ({done + 1} of {total})")

        with LakeWriter() as writer:
            result = writer.rebuild(report=report)
            writer.care()
        say(f"{result.rows:,} rows, complete up to {result.fresh_at:%Y-%m-%d %H:%M:%S} UTC")


@lake.command()
def check() -> None:
    """Compare every table with the database, by counts and checksums. Ends with exit code 1 when one differs."""
    with database(what="huike lake check"):
        from huike.lake.sync import LakeWriter

        with LakeWriter() as writer:
            differences = writer.check()
    for found in differences:
        print(
            f"{'equal' if found.equal else 'DIFFERS':8} {found.table:12} "
            f"{found.rows_in_postgres:>14,} in the database {found.rows_in_lake:>14,} in the lake"
        )
    if not all(found.equal for found in differences):
        raise LakeDiffers("the lake differs from the database; `huike lake rebuild` makes it anew")


def register(app: typer.Typer) -> None:
    app.add_typer(lake, name="lake")
