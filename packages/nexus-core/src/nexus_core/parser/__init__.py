"""NXML source to tree and diagnostics, and back to canonical source.

``parse`` takes any text or bytes and never raises: what is wrong is in the result;
``StreamingParser`` reads the same while it is still being written. The rooms:
``lexer`` and ``parser`` make elements of text, ``sections`` make the tree of elements, ``rules``
compare what is declared with what is used, ``catalogue`` words every finding.
"""

from nexus_core.parser.cache import CacheMetrics, ParseCache, cache, parse_cached
from nexus_core.parser.javascript.printing import print_expression
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.parse import parse
from nexus_core.parser.result import ParseResult
from nexus_core.parser.standalone import ExpressionResult, parse_expression
from nexus_core.parser.streaming import StreamEndedError, StreamingParser
from nexus_core.parser.writing.addresses import AddressError, node_hash
from nexus_core.parser.writing.edits import EditResult, edit
from nexus_core.parser.writing.generate import generate
from nexus_core.parser.writing.printer import FormatError, format_source

__all__ = [
    "AddressError",
    "CacheMetrics",
    "EditResult",
    "ExpressionResult",
    "FormatError",
    "ParseCache",
    "ParseLimits",
    "ParseResult",
    "StreamEndedError",
    "StreamingParser",
    "cache",
    "edit",
    "format_source",
    "generate",
    "node_hash",
    "parse",
    "parse_cached",
    "parse_expression",
    "print_expression",
]
