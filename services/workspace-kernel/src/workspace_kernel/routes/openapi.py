"""The OpenAPI 3.1 document, made from the operations that are served."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nexus_protocol import ErrorCode
from workspace_kernel.auth.permissions import Access, rule_of_route
from workspace_kernel.errors import STATUS, FailureBody
from workspace_kernel.resources import NAME_PATTERN
from workspace_kernel.routes import conditions, cursors
from workspace_kernel.routes.health import VERSION
from workspace_kernel.routes.operation import DEFAULT_LIMIT, MAX_LIMIT, Operation
from workspace_kernel.services.archives import MEDIA_TYPE as ARCHIVE

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_NAMES: Final = {"workspace", "panel"}
_ALWAYS: Final = (
    ErrorCode.BAD_REQUEST,
    ErrorCode.FORBIDDEN_ORIGIN,
    ErrorCode.METHOD_NOT_ALLOWED,
    ErrorCode.URI_TOO_LONG,
    ErrorCode.HEADERS_TOO_LARGE,
    ErrorCode.INTERNAL_ERROR,
    ErrorCode.UNAVAILABLE,
)
_GUARDED: Final = (
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.PERMISSION_DENIED,
    ErrorCode.RESOURCE_LIMIT,
)
_WITH_BODY: Final = (
    ErrorCode.REQUEST_TIMEOUT,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
)
_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "If-Match": {"pattern": conditions.TAGS},
    "If-None-Match": {"pattern": conditions.TAGS},
    "Idempotency-Key": {"pattern": conditions.KEY},
}
"""How headers are spelled."""
_ANY: Final = {"pattern": "^[^\\u0000]*$"}
_IF_NONE_MATCH: Final = (
    "If-None-Match",
    "ETags that the client holds; 304 when the present one is among them.",
)

Mode = Literal["validation", "serialization"]
References = Mapping[tuple[Any, Mode], dict[str, Any]]


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document of the operations."""
    listed = tuple(operations)
    references, schemas = models_json_schema(_models(listed), ref_template=_REF)
    _require_tags(schemas.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        described = _operation(operation, references)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nexus workspace kernel", "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _require_tags(definitions: dict[str, Any]) -> None:
    """Say that what tells models apart has to be there: who reads never takes its default."""
    places: list[Any] = [definitions]
    while places:
        place = places.pop()
        if isinstance(place, list):
            places += cast("list[Any]", place)
        elif isinstance(place, dict):
            place = cast("dict[str, Any]", place)
            places += place.values()
            found = cast("dict[str, Any]", place.get("discriminator") or {})
            for reference in cast("dict[str, str]", found.get("mapping", {})).values():
                _require(definitions[reference.rpartition("/")[2]], found["propertyName"])


def _require(schema: dict[str, Any], name: str) -> None:
    told: list[str] = schema.setdefault("required", [])
    if name not in told:
        told.append(name)


def _models(operations: Iterable[Operation]) -> list[tuple[type[BaseModel], Mode]]:
    models: dict[tuple[type[BaseModel], Mode], None] = {(FailureBody, "serialization"): None}
    for operation in operations:
        if operation.body is not None and issubclass(operation.body, BaseModel):
            models[operation.body, "validation"] = None
        for model in operation.answers.values():
            if model is not None and issubclass(model, BaseModel):
                models[model, "serialization"] = None
    return list(models)


_IDEMPOTENCY_KEY: Final = (
    "Idempotency-Key",
    "Names the request: repeated with the same it makes nothing more, and is answered as before.",
)
_TAGGED: Final = {"304": {"description": "What the client holds is the present one."}}


def _operation(operation: Operation, references: References) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {
            **{
                str(status): _answer(model, references)
                for status, model in operation.answers.items()
            },
            **(_TAGGED if operation.tagged else {}),
            **_failures(operation, references),
        },
    }
    if rule_of_route(operation.name).access is not Access.ANYONE:
        # The empty one is for kernels where nobody logs in.
        described["security"] = [{"bearer": []}, {}]
    if operation.body is not None:
        content = _content(operation.body, "validation", references)
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    path = [_path_parameter(name) for name in re.findall(r"{(\w+)}", operation.path)]
    asked = (
        *operation.headers,
        *((_IF_NONE_MATCH,) if operation.tagged else ()),
        *((_IDEMPOTENCY_KEY,) if operation.makes else ()),
    )
    headers = [
        {
            "name": name,
            "in": "header",
            "description": what,
            "schema": {"type": "string", **_HEADERS.get(name, {})},
        }
        for name, what in asked
    ]
    numbers = [
        {
            "name": name,
            "in": "query",
            "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999},
            "description": what,
        }
        for name, what in operation.numbers
    ]
    queries = [
        {
            "name": query.name,
            "in": "query",
            "description": query.what,
            "required": query.required,
            "schema": {
                "type": "string",
                **({"enum": list(query.values)} if query.values else _ANY),
            },
        }
        for query in operation.queries
    ]
    return [*path, *numbers, *headers, *queries, *(_PAGING if operation.paged else [])]


def _path_parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name in _NAMES:
        schema["pattern"] = NAME_PATTERN
    return {"name": name, "in": "path", "required": True, "schema": schema}


_PAGING: Final = [
    {
        "name": "cursor",
        "in": "query",
        "description": "The nextCursor of the page before.",
        "schema": {
            "type": "string",
            "pattern": cursors.PATTERN,
            "maxLength": cursors.MAX_LENGTH,
        },
    },
    {
        "name": "limit",
        "in": "query",
        "description": "How many items at most.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        },
    },
]


def _content(
    model: type[BaseModel] | type[bytes], mode: Mode, references: References
) -> dict[str, Any]:
    if not issubclass(model, BaseModel):
        return {ARCHIVE: {"schema": {"type": "string", "format": "binary"}}}
    return {_JSON: {"schema": references[model, mode]}}


def _answer(model: type[BaseModel] | type[bytes] | None, references: References) -> dict[str, Any]:
    if model is None:
        return {"description": "Nothing more to say."}
    doc = (model.__doc__ or "").strip().partition("\n")[0]
    described = doc if issubclass(model, BaseModel) else "An archive."
    content = _content(model, "serialization", references)
    return {"description": described or "The answer.", "content": content}


def _failures(operation: Operation, references: References) -> dict[str, Any]:
    guarded = rule_of_route(operation.name).access is not Access.ANYONE
    codes = {
        *operation.errors,
        *_ALWAYS,
        *(_WITH_BODY if operation.body else ()),
        *((ErrorCode.INVALID_ARGUMENTS,) if operation.paged else ()),
        *((ErrorCode.CONFLICT,) if operation.makes else ()),
        *(_GUARDED if guarded else ()),
    }
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(STATUS.get(code, 500), []).append(code.value)
    schema = references[FailureBody, "serialization"]
    return {
        str(status): {
            "description": ", ".join(names),
            "content": {_JSON: {"schema": schema}},
        }
        for status, names in sorted(by_status.items())
    }


__all__ = ["document"]
