"""JSON Schema 2020-12 of everything that crosses a boundary, generated from the models.

The TypeScript types of the renderer are generated from these schemas in turn. Run as
``python -m nexus_protocol.json_schema [ast|messages|stream|catalogue|edits|all]`` to print one.
"""

import json
import sys
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from nexus_protocol import ast, components, diagnostics, edits, errors, messages, patches, stream

Topic = Literal["ast", "messages", "stream", "catalogue", "edits", "all"]

_CATALOGUE = (components.ComponentSpec, components.PropSpec)
_AST = (ast.PanelAst, diagnostics.Diagnostic, diagnostics.Repair)
_CLIENT = (
    messages.Auth, messages.Subscribe, messages.Unsubscribe, messages.Trigger, messages.Set,
    messages.Undo, messages.Redo, messages.Cancel, messages.Who, messages.Ping,
)  # fmt: skip
_SERVER = (
    messages.Connected, messages.PanelMessage, messages.Patch, messages.Progress, messages.Result,
    messages.Event, messages.ViewMessage, messages.Presence, messages.BranchMessage,
    messages.ErrorMessage, messages.Pong,
)  # fmt: skip
_EDITS = (
    edits.SetAttribute, edits.InsertNodes, edits.RemoveNode, edits.MoveNode, edits.ReplaceNode,
)  # fmt: skip
_STREAM = (
    stream.PanelRead, stream.StateRead, stream.ComputedRead, stream.ExtensionRead, stream.ToolRead,
    stream.LifecycleRead, stream.PanelTestRead, stream.NodeOpened, stream.NodeRead,
    stream.ElseOpened, stream.TextRead, stream.NodeClosed,
)  # fmt: skip
_TOPICS: dict[Topic, tuple[type[object], ...]] = {
    "ast": _AST,
    "messages": (*_CLIENT, *_SERVER),
    "stream": _STREAM,
    "catalogue": _CATALOGUE,
    "edits": (*_EDITS, edits.EditConflict),
    "all": (
        *_AST, *_CLIENT, *_SERVER, *_STREAM, *_CATALOGUE, *_EDITS, edits.EditConflict,
        patches.Change, errors.ExecutionError,
    ),
}  # fmt: skip


def schema(topic: Topic = "all") -> dict[str, Any]:
    """Return the schema of a topic: its models under ``$defs``, as they print."""
    printed: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (kind.__name__, "serialization", TypeAdapter(kind)) for kind in _TOPICS[topic]
    ]
    _, document = TypeAdapter.json_schemas(
        printed, title=f"Nexus {topic}", ref_template="#/$defs/{model}"
    )
    definitions: dict[str, Any] = document["$defs"]
    definitions |= _unions(topic)
    for kind in _CATALOGUE:  # pydantic takes the docstrings of models only
        if kind.__name__ in definitions:
            definitions[kind.__name__]["description"] = kind.__doc__
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": document["title"],
        "x-catalogue-hash": components.CATALOGUE_HASH,
        "$defs": dict(sorted(definitions.items())),
    }


def _unions(topic: Topic) -> dict[str, Any]:
    """Return the unions of a topic that have a name, but none in the models."""
    named = {
        "ClientMessage": ("messages", _CLIENT),
        "ServerMessage": ("messages", _SERVER),
        "StreamEvent": ("stream", _STREAM),
        "EditOperation": ("edits", _EDITS),
    }
    return {
        name: {"oneOf": [{"$ref": f"#/$defs/{member.__name__}"} for member in members]}
        for name, (where, members) in named.items()
        if topic in (where, "all")
    }


def main(arguments: list[str] | None = None) -> None:
    """Print the schema named by the first argument."""
    given = sys.argv[1:] if arguments is None else arguments
    topic = given[0] if given else "all"
    if topic not in _TOPICS:
        sys.exit(f"unknown topic {topic!r}; one of {', '.join(_TOPICS)}")
    sys.stdout.write(json.dumps(schema(topic), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
