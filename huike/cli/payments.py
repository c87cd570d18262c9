"""`huike payments`: a provider of payments to practise with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huike.cli.serve import StopWithParent
from huike.platform.config import get_config
from huike.platform.process import stop_with_parent

STATE_FILE = "payments-sandbox.sqlite"

payments = typer.Typer(help="Payments of customers.", no_args_is_help=True)


@payments.callback()
def _payments() -> None:
    """A group of commands, also while there is one only."""


@payments.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8010,
    state: Annotated[
        Path | None, typer.Option(help=f"The file that remembers; <data folder>/{STATE_FILE} if left out")
    ] = None,
    public_url: Annotated[str | None, typer.Option(help="How a payer's browser reaches this server")] = None,
    stop_with_parent_pid: StopWithParent = None,
) -> None:
    """Run a payment provider to practise with: no real money, every fault on demand.

    Huike uses it where HUIKE_PAYMENTS_SANDBOX_URL says where it listens. Never set that where customers pay.
    """
    if stop_with_parent_pid is not None:
        stop_with_parent(stop_with_parent_pid)
    from huike.payments.sandbox.__main__ import run

    config = get_config()
    run(
        host=host,
        port=port,
        state=state or config.data_dir.resolve() / STATE_FILE,
        secret=config.payments_sandbox_key(),
        public_url=public_url,
    )


def register(app: typer.Typer) -> None:
    app.add_typer(payments, name="payments")
