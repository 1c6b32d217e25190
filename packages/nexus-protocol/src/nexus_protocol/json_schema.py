"""JSON Schema 2020-12 of everything that crosses a boundary, generated from the models.

The TypeScript types of the renderer are generated from these schemas in turn. Run as
``python -m nexus_protocol.json_schema [ast|messages|catalogue|all]`` to print one.
"""

import json
import sys
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from nexus_protocol import ast, components, diagnostics, errors, messages, patches
from nexus_protocol._model import Model

Topic = Literal["ast", "messages", "catalogue", "all"]

_CATALOGUE = (components.ComponentSpec, components.PropSpec)
_AST = (ast.PanelAst, diagnostics.Diagnostic, diagnostics.Repair)
_CLIENT = (
    messages.Subscribe, messages.Unsubscribe, messages.Trigger, messages.Set, messages.Cancel,
    messages.Ping,
)  # fmt: skip
_SERVER = (
    messages.Connected, messages.PanelMessage, messages.Patch, messages.Progress, messages.Result,
    messages.Event, messages.ErrorMessage, messages.Pong,
)  # fmt: skip
_TOPICS: dict[Topic, tuple[type[Model], ...]] = {
    "ast": _AST,
    "messages": (*_CLIENT, *_SERVER),
    "catalogue": _CATALOGUE,
    "all": (*_AST, *_CLIENT, *_SERVER, *_CATALOGUE, patches.Change, errors.ExecutionError),
}


def schema(topic: Topic = "all") -> dict[str, Any]:
    """Return the schema of a topic: its models under ``$defs``, as they print."""
    models: list[tuple[type[Model], Literal["serialization"]]] = [
        (model, "serialization") for model in _TOPICS[topic]
    ]
    _, document = models_json_schema(models, title=f"Nexus {topic}", ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = document["$defs"]
    definitions |= _unions() if topic in ("messages", "all") else {}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": document["title"],
        "x-catalogue-hash": components.CATALOGUE_HASH,
        "$defs": dict(sorted(definitions.items())),
    }


def _unions() -> dict[str, Any]:
    def union(members: tuple[type[Model], ...]) -> dict[str, Any]:
        return {"oneOf": [{"$ref": f"#/$defs/{member.__name__}"} for member in members]}

    return {"ClientMessage": union(_CLIENT), "ServerMessage": union(_SERVER)}


def main(arguments: list[str] | None = None) -> None:
    """Print the schema named by the first argument."""
    given = sys.argv[1:] if arguments is None else arguments
    topic = given[0] if given else "all"
    if topic not in _TOPICS:
        sys.exit(f"unknown topic {topic!r}; one of {', '.join(_TOPICS)}")
    sys.stdout.write(json.dumps(schema(topic), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
