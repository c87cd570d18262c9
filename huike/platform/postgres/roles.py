"""Who may do what in the embedded server, made true again at every start.

- `huike_superuser`: the supervisor's alone.
- `huike_owner`: owns the database, so migrations run as it. No superuser.
- `huike_app`: reads and writes rows. It makes no tables, but in the schema `lake`, which is its own: the lake's
  catalogue is created and changed by DuckLake while it works.
"""

import psycopg
from psycopg import sql

SUPERUSER_ROLE = "huike_superuser"
OWNER_ROLE = "huike_owner"
APP_ROLE = "huike_app"
DATABASE = "huike"
LAKE_SCHEMA = "lake"


def ensure_roles(
    connection: psycopg.Connection, *, owner_password: str, app_password: str, owner_may_create_databases: bool
) -> None:
    """Roles and the database. `connection` is the superuser's, to any database, in autocommit."""
    for role, password in ((OWNER_ROLE, owner_password), (APP_ROLE, app_password)):
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        createdb = "CREATEDB" if owner_may_create_databases and role == OWNER_ROLE else "NOCREATEDB"
        # Encrypted here, so that the password appears in no log of statements.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        connection.execute(
            sql.SQL("{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE {createdb} PASSWORD {password}").format(
                verb=sql.SQL("ALTER" if exists else "CREATE"),
                role=sql.Identifier(role),
                createdb=sql.SQL(createdb),
                password=sql.Literal(verifier),
            )
        )
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
        )


def ensure_grants(connection: psycopg.Connection) -> None:
    """What the application's role may do in the database `connection` (the superuser's, in autocommit) leads to. Given
    to the template as well, it holds in every database the owner makes from it."""
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(
        sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(
            sql.Identifier(LAKE_SCHEMA), sql.Identifier(APP_ROLE)
        )
    )
    grant_rows_to_app(connection, owner=OWNER_ROLE, app=APP_ROLE)


def grant_rows_to_app(connection: psycopg.Connection, *, owner: str, app: str) -> None:
    """Let `app` read and write rows of the tables of `owner` in schema public, those to come included, and no more.
    `connection` is that of `owner` or of a superuser."""
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
        "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {app}",
    ):
        connection.execute(sql.SQL(statement).format(owner=sql.Identifier(owner), app=sql.Identifier(app)))
