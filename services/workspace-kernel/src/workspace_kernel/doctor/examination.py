"""Go through all of it in order, and mend what may be mended.

What a kernel mends by itself when it starts (an older schema, saves on their way into git, an index
behind git) is mended by bringing one up, without running any panel. After a repair all is looked at
again: only what is not there any more counts as mended.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from nexus_core import NexusError
from workspace_kernel.db.session import make_engine
from workspace_kernel.doctor import folder, sources, tables
from workspace_kernel.doctor.report import Report, Symptom, error, report
from workspace_kernel.kernel import running
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry


def examine(settings: Settings) -> Report:
    """Look, and change nothing."""
    return report(str(settings.data), tuple(_look(settings)))


def mend(settings: Settings) -> Report:
    """Look, mend, and look again; the data folder has to be claimed."""
    symptoms = tuple(_look(settings))
    for each in symptoms:
        if each.mend is not None:
            each.mend()
    failed: list[Symptom] = []
    if any(each.recovery for each in symptoms):
        try:
            asyncio.run(_recover(settings))
        except (NexusError, SQLAlchemyError, OSError) as wrong:
            failed.append(error("RECOVERY_FAILED", str(settings.data), f"{wrong}"[:300]))
    left = (*_look(settings), *failed)
    known = {each.key for each in symptoms}
    appeared = (each for each in left if each.key not in known)
    return report(str(settings.data), (*symptoms, *appeared), left)


def _look(settings: Settings) -> Iterator[Symptom]:
    data = settings.data
    if not data.is_dir():
        yield error("DATA_MISSING", str(data), "There is no such folder.")
        return
    yield from folder.look(data)
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not _exists(url.database):
        yield error("DATABASE_MISSING", "database", "There is no database in the folder.")
        return
    engine = make_engine(settings.database, read_only=True)
    patient = tables.Patient(settings.database, engine)
    try:
        schema = list(tables.is_current(patient))
        yield from schema
        if not schema:
            yield from tables.look(patient)
            known = tables.by_workspace(engine)
            yield from sources.look(data / "workspaces", patient, known)
    except SQLAlchemyError as failed:
        told = str(getattr(failed, "orig", failed)).splitlines()[0]
        yield error("DATABASE_UNREADABLE", "database", f"{told[:300]}")
    finally:
        engine.dispose()


async def _recover(settings: Settings) -> None:
    async with running(settings, Telemetry(), only_recover=True):
        pass


def _exists(path: str | None) -> bool:
    return path is not None and Path(path).is_file()


__all__ = ["examine", "mend"]
