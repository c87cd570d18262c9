"""Whether a colour can be read, by the contrast ratio of WCAG 2.2 (relative luminance of sRGB). Pure."""

from __future__ import annotations

import re
from typing import Final

# What WCAG asks of text of ordinary size.
LEGIBLE: Final = 4.5
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")

Channels = tuple[int, int, int]


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as `#1f5f5b`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white). Both are colours as `#1f5f5b`."""
    darker, lighter = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (lighter + 0.05) / (darker + 0.05)


def legible_on(ground: str, colour: str) -> str:
    """`colour`, or the nearest shade of it towards black or white that can be read on `ground`."""
    target = 255 if _luminance(_channels(ground)) < 0.18 else 0
    channels = _channels(colour)
    for step in range(21):
        share = step / 20
        red, green, blue = (round(channel + (target - channel) * share) for channel in channels)
        shade = f"#{red:02x}{green:02x}{blue:02x}"
        if contrast(shade, ground) >= LEGIBLE:
            return shade
    return "#ffffff" if target else "#000000"


def ink_on(ground: str) -> str:
    """White or near-black, whichever reads better on `ground`."""
    return max(("#ffffff", "#111614"), key=lambda ink: contrast(ink, ground))


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(channels: Channels) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in channels)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
