"""The document a page is made of, and what makes it unfit to publish. Pure but for its shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from huike.customers.fields.rules import Spec
from huike.customers.wordings import Words
from huike.kernel.errors import FieldError
from huike.platform.public_pages.colours import LEGIBLE, contrast
from huike.platform.schema import Schema

SLUG_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])$"
OWN_FIELDS: Final = ("name", "gender", "birthday", "city")
FIELD_PREFIX: Final = "field:"
FIELD_TYPES: Final = frozenset({"text", "number", "date", "choice", "multi_choice"})
MOST_FIELDS: Final = 20

Language = Literal["zh", "en"]
AddressKind = Literal["phone", "email"]
Need = Literal["no", "optional", "required"]
Short = Annotated[str, Field(max_length=120)]
Long = Annotated[str, Field(max_length=2000)]


class ShortWords(Schema):
    zh: Short = ""
    en: Short = ""


class LongWords(Schema):
    zh: Long = ""
    en: Long = ""


class Asked(Schema):
    """`field` is one of the file's own (name, gender, birthday, city), or `field:<key>` for the operator's."""

    field: Annotated[str, Field(max_length=60)]
    required: bool = False


class AskedConsent(Schema):
    channel: Literal["email", "sms", "wechat", "phone"]
    purpose: Literal["marketing", "service"]
    text: LongWords


class Design(Schema):
    title: ShortWords = ShortWords()
    welcome: LongWords = LongWords()
    button: ShortWords = ShortWords()
    thanks: LongWords = LongWords()
    notice: LongWords = LongWords()
    notice_url: Annotated[str, Field(max_length=500, pattern=r"^(https?://[^\s\"'<>]+)?$")] = ""
    accent: Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""
    logo: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    phone: Need = "required"
    email: Need = "no"
    confirm_by: Annotated[list[AddressKind], Field(max_length=2)] = ["phone"]
    fields: Annotated[list[Asked], Field(max_length=MOST_FIELDS)] = []
    lunar: bool = False
    consents: Annotated[list[AskedConsent], Field(max_length=8)] = []
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=10)] = []
    home_store_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    shows_referral_link: bool = False

    def needs(self, kind: AddressKind) -> Need:
        return self.phone if kind == "phone" else self.email


_REACHED_BY: Final[Mapping[str, AddressKind]] = {"email": "email", "sms": "phone", "phone": "phone"}
_TEXTS: Final = ("title", "welcome", "button", "thanks", "notice")


def faults_of(design: Design, *, specs: Mapping[str, Spec], logos: Collection[str]) -> list[FieldError]:
    """Everything that keeps this design from being published, each with its place."""
    faults: list[FieldError] = []

    def fault(where: str, code: str, **params: object) -> None:
        faults.append(FieldError(where, f"sign_up.{code}", dict(params)))

    if not (design.title.zh and design.title.en):
        fault("title", "title_missing")
    for name in _TEXTS[1:]:
        words = getattr(design, name)
        if bool(words.zh) != bool(words.en):
            fault(name, "one_language")
    if design.accent and contrast(design.accent, "#ffffff") < LEGIBLE:
        fault("accent", "accent_pale", contrast=round(contrast(design.accent, "#ffffff"), 1))
    if design.logo and design.logo not in logos:
        fault("logo", "logo_unknown")
    if not design.confirm_by or len(set(design.confirm_by)) < len(design.confirm_by):
        fault("confirm_by", "nothing_confirmed")
    for kind in design.confirm_by:
        if design.needs(kind) == "no":
            fault("confirm_by", "confirms_unasked", kind=kind)
    _judge_fields(design, specs, fault)
    seen = set()
    for index, consent in enumerate(design.consents):
        if not (consent.text.zh and consent.text.en):
            fault(f"consents.{index}", "consent_without_words")
        needed = _REACHED_BY.get(consent.channel)
        if needed is not None and design.needs(needed) == "no":
            fault(f"consents.{index}", "consent_unreachable", channel=consent.channel)
        if (consent.channel, consent.purpose) in seen:
            fault(f"consents.{index}", "consent_repeated")
        seen.add((consent.channel, consent.purpose))
    return faults


def _judge_fields(design: Design, specs: Mapping[str, Spec], fault: object) -> None:
    assert callable(fault)  # noqa: S101
    seen = set()
    for index, asked in enumerate(design.fields):
        where = f"fields.{index}"
        if asked.field in seen:
            fault(where, "field_repeated")
        seen.add(asked.field)
        if asked.field in OWN_FIELDS:
            continue
        spec = specs.get(asked.field.removeprefix(FIELD_PREFIX)) if asked.field.startswith(FIELD_PREFIX) else None
        if spec is None:
            fault(where, "field_unknown", field=asked.field)
        elif spec.type not in FIELD_TYPES or spec.unique:
            fault(where, "field_unfit", field=asked.field)


def words_of(language: str, consent: AskedConsent) -> Words:
    """What stands beside a box of this page in one language."""
    return Words(
        language=language, channel=consent.channel, purpose=consent.purpose, text=getattr(consent.text, language)
    )


def address_to_confirm(design: Design, given: Mapping[str, str]) -> AddressKind | None:
    """Which of the addresses she gave is confirmed: the first that the page confirms."""
    return next((kind for kind in design.confirm_by if kind in given), None)
