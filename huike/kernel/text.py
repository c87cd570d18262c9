"""What text from outside may contain."""

from __future__ import annotations

import unicodedata


def has_forbidden_characters(text: str) -> bool:
    """NUL (PostgreSQL cannot store it) or a lone surrogate (no encoding can carry it)."""
    return "\x00" in text or any(unicodedata.category(c) == "Cs" for c in text if ord(c) > 0xD7FF)


def clean_line(text: str) -> str:
    """One line as a person meant it: NFC, control characters and runs of white space become one space."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Zs", "Zl", "Zp"} else c for c in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())
