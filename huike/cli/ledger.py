"""`huike ledger`: whether the books are right."""

from __future__ import annotations

import typer

from huike.cli.environment import database, say

ledger = typer.Typer(help="Points, stored value, uses: the books of all value.", no_args_is_help=True)


@ledger.callback()
def _ledger() -> None:
    """A group of commands, also while there is one only."""


@ledger.command()
def verify() -> None:
    """Prove that entries sum to zero and balances are what entries come to. Ends with exit code 1 when not."""
    with database(what="huike ledger verify"):
        from huike.ledger import proofs, selectors
        from huike.platform import clock

        for line in selectors.trial_balance():
            print(f"{line.asset:16} {line.account:12} {line.balance:>20,}")
        proof = proofs.prove(now=clock.now())
        say(
            f"{proof.transactions:,} transactions, {proof.entries:,} entries: the books are right "
            f"({proof.seconds:.1f} s)"
        )


def register(app: typer.Typer) -> None:
    app.add_typer(ledger, name="ledger")
