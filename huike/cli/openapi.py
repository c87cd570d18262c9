"""`huike openapi`: the contract of the HTTP API, for generated clients and documentation."""

from __future__ import annotations

import json
import os

import typer

from huike.cli.environment import load_django


def openapi() -> None:
    """Print the OpenAPI 3.1 description of /api/v1. Needs no database."""
    # Nothing is signed here, so no key has to be made and kept in a data folder.
    os.environ["HUIKE_SECRET_KEY"] = "not a secret, and not used to sign anything"  # noqa: S105
    load_django()
    from huike.api.app import api

    print(json.dumps(api.get_openapi_schema(), indent=2, ensure_ascii=False, sort_keys=True, default=str))


def register(app: typer.Typer) -> None:
    app.command()(openapi)
