"""A supervisor of its own process, for tests that kill it or run it as another user.

    python -m tests.platform.postgres_process DATA_DIR [COMMAND]

Starts the server of DATA_DIR, says `ready PID` and waits for its end of input; with COMMAND `ask` it signs in as the
application and prints who and what answers instead of waiting.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from huike.kernel.errors import HuikeError
from huike.platform.postgres import EmbeddedPostgres


def main() -> None:
    data_dir, command = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "wait"
    try:
        with EmbeddedPostgres(data_dir, report=lambda line: print(line, file=sys.stderr)) as server:
            if command == "ask":
                with psycopg.connect(server.app_url) as connection:
                    row = connection.execute("SELECT current_user, current_database()").fetchone()
                    print(*row or ())
            else:
                print("ready", server.pid, flush=True)
                sys.stdin.read()
    except HuikeError as error:
        print(error.code, error.detail)
        sys.exit(1)


if __name__ == "__main__":
    main()
