"""The OpenAPI document as a page to read: plain HTML and one style sheet, from this kernel alone.

No script runs and nothing is fetched from elsewhere, so the strict policy holds here too. What the
document says is the business of ``openapi``.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from workspace_kernel.services.archives import MEDIA_TYPE as ARCHIVE

STYLE_PATH: Final = "/api/reference.css"
STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
code, pre { font: 0.9em ui-monospace, monospace }
pre { overflow-x: auto; padding: 0.75rem }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 1rem 0 }
h2 { font-size: 1.05rem; margin: 0 } h2 code { font-weight: 600 }
table { border-collapse: collapse; margin: 0.5rem 0 } th { text-align: left; font-weight: 600 }
th, td { padding: 0.15rem 1rem 0.15rem 0; vertical-align: top }
nav ul { columns: 20rem; padding-left: 1.25rem }
"""

Document = Mapping[str, Any]


def page(document: Document) -> str:
    """Return the page."""
    title = escape(document["info"]["title"])
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    links = "".join(
        f'<li><a href="#{escape(each["operationId"])}">{escape(each["summary"])}</a></li>'
        for _, _, each in operations
    )
    sections = "".join("".join(_operation(*each)) for each in operations)
    models = "".join("".join(_model(*each)) for each in document["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{STYLE_PATH}"><h1>{title}</h1>'
        f"<p>Version {escape(document['info']['version'])}. "
        'The document for programs: <a href="/api/openapi.json">openapi.json</a>.</p>'
        f"<nav><ul>{links}</ul></nav>{sections}<h1>Models</h1>{models}"
    )


def _operation(method: str, path: str, operation: Document) -> Iterator[str]:
    name = escape(operation["operationId"])
    yield f'<section id="{name}"><h2><code>{method} {escape(path)}</code></h2>'
    yield f"<p>{escape(operation['summary'])}</p>"
    if operation["parameters"]:
        yield "<table><tr><th>parameter</th><th>in</th><th></th></tr>"
        for each in operation["parameters"]:
            told = escape(each.get("description", ""))
            yield f"<tr><td><code>{escape(each['name'])}</code></td>"
            yield f"<td>{escape(each['in'])}</td><td>{told}</td></tr>"
        yield "</table>"
    if "requestBody" in operation:
        yield f"<p>Body: {_link(operation['requestBody'])}</p>"
    yield "<table><tr><th>status</th><th>answer</th><th></th></tr>"
    for status, answer in operation["responses"].items():
        yield f"<tr><td>{status}</td><td>{_link(answer)}</td>"
        yield f"<td>{escape(answer['description'])}</td></tr>"
    yield "</table></section>"


def _link(content: Document) -> str:
    if ARCHIVE in content.get("content", {}):
        return escape(ARCHIVE)
    reference = content.get("content", {}).get("application/json", {}).get("schema", {})
    name = escape(str(reference.get("$ref", "")).rpartition("/")[2])
    return f'<a href="#model-{name}">{name}</a>' if name else ""


def _model(name: str, schema: Document) -> Iterator[str]:
    yield f'<section id="model-{escape(name)}"><h2><code>{escape(name)}</code></h2>'
    if "description" in schema:
        yield f"<p>{escape(schema['description'])}</p>"
    if properties := schema.get("properties"):
        yield "<table><tr><th>field</th><th>type</th><th></th></tr>"
        for field, described in properties.items():
            needed = "" if field in schema.get("required", ()) else "may be absent"
            yield f"<tr><td><code>{escape(field)}</code></td>"
            yield f"<td><code>{escape(_type(described))}</code></td><td>{needed}</td></tr>"
        yield "</table>"
    yield "</section>"


def _type(schema: Document) -> str:
    """Say in a word or two what a value is."""
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(map(_type, schema[several]))
    if "enum" in schema:
        return " | ".join(f'"{each}"' for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "any JSON"))


__all__ = ["STYLE", "STYLE_PATH", "page"]
