"""Character references in text and attributes: ``&lt;``, ``&#8211;`` and HTML's names."""

import re
from html.entities import html5

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Findings
from nexus_core.parser.source import REPLACEMENT

_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hex>[\da-fA-F]+)|(?P<decimal>\d+))|(?P<name>\w+));", re.ASCII
)
_XML = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LONGEST_NUMBER = 8


def decode(findings: Findings, start: int, end: int) -> str:
    """Return the text from ``start`` to ``end`` with its references resolved."""
    text = findings.source.text
    if text.find("&", start, end) < 0:
        return text[start:end]
    parts: list[str] = []
    position = start
    for found in _REFERENCE.finditer(text, start, end):
        parts.append(text[position : found.start()])
        parts.append(_character(findings, found))
        position = found.end()
    parts.append(text[position:end])
    return "".join(parts)


def _written(characters: str) -> str:
    """Return characters as they stand in a source: as a number where they mean or show nothing."""
    return "".join(
        each if each.isprintable() and not each.isascii() else f"&#{ord(each)};"
        for each in characters
    )


def _character(findings: Findings, found: re.Match[str]) -> str:
    """Return what one reference stands for; the reference itself when it is unknown."""
    if name := found["name"]:
        if name in _XML:
            return _XML[name]
        character = html5.get(name + ";")
        if character is None:
            findings.add(catalogue.BAD_REFERENCE, *found.span(), reference=found[0])
            return found[0]
        findings.repair("HTML_ENTITY", *found.span(), _written(character))
        return character
    digits, base = (found["hex"], 16) if found["hex"] else (found["decimal"], 10)
    number = int(digits, base) if len(digits) <= _LONGEST_NUMBER else 0
    if not 0 < number <= 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        findings.add(catalogue.BAD_REFERENCE, *found.span(), reference=found[0])
        return REPLACEMENT
    return chr(number)
