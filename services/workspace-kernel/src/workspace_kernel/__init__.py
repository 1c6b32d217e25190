"""The service that owns running panels: ``create_app(settings)`` makes it, ``nexus serve`` runs it.

Sources are in git, state and its log in a database, browsers on WebSockets. Panels themselves, and
what happens inside them, are ``nexus_core``'s business.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace_kernel.app import create_app
    from workspace_kernel.settings import Settings


def __getattr__(name: str) -> object:
    """Load the two names below when they are used: the command line needs neither."""
    match name:
        case "create_app":
            from workspace_kernel.app import create_app

            return create_app
        case "Settings":
            from workspace_kernel.settings import Settings

            return Settings
        case _:
            raise AttributeError(name)


__all__ = ["Settings", "create_app"]
