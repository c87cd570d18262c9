"""A place's code as something to print: the QR code alone (SVG, PNG), and a page of A5 to print or save as PDF."""

from __future__ import annotations

from io import BytesIO

import segno
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from huike.platform.config import get_config
from huike.platform.public_pages.brands import paint_of
from huike.signup.design import Design
from huike.signup.models import Place, SignUpPage
from huike.signup.showing import brand_of


def address_of_page(page: SignUpPage) -> str:
    return f"{get_config().base_url}/join/{page.slug}"


def address_of_place(place: Place) -> str:
    return f"{address_of_page(place.page)}?p={place.code}"


def qr_svg(address: str) -> bytes:
    out = BytesIO()
    segno.make_qr(address, error="q").save(out, kind="svg", scale=10, border=4, dark="#000", light="#fff")
    return out.getvalue()


def qr_png(address: str) -> bytes:
    """About 4 cm at 600 dots an inch."""
    out = BytesIO()
    segno.make_qr(address, error="q").save(out, kind="png", scale=24, border=4, dark="#000", light="#fff")
    return out.getvalue()


def poster_html(place: Place, design: Design, *, store: str, clerk: str) -> str:
    """One A5 page in both languages, without anything to fetch but the logo."""
    brand = brand_of(design)
    drawn = segno.make_qr(address_of_place(place), error="q").svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff"
    )
    return render_to_string(
        "signup/poster.html",
        {
            "brand": brand,
            "accent": paint_of(brand).light,
            "title_zh": design.title.zh,
            "title_en": design.title.en,
            "qr": mark_safe(drawn),  # noqa: S308 - drawn here from an address of ours
            "address": address_of_place(place),
            "label": " · ".join(part for part in (store, clerk, place.label) if part),
        },
    )
