"""Whose numbering plan a phone number without country code is read by: the country told beside it, its source's, then
the operator's. Rules: docs/algorithms/identity.md §1."""

from __future__ import annotations

from functools import lru_cache
from time import monotonic
from typing import Final

from huike.customers.models import Source
from huike.kernel.text import clean_line
from huike.platform.config import get_config

# What people and shop systems write besides the names in English and Chinese.
_OTHER_NAMES: Final = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "united states of america": "US", "america": "US", "eire": "IE", "holland": "NL", "korea": "KR",
    "south korea": "KR", "prc": "CN", "p.r. china": "CN", "mainland china": "CN", "中国大陆": "CN",
    "中华人民共和国": "CN",
    "hong kong": "HK", "香港": "HK", "中国香港": "HK", "macau": "MO", "macao": "MO", "澳门": "MO", "中国澳门": "MO",
    "taiwan": "TW", "台湾": "TW", "中国台湾": "TW", "czech republic": "CZ", "uae": "AE", "阿联酋": "AE",
}  # fmt: skip
_REMEMBERED_SECONDS: Final = 60
_region_of_source: dict[str | int, tuple[float, str]] = {}


@lru_cache(maxsize=2_000)
def region_of(country: str | None) -> str | None:
    """The two letters of a country told as letters or by its name in English or Chinese; None where it is no country
    with telephones."""
    if not country:
        return None
    import phonenumbers

    told = clean_line(country)
    if told.upper() in phonenumbers.SUPPORTED_REGIONS:
        return told.upper()
    return _OTHER_NAMES.get(told.lower()) or _names().get(told.lower())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    import phonenumbers
    from phonenumbers.geodata.locale import LOCALE_DATA  # half a second that most processes never need

    known: dict[str, str] = {}
    for region, by_language in LOCALE_DATA.items():
        if region in phonenumbers.SUPPORTED_REGIONS:
            for language in ("en", "zh"):
                name = str(by_language.get(language, ""))
                if name.startswith("*"):
                    name = str(by_language.get(name[1:], ""))
                if name:
                    known[name.lower()] = region
    return known


def phone_regions(*, country: str | None = None, source: str | int | None = None) -> tuple[str, ...]:
    """The regions in the order they are tried, each once; `source` is its key or id. Its region may be a minute old."""
    told = (region_of(country), _of_source(source) if source else "", *get_config().phone_region_list)
    return tuple(dict.fromkeys(region for region in told if region))


def _of_source(key: str | int) -> str:
    now = monotonic()
    asked_at, region = _region_of_source.get(key, (0.0, ""))
    if not asked_at or now - asked_at > _REMEMBERED_SECONDS:
        named = Source.objects.filter(pk=key) if isinstance(key, int) else Source.objects.filter(key=key)
        region = named.values_list("phone_region", flat=True).first() or ""
        if len(_region_of_source) > 10_000:
            _region_of_source.clear()
        _region_of_source[key] = (now, region)
    return region


def forget(source_key: str, source_id: int) -> None:
    """A source was made here: ask for its region anew."""
    _region_of_source.pop(source_key, None)
    _region_of_source.pop(source_id, None)
