"""The code of a handler as others see it: what stands at a node, and where, in characters."""

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript.expressions import Problem, Use
from nexus_core.parser.javascript.grammar import Offsets


class Code:
    """A handler's text. Nodes count bytes; what is told counts characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode()
        self.offset = Offsets(text, self.data)
        """The character at a byte."""

    def of(self, node: Node) -> str:
        """Return what is written there."""
        return self.data[node.start_byte : node.end_byte].decode()

    def span(self, node: Node) -> tuple[int, int]:
        """Return where a node begins and ends, in characters."""
        return self.offset(node.start_byte), self.offset(node.end_byte)

    def use(self, name: str, node: Node) -> Use:
        """Return a name and where it stands, without the quotes around it."""
        quotes = node.type == "string"
        start, end = self.span(node)
        return Use(name, start + quotes, end - quotes)

    def problem(
        self, finding: catalogue.Finding, node: Node, *, fix: Mend | None = None, **facts: str
    ) -> Problem:
        """Return what is wrong with a node."""
        _, start, end = self.use("", node)
        return Problem(finding, start, end, facts, fix)
