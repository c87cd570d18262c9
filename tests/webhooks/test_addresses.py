"""Where webhooks may go, judged by the text and by what a name stands for."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.platform.outward.addresses import (
    AddressBlocked,
    Policy,
    UrlRefused,
    accepted_url,
    is_internal,
    permitted,
    policy_of,
)

CLOSED = Policy()


@pytest.mark.parametrize(
    ("given_url", "stored"),
    [
        ("https://shop.example.com/hook", "https://shop.example.com/hook"),
        ("https://Shop.Example.COM", "https://shop.example.com/"),
        ("https://shop.example.com.:8443/a?b=c&d", "https://shop.example.com:8443/a?b=c&d"),
        ("https://例子.中国/钩".replace("钩", "h"), "https://xn--fsqu00a.xn--fiqs8s/h"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]/x"),
    ],
)
def test_a_public_address_is_stored_in_its_ascii_form(given_url: str, stored: str) -> None:
    assert accepted_url(given_url, policy=CLOSED) == stored


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example.com/", "scheme"),
        ("ftp://shop.example.com/", "scheme"),
        ("file:///etc/passwd", "unreadable"),
        ("https://", "unreadable"),
        ("https://user:pass@shop.example.com/", "credentials"),
        ("https://shop.example.com@127.0.0.1/", "credentials"),
        ("https://@shop.example.com/", "credentials"),
        ("https://shop.example.com/#x", "fragment"),
        ("https://shop.example.com:25/", "port"),
        ("https://shop.example.com:99999/", "unreadable"),
        ("https://shop.example.com\\@127.0.0.1/", "unreadable"),
        ("https://shop.exa mple.com/", "unreadable"),
        ("https://shop.example.com/\r\nX-Evil: 1", "unreadable"),
        ("https://-bad.example.com/", "unreadable"),
        ("https://shop..example.com/", "unreadable"),
        ("https://localhost/", "host"),
        ("https://127.1/", "host"),
        ("https://2130706433/", "host"),
        ("https://127.0.0.1/", "internal"),
        ("https://10.0.0.8/", "internal"),
        ("https://169.254.169.254/latest/meta-data/", "internal"),
        ("https://100.100.100.200/", "internal"),
        ("https://0.0.0.0/", "internal"),
        ("https://[::1]/", "internal"),
        ("https://[::ffff:127.0.0.1]/", "internal"),
        ("https://[fd00::1]/", "internal"),
        ("https://[fe80::1%25eth0]/", "internal"),
        ("https://[64:ff9b::7f00:1]/", "internal"),
        ("https://shop.example.com/" + "a" * 2000, "too_long"),
    ],
)
def test_an_address_that_is_not_public_is_refused_and_says_why(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused) as refusal:
        accepted_url(url, policy=CLOSED)
    assert refusal.value.params == {"reason": reason}


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused(text: str) -> None:
    for start in ("", "https://", "https://[", "https://a.example/"):
        try:
            taken = accepted_url(start + text, policy=CLOSED)
        except UrlRefused:
            continue
        assert taken.isascii()
        assert accepted_url(taken, policy=CLOSED) == taken


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8", "169.254.0.1"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1"),
        *("2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1"),
    ],
)
def test_no_connection_goes_to_an_internal_address(address: str) -> None:
    assert is_internal(ipaddress.ip_address(address))
    with pytest.raises(AddressBlocked):
        permitted([address], host="shop.example.com", port=443, encrypted=True, policy=CLOSED)


@pytest.mark.parametrize("address", ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111"])
def test_a_connection_goes_to_a_public_address(address: str) -> None:
    assert permitted([address], host="shop.example.com", port=443, encrypted=True, policy=CLOSED) == [address]


def test_one_internal_address_among_public_ones_blocks_the_name() -> None:
    with pytest.raises(AddressBlocked):
        permitted(["8.8.8.8", "10.0.0.1"], host="shop.example.com", port=443, encrypted=True, policy=CLOSED)


def test_the_operator_opens_networks_and_names() -> None:
    policy = policy_of("10.1.0.0/16, hooks.intranet,fd00:1::/32")
    for url in ("http://10.1.2.3:81/x", "http://hooks.intranet/x", "http://[fd00:1::5]:9/x"):
        assert accepted_url(url, policy=policy) == url
    assert permitted(["10.1.2.3"], host="erp.example.com", port=80, encrypted=False, policy=policy)
    assert permitted(["10.9.9.9"], host="hooks.intranet", port=80, encrypted=False, policy=policy)
    for found in ("10.2.0.1", "127.0.0.1"):
        with pytest.raises(AddressBlocked):
            permitted([found], host="erp.example.com", port=443, encrypted=True, policy=policy)
    with pytest.raises(AddressBlocked):  # public, but not encrypted
        permitted(["8.8.8.8"], host="erp.example.com", port=80, encrypted=False, policy=policy)
    with pytest.raises(UrlRefused):
        accepted_url("https://10.2.0.1/", policy=policy)
