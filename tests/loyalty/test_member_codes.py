"""The code on a phone, as the server makes it and a till takes it; docs/algorithms/cards.md, section 4."""

from __future__ import annotations

import importlib.util
from base64 import b32decode, b32encode, b64encode
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from huike.loyalty.cards import codes, rules
from huike.loyalty.cards.errors import CodeTooEarly, CodeTooOld, CodeUnreadable

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER = "880000000013"


def till_module() -> ModuleType:
    """The reference till's file, as an integrator copies it: outside any package."""
    path = Path(__file__).parents[2] / "examples" / "till" / "member_code.py"
    spec = importlib.util.spec_from_file_location("member_code", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


till = till_module()


def a_till() -> object:
    return till.MemberCodes(b64encode(codes.public_key_bytes()).decode())


def takes(code: str, at: datetime, at_till: object = None) -> str:
    """The number, or why it is refused."""
    try:
        return str((at_till or a_till()).take(code, now=at.timestamp()))  # type: ignore[attr-defined]
    except till.CodeRefused as refused:
        return str(refused.reason)


def server_reads(code: str, at: datetime) -> str:
    reasons = {CodeUnreadable: "unreadable", CodeTooOld: "too_old", CodeTooEarly: "too_early"}
    try:
        return codes.read(code, now=at).number
    except tuple(reasons) as error:
        return reasons[type(error)]


def test_a_code_is_taken_from_half_a_minute_before_its_own_until_half_a_minute_after() -> None:
    assert codes.step_of(NOW) == 59_844_000
    code = codes.code_of(NUMBER, codes.step_of(NOW))
    for seconds, said in [
        (-31, "too_early"),
        (-30.001, "too_early"),
        (-30, NUMBER),
        (0, NUMBER),
        (59.999, NUMBER),
        (60, "too_old"),
        (3_600, "too_old"),
    ]:
        at = NOW + timedelta(seconds=seconds)
        assert (takes(code, at), server_reads(code, at)) == (said, said)


def test_what_a_phone_fetches_ahead_carries_it_for_five_minutes_to_the_half_minute() -> None:
    shown = codes.codes_from(NUMBER, NOW + timedelta(seconds=12))
    assert len(shown) == 10
    assert (shown[0].starts_at, shown[-1].ends_at) == (NOW, NOW + timedelta(minutes=5))
    assert all(before.ends_at == after.starts_at for before, after in pairwise(shown))
    for one in shown:
        assert takes(one.code, one.starts_at) == takes(one.code, one.ends_at - timedelta(seconds=1)) == NUMBER


def test_a_till_takes_a_code_once_and_the_next_one_again() -> None:
    one = a_till()
    first, second = (shown.code for shown in codes.codes_from(NUMBER, NOW, count=2))
    assert takes(first, NOW, one) == NUMBER
    assert takes(first, NOW + timedelta(seconds=59), one) == "used"
    assert takes(second, NOW + timedelta(seconds=30), one) == NUMBER
    # What is too old anyway need not be remembered: a till's memory does not grow with the day.
    assert takes(codes.code_of(NUMBER, codes.step_of(NOW) + 5), NOW + timedelta(seconds=150), one) == NUMBER
    assert len(one._taken) == 1  # type: ignore[attr-defined]


@given(st.integers(0, 10**18 - 1), st.integers(8, 19), st.integers(0, 2**32 - 1))
def test_what_the_server_signs_every_till_reads(body: int, length: int, step: int) -> None:
    payload = f"{body:0{length - 1}d}"[-(length - 1) :]
    number = payload + rules.check_digit(payload)
    code = codes.code_of(number, step)
    at = datetime.fromtimestamp(step * 30, UTC) if step * 30 < 2**38 else NOW
    assert a_till().read(code) == (number, step)  # type: ignore[attr-defined]
    assert server_reads(code, at) == takes(code, at) == number


@given(st.data())
def test_one_changed_character_and_it_is_no_code(data: st.DataObject) -> None:
    code = codes.code_of(NUMBER, codes.step_of(NOW))
    # The last character carries a bit that is not part of the code.
    place = data.draw(st.integers(0, len(code) - 2))
    other = data.draw(st.sampled_from([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if c != code[place]]))
    told = code[:place] + other + code[place + 1 :]
    assert (takes(told, NOW), server_reads(told, NOW)) == ("unreadable", "unreadable")


@given(st.one_of(st.text(max_size=200), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=125, max_size=125)))
def test_whatever_is_scanned_is_refused_and_nothing_breaks(text: str) -> None:
    for told in (text, codes.MARK + text):
        assert (takes(told, NOW), server_reads(told, NOW)) == ("unreadable", "unreadable")


def test_a_till_can_make_no_code_and_another_house_neither() -> None:
    """All a till holds is 32 public bytes; a code signed by any other key is refused."""
    assert len(codes.public_key_bytes()) == 32
    code = codes.code_of(NUMBER, codes.step_of(NOW))
    payload = b32decode(code[3:] + "===")[:14]
    for key in (Ed25519PrivateKey.generate(), Ed25519PrivateKey.from_private_bytes(codes.public_key_bytes())):
        forged = codes.MARK + b32encode(payload + key.sign(payload)).decode().rstrip("=")
        assert len(forged) == len(code)
        assert (takes(forged, NOW), server_reads(forged, NOW)) == ("unreadable", "unreadable")


def test_a_scanner_that_types_small_letters_or_breaks_lines_is_understood() -> None:
    code = codes.code_of(NUMBER, codes.step_of(NOW))
    told = f"\n{code.lower()[:60]}\r\n{code.lower()[60:]} "
    assert takes(told, NOW) == server_reads(told, NOW) == NUMBER


def test_the_code_fits_a_small_qr_code_of_letters_and_digits() -> None:
    code = codes.code_of("9" * 19, 2**32 - 1)
    assert len(code) == 128
    drawn = segno.make_qr(code, error="m")
    assert (drawn.designator, drawn.mode, drawn.symbol_size(border=0)) == ("6-M", "alphanumeric", (41, 41))
