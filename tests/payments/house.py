"""A process that is both the worker's loop of payments and the address of notifications, to be killed at any moment.

Its listener writes what it heard to the audit log, in the transaction that told it, and gives back money of references
that say so. `python -m tests.payments.house PORT` on the database and sandbox of its environment.
"""

from __future__ import annotations

import sys
from datetime import datetime
from socketserver import ThreadingMixIn
from threading import Event, Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from huike.payments import asking, listeners, services  # noqa: E402
from huike.payments.selectors import PaymentView, RefundView  # noqa: E402
from huike.platform import audit  # noqa: E402


class Noted(listeners.Listener):
    """References `noted:<n>:back` are given back as soon as they are captured."""

    def captured(self, payment: PaymentView, now: datetime) -> None:
        _note("captured", payment.id)
        if payment.reference.endswith(":back"):
            services.refund(payment.id, payment.amount.amount_minor, key=f"back:{payment.id}", reason="test", now=now)

    def ended(self, payment: PaymentView, now: datetime) -> None:
        _note(payment.state, payment.id)

    def refund_ended(self, refund: RefundView, now: datetime) -> None:
        _note(f"refund_{refund.state}", refund.id)


def _note(action: str, subject_id: int) -> None:
    audit.record(audit.SYSTEM, action, subject_kind="test_payments", subject_id=subject_id)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """What it was asked says nothing."""


def _loop() -> None:
    while True:
        try:
            asking.run_forever(Event())
        except Exception as error:  # the worker's runner starts a failed loop again
            print(f"loop: {error}", file=sys.stderr)
            close_old_connections()


def main(port: int) -> None:
    settings.ROOT_URLCONF = "huike.payments.public"  # the whole product takes seconds to load
    listeners.register("noted", Noted())
    Thread(target=_loop, daemon=True).start()
    make_server("127.0.0.1", port, get_wsgi_application(), _Server, _Quiet).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
