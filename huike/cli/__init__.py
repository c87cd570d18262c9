"""The commands of `huike`: the door of whoever runs the machine.

Owns: starting and stopping the product (`up`), its parts (`serve`, `work`), and the care of an installation
(`migrate`, `check`, `createuser`, `backup`, `restore`). Capabilities' own commands (`demo`, `import`, `lake`) are
thin modules here. Promises: one command starts everything and one signal stops it; a wrong setting is named before
anything starts; a message says what to do next; nothing is asked of a terminal that is not there. Refuses: decisions
about customers, orders or money: those are the capabilities' services.
"""

from __future__ import annotations

import sys

import psycopg
import typer
from pydantic import ValidationError

from huike.cli import (
    backup,
    check,
    demo,
    imports,
    keys,
    lake,
    ledger,
    mcp,
    migrate,
    openapi,
    payments,
    restore,
    serve,
    up,
    users,
    work,
)
from huike.kernel.errors import HuikeError

app = typer.Typer(
    name="huike",
    help="Huike 回客: turns people who bought once into customers who come back, and proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    up,
    serve,
    work,
    migrate,
    check,
    users,
    backup,
    restore,
    openapi,
    keys,
    lake,
    ledger,
    payments,
    imports,
    demo,
    mcp,
):
    module.register(app)


def main() -> None:
    """Run the command line. Expected failures end with one plain line and exit code 1, not with a traceback."""
    try:
        app()
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            print(f"huike: HUIKE_{name}: {fault['msg']} (given: {fault['input']!r})", file=sys.stderr)
        sys.exit(2)
    except HuikeError as error:
        print(f"huike: {error.detail}", file=sys.stderr)
        sys.exit(1)
    except psycopg.OperationalError as error:
        print(f"huike: the database does not answer: {str(error).strip()}", file=sys.stderr)
        sys.exit(1)
