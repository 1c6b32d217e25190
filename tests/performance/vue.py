"""A panel as a template of Vue, and Vue's compiler in a process of its own.

The template says all that the panel says, as far as Vue has words for it: components are
components, bindings are ``v-model``, conditions ``v-if``, repetitions ``v-for``, states, computed
values and tools are elements with their expressions and code as bound attributes and handlers.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never
from xml.sax.saxutils import escape

from nexus_protocol import PanelAst
from nexus_protocol.ast import (
    BindingValue,
    ComponentNode,
    ExpressionValue,
    IfNode,
    IterateNode,
    LiteralValue,
    TemplateValue,
    TextNode,
    Tool,
    Value,
    ViewNode,
)


class VueCompiler:
    """``@vue/compiler-dom`` in a Node process that lives until it is closed."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("vue_compiler.mjs")
        self._process = subprocess.Popen(
            ["node", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, template: str, runs: int) -> tuple[list[float], list[float]]:
        """Return the seconds of each run: of parsing alone, and of the whole compilation."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"template": template, "runs": runs}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return [ms / 1000 for ms in answer["parse"]], [ms / 1000 for ms in answer["compile"]]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def template(ast: PanelAst) -> str:
    """Return the panel as one template."""
    lines = [f'<NexusPanel title="{_quoted(ast.title or "")}">']
    for state in ast.data.states:
        default = _quoted(json.dumps(state.default, ensure_ascii=False))
        lines.append(f'  <State name="{state.name}" type="{state.type}" :default="{default}"/>')
    for value in ast.data.computed:
        source = _expression(value.value.source)
        lines.append(f'  <Computed name="{value.name}" type="{value.type}" :value="{source}"/>')
    for tool in ast.logic.tools:
        lines.extend(_tool(tool))
    lines.extend(_node(ast.view, "  ") if ast.view else ())
    return "\n".join([*lines, "</NexusPanel>", ""])


def _tool(tool: Tool) -> Iterator[str]:
    code = _quoted(f"async ($args) => {{{tool.handler.code}}}")
    description = _quoted(tool.description or "")
    yield f'  <Tool name="{tool.name}" description="{description}" @run="{code}">'
    for arg in tool.args:
        required = json.dumps(arg.required)
        yield f'    <Arg name="{arg.name}" type="{arg.type}" :required="{required}"/>'
    yield "  </Tool>"


def _node(node: ViewNode, indent: str) -> Iterator[str]:
    match node:
        case TextNode():
            yield indent + _text(node.value)
        case ComponentNode():
            attributes = "".join(_attribute(name, value) for name, value in node.props.items())
            yield from _element(node.type, attributes, node.children, indent)
        case IfNode():
            condition = f' v-if="{_source(node.condition)}"'
            yield from _element("template", condition, node.children, indent)
            if node.otherwise:
                yield from _element("template", " v-else", node.otherwise, indent)
        case IterateNode():
            key = f' :key="{node.name}.{node.key}"' if node.key else ""
            names = f"({node.name}, {node.name}Index)"
            loop = f' v-for="{names} in {_source(node.items)}"{key}'
            yield from _element("template", loop, node.children, indent)
        case _:
            assert_never(node)


def _element(
    name: str, attributes: str, children: tuple[ViewNode, ...], indent: str
) -> Iterator[str]:
    if not children:
        yield f"{indent}<{name}{attributes}/>"
        return
    yield f"{indent}<{name}{attributes}>"
    for child in children:
        yield from _node(child, indent + "  ")
    yield f"{indent}</{name}>"


def _attribute(name: str, value: Value) -> str:
    if isinstance(value, BindingValue):
        return f' v-model="{_source(value)}"'
    if isinstance(value, LiteralValue) and isinstance(value.value, str):
        kind = "@" if name in ("trigger", "rowTrigger") else ""
        return f' {kind}{name}="{_quoted(value.value)}"'
    return f' :{name}="{_source(value)}"'


def _text(value: Value) -> str:
    match value:
        case LiteralValue(value=text):
            return escape(str(text))
        case ExpressionValue():
            return f"{{{{ {_unscoped(value.source)} }}}}"
        case TemplateValue(parts=parts):
            texts = (part if isinstance(part, str) else _text(part) for part in parts)
            return "".join(texts)
        case BindingValue():
            raise AssertionError("a text is never a binding")


def _source(value: Value) -> str:
    """Return a value as JavaScript inside an attribute."""
    match value:
        case LiteralValue():
            return _quoted(json.dumps(value.value, ensure_ascii=False))
        case ExpressionValue() | BindingValue():
            return _expression(value.source)
        case TemplateValue(parts=parts):
            texts = (p if isinstance(p, str) else f"${{{_unscoped(p.source)}}}" for p in parts)
            return _quoted("`" + "".join(texts) + "`")


def _expression(source: str) -> str:
    return _quoted(_unscoped(source))


def _unscoped(source: str) -> str:
    """Return an expression with the names of items as Vue has them, without ``$scope``."""
    return source.replace("$scope.", "")


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})
