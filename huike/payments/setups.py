"""Writes: accounts at providers, their secrets, and who takes which currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from huike.channels.secrets import SecretUnreadable
from huike.kernel.money import minor_exponent
from huike.payments.accounts import KINDS, SANDBOX, demand_open, provider_of, sealed, unsealed
from huike.payments.errors import ProviderInUse, ProviderInvalid, ProviderNotFound, SecretMissing
from huike.payments.models import DefaultProvider, FeeTerms, Payment, ProviderSetup
from huike.payments.providers.base import Failure
from huike.platform import clock
from huike.platform.audit import Actor, record

SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "stripe": ("secret_key", "webhook_secret"),
    "wechat": ("private_key", "api_v3_key"),
}
"""What of each kind is kept sealed and never shown again."""
_ACCOUNT: Final[Mapping[str, str]] = {"wechat": "mchid"}
"""The setting that says whose account it is: secrets entered for one never serve another."""


def set_provider(
    actor: Actor,
    key: str,
    *,
    kind: str,
    title: str,
    is_enabled: bool,
    settings: Mapping[str, str],
    secrets: Mapping[str, str | None],
) -> ProviderSetup:
    """Store an account; a secret that is None keeps the stored one of the same account.

    Raises ProviderInUse for another kind under a key that has payments, SecretMissing, ProviderInvalid.
    """
    if key == SANDBOX:
        raise ProviderInvalid(reason="key")
    with transaction.atomic():
        before = ProviderSetup.objects.select_for_update().filter(pk=key).first()
        if before is not None and before.kind != kind and Payment.objects.filter(provider=key).exists():
            raise ProviderInUse
        kept = _kept_secrets(before, kind, settings)
        whole = {name: secrets.get(name) or kept.get(name, "") for name in SECRETS[kind]}
        for name, value in whole.items():
            if not value:
                raise SecretMissing(name=name)
        try:
            KINDS[kind](settings, whole)
        except (ValueError, TypeError) as error:
            raise ProviderInvalid(reason="keys") from error
        setup = ProviderSetup(
            key=key,
            kind=kind,
            title=title,
            settings=dict(settings),
            secrets_sealed=sealed(whole),
            is_enabled=is_enabled,
            updated_at=clock.now(),
            created_at=before.created_at if before else clock.now(),
        )
        setup.save(force_insert=before is None, force_update=before is not None)
        record(actor, "set_payment_provider", subject_kind="payment_provider", details={"key": key, "kind": kind})
    return setup


def _kept_secrets(before: ProviderSetup | None, kind: str, settings: Mapping[str, str]) -> dict[str, str]:
    account = _ACCOUNT.get(kind, "")
    if before is None or before.kind != kind or before.settings.get(account) != settings.get(account):
        return {}
    try:
        return unsealed(before.secrets_sealed)
    except SecretUnreadable:
        return {}


def delete_provider(actor: Actor, key: str) -> None:
    """Remove an account that never took a payment. Raises ProviderNotFound, ProviderInUse: such a one is turned off."""
    with transaction.atomic():
        setup = ProviderSetup.objects.select_for_update().filter(pk=key).first()
        if setup is None:
            raise ProviderNotFound(provider=key)
        if Payment.objects.filter(provider=key).exists():
            raise ProviderInUse
        DefaultProvider.objects.filter(provider=key).delete()
        FeeTerms.objects.filter(provider=key).delete()
        setup.delete()
        record(actor, "delete_payment_provider", subject_kind="payment_provider", details={"key": key})


def set_default(actor: Actor, currency: str, provider: str | None) -> None:
    """Who takes payments of this currency where nobody names one; None takes it back. Raises UnknownCurrency,
    ProviderNotFound."""
    minor_exponent(currency)
    with transaction.atomic():
        if provider is None:
            DefaultProvider.objects.filter(pk=currency).delete()
        else:
            demand_open(provider)
            DefaultProvider.objects.update_or_create(currency=currency, defaults={"provider": provider})
        details: dict[str, Any] = {"currency": currency, "provider": provider}
        record(actor, "set_default_payment_provider", subject_kind="payment_provider", details=details)


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether the provider accepts the account; `detail` is what it said."""

    ok: bool
    code: str
    detail: str


def test_provider(key: str) -> TestResult:
    """Ask the provider something harmless, outside any transaction. Raises ProviderNotFound, SecretUnreadable."""
    try:
        return TestResult(True, "", provider_of(key).check())
    except Failure as failure:
        return TestResult(False, failure.code, failure.detail)
