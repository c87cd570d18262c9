"""Writes: templates, the sending rules, dispatches and their messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from huike.customers.fields.selectors import specs
from huike.kernel.errors import FieldError
from huike.messaging import gate
from huike.messaging.errors import (
    DispatchStateWrong,
    MessageNotFound,
    MessageNotResendable,
    TemplateInvalid,
    TemplateNotFound,
)
from huike.messaging.models import Dispatch, Message, SendingRules, Template, TemplateVersion
from huike.messaging.rendering import LAYOUTS, compile_content, faults_of, links_of
from huike.messaging.rules import Limits
from huike.platform import clock
from huike.platform.audit import Actor, record
from huike.platform.config import get_config

LANGUAGES = ("zh-CN", "en")
Contents = Mapping[str, Mapping[str, str]]


def check_contents(contents: Contents, *, layout: str) -> None:
    """Raises TemplateInvalid with everything that is wrong, by language and part."""
    faults: list[FieldError] = []
    own_fields = specs().keys()
    if not contents:
        faults.append(FieldError("contents", "template.language_missing"))
    if layout not in LAYOUTS:
        faults.append(FieldError("layout", "template.layout_unknown", {"known": sorted(LAYOUTS)}))
    for language, content in contents.items():
        if language not in LANGUAGES:
            faults.append(FieldError(f"contents.{language}", "template.language_unknown", {"known": list(LANGUAGES)}))
        faults.extend(faults_of(content, where=f"contents.{language}.", own_fields=own_fields))
    if faults:
        raise TemplateInvalid(errors=faults)
    for language, content in contents.items():
        compile_content(content, layout=layout, language=language)


def create_template(
    actor: Actor, *, name: str, channel: str, purpose: str, layout: str, contents: Contents, user_id: int | None
) -> Template:
    """Raises TemplateInvalid."""
    check_contents(contents, layout=layout)
    with transaction.atomic():
        template = Template.objects.create(name=name, channel=channel, purpose=purpose, created_by_id=user_id)
        _add_version(template, layout=layout, contents=contents)
        record(actor, "create_template", subject_kind="template", subject_id=template.pk)
    return template


def change_template(
    actor: Actor,
    template_id: int,
    *,
    name: str | None,
    purpose: str | None,
    layout: str | None,
    contents: Contents | None,
) -> Template:
    """Change a template; new words become a new version, messages keep theirs. Raises TemplateNotFound,
    TemplateInvalid."""
    with transaction.atomic():
        template = Template.objects.select_for_update().filter(pk=template_id, archived_at=None).first()
        if template is None:
            raise TemplateNotFound
        current = current_version(template)
        new_layout, new_contents = layout or current.layout, contents or current.contents
        if (new_layout, new_contents) != (current.layout, current.contents):
            check_contents(new_contents, layout=new_layout)
            template.version += 1
            _add_version(template, layout=new_layout, contents=new_contents)
        template.name = name or template.name
        template.purpose = purpose or template.purpose
        template.updated_at = clock.now()
        template.save()
        record(actor, "change_template", subject_kind="template", subject_id=template.pk)
    return template


def archive_template(actor: Actor, template_id: int) -> None:
    """Take a template off the list; what was sent keeps its words. Raises TemplateNotFound."""
    with transaction.atomic():
        if not Template.objects.filter(pk=template_id, archived_at=None).update(archived_at=clock.now()):
            raise TemplateNotFound
        record(actor, "archive_template", subject_kind="template", subject_id=template_id)


def current_version(template: Template) -> TemplateVersion:
    return TemplateVersion.objects.get(template_id=template.pk, version=template.version)


def _add_version(template: Template, *, layout: str, contents: Contents) -> TemplateVersion:
    kept = {language: {part: text for part, text in words.items() if text} for language, words in contents.items()}
    return TemplateVersion.objects.create(
        template=template,
        version=template.version,
        layout=layout,
        contents=kept,
        links={language: links_of(words) for language, words in kept.items()},
    )


def change_sending_rules(actor: Actor, limits: Limits) -> None:
    """Set the cap and the quiet hours for everybody, from the next claim on."""
    with transaction.atomic():
        SendingRules.objects.update_or_create(
            pk=1,
            defaults={
                "cap_messages": limits.cap_messages,
                "cap_days": limits.cap_days,
                "quiet_from": limits.quiet_from,
                "quiet_until": limits.quiet_until,
                "updated_at": clock.now(),
            },
        )
        record(
            actor,
            "change_sending_rules",
            subject_kind="channel",
            details={
                "cap_messages": limits.cap_messages,
                "cap_days": limits.cap_days,
                "quiet_from": str(limits.quiet_from or ""),
                "quiet_until": str(limits.quiet_until or ""),
            },
        )


def open_dispatch_for(campaign_id: int, *, channel: str, purpose: str) -> Dispatch:
    """The campaign's dispatch, made in state `preparing` where there is none yet."""
    dispatch, _ = Dispatch.objects.get_or_create(
        campaign_id=campaign_id, defaults={"channel": channel, "purpose": purpose}
    )
    return dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One person to write to. `variables` are the message's own (`coupon`, `offer`)."""

    customer_id: int
    arm: int
    template_version_id: int
    variables: Mapping[str, Any]


def add_messages(dispatch: Dispatch, addressees: Iterable[Addressee], *, now: datetime) -> int:
    """Write messages to these people, through the gate: those it refuses are written too, as not sent, with their
    reason.

    Set-based; a person who has a message of this dispatch gets no second one, so it may be called again after a crash.
    The number of messages written.
    """
    rows = list(addressees)
    versions = TemplateVersion.objects.in_bulk({row.template_version_id for row in rows})
    asked = gate.gate(channel=dispatch.channel, purpose=dispatch.purpose, now=now, limits=gate.limits())
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD.format(refusal=asked.refusal, joins=asked.joins),
            {
                **asked.params,
                "dispatch_id": dispatch.pk,
                "campaign_id": dispatch.campaign_id,
                "channel": dispatch.channel,
                "purpose": dispatch.purpose,
                "now": now,
                "customer_ids": [row.customer_id for row in rows],
                "arms": [row.arm for row in rows],
                "version_ids": [row.template_version_id for row in rows],
                "variables": [json.dumps(dict(row.variables), ensure_ascii=False) for row in rows],
                "language_versions": [pk for pk, version in versions.items() for _ in version.contents],
                "language_bases": [
                    language.split("-")[0].lower() for version in versions.values() for language in version.contents
                ],
                "languages": [language for version in versions.values() for language in version.contents],
                "fallback_versions": list(versions),
                "fallbacks": [_fallback(version) for version in versions.values()],
            },
        )
        return int(cursor.rowcount)


def _fallback(version: TemplateVersion) -> str:
    operator = get_config().language
    return operator if operator in version.contents else sorted(version.contents)[0]


_ADD = """
INSERT INTO messaging_message
  (dispatch_id, customer_id, campaign_id, arm, channel, purpose, template_version_id, language, variables, state,
   reason, not_before_at, attempts_count)
SELECT %(dispatch_id)s, candidate.customer_id, %(campaign_id)s::bigint, candidate.arm, %(channel)s, %(purpose)s,
       candidate.version_id, COALESCE(own.language, fallback.language), candidate.variables::jsonb,
       CASE WHEN judged.refusal IS NULL THEN 'queued' ELSE 'not_sent' END, COALESCE(judged.refusal, ''), %(now)s, 0
  FROM unnest(%(customer_ids)s::bigint[], %(arms)s::smallint[], %(version_ids)s::bigint[], %(variables)s::text[])
       AS candidate (customer_id, arm, version_id, variables)
  {joins}
  CROSS JOIN LATERAL (SELECT {refusal} AS refusal) judged
  JOIN unnest(%(fallback_versions)s::bigint[], %(fallbacks)s::text[]) AS fallback (version_id, language)
    ON fallback.version_id = candidate.version_id
  LEFT JOIN unnest(%(language_versions)s::bigint[], %(language_bases)s::text[], %(languages)s::text[])
       AS own (version_id, base, language)
    ON own.version_id = candidate.version_id
   AND own.base = lower(split_part(replace(reach.language, '_', '-'), '-', 1))
 WHERE EXISTS (SELECT 1 FROM customers_customer kept WHERE kept.id = candidate.customer_id)
    ON CONFLICT (dispatch_id, customer_id) DO NOTHING
"""


_MOVES = {
    "open": ({Dispatch.State.PREPARING, Dispatch.State.PAUSED}, Dispatch.State.OPEN),
    "pause": ({Dispatch.State.OPEN}, Dispatch.State.PAUSED),
    "stop": (
        {Dispatch.State.PREPARING, Dispatch.State.OPEN, Dispatch.State.PAUSED},
        Dispatch.State.STOPPED,
    ),
}


def move_dispatch(dispatch_id: int, move: str) -> None:
    """`open` (also: resume), `pause` or `stop` in the caller's transaction. Sending notices before the next message;
    what is with the server already is finished. Raises DispatchStateWrong."""
    allowed, state = _MOVES[move]
    changes: dict[str, Any] = {"state": state}
    if move == "open":
        changes |= {"opened_at": clock.now(), "trouble": "", "failures_count": 0, "retry_at": None}
    if not Dispatch.objects.filter(pk=dispatch_id, state__in=allowed).update(**changes):
        raise DispatchStateWrong(move=move)


def stop_unsent(dispatch_id: int) -> int:
    """Give up the waiting messages of a stopped dispatch, with a reason that is counted; how many."""
    return Message.objects.filter(
        dispatch_id=dispatch_id, state__in=[Message.State.QUEUED, Message.State.HELD, Message.State.CLAIMED]
    ).update(state=Message.State.NOT_SENT, reason="stopped")


def resend(actor: Actor, message_id: int) -> Message:
    """A person decides that an uncertain or failed message goes out again; the gate is asked again. Raises
    MessageNotFound, MessageNotResendable."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None:
            raise MessageNotFound
        if message.state not in {Message.State.UNCERTAIN, Message.State.FAILED}:
            raise MessageNotResendable(state=message.state)
        message.state, message.reason, message.run_id, message.claimed_at = Message.State.QUEUED, "", None, None
        message.not_before_at = clock.now()
        message.attempts_count = 0
        message.save()
        Dispatch.objects.filter(pk=message.dispatch_id, state=Dispatch.State.DONE).update(state=Dispatch.State.OPEN)
        record(actor, "resend_message", subject_kind="message", subject_id=message_id)
    return message
