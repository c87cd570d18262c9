"""What text from outside may contain."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


def has_forbidden_characters(text: str) -> bool:
    """NUL (PostgreSQL cannot store it) or a lone surrogate (no encoding can carry it)."""
    return _FORBIDDEN.search(text) is not None


def clean_line(text: str) -> str:
    """One line as a person meant it: NFC, control characters and runs of white space become one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Zs", "Zl", "Zp"} else c for c in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())
