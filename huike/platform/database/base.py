"""The backend Django loads by the name of this package."""

from __future__ import annotations

from select import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks the socket, not the server, whether a pooled connection is still there.

    A server that ends, or ends a session, closes the socket: an idle connection then has something to be read. Asking
    the server instead (CONN_HEALTH_CHECKS) is a round trip before each request.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        connection: Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and _is_cut_off(connection):
            connection.close()
            self.pool.putconn(connection)  # which makes another in its place
            connection = super().get_new_connection(conn_params)
        return connection


def _is_cut_off(connection: Connection[Any]) -> bool:
    readable, _, _ = select([connection.fileno()], [], [], 0)
    return bool(readable)
