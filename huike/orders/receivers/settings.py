"""Connecting a shop: its platform and the secret it signs with."""

from __future__ import annotations

from django.db import transaction

from huike.channels.secrets import decrypt, encrypt
from huike.customers import selectors as customers
from huike.kernel.scope import Scope
from huike.orders.models import Receiver
from huike.orders.receivers.errors import ClientIdMissing, ReceiverNotFound, SecretMissing, WholeHouseOnly
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config


def require_whole_house(scope: Scope) -> None:
    """Raises WholeHouseOnly."""
    if not scope.all_stores:
        raise WholeHouseOnly


def find_receiver(source_id: int) -> Receiver:
    """Raises ReceiverNotFound."""
    receiver = Receiver.objects.select_related("source").filter(pk=source_id).first()
    if receiver is None:
        raise ReceiverNotFound
    return receiver


def connect(source_id: int, *, platform: str, client_id: str, secret: str | None, actor: Actor) -> Receiver:
    """Let a shop tell this source's orders; no `secret` keeps the one there is.

    Raises ReceiverNotFound where there is no such source, SecretMissing, ClientIdMissing.
    """
    if all(source.pk != source_id for source in customers.list_sources()):
        raise ReceiverNotFound
    if platform == Receiver.Platform.YOUZAN and not client_id:
        raise ClientIdMissing
    with transaction.atomic():
        known = Receiver.objects.select_for_update().filter(pk=source_id).first()
        if not secret and known is None:
            raise SecretMissing
        receiver = known or Receiver(source_id=source_id)
        receiver.platform, receiver.client_id = platform, client_id
        if secret:
            receiver.sealed_secret = encrypt(secret, key=get_config().key(), purpose=_purpose(source_id))
        receiver.save()
        audit.record(
            actor,
            "connect_shop",
            subject_kind="source",
            subject_id=source_id,
            details={"platform": platform, "new_secret": bool(secret)},
        )
    return find_receiver(source_id)


def disconnect(source_id: int, *, actor: Actor) -> None:
    """Take nothing from this shop any more; what it told stays. Raises ReceiverNotFound."""
    with transaction.atomic():
        if not Receiver.objects.filter(pk=source_id).delete()[0]:
            raise ReceiverNotFound
        audit.record(actor, "disconnect_shop", subject_kind="source", subject_id=source_id)


def secret_of(receiver: Receiver) -> str:
    """Raises SecretUnreadable."""
    return decrypt(receiver.sealed_secret, key=get_config().key(), purpose=_purpose(receiver.pk))


def _purpose(source_id: int) -> str:
    return f"shop {source_id}"
