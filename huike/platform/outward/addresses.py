"""Where this house may be sent by an address somebody entered: `docs/algorithms/webhooks.md`, section 4.

The text of an address is judged when it is entered; what its name stands for is judged at every attempt, on the very
address that is then connected to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import idna

from huike.kernel.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST_URL: Final = 2000
_HTTPS: Final = 443
_FIRST_FREE_PORT: Final = 1024
# Globally reachable by the registry, and yet a way to another address or to nobody in particular.
_CARRIERS: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
        "192.88.99.0/24",
    )
)


class UrlRefused(Invalid):
    """`reason`: `unreadable`, `too_long`, `scheme`, `credentials`, `fragment`, `host`, `port`, `internal`."""

    code = "webhook.url_refused"
    title = "Nothing can be sent to this address"


class AddressBlocked(Exception):
    """A name stands for an address that nothing may be sent to."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator opened (`HUIKE_WEBHOOK_ALLOWED_NETWORKS`): networks, and hosts by name."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def opens_host(self, host: str) -> bool:
        """Whether plain http, any port and any address are allowed for this host by its own text."""
        return host in self.hosts or ((literal := _literal(host)) is not None and self.opens_address(literal))

    def opens_address(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def policy_of(text: str) -> Policy:
    """A comma-separated list of networks and host names. Raises ValueError on what is neither."""
    networks: list[Network] = []
    hosts: set[str] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            if "/" in part:
                raise
            hosts.add(_ascii_host(part))
    return Policy(tuple(networks), frozenset(hosts))


def accepted_url(text: str, *, policy: Policy) -> str:
    """The address as it is stored: lower-case ASCII host, no user, no fragment. Raises UrlRefused."""
    if len(text) > _LONGEST_URL:
        raise UrlRefused(reason="too_long")
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in text):
        raise UrlRefused(reason="unreadable")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError as error:
        raise UrlRefused(reason="unreadable") from error
    if parts.scheme not in {"http", "https"}:
        raise UrlRefused(reason="scheme")
    if "@" in parts.netloc:
        raise UrlRefused(reason="credentials")
    if "#" in text:
        raise UrlRefused(reason="fragment")
    if not policy.opens_host(host):
        _refuse_unless_public(host, port, parts.scheme, policy)
    path = parts.path or "/"
    if not (path + parts.query).isascii():
        raise UrlRefused(reason="unreadable")
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", path, parts.query, ""))


def _refuse_unless_public(host: str, port: int | None, scheme: str, policy: Policy) -> None:
    literal = _literal(host)
    if literal is not None and is_internal(literal):
        raise UrlRefused(reason="internal")
    # Where networks are opened, only the look-up tells whether this name is in one of them.
    if policy.networks and literal is None:
        return
    # A name of one word, and a number that only resolvers read as an address, are never public.
    if literal is None and ("." not in host or host.rsplit(".", 1)[1].isdigit()):
        raise UrlRefused(reason="host")
    if scheme != "https":
        raise UrlRefused(reason="scheme")
    if port is not None and port != _HTTPS and port < _FIRST_FREE_PORT:
        raise UrlRefused(reason="port")


def permitted(found: Sequence[str], *, host: str, port: int, encrypted: bool, policy: Policy) -> list[str]:
    """The addresses a name stands for, if a connection may go to every one of them. Raises AddressBlocked."""
    if not found:
        raise AddressBlocked("")
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        if host in policy.hosts or policy.opens_address(address):
            continue
        odd_door = not encrypted or (port != _HTTPS and port < _FIRST_FREE_PORT)
        if is_internal(address) or odd_door:
            raise AddressBlocked(text)
    return list(found)


def is_internal(address: Address) -> bool:
    """Whether this is no public host: special-purpose, multicast, or a carrier of another address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return True
    return any(address.version == network.version and address in network for network in _CARRIERS)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii_host(host: str) -> str:
    """The host as DNS and TLS know it. Raises ValueError (idna's is one) on what no host can be called."""
    if _literal(host) is not None:
        return str(ipaddress.ip_address(host))
    if host.isascii():
        name = host.rstrip(".").lower()
        if not name or len(name) > 253 or not all(_is_label(label) for label in name.split(".")):
            raise ValueError("not a host name")
        return name
    return idna.encode(host.rstrip("."), uts46=True, transitional=False).decode("ascii").lower()


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and all(c.isalnum() or c in "-_" for c in label) and label[0] != "-"
