"""Who waits for the money: told in the transaction that learned of it. `docs/algorithms/payments.md`, section 5."""

from __future__ import annotations

from datetime import datetime

from huike.payments.selectors import PaymentView, RefundView


class Listener:
    """Hears of payments whose reference begins with its prefix. Each method does nothing unless overridden.

    Called inside a transaction, each once for each change; an exception undoes the change, which is tried again. Must
    touch only its own rows and payments of its own reference, and never the network.
    """

    def hold(self, reference: str) -> None:
        """Lock what the other methods will need. Called before the payment is locked: all take one order."""

    def captured(self, payment: PaymentView, now: datetime) -> None:
        """The money is there. Also where nobody expects it: after `ended`, after a close that came too late."""

    def ended(self, payment: PaymentView, now: datetime) -> None:
        """It failed or is closed: no money came, and none is expected."""

    def refund_ended(self, refund: RefundView, now: datetime) -> None:
        """It succeeded, or was refused (and may be tried again by hand)."""


_listeners: dict[str, Listener] = {}


def register(prefix: str, listener: Listener) -> None:
    """Make `listener` hear of references `<prefix>:…`. Called once, when the capability's app is ready."""
    if prefix in _listeners:
        raise ValueError(f"two listeners of payments are called {prefix}")
    _listeners[prefix] = listener


def listener_of(reference: str) -> Listener:
    """Raises LookupError for a reference whose prefix nobody registered: money must have somebody waiting for it."""
    return _listeners[reference.partition(":")[0]]
