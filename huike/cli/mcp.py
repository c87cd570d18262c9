"""`huike mcp`: the assistant's door on standard input and output."""

from __future__ import annotations

import os

import typer

from huike.cli.environment import database, say

KEY_VARIABLE = "HUIKE_API_KEY"


def mcp() -> None:
    """Let an assistant on this machine read customers, orders and segments, with the API key in HUIKE_API_KEY."""
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        say(f"huike mcp: set {KEY_VARIABLE} to an API key (Settings › API keys); the assistant may do what it may")
        raise typer.Exit(2)
    with database(what="huike mcp"):
        from huike.api.mcp.caller import called_by
        from huike.api.mcp.tools import server
        from huike.staff.access import key_principal

        key_principal(key)
        with called_by(lambda: key_principal(key)):
            server.run("stdio")


def register(app: typer.Typer) -> None:
    app.command()(mcp)
