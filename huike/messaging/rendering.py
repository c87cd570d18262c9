"""From a template's words to a mail for one person. Pure: no database, no clock.

Marketers write Liquid; what stands in a person's file is data and is escaped, whatever it looks like. The frame is
MJML, turned into HTML once per template; per person only Liquid runs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import mrml
from liquid import BoundTemplate, Environment, Mode, Undefined
from liquid.exceptions import LiquidError

from huike.customers.built_in import SAID, FileField, Words
from huike.customers.fields.rules import Spec
from huike.kernel.errors import FieldError
from huike.kernel.text import clean_line
from huike.messaging.errors import LinkUnsafe, TemplateInvalid, VariablesMissing

PARTS: Final = ("subject", "preheader", "heading", "body", "button_label", "button_url")
_MARKUP = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
# [label](target), where the target may hold Liquid; and bare addresses.
_LINK = re.compile(
    r"\[(?P<label>[^\]\n]+)\]\((?P<target>(?:\{\{.*?\}\}|[^()\s{])+)\)"
    r"|(?P<bare>https?://[^\s<>\"'{}()，。；！？、（）]+[^\s<>\"'{}().,;!?，。；！？、（）])"
)
_SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
TRACKED_SCHEMES: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Variable:
    """Something a template may name. `example` is shown in the menu, in the language of the words beside it."""

    key: str
    words: Words
    example: Words


def _same(example: str) -> Words:
    return Words(example, example)


# Of what is not a choice, which has its first value for an example.
_EXAMPLES: Final[Mapping[str, Words]] = {
    "name": Words("王小明", "Ann Lee"),
    "birth_on": _same("1990-05-20"),
    "birthday": _same("2026-05-20"),
    "occupation": Words("教师", "teacher"),
    "interests": Words("茶、徒步", "tea, hiking"),
    "tags": Words("VIP、新客", "VIP, new"),
    "country": Words("中国", "China"),
    "province": Words("上海", "Shanghai"),
    "city": Words("上海", "Shanghai"),
    "district": Words("黄浦区", "Huangpu"),
    "home_store": Words("南京路店", "Nanjing Road"),
    "household": Words("王家", "the Wangs"),
    "household_size": _same("3"),
    "companies": Words("青禾科技", "Qinghe Ltd"),
    "owner": Words("李雷", "Lei Li"),
    "source": Words("南京路收银机", "Till at Nanjing Road"),
    "source_campaign": Words("2026 春茶", "Spring tea 2026"),
    "referrer": Words("韩梅梅", "Meimei Han"),
    "member": Words("是", "yes"),
    "member_since_at": _same("2024-05-01"),
    "created_at": _same("2024-05-01"),
    "orders_count": _same("3"),
    "returns_count": _same("1"),
    "spent": _same("1280.00"),
    "first_order_at": _same("2024-05-02"),
    "last_order_at": _same("2026-09-30"),
}


def variable_of(field_key: str) -> str:
    """The variable of a field of the file: an instant is said as its day."""
    return f"customer.{field_key.removesuffix('_at') + '_on' if field_key.endswith('_at') else field_key}"


def _of_field(field: FileField) -> Variable:
    first = next(iter(field.choices.values()), None)
    return Variable(variable_of(field.key), field.words, first or _EXAMPLES[field.key])


VARIABLES: Final = (
    Variable("customer.first_name", Words("称呼", "first name"), Words("王小明", "Ann")),
    *(_of_field(field) for field in SAID.values()),
    Variable("coupon.code", Words("券码", "coupon code"), _same("7K3M9QX2VD4T")),
    Variable("coupon.expires_on", Words("券有效期至", "coupon valid until"), _same("2026-12-31")),
    Variable("offer.name", Words("优惠名称", "offer name"), Words("回客九折", "Ten per cent off")),
    Variable("brand.name", Words("品牌名称", "brand name"), Words("青禾茶点", "Qinghe Tea")),
    Variable("unsubscribe_url", Words("退订链接", "link to unsubscribe"), _same("https://example.com/u/…")),
)
_OWN_EXAMPLES: Final = {"number": "2.5", "money": "1280.00", "date": "2026-05-20"}


def own_variable(spec: Spec) -> Variable:
    """The variable of a field of the operator's own; of a choice its first option is the example."""
    first = spec.options[0].name if spec.options else spec.name
    return Variable(f"{OWN_FIELDS}{spec.key}", _same(spec.name), _same(_OWN_EXAMPLES.get(spec.type, first)))


KNOWN_VARIABLES: Final = frozenset(variable.key for variable in VARIABLES)
OWN_FIELDS: Final = "customer.fields."
_NAMESPACES: Final[Mapping[str, Any]] = {key.split(".")[0]: {} for key in KNOWN_VARIABLES if "." in key}

_FILTERS: Final = frozenset(
    {
        "append", "at_least", "at_most", "capitalize", "ceil", "default", "divided_by", "downcase", "floor", "minus",
        "modulo", "plus", "prepend", "remove", "replace", "round", "size", "strip", "times", "truncate", "upcase",
        "url_encode",
    }
)  # fmt: skip
_TAGS: Final = frozenset(
    {"#", "assign", "break", "case", "comment", "content", "continue", "for", "if", "illegal", "output", "unless"}
)

_missing: ContextVar[list[str] | None] = ContextVar("missing", default=None)


class _Missing(Undefined):
    """A variable without a value: noted when it is written out, empty in conditions, replaced by `default`."""

    def __str__(self) -> str:
        noted = _missing.get()
        name = (self.hint or self.name).removesuffix(" is undefined").strip("'")
        if noted is not None and name not in noted:
            noted.append(name)
        return ""


class _MailEnvironment(Environment):
    block_nesting_limit = 10
    context_depth_limit = 10
    loop_iteration_limit = 200
    local_namespace_limit = 20_000
    output_stream_limit = 200_000


def _environment(*, autoescape: bool) -> Environment:
    environment = _MailEnvironment(
        autoescape=autoescape, undefined=_Missing, strict_filters=True, tolerance=Mode.STRICT
    )
    environment.filters = {k: v for k, v in environment.filters.items() if k in _FILTERS}
    environment.tags = {k: v for k, v in environment.tags.items() if k in _TAGS}
    return environment


_for_html = _environment(autoescape=True)
_for_text = _environment(autoescape=False)


@dataclass(frozen=True, slots=True)
class CompiledContent:
    """One language of one template version, ready to be filled in. Shared between threads."""

    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate
    links: tuple[BoundTemplate, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words for one person. `links` are the targets by number, as the person would reach them."""

    subject: str
    html: str
    text: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The look of a mail."""

    accent: str
    on_accent: str
    ground: str
    card: str
    ink: str
    soft: str
    ornament: str = ""


LAYOUTS: Final[Mapping[str, Layout]] = {
    "plain": Layout("#1f5f5b", "#ffffff", "#f4f5f4", "#ffffff", "#1c2321", "#69736f"),
    "festive": Layout("#b3261e", "#ffffff", "#fbeee6", "#fffaf5", "#3b1512", "#8a5a50", "❀ ❀ ❀"),
    "warm": Layout("#a8571a", "#ffffff", "#f8f1e7", "#ffffff", "#33261a", "#7d6a58"),
    "night": Layout("#e6c26e", "#1c1a14", "#15171c", "#20232b", "#f0eee8", "#a9a69c"),
}

_FOOTERS: Final = {
    "zh": ("你收到这封邮件,是因为你同意接收{{ brand.name }}的邮件。", "退订"),
    "en": ("You receive this because you agreed to e-mail from {{ brand.name }}.", "Unsubscribe"),
}


def links_of(content: Mapping[str, str]) -> list[str]:
    """The targets (Liquid sources) of a content's links in the order of their numbers: the body's, then the
    button's."""
    links = [match["target"] or match["bare"] for match in _LINK.finditer(content.get("body", ""))]
    if content.get("button_label") and content.get("button_url"):
        links.append(content["button_url"])
    return links


def compile_content(content: Mapping[str, str], *, layout: str, language: str) -> CompiledContent:
    """Raises TemplateInvalid naming the part when Liquid or the layout is wrong."""
    faults = faults_of(content, where="")
    if layout not in LAYOUTS:
        faults.append(FieldError("layout", "template.layout_unknown", {"known": sorted(LAYOUTS)}))
    if faults:
        raise TemplateInvalid(errors=faults)
    return CompiledContent(
        subject=_for_text.from_string(content["subject"]),
        html=_for_html.from_string(_html_source(content, layout=LAYOUTS[layout], language=language)),
        text=_for_text.from_string(_text_source(content, language=language)),
        links=tuple(_for_text.from_string(source) for source in links_of(content)),
    )


def faults_of(content: Mapping[str, str], *, where: str, own_fields: Collection[str] | None = None) -> list[FieldError]:
    """What is wrong with the words of one language, each with its part.

    `own_fields` are the keys of the operator's own fields that a template may name as `customer.fields.<key>`; None
    lets
    any pass, for words that were judged before.
    """
    faults = [
        FieldError(f"{where}{part}", "template.part_empty") for part in ("subject", "body") if not content.get(part)
    ]
    if bool(content.get("button_label")) != bool(content.get("button_url")):
        faults.append(FieldError(f"{where}button_url", "template.button_incomplete"))
    for part in PARTS:
        source = content.get(part, "")
        if not source:
            continue
        try:
            parsed = _for_html.from_string(source)
            used = parsed.global_variable_paths()
            filters = sorted(set(parsed.analyze().filters) - _FILTERS)
        except LiquidError as error:
            faults.append(FieldError(f"{where}{part}", "template.syntax", {"message": str(error)[:200]}))
            continue
        unknown = sorted(str(name) for name in used if not _is_known(str(name), own_fields))
        if unknown:
            faults.append(FieldError(f"{where}{part}", "template.variable_unknown", {"names": unknown}))
        if filters:
            faults.append(FieldError(f"{where}{part}", "template.filter_unknown", {"names": filters}))
    unsafe = [
        source
        for source in links_of(content)
        if not source.startswith("{{") and urlsplit(source).scheme not in _SAFE_SCHEMES
    ]
    faults.extend(FieldError(f"{where}button_url", LinkUnsafe.code, {"target": source[:200]}) for source in unsafe)
    return faults


def _is_known(name: str, own_fields: Collection[str] | None) -> bool:
    if name in KNOWN_VARIABLES:
        return True
    return name.startswith(OWN_FIELDS) and (own_fields is None or name.removeprefix(OWN_FIELDS) in own_fields)


def fill(
    compiled: CompiledContent,
    variables: Mapping[str, Any],
    *,
    link_urls: Sequence[str] | None = None,
    pixel_url: str = "",
) -> Rendered:
    """The mail for one person.

    `variables` is the nested mapping that Liquid sees (see `variables_of`). `link_urls` replace the links' targets
    by number (click tracking); without them links go straight to their targets. Raises VariablesMissing with every
    missing name at once, LinkUnsafe, and TemplateInvalid when a limit on loops or output is passed.
    """
    rendered, missing = fill_leniently(compiled, variables, link_urls=link_urls, pixel_url=pixel_url)
    if missing:
        raise VariablesMissing(missing=missing)
    for link in rendered.links:
        if urlsplit(link).scheme not in _SAFE_SCHEMES:
            raise LinkUnsafe(target=link[:200])
    return rendered


def fill_leniently(
    compiled: CompiledContent,
    variables: Mapping[str, Any],
    *,
    link_urls: Sequence[str] | None = None,
    pixel_url: str = "",
) -> tuple[Rendered, list[str]]:
    """As `fill`, for a preview: missing variables are left empty and listed, links are not judged."""
    noted: list[str] = []
    variables = {**_NAMESPACES, **variables}
    token = _missing.set(noted)
    try:
        targets = tuple(template.render(variables).strip() for template in compiled.links)
        scope = {
            **variables,
            "huike_links": [
                url if urlsplit(target).scheme in TRACKED_SCHEMES else target
                for url, target in zip(link_urls or targets, targets, strict=True)
            ],
            "huike_pixel": pixel_url,
        }
        rendered = Rendered(
            subject=clean_line(compiled.subject.render(variables)),
            html=compiled.html.render(scope),
            text=compiled.text.render(scope),
            links=targets,
        )
    except (LiquidError, ValueError) as error:
        raise TemplateInvalid(str(error)[:200]) from error
    finally:
        _missing.reset(token)
    return rendered, noted


def link_target(source: str, variables: Mapping[str, Any]) -> str:
    """Where a link goes for one person. Raises VariablesMissing, LinkUnsafe, TemplateInvalid."""
    noted: list[str] = []
    variables = {**_NAMESPACES, **variables}
    token = _missing.set(noted)
    try:
        target = _for_text.from_string(source).render(variables).strip()
    except (LiquidError, ValueError) as error:
        raise TemplateInvalid(str(error)[:200]) from error
    finally:
        _missing.reset(token)
    if noted:
        raise VariablesMissing(missing=noted)
    if urlsplit(target).scheme not in _SAFE_SCHEMES or any(ord(c) < 32 for c in target):
        raise LinkUnsafe(target=target[:200])
    return target


def _escaped(source: str) -> str:
    """Literal text escaped for HTML, Liquid left as it is."""
    return "".join(part if _MARKUP.fullmatch(part) else html.escape(part, quote=True) for part in _MARKUP.split(source))


def _body_html(body: str) -> str:
    pieces, position, number = [], 0, 0
    for match in _LINK.finditer(body):
        pieces.append(_escaped(body[position : match.start()]))
        label = match["label"] or match["bare"]
        pieces.append(f'<a href="{{{{ huike_links[{number}] }}}}">{_escaped(label)}</a>')
        position, number = match.end(), number + 1
    pieces.append(_escaped(body[position:]))
    paragraphs = re.split(r"\n\s*\n", "".join(pieces).replace("\r\n", "\n").strip())
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)


def _body_text(body: str) -> str:
    pieces, position, number = [], 0, 0
    for match in _LINK.finditer(body):
        pieces.append(body[position : match.start()])
        url = f"{{{{ huike_links[{number}] }}}}"
        pieces.append(f"{match['label']} ({url})" if match["label"] else url)
        position, number = match.end(), number + 1
    return "".join([*pieces, body[position:]])


def _button_number(content: Mapping[str, str]) -> int | None:
    has_button = content.get("button_label") and content.get("button_url")
    return len(links_of(content)) - 1 if has_button else None


def _footer(language: str) -> tuple[str, str]:
    return _FOOTERS.get(language.split("-")[0], _FOOTERS["en"])


def _html_source(content: Mapping[str, str], *, layout: Layout, language: str) -> str:
    """MJML knows nothing of Liquid, so it frames placeholders, which are filled afterwards."""
    button = _button_number(content)
    why, leave = _footer(language)
    frame = _FRAME.format(
        layout=layout,
        language=language,
        preheader="<mj-preview>huike-part-preheader</mj-preview>" if content.get("preheader") else "",
        heading='<mj-text font-size="24px" font-weight="600" line-height="1.35">huike-part-heading</mj-text>'
        if content.get("heading")
        else "",
        ornament=f'<mj-text align="center" color="{layout.accent}" font-size="18px">{layout.ornament}</mj-text>'
        if layout.ornament
        else "",
        button='<mj-button href="huike-part-button-url">huike-part-button-label</mj-button>'
        if button is not None
        else "",
    )
    output = mrml.to_html(frame).content
    parts = {
        "huike-part-title": _escaped(content["subject"]),
        "huike-part-preheader": _escaped(content.get("preheader", "")),
        "huike-part-heading": _escaped(content.get("heading", "")),
        "huike-part-body": _body_html(content["body"]),
        "huike-part-button-url": f"{{{{ huike_links[{button}] }}}}",
        "huike-part-button-label": _escaped(content.get("button_label", "")),
        "huike-part-why": _escaped(why),
        "huike-part-leave-url": "{{ unsubscribe_url }}",
        "huike-part-leave": leave,
    }
    # Longest names first: one is the beginning of another.
    names = "|".join(sorted(parts, key=len, reverse=True))
    filled = re.sub(names, lambda match: parts[match[0]], output)
    return filled.replace("</body>", f"{_PIXEL}</body>")


_PIXEL: Final = (
    '{% if huike_pixel != "" %}'
    '<img src="{{ huike_pixel }}" width="1" height="1" alt="" style="display:block">{% endif %}'
)


def _text_source(content: Mapping[str, str], *, language: str) -> str:
    button = _button_number(content)
    why, leave = _footer(language)
    blocks = [content.get("heading", ""), _body_text(content["body"].replace("\r\n", "\n").strip())]
    if button is not None:
        blocks.append(f"{content['button_label']}: {{{{ huike_links[{button}] }}}}")
    blocks.append(f"--\n{why}\n{leave}: {{{{ unsubscribe_url }}}}")
    return "\n\n".join(block for block in blocks if block) + "\n"


_FRAME = """<mjml lang="{language}"><mj-head><mj-title>huike-part-title</mj-title>{preheader}
<mj-attributes>
<mj-all font-family="-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" />
<mj-text color="{layout.ink}" font-size="16px" line-height="1.65" />
<mj-button background-color="{layout.accent}" color="{layout.on_accent}" border-radius="6px" font-size="16px"
  inner-padding="13px 28px" />
</mj-attributes></mj-head>
<mj-body background-color="{layout.ground}">
<mj-section padding="20px 0 8px"><mj-column>
<mj-text font-size="15px" font-weight="600" color="{layout.soft}">{{{{ brand.name }}}}</mj-text>
</mj-column></mj-section>
<mj-section background-color="{layout.card}" border-radius="10px" padding="24px 8px"><mj-column>
{ornament}{heading}<mj-text>huike-part-body</mj-text>{button}
</mj-column></mj-section>
<mj-section padding="12px 0 28px"><mj-column>
<mj-text font-size="12px" color="{layout.soft}">huike-part-why
<a href="huike-part-leave-url" style="color:{layout.soft}">huike-part-leave</a></mj-text>
</mj-column></mj-section>
</mj-body></mjml>"""
