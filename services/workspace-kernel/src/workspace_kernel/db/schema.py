"""Bring a database to the present schema.

The steps are Alembic revisions in ``migrations``. Loading Alembic costs a tenth of a second, so a
database that is there already is recognised without it.
"""

import threading
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

HEAD: Final = "0012"
"""The newest revision; a test compares it with the folder."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_ALEMBIC = threading.Lock()


def migrate(engine: Engine, revision: str = HEAD) -> None:
    """Move the schema up or down to a revision; ``base`` is an empty database."""
    if current(engine) == revision:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    older = revision == "base"
    # Alembic keeps its context in the module: one migration at a time in a process.
    with _ALEMBIC, engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if older else command.upgrade)(config, revision)


def current(engine: Engine) -> str | None:
    """Return the revision of a database, or None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


__all__ = ["HEAD", "MIGRATIONS", "current", "migrate"]
