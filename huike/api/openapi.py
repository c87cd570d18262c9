"""The contract as a document: OpenAPI 3.1, with what ninja leaves out put right."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


class Api(NinjaAPI):
    """A ninja API whose description says how callers are known and that failures are problem documents."""

    def get_openapi_schema(self, **arguments: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**arguments)
        for path in schema["paths"].values():
            for operation in path.values():
                _name_problem_documents(operation)
                _name_callers(operation)
        schema["components"]["securitySchemes"] = {
            "apiKey": {"type": "http", "scheme": "bearer", "description": "A key of Settings › API keys: `hk_…`"},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "The browser's session; writes also need the `X-CSRFToken` header",
            },
        }
        return schema


def _name_problem_documents(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        content = response.get("content", {})
        if content.get("application/json", {}).get("schema") == _PROBLEM:
            content["application/problem+json"] = content.pop("application/json")


def _name_callers(operation: dict[str, Any]) -> None:
    if "security" in operation:
        operation["security"] = [{"apiKey": []}, {"session": []}]
