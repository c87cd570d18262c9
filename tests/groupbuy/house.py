"""A process that is the worker of groups and payments, and the address of notifications, to be killed at any moment.

`python -m tests.groupbuy.house PORT` on the database and sandbox of its environment.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event, Thread
from wsgiref.simple_server import make_server

import django
from django.conf import settings

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from huike.groupbuy import loop as groups  # noqa: E402
from huike.payments import asking  # noqa: E402
from huike.platform import outbox  # noqa: E402
from tests.payments.house import _Quiet, _Server  # noqa: E402


def _again(loop: Callable[[Event], None]) -> None:
    while True:
        try:
            loop(Event())
        except Exception as error:  # the worker's runner starts a failed loop again
            print(f"loop: {error}", file=sys.stderr)
            close_old_connections()


def main(port: int) -> None:
    settings.ROOT_URLCONF = "huike.payments.public"  # the whole product takes seconds to load
    for loop in (asking.run_forever, groups.run_forever, outbox.run_forever):
        Thread(target=_again, args=[loop], daemon=True).start()
    make_server("127.0.0.1", port, get_wsgi_application(), _Server, _Quiet).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
