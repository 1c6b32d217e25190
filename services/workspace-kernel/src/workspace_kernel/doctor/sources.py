"""The workspaces' repositories: what stock git says, and whether the database agrees with them."""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Update, update
from sqlmodel import Session, col

from nexus_core.history import HistoryError, Repository
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel, PendingSave
from workspace_kernel.doctor.report import Symptom, error, note, warning
from workspace_kernel.doctor.tables import Patient
from workspace_kernel.services.sources import CONFLICTS, FOLDER, id_in, path_of

_STALE_SECONDS: Final = 60
"""Longer than any program of git's holds a lock."""
_FSCK_SECONDS: Final = 600


def look(
    folder: Path, patient: Patient, known: Mapping[str, Mapping[str, str]]
) -> Iterator[Symptom]:
    """Look at all repositories; ``known`` is what the database has of each workspace's panels."""
    if shutil.which("git") is None:
        yield note("GIT_MISSING", "git", "Repositories are not checked: git is not installed.")
    for workspace, panels in known.items():
        root = folder / workspace
        if not (root / ".git").is_dir():
            yield error("REPOSITORY_MISSING", workspace, f"There is no repository in {root}.")
            continue
        yield from _locks(root, workspace)
        damaged = list(_objects(root, workspace))
        yield from damaged
        if damaged:
            continue
        with Session(patient.engine) as session:
            pending = {row.panel_id: row for row in repositories.pending_saves(session, workspace)}
        try:
            yield from _agreement(Repository(root), patient, workspace, panels, pending)
        except (HistoryError, KeyError, OSError) as failed:  # KeyError: an object is missing.
            yield error("REPOSITORY_UNREADABLE", workspace, f"{failed}.")
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and path.name not in known:
            yield warning("FOLDER_UNKNOWN", str(path), "It belongs to no workspace.")


def _locks(root: Path, workspace: str) -> Iterator[Symptom]:
    for lock in sorted((root / ".git").rglob("*.lock")):
        if time.time() - lock.stat().st_mtime > _STALE_SECONDS:
            yield warning(
                "LOCK_STALE",
                f"{workspace}: {lock.relative_to(root)}",
                "A program that was killed left it, and commits wait for it.",
                mend=partial(lock.unlink, missing_ok=True),
            )


def _objects(root: Path, workspace: str) -> Iterator[Symptom]:
    git = shutil.which("git")
    if git is None:
        return
    command = [git, "-c", "safe.directory=*", "-C", str(root), "fsck", "--full", "--strict"]
    done = subprocess.run(  # noqa: S603
        [*command, "--no-dangling", "--no-progress"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_FSCK_SECONDS,
    )
    if done.returncode != 0:
        told = "; ".join((done.stderr + done.stdout).split("\n")[:3])
        yield error("REPOSITORY_DAMAGED", workspace, f"git fsck: {told[:300]}")


def _agreement(
    repository: Repository,
    patient: Patient,
    workspace: str,
    panels: Mapping[str, str],
    pending: Mapping[str, PendingSave],
) -> Iterator[Symptom]:
    for branch in repository.branches(CONFLICTS):
        yield warning(
            "SAVE_PUT_ASIDE",
            f"{workspace}: {branch.name}",
            "A save gave way to what others did; merge the branch or delete it.",
        )
    for panel in sorted(pending):
        yield note(
            "SAVE_PENDING", f"{workspace}/{panel}", "A save is not in git yet.", recovery=True
        )
    sight = repository.look(f"{FOLDER}/")
    if sight is None:
        yield note("REPOSITORY_BUSY", workspace, "Somebody is changing it; look again.")
        return
    present = {name for name in map(id_in, sight.files) if name is not None}
    for panel in sorted(panels.keys() | present):
        there = pending[panel].source.encode() if panel in pending else None
        if there is None and panel in present:
            there = repository.current(path_of(panel))
        held = hashlib.sha256(there).hexdigest() if there is not None else None
        if held != panels.get(panel):
            yield warning(
                "INDEX_STALE",
                f"{workspace}/{panel}",
                "The database does not have the panel as git has it.",
                mend=partial(patient.change, _unseen(workspace, panel)),
                recovery=True,
            )


def _unseen(workspace: str, panel: str) -> Update:
    """Return what makes a kernel read a panel's source again when it starts."""
    of_panel = col(Panel.workspace_id) == workspace, col(Panel.id) == panel
    return update(Panel).where(*of_panel).values(blob=None)


__all__ = ["look"]
