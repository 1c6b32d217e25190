"""A workspace's sources as a plain git repository: what was saved, when and by whom.

The only package that imports dulwich. Everything here blocks: call it through
``asyncio.to_thread``.
"""

from nexus_core.history.errors import HistoryConflict, HistoryError
from nexus_core.history.paths import check_path
from nexus_core.history.repository import Author, Commit, Repository

__all__ = [
    "Author",
    "Commit",
    "HistoryConflict",
    "HistoryError",
    "Repository",
    "check_path",
]
