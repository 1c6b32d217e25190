"""The sample folders: a panel, what is found in it, and for good ones its tree.

Beside a slip of language models stands its clean twin, the panel as it was meant.

Run as a script it writes down what the parser says now; read the difference before committing it.
"""

import json
from pathlib import Path
from typing import Any

from nexus_core.parser import ParseResult, parse
from nexus_protocol import PanelAst

FOLDER = Path(__file__).parent / "samples"
SLIPS = Path(__file__).parent / "slips"
"""The usual slips of language models: a folder a kind, in it a folder a variant."""


def cases() -> list[Path]:
    return sorted(path for path in FOLDER.iterdir() if path.is_dir())


def slips() -> list[Path]:
    return sorted(path.parent for path in SLIPS.glob("*/*/panel.nxml"))


def source(case: Path) -> bytes:
    return (case / "panel.nxml").read_bytes()


def text(case: Path) -> str:
    """The source as the parser counts places in it."""
    return source(case).decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def findings(result: ParseResult) -> dict[str, Any]:
    """What a result says, without its tree, as JSON."""
    return {
        "ok": result.ok,
        "diagnostics": [json.loads(each.to_json()) for each in result.diagnostics],
        "repairs": [json.loads(each.to_json()) for each in result.repairs],
        "capabilities": list(result.capabilities),
    }


def without_places(result: ParseResult) -> object:
    """The tree of a result without the places in the source."""
    assert result.ast is not None
    return tree(result.ast)


def tree(ast: PanelAst) -> object:
    """A tree without the places in its source, as JSON."""
    return _without(json.loads(ast.to_json()), "loc")


def _without(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {key: _without(each, name) for key, each in value.items() if key != name}
        case list():
            return [_without(each, name) for each in value]
        case _:
            return value


def write(case: Path) -> None:
    result = parse(source(case))
    (case / "diagnostics.json").write_text(_printed(findings(result)), encoding="utf-8")
    if (case / "ast.json").exists() or case.name.startswith("good"):
        assert result.ast is not None
        tree = _printed(json.loads(result.ast.to_json()))
        (case / "ast.json").write_text(tree, encoding="utf-8")


def _printed(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for case in (*cases(), *slips()):
        write(case)
