"""Accounts at providers: which adapter answers to which key, and who takes a currency where nobody is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from huike.channels.secrets import decrypt, encrypt
from huike.payments.errors import ProviderNotFound
from huike.payments.providers.base import Provider
from huike.payments.providers.sandbox import SandboxProvider
from huike.payments.providers.stripe import StripeProvider
from huike.payments.providers.wechat import WechatProvider
from huike.platform import sql
from huike.platform.config import get_config

SANDBOX: Final = "sandbox"
"""Not a row: it is there where HUIKE_PAYMENTS_SANDBOX_URL says where its server is, and nowhere else."""

_PURPOSE: Final = "payment provider"

Build = Callable[[Mapping[str, Any], Mapping[str, str]], Provider]
KINDS: dict[str, Build] = {
    "stripe": lambda settings, secrets: StripeProvider(**settings, **secrets),
    "wechat": lambda settings, secrets: WechatProvider(**settings, **secrets),
}
"""Each kind's adapter, made from its settings and its secrets."""

_SETUP: Final = "SELECT kind, settings::text, secrets_sealed, updated_at FROM payments_provider_setup WHERE key = %s"

_made: dict[str, tuple[object, Provider]] = {}
_making = Lock()


def provider_of(key: str) -> Provider:
    """The adapter of an account, also of one that takes no new payments. Kept, with its connections, until its
    settings change. Raises ProviderNotFound, SecretUnreadable."""
    if key == SANDBOX:
        config = get_config()
        if config.payments_sandbox_url is None:
            raise ProviderNotFound(provider=key)
        url, secret = config.payments_sandbox_url, config.payments_sandbox_key()
        return _kept(key, (url, secret), lambda: SandboxProvider(url=url, secret=secret))
    setup = sql.row(_SETUP, [key])
    if setup is None:
        raise ProviderNotFound(provider=key)
    kind, settings, secrets, updated_at = setup
    return _kept(key, updated_at, lambda: KINDS[kind](json.loads(settings), unsealed(secrets)))


def demand_open(key: str) -> None:
    """Raises ProviderNotFound where this account takes no new payments."""
    if key == SANDBOX:
        provider_of(key)
    elif sql.row("SELECT FROM payments_provider_setup WHERE key = %s AND is_enabled", [key]) is None:
        raise ProviderNotFound(provider=key)


def default_provider(currency: str, *, agreed: str | None) -> str:
    """Who takes payments of this currency: the account that was `agreed` (`payments_default_provider`), else the
    sandbox where there is one. Raises ProviderNotFound."""
    if agreed is not None:
        return agreed
    if get_config().payments_sandbox_url is None:
        raise ProviderNotFound(currency=currency)
    return SANDBOX


def sealed(secrets: Mapping[str, str]) -> str:
    return encrypt(json.dumps(dict(secrets)), key=get_config().key(), purpose=_PURPOSE)


def unsealed(token: str) -> dict[str, str]:
    """Raises SecretUnreadable."""
    return dict(json.loads(decrypt(token, key=get_config().key(), purpose=_PURPOSE))) if token else {}


def _kept(key: str, version: object, make: Callable[[], Provider]) -> Provider:
    with _making:
        found = _made.get(key)
        if found is None or found[0] != version:
            found = _made[key] = (version, make())
        return found[1]
