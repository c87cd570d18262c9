"""What stands out in a sentence: what is asked about, what it is compared with, and the quiet joints between. Marks are
characters that no text has, put in while the sentence is made and taken out when it is done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["field", "value", "joint", "words"]

_END = "\ue000"
_MARKS: dict[str, Kind] = {"\ue001": "field", "\ue002": "value", "\ue003": "joint"}
_BEGINS: dict[Kind, str] = {kind: mark for mark, kind in _MARKS.items()}
_ANY = re.compile(f"[{_END}{''.join(_MARKS)}]")
_PIECE = re.compile(f"([{''.join(_MARKS)}])([^{_END}]*){_END}|([^{''.join(_MARKS)}]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence. The pieces' texts, one after the other, are the sentence."""

    kind: Kind
    text: str


def field(text: str) -> str:
    """What is asked about."""
    return _marked("field", text)


def value(text: str) -> str:
    """What it is compared with."""
    return _marked("value", text)


def joint(text: str) -> str:
    """What joins conditions."""
    return _marked("joint", text)


def _marked(kind: Kind, text: str) -> str:
    # Marks do not nest: the outermost stands.
    return f"{_BEGINS[kind]}{plain(text)}{_END}" if text else ""


def plain(marked: str) -> str:
    return _ANY.sub("", marked)


def capitalised(marked: str) -> str:
    """With a capital where the text begins."""
    at = next((place for place, char in enumerate(marked) if not _ANY.match(char)), 0)
    return marked[:at] + marked[at : at + 1].upper() + marked[at + 1 :]


def parts_of(marked: str) -> tuple[Part, ...]:
    return tuple(
        Part("words", match[3]) if match[3] is not None else Part(_MARKS[match[1]], match[2])
        for match in _PIECE.finditer(marked)
    )
