"""The vectors, and the server's engine behind one call over many expressions.

Knows how a value crosses as JSON and how errors are told apart from values; what is expected of an
engine is the tests' business. An outcome is ``{"value": …}`` in the encoding of README.md, or
``{"error": true}``.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from nexus_core.parser import ParseLimits
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.sandbox import Limits, Sandbox
from nexus_protocol.errors import ExecutionError

VECTORS = Path(__file__).parent / "expressions"
TREES = Path(__file__).parent / "trees.json"
_ENCODE = (Path(__file__).parent / "encode.js").read_text().split("export ", 1)[1]
_TOGETHER = 100
"""Expressions in one evaluation; what they say together stays far below the sandbox's limits."""

Outcome: TypeAlias = dict[str, Any]
State: TypeAlias = Mapping[str, Any]


def vectors() -> list[dict[str, Any]]:
    """Return all vectors, each with its file's theme."""
    return [
        {"theme": path.stem, **vector}
        for path in sorted(VECTORS.glob("*.json"))
        for vector in json.loads(path.read_text())
    ]


def tree_of(expression: str) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the ESTree of an expression, or the codes of what is wrong with it."""
    analysis = analyse(expression, ParseLimits())
    if analysis.tree is None:
        return None, [problem.finding.code for problem in analysis.problems]
    return analysis.tree.model_dump(mode="json", by_alias=True), []


class QuickJS:
    """Evaluates expressions as the server does, many in one sandbox."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(limits=Limits(timeout_ms=10_000))

    def outcomes(self, expressions: Sequence[str], state: State) -> list[Outcome]:
        """Return the outcome of each expression over one state."""
        found: list[Outcome] = []
        for start in range(0, len(expressions), _TOGETHER):
            found += self._together(expressions[start : start + _TOGETHER], state)
        return found

    def __enter__(self) -> "QuickJS":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sandbox.close()

    def _together(self, expressions: Sequence[str], state: State) -> list[Outcome]:
        answer = asyncio.run(self._sandbox.evaluate({"all": _program(expressions)}, state))["all"]
        if isinstance(answer, list):
            return answer
        if len(expressions) == 1:
            assert isinstance(answer, ExecutionError)
            return [{"error": True, "message": answer.message}]
        # One of them is not even JavaScript to the engine, or took all there is: find it.
        middle = len(expressions) // 2
        return self._together(expressions[:middle], state) + self._together(
            expressions[middle:], state
        )


def _program(expressions: Iterable[str]) -> str:
    functions = ",".join(f"() => ({each}\n)" for each in expressions)
    run = "try { return { value: encode(f()) }; }"
    return (
        f"(() => {{ {_ENCODE}\nreturn [{functions}].map(f => {{ {run} "
        "catch (e) { return { error: true, message: String(e) }; } }); })()"
    )


def told(outcome: Outcome) -> Outcome:
    """Return what of an outcome the engines must agree on: the text of an error is their own."""
    return {"error": True} if "error" in outcome else {"value": outcome["value"]}


def trees_text() -> str:
    """Return what ``trees.json`` must hold: the tree of each vector, by its id, one a line."""
    lines = [
        f"{json.dumps(vector['id'])}: {json.dumps(tree, separators=(',', ':'))}"
        for vector in vectors()
        if (tree := tree_of(vector["expression"])[0]) is not None
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TREES.write_text(trees_text())
