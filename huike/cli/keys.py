"""`huike keys`: care of the keys that seal numbers of identity documents."""

from __future__ import annotations

import typer

from huike.cli.environment import database, say

keys = typer.Typer(help="The keys that seal numbers of identity documents.", no_args_is_help=True)


@keys.callback()
def _group() -> None:
    """Keeps `rotate` a command of its own while it is the only one."""


@keys.command()
def rotate() -> None:
    """Seal every number under a new key, then drop the old one. The product may keep running; killed, run it again."""
    with database(what="huike keys rotate"):
        from huike.customers.id_numbers import services
        from huike.platform.audit import SYSTEM

        done = services.rotate(actor=SYSTEM, report=lambda sealed, total: say(f"sealed {sealed:,} of {total:,}"))
    say(f"{done:,} numbers are sealed under a new key; the old one is gone")


def register(app: typer.Typer) -> None:
    app.add_typer(keys, name="keys")
