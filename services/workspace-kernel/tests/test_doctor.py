"""The doctor: whatever is damaged is found, and what can be mended is mended."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from nexus_core.cli import main
from nexus_quickjs import Engine, engine
from workspace_kernel.db.session import make_engine
from workspace_kernel.doctor import examine, folder, mend
from workspace_kernel.doctor.report import Report
from workspace_kernel.settings import Settings
from workspace_kernel.testing import served

pytestmark = pytest.mark.requirement("ker.store")

SOURCE = (
    '<NexusPanel title="P"><Data><State name="count" type="number" default="0"/></Data><Logic>'
    '<Tool name="add"><Handler>$state.count += 1;</Handler></Tool></Logic>'
    '<View><Button label="Add" trigger="add"/></View></NexusPanel>'
)
HARMLESS = {"SQLITE_OLD", "AMCHECK_MISSING"}
"""What this machine may be told in any case."""


def live_in(settings: Settings) -> None:
    """Have kernels use a data folder: a panel whose state changes in two runs."""
    for run in range(2):
        with (
            served(settings) as serving,
            httpx.Client(base_url=serving.address, trust_env=False, timeout=20) as client,
        ):
            panels = "/api/workspaces/default/panels"
            if run == 0:
                client.post(panels, json={"id": "p", "source": SOURCE}).raise_for_status()
            for _ in range(3):
                client.post(f"{panels}/p/tools/add", json={}).raise_for_status()
        # So that there is another snapshot, with the first change of the second run.
        database = make_engine(settings.database, read_only=False)
        with database.begin() as connection:
            connection.execute(text("UPDATE snapshot SET at = at - 100000"))
        database.dispose()


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A data folder that kernels used."""
    settings = Settings(data=tmp_path_factory.mktemp("used") / "data", demo=False)
    live_in(settings)
    return settings.data


@pytest.fixture
def settings(used, tmp_path):
    """A copy of it, to be damaged."""
    shutil.copytree(used, tmp_path / "data", symlinks=True)
    (tmp_path / "data").chmod(0o700)
    return Settings(data=tmp_path / "data", demo=False)


def found(report: Report) -> dict[str, str]:
    """Return the codes of what was found, with how bad each is."""
    return {each.code: each.severity.value for each in report.findings if each.code not in HARMLESS}


def mended(report: Report) -> dict[str, bool | None]:
    return {each.code: each.mended for each in report.findings if each.code not in HARMLESS}


def execute(settings: Settings, *statements: str) -> None:
    with sqlite3.connect(settings.data / "nexus.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def git(settings: Settings, *arguments: str) -> str:
    repository = settings.data / "workspaces" / "default"
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_in_what_a_kernel_leaves_behind_all_is_well(settings):
    report = examine(settings)
    assert (found(report), report.ok) == ({}, True)


# ---- what is mended

CALL = "INSERT INTO suspended_call VALUES ('default', 'p', 'gone', 1, NULL)"
ORPHAN = "INSERT INTO snapshot VALUES ('nowhere', 'q', 1, '{}', 0, 2)"
STALE = "UPDATE panel SET source_hash = 'another'"
UNREADABLE = "UPDATE snapshot SET state = 'nonsense' WHERE rev = 4"
LATE = '<NexusPanel title="Late"><View><Text content="x"/></View></NexusPanel>'
SAVE = (
    f"INSERT INTO pending_save SELECT workspace_id, id, '{LATE}', 'main', NULL, 'Ann', "
    "'ann@nexus.localhost' FROM panel"
)


@pytest.mark.parametrize(
    ("statement", "code", "severity"),
    [
        (CALL, "STRAY_CALLS", "warning"),
        (ORPHAN, "ORPHAN_ROWS", "error"),
        (STALE, "INDEX_STALE", "warning"),
        (UNREADABLE, "SNAPSHOT_UNREADABLE", "error"),
    ],
)
def test_what_is_wrong_in_the_tables_is_found_and_mended(settings, statement, code, severity):
    execute(settings, statement)
    report = examine(settings)
    assert (found(report), report.ok) == ({code: severity}, False)
    report = mend(settings)
    assert (mended(report), report.ok) == ({code: True}, True)
    assert found(examine(settings)) == {}


def test_a_save_on_its_way_into_git_is_told_and_brought_there(settings):
    head = git(settings, "rev-parse", "HEAD").strip()
    saved = hashlib.sha256(LATE.encode()).hexdigest()
    execute(
        settings,
        SAVE.replace("NULL", f"'{head}'"),
        f"UPDATE panel SET source_hash = '{saved}'",
    )
    report = examine(settings)
    assert found(report)["SAVE_PENDING"] == "note"
    report = mend(settings)
    assert (mended(report)["SAVE_PENDING"], report.ok) == (True, True)
    assert 'title="Late"' in git(settings, "show", "HEAD:panels/p.nxml")
    assert git(settings, "log", "-1", "--format=%an") == "Ann\n"


def test_rights_that_are_too_wide_are_narrowed(settings):
    secret = settings.data / "auth" / "keys.json"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("{}")
    secret.chmod(0o644)
    settings.data.chmod(0o755)
    assert found(examine(settings)) == {"FOLDER_OPEN": "error", "SECRET_OPEN": "error"}
    assert mend(settings).ok
    modes = [oct(path.stat().st_mode & 0o777) for path in (settings.data, secret)]
    assert modes == ["0o700", "0o600"]


def test_a_lock_that_a_killed_program_left_is_removed(settings):
    lock = settings.data / "workspaces" / "default" / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert found(examine(settings)) == {"LOCK_STALE": "warning"}
    assert mend(settings).ok
    assert not lock.exists()


def test_an_older_schema_is_told_and_brought_up(settings):
    execute(
        settings,
        "DROP INDEX snapshot_bytes",
        "ALTER TABLE snapshot DROP COLUMN bytes",
        "DROP TABLE database_owner",
        "DROP TABLE canvas_layout",
        "ALTER TABLE account DROP COLUMN toured_at",
        "UPDATE alembic_version SET version_num = '0009'",
    )
    assert found(examine(settings)) == {"SCHEMA_OLD": "note"}
    report = mend(settings)
    assert (mended(report), report.ok) == ({"SCHEMA_OLD": True}, True)


# ---- what a person has to see to


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM change WHERE rev = 2", "LOG_GAP"),
        ("UPDATE snapshot SET state = json_set(state, '$.count', 41) WHERE rev = 4",
         "SNAPSHOT_DIFFERS"),
        ("DELETE FROM snapshot", "STATE_LOST"),
        ("UPDATE snapshot SET state = 'nonsense' WHERE rev = (SELECT min(rev) FROM snapshot)",
         "SNAPSHOT_UNREADABLE"),
        ("UPDATE alembic_version SET version_num = '9999'", "SCHEMA_NEWER"),
    ],
)  # fmt: skip
def test_what_is_lost_is_told_and_nothing_is_made_up(settings, statement, code):
    execute(settings, statement)
    report = mend(settings)
    assert (found(report), mended(report), report.ok) == ({code: "error"}, {code: False}, False)


def test_a_damaged_database_is_told(settings):
    path = settings.data / "nexus.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\xa5" * (4096 * 9)
    path.write_bytes(content)
    assert set(found(examine(settings))) <= {"DATABASE_DAMAGED", "DATABASE_UNREADABLE"}
    assert not examine(settings).ok


def test_a_missing_object_of_git_is_told(settings):
    tree = git(settings, "rev-parse", "HEAD^{tree}").strip()
    objects = settings.data / "workspaces" / "default" / ".git" / "objects"
    (objects / tree[:2] / tree[2:]).unlink()
    assert found(examine(settings))["REPOSITORY_DAMAGED"] == "error"


def test_a_save_that_was_put_aside_waits_for_a_person(settings):
    git(settings, "branch", "conflicts/p-12345678")
    assert found(mend(settings)) == {"SAVE_PUT_ASIDE": "warning"}


def test_a_repository_without_a_workspace_and_the_other_way_round(settings):
    workspaces = settings.data / "workspaces"
    (workspaces / "default").rename(workspaces / "lost")
    assert found(examine(settings)) == {"REPOSITORY_MISSING": "error", "FOLDER_UNKNOWN": "warning"}


def test_an_engine_that_is_another_is_told(settings, tmp_path, monkeypatch):
    known = engine()
    other = tmp_path / "quickjs.wasm"
    other.write_bytes(known.path.read_bytes() + b"\0")
    changed = Engine(other, known.sha256, known.version, known.control)
    monkeypatch.setattr(folder, "engine", lambda: changed)
    assert found(examine(settings)) == {"ENGINE_CHANGED": "error"}


@pytest.mark.parametrize(
    ("name", "code"), [("data", "DATA_MISSING"), ("empty", "DATABASE_MISSING")]
)
def test_a_folder_that_no_kernel_used_is_told_and_left_alone(tmp_path, name, code):
    place = tmp_path / name
    if code == "DATABASE_MISSING":
        place.mkdir(mode=0o700)
    assert found(mend(Settings(data=place))) == {code: "error"}
    assert [*tmp_path.rglob("*.db")] == []


# ---- on PostgreSQL


def test_what_is_wrong_on_postgresql_is_found(postgres, tmp_path):
    url = postgres("doctor")
    settings = Settings(data=tmp_path / "data", database_url=SecretStr(url), demo=False)
    live_in(settings)
    settings.data.chmod(0o700)
    assert found(examine(settings)) == {}
    database = make_engine(url, read_only=False)
    with database.begin() as connection:
        connection.execute(text("CREATE EXTENSION amcheck"))
        connection.execute(text("DELETE FROM change WHERE rev = 2"))
        connection.execute(text(CALL))
        connection.execute(text(STALE))
    database.dispose()
    assert set(found(examine(settings))) == {"LOG_GAP", "STRAY_CALLS", "INDEX_STALE"}
    assert "AMCHECK_MISSING" not in {each.code for each in examine(settings).findings}
    assert mended(mend(settings)) == {"LOG_GAP": False, "STRAY_CALLS": True, "INDEX_STALE": True}


# ---- on the command line


@pytest.mark.requirement("ker.cli")
def test_the_command_tells_and_mends(settings, capsys):
    execute(settings, CALL)
    data = ("--data", str(settings.data))
    assert main(["doctor", *data]) == 1
    assert "--repair mends it." in capsys.readouterr().out
    assert main(["doctor", *data, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["code"] for each in told["findings"] if each["mendable"]] == ["STRAY_CALLS"]
    assert main(["doctor", *data, "--repair"]) == 0
    assert "Mended." in capsys.readouterr().out
    assert main(["doctor", *data]) == 0


def test_nothing_is_mended_under_a_running_kernel(settings, capsys):
    execute(settings, CALL)
    with served(settings):
        assert main(["doctor", "--data", str(settings.data), "--repair"]) == 2
        assert "Another kernel" in capsys.readouterr().err
        assert main(["doctor", "--data", str(settings.data)]) == 1
