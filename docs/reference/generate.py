"""Write the reference pages from the tables that they describe.

    python docs/reference/generate.py            write components.md and diagnostics.md
    python docs/reference/generate.py --check    only say which of them are stale, and fail

Knows how the catalogue of components and the catalogue of diagnostics look as Markdown; examples
of diagnostics come from the parser's samples.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from string import Formatter
from typing import Final, NamedTuple, cast

from nexus_core.parser import catalogue
from nexus_core.parser.catalogue import Finding
from nexus_core.report import render
from nexus_protocol import CATALOGUE, CATALOGUE_HASH, Code, Diagnostic
from nexus_protocol.components import COMMON, ComponentSpec, PropSpec, facts
from nexus_protocol.diagnostics import Repair
from nexus_protocol.strict_json import encode

HERE: Final = Path(__file__).parent
SAMPLES: Final = HERE.parents[1] / "packages" / "nexus-core" / "tests" / "parser"

_LONGEST_LINE: Final = 200
_LONGEST_REPAIR: Final = 60
_NOTICE: Final = "<!-- Written by generate.py beside this page; change what it describes. -->\n"
_TYPES: Final = {
    "string": "text, which may hold `{…}`",
    "number": "a number or `{…}`",
    "boolean": "`true`, `false` or `{…}`; the bare attribute is true",
    "choice": "one of the words given, or `{…}`",
    "list": "a list: `{…}`, JSON, or a list written out",
    "any": "any value or `{…}`",
    "binding": "a path that is read and written, without braces: `$state.name`, `$scope.item.done`",
    "tool": "the name of a tool",
    "arguments": "`{ name: value }`, `[value]` in the declared order, or `{…}`",
    "condition": "an expression taken as true or false, in braces or without",
    "expression": "an expression, in braces or without",
    "name": "a name",
    "module": "the dotted name of a module that the host registered: `acme.map`",
    "link": "an address: `https:`, `http:`, `mailto:`, or a path of the same host; or `{…}`",
    "image": "a path of the same host, the picture itself as `data:`, or `{…}`",
}
"""How each type of property is written."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the reference pages.")
    parser.add_argument("--check", action="store_true", help="only say which are stale, and fail")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the pages are")
    given = parser.parse_args(arguments)
    stale = [
        (path, text)
        for name, page in PAGES.items()
        if _read(path := given.folder / name) != (text := page())
    ]
    for path, text in stale:
        if not given.check:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.name}: {'is stale' if given.check else 'written'}\n")
    return 1 if stale and given.check else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# ---- components


def components_page() -> str:
    """Return the page of all components."""
    used = {prop.type for prop in _all_props()}
    return "\n".join(
        [
            "# Components\n",
            _NOTICE,
            "What a view is made of: each component with its properties, the columns of 12 that it "
            "takes on an automatic Layout, and its content: `none`, `nodes` (components and text), "
            "or `text`, which stands for the property `textProp`. One that is `within` another "
            "stands only there, and one that `holds` another takes only that. The language around "
            "it is described in [NXML](../NXML_SPEC.md).\n",
            f"Catalogue `{CATALOGUE_HASH}`.\n",
            *_table(("component", "what it is"), map(_index_row, CATALOGUE)),
            "## Types of properties\n",
            *_table(
                ("type", "how it is written"),
                ((f"`{name}`", words) for name, words in _TYPES.items() if name in used),
            ),
            "## All components\n",
            "Every component takes these, beside its own.\n",
            *_props(COMMON),
            *(line for component in CATALOGUE for line in _component(component)),
        ]
    )


def _all_props() -> Iterator[PropSpec]:
    yield from COMMON
    for component in CATALOGUE:
        yield from component.props


def _index_row(component: ComponentSpec) -> tuple[str, str]:
    return f"[{component.name}](#{component.name.lower()})", _escaped(component.doc)


def _component(component: ComponentSpec) -> Iterator[str]:
    # Whatever else the catalogue knows of a component is listed by its name there.
    others = {name: fact for name, fact in facts(component).items() if fact is not False}
    listed = ", ".join(f"{n} `{f}`" for n, f in others.items() if n not in ("name", "doc", "props"))
    yield f"## {component.name}\n"
    yield f"{_escaped(component.doc)}\n"
    yield f"{listed}\n"
    if component.props:
        yield from _props(component.props)
    if component.free:
        yield "[Custom components](custom-components.md) shows it in a panel and in a host.\n"


def _props(props: tuple[PropSpec, ...]) -> Iterator[str]:
    return _table(("property", "type", "default", "what it is"), map(_prop_row, props))


def _prop_row(prop: PropSpec) -> tuple[str, str, str, str]:
    aliases = ", ".join(f"`{alias}`" for alias in prop.aliases)
    words = f"{_escaped(prop.doc)} Also: {aliases}." if aliases else _escaped(prop.doc)
    kind = " ".join(f"`{choice}`" for choice in prop.choices) or f"`{prop.type}`"
    return f"`{prop.name}`", kind, _default(prop), words


def _default(prop: PropSpec) -> str:
    if prop.required:
        return "*required*"
    return "" if prop.default is None else f"`{encode(prop.default)}`"


# ---- diagnostics


class Example(NamedTuple):
    """A diagnostic of a sample, and the sample's source."""

    diagnostic: Diagnostic
    source: str

    @property
    def line(self) -> str:
        """The line that it begins on."""
        lines = self.source.splitlines()
        number = self.diagnostic.loc.line
        return lines[number - 1] if number <= len(lines) else ""


def diagnostics_page() -> str:
    """Return the page of all diagnostics."""
    examples = sorted(_examples(), key=_awkwardness)
    return "\n".join(
        [
            "# Diagnostics\n",
            _NOTICE,
            "What the parser finds wrong with a panel. With an error a panel does not run; with a "
            "warning it does. Below each code stand the ways in which it is found: the message, "
            "the hint, and an example as `nexus check` prints it. Names in «quotes» are "
            "filled in. Where a name is like a known one, the hint asks for that one, and carries "
            "a fix.\n",
            *_table(("code", "severity", "what it means"), map(_code_row, Code)),
            *(line for code in Code for line in _code(code, examples)),
            *_repairs(),
        ]
    )


def _awkwardness(example: Example) -> tuple[bool, int, str, str]:
    """Order examples: short lines first, blank ones last, and always in the same way."""
    line = example.line
    return not line.strip(), len(line), line, example.source


def _code_row(code: Code) -> tuple[str, str, str]:
    return f"[{code}](#{code.lower()})", _severity(code), _escaped(catalogue.MEANINGS[code])


def _severity(code: Code) -> str:
    return "warning" if code in catalogue.WARNINGS else "error"


def _code(code: Code, examples: list[Example]) -> Iterator[str]:
    yield f"## {code}\n"
    yield f"*{_severity(code).capitalize()}.* {_escaped(catalogue.MEANINGS[code])}\n"
    for finding in vars(catalogue).values():
        if isinstance(finding, Finding) and finding.code == code:
            yield f"- **{_template(finding.message)}** {_hint(finding)}".rstrip() + "\n"
            yield from _shown(finding, examples)


def _hint(finding: Finding) -> str:
    """Return the hint; nothing where all of it is a fact, which the example shows."""
    return "" if re.fullmatch(r"\{\w+\}", finding.hint) else _template(finding.hint)


def _template(text: str) -> str:
    """Return a template of the catalogue as Markdown, its facts in «quotes»."""
    parts = (
        literal + (f"«{name}»" if name else "") for literal, name, *_ in Formatter().parse(text)
    )
    return _escaped("".join(parts))


def _shown(finding: Finding, examples: list[Example]) -> Iterator[str]:
    """Yield the first fitting example as a code block."""
    pattern = _pattern(finding.message)
    for example in examples:
        told = example.diagnostic
        if told.code == finding.code and pattern.fullmatch(told.message):
            text = render("panel.nxml", example.source, (told,), colour=False)
            fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
            yield f"  {fence}text"
            yield from (f"  {line}".rstrip() for line in text.splitlines())
            yield f"  {fence}\n"
            return


def _pattern(template: str) -> re.Pattern[str]:
    parts = (
        re.escape(literal) + (".+" if name else "")
        for literal, name, *_ in Formatter().parse(template)
    )
    return re.compile("".join(parts), re.DOTALL)


def _samples() -> list[Path]:
    """Return the folders of all samples, those of the usual slips among them."""
    panels = (*SAMPLES.glob("samples/*/panel.nxml"), *SAMPLES.glob("slips/*/*/panel.nxml"))
    return sorted(panel.parent for panel in panels)


def _repairs() -> Iterator[str]:
    """Yield the section of what is mended while reading, each with the first example of it."""
    shown: dict[str, Repair] = {}
    for case in _samples():
        for each in cast("list[object]", _told(case)["repairs"]):
            repair = Repair.model_validate(each)
            if len(repair.before) <= _LONGEST_REPAIR and repair.before.isprintable():
                shown.setdefault(repair.code, repair)
    yield "## Repairs\n"
    yield (
        "What can mean one thing only is read so, and recorded; `nexus fmt` writes it down. A slip "
        "that could mean more is an error, with the fix where there is one.\n"
    )
    yield from _table(
        ("repair", "what it was for", "written", "read as", "write"),
        (_repair_row(code, *words, shown.get(code)) for code, words in catalogue.REPAIRS.items()),
    )


def _repair_row(code: str, what: str, instead: str, repair: Repair | None) -> tuple[str, ...]:
    before, after = (_code_span(repair.before), _code_span(repair.after)) if repair else ("", "")
    return f"`{code}`", _escaped(what), before, after, instead


def _code_span(text: str) -> str:
    """Return text as code, or nothing where there is none; between two backticks if it has one."""
    if not text.strip():
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _told(case: Path) -> dict[str, object]:
    return cast("dict[str, object]", json.loads((case / "diagnostics.json").read_bytes()))


def _examples() -> Iterator[Example]:
    for case in _samples():
        source = (case / "panel.nxml").read_bytes().decode("utf-8", errors="replace")
        for diagnostic in cast("list[object]", _told(case)["diagnostics"]):
            example = Example(Diagnostic.model_validate(diagnostic), source)
            if len(example.line) <= _LONGEST_LINE and example.line.isprintable():
                yield example


# ---- Markdown


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        cells = (cell.replace("|", r"\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _escaped(text: str) -> str:
    """Return text in which only what stands between backticks is code, and nothing HTML."""
    parts = text.split("`")
    parts[::2] = (re.sub(r"([<*_\[])", r"\\\1", part) for part in parts[::2])
    return "`".join(parts)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "components.md": components_page,
    "diagnostics.md": diagnostics_page,
}

if __name__ == "__main__":
    sys.exit(main())
