"""A design as the page shows it: the same for visitors and for the editor's preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huike.customers.fields.rules import Spec
from huike.platform.config import get_config
from huike.platform.public_pages import Brand
from huike.signup.answers import GENDERS
from huike.signup.design import FIELD_PREFIX, Design
from huike.signup.words import WORDS


def brand_of(design: Design) -> Brand:
    logo = f"/join/logo/{design.logo}" if design.logo else ""
    return Brand(get_config().brand_name, accent=design.accent, logo=logo)


def form_context(
    design: Design,
    *,
    language: str,
    specs: Mapping[str, Spec],
    typed: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What `signup/form.html` needs. `faults` are codes by member."""
    words, typed, faults = WORDS[language], typed or {}, faults or {}

    def one(name: str) -> str:
        values = list(typed.get(name, ()))
        return values[0] if values else ""

    def member(name: str, label: str, **more: Any) -> dict[str, Any]:
        error = words.get(faults.get(name, ""), "") if name in faults else ""
        return {"name": name, "label": label, "value": one(name), "error": error, **more}

    fields: list[dict[str, Any]] = []
    for kind in ("phone", "email"):
        need = design.needs(kind)
        if need == "no":
            continue
        confirmed = kind in design.confirm_by
        fields.append(
            member(
                kind,
                words[kind],
                kind="tel" if kind == "phone" else "email",
                required=need == "required",
                help=words[f"{kind}_help"] if confirmed else words["noted_help"],
                autocomplete="tel" if kind == "phone" else "email",
                inputmode="tel" if kind == "phone" else "email",
                maxlength=254,
            )
        )
    for asked in design.fields:
        fields.extend(_asked(asked.field, asked.required, design, specs, words, member, one, typed))
    consents = [
        {
            "name": f"consent_{index}",
            "label": getattr(consent.text, language) or consent.text.zh or consent.text.en,
            "checked": bool(one(f"consent_{index}")),
        }
        for index, consent in enumerate(design.consents)
    ]
    return {
        "title": getattr(design.title, language) or design.title.zh or design.title.en or get_config().brand_name,
        "welcome": _lines(getattr(design.welcome, language)),
        "notice_text": _lines(getattr(design.notice, language)),
        "notice_url": design.notice_url,
        "button": getattr(design.button, language) or words["button"],
        "fields": fields,
        "consents": consents,
        "words": words,
        "steps": words["steps"].split("|"),
        "notice": {"kind": "bad", "text": words["check"]} if faults else {},
    }


def _asked(
    name: str,
    required: bool,
    design: Design,
    specs: Mapping[str, Spec],
    words: Mapping[str, str],
    member: Any,
    one: Any,
    typed: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    if name == "name":
        return [member("name", words["name"], required=required, autocomplete="name", maxlength=100)]
    if name == "city":
        return [member("city", words["city"], required=required, autocomplete="address-level2", maxlength=80)]
    if name == "gender":
        options = [{"value": "", "label": words["choose"]}, *({"value": g, "label": words[g]} for g in GENDERS)]
        return [member("gender", words["gender"], kind="select", options=options, required=required)]
    if name == "birthday":
        if not design.lunar:
            return [member("birthday", words["birthday"], kind="date", required=required, autocomplete="bday")]
        parts = [
            {
                "name": f"birthday_{part}",
                "label": words[part],
                "value": one(f"birthday_{part}"),
                "inputmode": "numeric",
                "maxlength": 4 if part == "year" else 2,
                "hide_optional": True,
            }
            for part in ("year", "month", "day")
        ]
        calendar = {
            "name": "birthday_calendar",
            "label": words["calendar"],
            "kind": "select",
            "hide_optional": True,
            "value": one("birthday_calendar"),
            "options": [{"value": "solar", "label": words["solar"]}, {"value": "lunar", "label": words["lunar"]}],
        }
        leap = {"name": "birthday_leap", "label": words["leap"], "checked": one("birthday_leap") == "yes"}
        return [
            member("birthday", words["birthday"], kind="parts", parts=parts, calendar=calendar, leap=leap,
                   required=required)
        ]  # fmt: skip
    spec = specs.get(name.removeprefix(FIELD_PREFIX))
    if spec is None:
        return []
    if spec.type in {"choice", "multi_choice"}:
        options = [{"value": option.key, "label": option.name} for option in spec.options]
        if spec.type == "choice":
            options = [{"value": "", "label": words["choose"]}, *options]
            return [member(name, spec.name, kind="select", options=options, required=required)]
        chosen = set(typed.get(name, ()))
        boxes = [{**option, "checked": option["value"] in chosen} for option in options]
        return [member(name, spec.name, kind="boxes", options=boxes, required=required)]
    more: dict[str, dict[str, Any]] = {
        "text": {"maxlength": 500},
        "number": {"inputmode": "decimal", "maxlength": 25},
        "date": {"kind": "date"},
    }
    return [member(name, spec.name, required=required, **more.get(spec.type, {}))]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
