"""A DuckDB whose long statements are watched: their progress is told while they run, and a cancelled job stops them.

A statement runs in a thread of its own while this one looks at it a few times a second. DuckDB gives its fraction; what
part of the whole work it is, its stage says.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final

import duckdb

_LOOK_EVERY_SECONDS: Final = 0.2
# A statement counts as done when it is; DuckDB says 100 % while it still writes.
_NEARLY: Final = 0.98


class Watched:
    """Looks and behaves like the connection it is made of, as far as this package uses one.

    `tell` is told the fraction of the whole work that is done, and may raise to stop: the statement is interrupted, and
    what `tell` raised is raised by `execute`.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, tell: Callable[[float], None]) -> None:
        self._duck = duck
        self._tell = tell
        self._done = 0.0
        self._share = 0.0
        duck.execute("SET enable_progress_bar = true")
        duck.execute("SET enable_progress_bar_print = false")

    def stage(self, until: float, *, statements: int = 1) -> None:
        """The next statements take the work from here to the fraction `until`; later ones do not move it."""
        self._share = max(until - self._done, 0.0) / statements
        self._until = until

    def execute(self, sql: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """As the connection's own. Raises also whatever `tell` raises."""
        failure: list[BaseException] = []
        ended = Event()

        def work() -> None:
            try:
                if parameters is None:
                    self._duck.execute(sql)
                else:
                    self._duck.execute(sql, parameters)
            except BaseException as error:  # noqa: BLE001 - handed to the watching thread
                failure.append(error)
            finally:
                ended.set()

        thread = Thread(target=work, name="duckdb statement", daemon=True)
        thread.start()
        try:
            while not ended.wait(_LOOK_EVERY_SECONDS):
                self._tell(self._done + self._share * self._fraction())
        except BaseException:
            self._duck.interrupt()
            raise
        finally:
            # An interrupted statement ends at its next chunk of rows.
            thread.join()
        if failure:
            raise failure[0]
        self._done = min(self._done + self._share, 1.0)
        self._tell(self._done)
        return self._duck

    def _fraction(self) -> float:
        return min(max(self._duck.query_progress() / 100, 0.0), _NEARLY)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._duck.cursor()

    def register(self, name: str, table: object) -> None:
        self._duck.register(name, table)

    def unregister(self, name: str) -> None:
        self._duck.unregister(name)
