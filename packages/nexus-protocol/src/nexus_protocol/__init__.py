"""The types that everything in Nexus shares.

Import what you need from the modules: ``ast`` and ``expressions`` (a panel as a tree),
``components`` (the catalogue), ``prompt`` (both for language models), ``diagnostics``,
``capabilities``, ``patches``, ``pointers``, ``messages`` (the wire), ``canonical`` (hashes),
``errors``, ``strict_json``. Installing this package brings pydantic and nothing else.
"""

from nexus_protocol._model import Json, Model
from nexus_protocol.ast import PanelAst
from nexus_protocol.capabilities import Capability, Grant
from nexus_protocol.components import CATALOGUE, CATALOGUE_HASH
from nexus_protocol.diagnostics import Code, Diagnostic, Repair
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.locations import Span
from nexus_protocol.patches import Change, PatchOp
from nexus_protocol.prompt import catalogue_prompt

__all__ = [
    "CATALOGUE",
    "CATALOGUE_HASH",
    "Capability",
    "Change",
    "Code",
    "Diagnostic",
    "ErrorCode",
    "ExecutionError",
    "Grant",
    "Json",
    "Model",
    "PanelAst",
    "PatchOp",
    "Repair",
    "Span",
    "catalogue_prompt",
]
