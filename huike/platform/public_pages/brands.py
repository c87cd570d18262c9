"""Whose page it is: a name, and where given a colour and a logo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huike.platform.config import get_config
from huike.platform.public_pages.colours import ink_on, is_colour, legible_on

_HOUSE_ACCENT: Final = "#1f5f5b"
_LIGHT_CARD: Final = "#ffffff"
_DARK_CARD: Final = "#1e2427"


@dataclass(frozen=True, slots=True)
class Brand:
    """`accent` as `#1f5f5b`; `logo` an address on this server, or a `data:` address."""

    name: str
    accent: str = ""
    logo: str = ""


def the_operators() -> Brand:
    return Brand(get_config().brand_name)


@dataclass(frozen=True, slots=True)
class Paint:
    """The accent as it can be read on the light and on the dark card, each with the ink that reads on it."""

    light: str
    light_ink: str
    dark: str
    dark_ink: str


def paint_of(brand: Brand) -> Paint:
    accent = brand.accent if is_colour(brand.accent) else _HOUSE_ACCENT
    light, dark = legible_on(_LIGHT_CARD, accent), legible_on(_DARK_CARD, accent)
    return Paint(light, ink_on(light), dark, ink_on(dark))
