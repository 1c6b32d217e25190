"""A workspace's sources as a plain git repository: what was saved, when and by whom.

The only package that imports dulwich. Everything here blocks: call it through
``asyncio.to_thread``.
"""

from nexus_core.history.errors import HistoryConflict, HistoryError
from nexus_core.history.lines import unified
from nexus_core.history.log import Commit, Log
from nexus_core.history.paths import check_path
from nexus_core.history.people import Author
from nexus_core.history.repository import PATIENCE, Branch, Repository, Sight

__all__ = [
    "PATIENCE",
    "Author",
    "Branch",
    "Commit",
    "HistoryConflict",
    "HistoryError",
    "Log",
    "Repository",
    "Sight",
    "check_path",
    "unified",
]
