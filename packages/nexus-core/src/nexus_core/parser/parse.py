"""Source in, tree and findings out: the steps of a parse in their order."""

import re
from typing import Final

from nexus_core.parser import catalogue, rules
from nexus_core.parser.facts import Place
from nexus_core.parser.findings import Findings
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.markup.tokens import Element
from nexus_core.parser.markup.tree import ROOT, read_document
from nexus_core.parser.placing import placed
from nexus_core.parser.result import ParseResult
from nexus_core.parser.sections import data, logic, tests, view
from nexus_core.parser.sections.reading import (
    Reading,
    read_attributes,
    rename,
    tell_misplaced,
    tell_stray_text,
)
from nexus_core.parser.source import Source
from nexus_core.parser.trusted import make_panel
from nexus_protocol import CATALOGUE_HASH, PanelAst
from nexus_protocol.components import CATALOGUE

SECTIONS: Final = ("Data", "Logic", "View")
_ATTRIBUTES: Final = (
    "title", "id", "description", "version", "author", "tags", "icon", "type",
)  # fmt: skip
_EMPTY: Final = frozenset(
    {"State", "Computed", "Extension", "Arg", "Trigger", "Capability", "Given", "Call", "Expect"}
    | {spec.name for spec in CATALOGUE if spec.content == "none"}
)
VOID: Final = _EMPTY | {name.lower() for name in _EMPTY} | {"br", "hr", "img"}
"""Elements that hold no others, so one left open ends where the next begins; as HTML has them,
too."""
_TAG = re.compile(r"[^,;]+")


def parse(source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> ParseResult:
    """Read a panel.

    Every input gives a result: a tree, diagnostics, or both. Nothing is raised.
    """
    text = Source(source)
    findings = Findings(text, limits.diagnostics)
    return result_of(text, findings, read_source(text, findings, limits))


def result_of(text: Source, findings: Findings, ast: PanelAst | None) -> ParseResult:
    """Return what was read and found in a source."""
    return ParseResult(
        ast=ast,
        diagnostics=placed(findings.diagnostics(), ast),
        repairs=findings.repairs(),
        capabilities=_capabilities(ast),
        source_hash=text.hash,
    )


def read_source(text: Source, findings: Findings, limits: ParseLimits) -> PanelAst | None:
    """Read a source into its tree, if there is one; what is found goes to ``findings``."""
    for place in text.broken[: limits.diagnostics]:
        findings.add(catalogue.NOT_UTF8, place, place + 1)
    if text.size > limits.source_bytes:
        facts = {"what": "bytes of source", "limit": str(limits.source_bytes)}
        findings.tell(catalogue.LIMIT_EXCEEDED, 0, 0, "", facts)
        return None
    document = read_document(findings, limits, VOID)
    return read_root(text, findings, limits, document.root) if document else None


def read_root(text: Source, findings: Findings, limits: ParseLimits, root: Element) -> PanelAst:
    """Read the tree of the element of a panel, and compare what belongs together in it."""
    reading = Reading(text, findings, limits)
    ast = read_panel(reading, root)
    rules.check(reading.facts, findings)
    return ast


def read_panel(reading: Reading, root: Element) -> PanelAst:
    """Read the tree of a panel; what concerns several places in it is written down as facts."""
    if root.name != ROOT:
        fix = rename(reading, root, ROOT)
        place = root.start, root.tag.name_end
        reading.findings.add(catalogue.NO_PANEL, *place, near=f"<{ROOT}>", fix=fix)
    attributes = read_attributes(reading, root, _ATTRIBUTES, (), "")
    tell_stray_text(reading, root, "Put it into a <Text> of the <View>.", "")
    sections: dict[str, list[Element]] = {name: [] for name in SECTIONS}
    examples: list[Element] = []
    for element in root.elements():
        if element.name == "Test":
            examples.append(element)
        elif element.name in sections:
            sections[element.name].append(element)
            read_attributes(reading, element, (), (), element.name)
        else:
            tell_misplaced(reading, element, ROOT, (*SECTIONS, "Test"), "")
    for name, elements in sections.items():
        places = (Place(name, each.start, each.tag.name_end, name) for each in elements)
        reading.facts.sections.extend(places)
    tags = reading.text(attributes, "tags") or ""
    return make_panel(
        title=reading.text(attributes, "title"),
        id=reading.text(attributes, "id"),
        description=reading.text(attributes, "description"),
        version=reading.text(attributes, "version"),
        author=reading.text(attributes, "author"),
        tags=tuple(tag.strip() for tag in _TAG.findall(tags) if tag.strip()),
        icon=reading.text(attributes, "icon"),
        type=reading.text(attributes, "type"),
        data=data.read_data(reading, sections["Data"]),
        logic=logic.read_logic(reading, sections["Logic"]),
        view=view.read_view(reading, sections["View"]),
        tests=tests.read_tests(reading, examples),
        catalogue_hash=CATALOGUE_HASH,
        loc=reading.span(root.start, root.end),
    )


def _capabilities(ast: PanelAst | None) -> tuple[str, ...]:
    if ast is None:
        return ()
    owners = (*ast.logic.tools, *ast.logic.lifecycles)
    return tuple(sorted({name for owner in owners for name in owner.handler.capabilities}))
