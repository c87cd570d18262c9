"""The catalogue of tags over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from huike.customers.tags import services
from huike.platform.api import problems
from huike.platform.job_schema import JobOut
from huike.platform.schema import Schema
from huike.staff.access import Requires, principal_of

router = Router(tags=["tags"])

TagName = Annotated[str, Field(min_length=1, max_length=40)]
Colour = Literal["grey", "red", "orange", "gold", "green", "teal", "blue", "purple"]


class TagOut(Schema):
    name: str
    colour: str
    description: str
    customers: int
    automatic: int = Field(description="How many carry it because a rule put it there; 0 for those who see some stores")


class TagIn(Schema):
    name: TagName
    colour: Colour = "grey"
    description: Annotated[str, Field(max_length=300)] = ""


class RenameIn(Schema):
    name: TagName
    to: TagName


class TagNameIn(Schema):
    name: TagName


@router.get(
    "/tags",
    auth=Requires("customers.read"),
    operation_id="list_tags",
    summary="Every tag that is described or carried, with how many customers carry it",
    response={200: list[TagOut], **problems()},
)
def list_tags(request: HttpRequest) -> list[TagOut]:
    return [TagOut.model_validate(tag) for tag in services.catalogue(scope=principal_of(request).scope)]


@router.put(
    "/tags",
    auth=Requires("customers.configure"),
    operation_id="describe_tag",
    summary="Give a tag its colour and meaning",
    response={200: TagIn, **problems()},
)
def describe_tag(request: HttpRequest, body: TagIn) -> TagIn:
    tag = services.describe(
        body.name, colour=body.colour, description=body.description, actor=principal_of(request).actor
    )
    return TagIn(name=tag.name, colour=body.colour, description=tag.description)


@router.post(
    "/tags/rename",
    auth=Requires("customers.configure"),
    operation_id="rename_tag",
    summary="Call a tag something else on every file; into a tag that exists it is merged",
    response={202: JobOut, **problems(404)},
)
def rename_tag(request: HttpRequest, body: RenameIn) -> Status[JobOut]:
    return Status(202, JobOut.of(services.rename(body.name, body.to, principal=principal_of(request))))


@router.post(
    "/tags/delete",
    auth=Requires("customers.configure"),
    operation_id="delete_tag",
    summary="Take a tag off every file",
    response={202: JobOut, **problems(404)},
)
def delete_tag(request: HttpRequest, body: TagNameIn) -> Status[JobOut]:
    return Status(202, JobOut.of(services.delete(body.name, principal=principal_of(request))))
