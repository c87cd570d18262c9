"""Tags that follow segments, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.schemas import Id, NamedRef
from huike.platform.api import problems
from huike.platform.schema import Schema
from huike.segments.models import TagRule
from huike.segments.tagging import services
from huike.staff.access import Requires, principal_of

router = Router(tags=["tags"])


class TagRuleIn(Schema):
    tag: Annotated[str, Field(min_length=1, max_length=40)]
    segment_id: Id


class TagRuleOut(Schema):
    """`put` and `taken` are of the latest run; null before the first."""

    id: int
    tag: str
    segment: NamedRef
    ran_at: datetime | None
    put: int | None
    taken: int | None

    @classmethod
    def of(cls, rule: TagRule) -> TagRuleOut:
        return cls(
            id=rule.pk,
            tag=rule.tag,
            segment=NamedRef(id=rule.segment_id, name=rule.segment.name),
            ran_at=rule.ran_at,
            put=None if rule.ran_at is None else rule.put,
            taken=None if rule.ran_at is None else rule.taken,
        )


@router.get(
    "/tag-rules",
    auth=Requires("segments.read"),
    operation_id="list_tag_rules",
    summary="Which tags follow which segments, and what the latest run did",
    response={200: list[TagRuleOut], **problems()},
)
def list_tag_rules(request: HttpRequest) -> list[TagRuleOut]:
    return [TagRuleOut.of(rule) for rule in services.list_rules()]


@router.put(
    "/tag-rules",
    auth=Requires("customers.configure"),
    operation_id="set_tag_rule",
    summary="The members of a segment carry a tag, from now on and after each refresh",
    response={200: TagRuleOut, **problems(404, 409)},
)
def set_tag_rule(request: HttpRequest, body: TagRuleIn) -> TagRuleOut:
    return TagRuleOut.of(services.set_rule(body.tag, body.segment_id, actor=principal_of(request).actor))


@router.delete(
    "/tag-rules/{id}",
    auth=Requires("customers.configure"),
    operation_id="delete_tag_rule",
    summary="End a rule; the tag leaves the files on which the rule put it",
    response={204: None, **problems(404)},
)
def delete_tag_rule(request: HttpRequest, id: Id) -> Status[None]:
    services.delete_rule(id, actor=principal_of(request).actor)
    return Status(204, None)
