"""Short messages: how they leave, one verb, typed failures. `docs/integrating/sms-gateway.md` is the contract."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from django.db import transaction
from standardwebhooks import Webhook

from huike.channels.errors import (
    SmsBlocked,
    SmsRefused,
    SmsSetupIncomplete,
    SmsTextInvalid,
    SmsUncertain,
    SmsUnreachable,
)
from huike.channels.models import MAILBOX, SandboxMail, SmsSetup
from huike.channels.secrets import decrypt, encrypt
from huike.platform import clock
from huike.platform.audit import Actor, record
from huike.platform.config import get_config
from huike.platform.outward.addresses import accepted_url, policy_of
from huike.platform.outward.posting import Post, attempt
from huike.platform.outward.results import Result
from huike.platform.signals import nudge

TIMEOUT_SECONDS: Final = 10.0
# What gateways here take at most, signature included.
LONGEST_TEXT: Final = 500
_SECRET_PURPOSE: Final = "sms gateway"  # noqa: S105 - a name, not a secret
# Asked to wait, or failing itself: the same message may go through later.
_TEMPORARY: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSms:
    """`to_number` in E.164; `text` as the customer reads it, without the sender's signature. `id` is the message's
    own, the same at every attempt, so that a gateway can tell a repetition."""

    id: str
    to_number: str
    text: str
    purpose: str
    sent_at: datetime


class SmsProvider(Protocol):
    def send(self, sms: OutgoingSms) -> str:
        """Hand the message over; what was answered. Raises SmsRefused, SmsUncertain, SmsUnreachable, SmsBlocked."""


class SandboxProvider:
    """Keeps messages in the product's mailbox, marked as SMS."""

    def __init__(self, signature: str) -> None:
        self._signature = signature

    def send(self, sms: OutgoingSms) -> str:
        SandboxMail.objects.create(
            channel=SandboxMail.Channel.SMS,
            to_address=sms.to_number,
            from_header=self._signature,
            subject=sms.text[:120],
            html="",
            text=sms.text,
            headers=[["Message-ID", sms.id]],
            sent_at=sms.sent_at,
        )
        nudge(MAILBOX)
        return "kept in the sandbox"


class GatewayProvider:
    """The operator's own gateway: one signed POST (Standard Webhooks), no redirect, no second try."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def send(self, sms: OutgoingSms) -> str:
        body = json.dumps(
            {
                "id": sms.id,
                "to": sms.to_number,
                "text": sms.text,
                "purpose": sms.purpose,
                "sent_at": sms.sent_at.isoformat(),
            },
            ensure_ascii=False,
        )
        headers = {
            "webhook-id": sms.id,
            "webhook-timestamp": str(int(sms.sent_at.timestamp())),
            "webhook-signature": Webhook(self._secret).sign(sms.id, sms.sent_at, body),
        }
        post = Post(url=self._url, headers=headers, body=body.encode())
        policy = policy_of(get_config().webhook_allowed_networks)
        return _answer_of(asyncio.run(attempt(post, policy=policy, timeout_seconds=TIMEOUT_SECONDS)))


def _answer_of(result: Result) -> str:
    """What the gateway said where it took the message. Raises as `SmsProvider.send`."""
    if result.outcome == "delivered":
        return result.response
    if result.outcome == "blocked":
        raise SmsBlocked(result.detail)
    if result.status is not None:
        permanent = result.status not in _TEMPORARY and result.status < 500
        raise SmsRefused(permanent=permanent, http_status=result.status, detail=result.response)
    if result.address:  # connected, and then no answer: it may have read everything
        raise SmsUncertain(result.detail)
    raise SmsUnreachable(result.detail)


def sms_setup() -> SmsSetup | None:
    return SmsSetup.objects.filter(pk=1).first()


def provider() -> SmsProvider:
    """By the settings in force; without any, the sandbox. Raises SecretUnreadable."""
    setup = sms_setup()
    if setup is None or setup.mode == SmsSetup.Mode.SANDBOX:
        return SandboxProvider(signature())
    return GatewayProvider(
        url=setup.url, secret=decrypt(setup.secret_encrypted, key=get_config().key(), purpose=_SECRET_PURPOSE)
    )


def signature() -> str:
    """The name before a message, without its brackets."""
    setup = sms_setup()
    return (setup.signature if setup else "") or get_config().brand_name


def send_sms(*, to_number: str, text: str, purpose: str) -> str:
    """Send one message now, with the signature before it, and give what was answered.

    The signature stands in lenticular brackets, which carriers keep for it; they may not stand in the text. Raises
    SmsTextInvalid, SecretUnreadable, and as `SmsProvider.send`.
    """
    if "【" in text or "】" in text or not text.strip():
        raise SmsTextInvalid
    whole = f"【{signature()}】{text}"
    if len(whole) > LONGEST_TEXT:
        raise SmsTextInvalid
    sms = OutgoingSms(
        id=f"sms_{secrets.token_hex(16)}", to_number=to_number, text=whole, purpose=purpose, sent_at=clock.now()
    )
    return provider().send(sms)


def configure_sms(actor: Actor, *, mode: str, url: str, secret: str | None, signature: str) -> SmsSetup:
    """Store the settings. `secret` None keeps the stored one unless the address changed: a secret only ever signs for
    the gateway it was entered for. Raises SmsSetupIncomplete, UrlRefused, SmsTextInvalid."""
    if any(bracket in signature for bracket in "【】"):
        raise SmsTextInvalid
    if mode == SmsSetup.Mode.GATEWAY:
        url = accepted_url(url, policy=policy_of(get_config().webhook_allowed_networks))
    with transaction.atomic():
        before = SmsSetup.objects.select_for_update().filter(pk=1).first()
        sealed = ""
        if secret:
            _check_secret(secret)
            sealed = encrypt(secret, key=get_config().key(), purpose=_SECRET_PURPOSE)
        elif secret is None and before and before.url == url:
            sealed = before.secret_encrypted
        if mode == SmsSetup.Mode.GATEWAY and not sealed:
            raise SmsSetupIncomplete
        setup = SmsSetup(pk=1, mode=mode, url=url, secret_encrypted=sealed, signature=signature, updated_at=clock.now())
        setup.save(force_insert=before is None, force_update=before is not None)
        record(actor, "configure_sms", subject_kind="channel", details={"mode": mode, "url": url})
    return setup


def _check_secret(secret: str) -> None:
    try:
        Webhook(secret)
    except ValueError as error:
        raise SmsSetupIncomplete from error


def forget_sms(actor: Actor) -> None:
    """Back to the sandbox; the stored secret is gone."""
    with transaction.atomic():
        deleted, _ = SmsSetup.objects.filter(pk=1).delete()
        if deleted:
            record(actor, "forget_sms", subject_kind="channel")


@dataclass(frozen=True, slots=True)
class SmsTestResult:
    ok: bool
    code: str
    detail: str


def send_test_sms(*, to_number: str) -> SmsTestResult:
    """Send a short message by the settings in force, and say what came of it. Raises SecretUnreadable."""
    text = "回客的短信通道可以发送了。Huike can send SMS."
    try:
        return SmsTestResult(True, "", send_sms(to_number=to_number, text=text, purpose="test"))
    except (SmsRefused, SmsUncertain, SmsUnreachable, SmsBlocked) as error:
        return SmsTestResult(False, error.code, error.detail)
