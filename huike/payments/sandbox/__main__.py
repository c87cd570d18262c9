"""`python -m huike.payments.sandbox`: the sandbox's server, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Thread

from huike.payments.sandbox.desk import Desk
from huike.payments.sandbox.server import Server
from huike.payments.sandbox.store import Store
from huike.payments.sandbox.telling import Teller

SECRET_VARIABLE = "HUIKE_PAYMENTS_SANDBOX_SECRET"  # noqa: S105 - a name, not a secret


def run(*, host: str, port: int, state: Path, secret: str, public_url: str | None) -> None:
    """Serve until told to stop. Port 0 takes a free one; the address is the one line on standard output."""
    state.parent.mkdir(parents=True, exist_ok=True)
    desk = Desk(Store(state))
    server = Server((host, port), desk=desk, secret=secret, public_url=public_url)
    teller = Teller(desk, secret=secret)
    teller.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
    print(f"http://{host}:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)
    teller.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="huike.payments.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True, help="the file that remembers")
    parser.add_argument("--public-url", help="how a payer's browser reaches this server")
    given = parser.parse_args()
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret.startswith("whsec_"):
        sys.exit(f"set {SECRET_VARIABLE} to the secret shared with Huike, as whsec_…")
    run(host=given.host, port=given.port, state=given.state, secret=secret, public_url=given.public_url)


if __name__ == "__main__":
    main()
