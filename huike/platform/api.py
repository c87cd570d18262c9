"""What every HTTP door shares: problem documents, the body parser, keyset pages over a queryset."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import models
from django.db.models import F, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import QueryDict
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

from huike.kernel.errors import FieldError, HuikeError, Invalid
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.text import has_forbidden_characters
from huike.platform.schema import Problem

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "https://huike.dev/problems/"


class UnstorableText(HuikeError):
    code = "text.unstorable"
    status = 400
    title = "The text contains NUL or a lone surrogate, which cannot be stored"


class MalformedBody(HuikeError):
    code = "body.malformed"
    status = 400
    title = "The body is not JSON"


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """The problem responses to declare on an operation, besides those every operation has.

    Every operation may answer 400, 401, 403 and 422; name 404, 409, 412 … where they can happen:
    `response={200: CustomerOut, **problems(404)}`.
    """
    return dict.fromkeys((400, 401, 403, 422, *statuses), Problem)


@cache
def _response_model(response: Any) -> Any:
    return _make_response_model(None, response)  # type: ignore[arg-type]


# Ninja makes a class for every status of every operation, thousands of which say `Problem`: seconds of each start.
_make_response_model = Operation._create_response_model
Operation._create_response_model = lambda _, response: _response_model(response)  # type: ignore


class StrictParser(Parser):
    """Reads bodies and queries, refusing text no column can hold before any schema sees it."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            text = request.body.decode("utf-8-sig")
            body = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            raise MalformedBody from error
        # Neither UTF-8 nor JSON lets such text through as it is, only as an escape, which hardly a body has.
        if "\\u" in text:
            _refuse_unstorable(body)
        return body

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        if isinstance(data, QueryDict):
            _refuse_unstorable(dict(data.lists()))
        return super().parse_querydict(data, list_fields, request)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _refuse_unstorable(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if has_forbidden_characters(item):
                raise UnstorableText
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def problem_response(
    *,
    code: str,
    status: int,
    title: str,
    detail: str,
    params: dict[str, Any] | None = None,
    errors: list[FieldError] | None = None,
) -> HttpResponse:
    """An RFC 9457 answer; used by ninja's handlers and by plain Django views alike."""
    body = _document(code=code, status=status, title=title, detail=detail, params=params, errors=errors)
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str), status=status, content_type="application/problem+json"
    )


def _document(
    *,
    code: str,
    status: int,
    title: str,
    detail: str,
    params: dict[str, Any] | None,
    errors: list[FieldError] | None,
) -> dict[str, Any]:
    return {
        "type": PROBLEM_TYPE + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "params": params or {},
        "errors": [{"where": e.where, "code": e.code, "params": e.params} for e in errors or []],
    }


def problem_of(error: HuikeError) -> Problem:
    """A typed error as part of a larger answer: the document it would be alone."""
    return Problem.model_validate(
        _document(
            code=error.code,
            status=error.status,
            title=error.title,
            detail=error.detail,
            params=error.params,
            errors=error.errors,
        )
    )


def respond_to_error(error: HuikeError) -> HttpResponse:
    """The problem document of a typed error."""
    return problem_response(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        params=error.params,
        errors=error.errors,
    )


def install_problem_handlers(api: NinjaAPI) -> None:
    """Make every failure of `api` a problem document with a code."""

    @api.exception_handler(HuikeError)
    def on_huike_error(request: HttpRequest, error: HuikeError) -> HttpResponse:
        return respond_to_error(error)

    @api.exception_handler(ValidationError)
    def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [
            FieldError(
                ".".join(str(part) for part in fault["loc"]),
                str(fault["type"]),
                {"message": str(fault["msg"])},
            )
            for fault in error.errors
        ]
        return problem_response(code=Invalid.code, status=422, title=Invalid.title, detail=Invalid.title, errors=faults)

    @api.exception_handler(Http404)
    def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem_response(code="not_found", status=404, title="There is no such thing", detail=str(error))

    @api.exception_handler(Throttled)
    def on_throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
        response = problem_response(
            code="too_many_requests", status=429, title="Too many requests", detail="Wait before trying again"
        )
        response["Retry-After"] = str(getattr(error, "wait", None) or 1)
        return response

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        # Ninja wraps what the body parser raises.
        if isinstance(error.__cause__, HuikeError):
            return respond_to_error(error.__cause__)
        return problem_response(
            code=f"http.{error.status_code}", status=error.status_code, title=str(error), detail=str(error)
        )

    @api.exception_handler(RequestDataTooBig)
    def on_too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        title = "The body is larger than this server takes"
        return problem_response(code="body.too_large", status=413, title=title, detail=title)

    @api.exception_handler(MultiPartParserError)
    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(BadRequest)
    def on_unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem_response(
            code="body.unreadable", status=400, title="The body is not what its headers say", detail=str(error)
        )

    @api.exception_handler(Exception)
    def on_unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.exception("unexpected error at %s %s", request.method, request.path)
        return problem_response(
            code="internal", status=500, title="Something failed here", detail="Nothing of this request was kept"
        )


M = TypeVar("M", bound=Model)
Decode = Callable[[Any], Any]


def keyset_page(
    queryset: QuerySet[M],
    *,
    order: str,
    cursor: str | None,
    limit: int,
    decode: Decode | None = None,
    with_total: bool = False,
) -> Page[M]:
    """One page of `queryset` sorted by `order` (a field, `-` first for descending; nulls last) and then by id.

    `decode` turns the cursor's JSON value back into the field's type where that is not obvious (instants and dates
    are handled). Costs the same at any depth given an index on (field, id). Raises BadCursor on a cursor of another
    list.
    """
    descending = order.startswith("-")
    field = order.lstrip("-")
    nullable = _may_be_null(queryset, field)
    nulls_last = nullable or None  # said only where there can be any: an index on the plain column would not be used
    sort = F(field).desc(nulls_last=nulls_last) if descending else F(field).asc(nulls_last=nulls_last)
    rows = queryset.order_by(sort, "-pk" if descending else "pk")
    total = queryset.count() if with_total else None
    if cursor is not None:
        value, pk = _position(cursor, order, decode)
        if not _fits(value, _output_field(queryset, field)):
            raise BadCursor
        rows = rows.filter(_after(field, descending, value, pk, nullable=nullable))
    found = list(rows[: limit + 1])
    if len(found) <= limit:
        return Page(found, None, total)
    last = found[limit - 1]
    value = last.pk if field in {"id", "pk"} else getattr(last, field)
    return Page(found[:limit], encode_cursor(order, [_plain(value), last.pk]), total)


def _position(cursor: str, order: str, decode: Decode | None) -> tuple[Any, int]:
    values = decode_cursor(cursor, order)
    if len(values) != 2 or not _fits(values[1], models.BigIntegerField()):
        raise BadCursor
    value, pk = values
    try:
        if isinstance(value, dict) and set(value) == {"at"}:
            value = datetime.fromisoformat(value["at"])
        elif isinstance(value, dict) and set(value) == {"on"}:
            value = date.fromisoformat(value["on"])
        elif value is not None and decode is not None:
            value = decode(value)
    except (TypeError, ValueError) as error:
        raise BadCursor from error
    return value, pk


def _output_field(queryset: QuerySet[M], name: str) -> models.Field[Any, Any]:
    """The field that `name`, a column or an annotation, is sorted as."""
    annotation = queryset.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field
    field = queryset.model._meta.pk if name == "pk" else queryset.model._meta.get_field(name)
    assert isinstance(field, models.Field)  # noqa: S101 - a list is not sorted by a relation's other end
    return field


def _fits(value: Any, field: models.Field[Any, Any]) -> bool:
    """Whether a row can have `value` there. A cursor comes from outside, and a wrong type fails in the database."""
    if value is None:
        return True
    if isinstance(field, models.DateTimeField):
        return isinstance(value, datetime) and value.tzinfo is not None
    if isinstance(field, models.DateField):
        return isinstance(value, date) and not isinstance(value, datetime)
    if isinstance(field, (models.IntegerField, models.ForeignKey)):
        return type(value) is int and abs(value) < 2**63
    if isinstance(field, models.DecimalField):
        return isinstance(value, Decimal) and value.is_finite()
    if isinstance(field, (models.CharField, models.TextField)):
        return isinstance(value, str) and not has_forbidden_characters(value)
    return False


def _may_be_null(queryset: QuerySet[Any], field: str) -> bool:
    columns = {column.name: column.null for column in queryset.model._meta.fields}
    return field != "pk" and columns.get(field, True)


def _after(field: str, descending: bool, value: Any, pk: int, *, nullable: bool) -> Q:
    beyond = Q(pk__lt=pk) if descending else Q(pk__gt=pk)
    if field in {"id", "pk"}:
        return beyond
    if value is None:
        return Q(**{f"{field}__isnull": True}) & beyond
    further = Q(**{f"{field}__lt": value}) if descending else Q(**{f"{field}__gt": value})
    ahead = further | (Q(**{field: value}) & beyond)
    if nullable:
        return ahead | Q(**{f"{field}__isnull": True})
    # What is ahead lies past the value: said once more, because an index can begin at this and not at an OR.
    return Q(**{f"{field}__lte" if descending else f"{field}__gte": value}) & ahead


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    return value
