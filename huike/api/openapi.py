"""The contract as a document: OpenAPI 3.1, with what ninja leaves out put right."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any, ClassVar

from ninja import NinjaAPI
from ninja.openapi import schema as ninja_schema
from ninja.openapi.schema import OpenAPISchema
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, DefsRef

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
# huike.orders.models.Order.State → capability `orders`, place `models.`, name `Order.State`
_CLASS = re.compile(r"(?P<head>huike\.(?P<capability>[a-z_]+)\.(?:[a-z_0-9]+\.)*)(?P<name>[A-Z]\w*(?:\.[A-Z]\w*)*)")


class NamedSchemas(NinjaGenerateJsonSchema):
    """Gives every class a component name of its own. Ninja describes each operation by itself and keeps the last of two
    classes that share a name, so that `Order.State` would be described by `Job.State`.

    A nested class is named after its outer one (`OrderState`); of two capabilities that use one name, both get theirs
    in front (`SegmentsPreviewOut`). `owners` notes who uses a name, in a first pass over all operations.
    """

    owners: ClassVar[dict[str, set[str]]] = {}

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        core_ref, mode = core_mode_ref
        return super().get_defs_ref((_CLASS.sub(self._own_name, core_ref), mode))  # type: ignore[arg-type]

    def _own_name(self, match: re.Match[str]) -> str:
        name, capability = match["name"].replace(".", ""), match["capability"]
        owners = self.owners.setdefault(name, set())
        owners.add(capability)
        return match["head"] + (capability.capitalize() + name if len(owners) > 1 else name)


ninja_schema.NinjaGenerateJsonSchema = NamedSchemas  # type: ignore[misc]


class DescribedOnce(OpenAPISchema):
    """Describes a class once, not anew for each operation that answers it: thousands answer `Problem`."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        self._described: dict[Any, tuple[dict[str, Any], bool]] = {}
        super().__init__(api, path_prefix)

    def _create_schema_from_model(self, model: Any, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], bool]:
        asked = (model, args, *sorted(kwargs.items()))
        if asked not in self._described:
            self._described[asked] = super()._create_schema_from_model(model, *args, **kwargs)
        return deepcopy(self._described[asked])


class Description(DescribedOnce):
    """Refuses to describe two things under one name."""

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        for name, definition in definitions.items():
            if self.schemas.setdefault(name, definition) != definition:
                raise ValueError(f"two different schemas are called {name}; rename one of the classes")


class Api(NinjaAPI):
    """A ninja API whose description says how callers are known and that failures are problem documents."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._descriptions: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """Made once for each prefix: it does not change while the process runs."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._descriptions:
            DescribedOnce(self, prefix)  # the first pass, which only notes the names
            self._descriptions[prefix] = _completed(Description(self, prefix))
        return self._descriptions[prefix]


def _completed(schema: OpenAPISchema) -> OpenAPISchema:
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
