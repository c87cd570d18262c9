"""Secrets and signatures of Standard Webhooks 1.0.0 (symmetric, v1)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

from huike.channels import secrets as sealing
from huike.platform.config import get_config

_SECRET_BYTES = 32  # the specification asks for 24 to 64
_PURPOSE = "webhook secret"


def new_secret() -> str:
    """A fresh secret as a receiver enters it: `whsec_…`."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    return sealing.encrypt(secret, key=get_config().key(), purpose=_PURPOSE)


def unseal(sealed: str) -> str:
    """Raises SecretUnreadable when it was sealed under another key of the house."""
    return sealing.decrypt(sealed, key=get_config().key(), purpose=_PURPOSE)


def headers_of(message_id: str, body: str, *, at: datetime, signed_with: Sequence[str]) -> dict[str, str]:
    """The three headers of one attempt; a signature for each secret, newest first."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in signed_with]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
