"""`huike createuser`: a person who may sign in, made by whoever runs the machine."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from huike.cli.environment import close_connections, database, say
from huike.kernel.errors import HuikeError
from huike.platform.config import get_config
from huike.staff.rules import Role

FIRST_EMAIL = "owner@huike.local"
FIRST_NAMES = {"zh-CN": "店主", "en": "Owner"}


class EmailMissing(HuikeError):
    code = "createuser.email_missing"
    status = 422
    title = "Say whom to create: huike createuser EMAIL"


def createuser(
    email: Annotated[str | None, typer.Argument(help="What the person signs in with")] = None,
    name: Annotated[str | None, typer.Option(help="How colleagues see the person")] = None,
    role: Annotated[Role, typer.Option(help="What the person may do")] = Role.OWNER,
    generate: Annotated[bool, typer.Option("--generate", help="Print a made-up password instead of asking")] = False,
) -> None:
    """Create a user. Asks for the password, or prints a generated one where nobody can be asked."""
    with database(what="huike createuser"):
        try:
            if email is None:
                raise EmailMissing
            ask = sys.stdin.isatty() and not generate
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else _new_password()
            _create(email=email, name=name or email.partition("@")[0], role=role, password=password)
            say(f"created {email} ({role.value})")
            if not ask:
                print(password)
        finally:
            close_connections()


def create_first_owner() -> None:
    """An owner with a made-up password, told and kept in the data folder; nothing when somebody can sign in."""
    from huike.staff.models import User

    if User.objects.exists():
        return
    config = get_config()
    password = _new_password()
    # Kept before the user exists: a crash in between leaves a note of no use, never a user nobody can sign in as.
    kept_in = config.data_dir / "first-sign-in.txt"
    _write_private(kept_in, f"{config.base_url}\n{FIRST_EMAIL}\n{password}\n")
    _create(email=FIRST_EMAIL, name=FIRST_NAMES[config.language], role=Role.OWNER, password=password)
    say(
        f"\n  First sign-in: {FIRST_EMAIL}  password: {password}\n  (shown once; kept in {kept_in}, change it "
        "after signing in)\n"
    )


def _create(*, email: str, name: str, role: Role, password: str) -> None:
    from huike.staff import services

    services.create_user(email=email, name=name, role=role, password=password)


def _new_password() -> str:
    return secrets.token_urlsafe(12)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def register(app: typer.Typer) -> None:
    app.command()(createuser)
