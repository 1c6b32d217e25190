"""Archives: panels out of one workspace and into another, and what a hostile one comes to."""

import hashlib
import io
import itertools
import json
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.cli import main
from workspace_kernel.errors import KernelError
from workspace_kernel.services import archives
from workspace_kernel.services.archives import Archive, Carried, pack, unpack
from workspace_kernel.testing import wire

pytestmark = pytest.mark.requirement("ker.cli")

ZIP = {"content-type": "application/zip"}

# ---- what is written is what is read

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
PANELS = st.builds(
    Carried,
    id=NAMES,
    source=TEXTS,
    title=TEXTS,
    state=st.dictionaries(NAMES, VALUES, max_size=3),
    rev=st.integers(0, 10**12),
)
ARCHIVES = st.builds(
    Archive,
    workspace=NAMES,
    title=TEXTS,
    panels=st.lists(PANELS, max_size=4, unique_by=lambda each: each.id),
)


@settings(max_examples=40, deadline=None)
@given(ARCHIVES)
def test_what_was_packed_is_unpacked(archive):
    found = unpack(pack(archive))
    in_order = sorted(archive.panels, key=lambda each: each.id)
    assert found == Archive(archive.workspace, tuple(in_order), archive.title)


@settings(max_examples=40, deadline=None)
@given(ARCHIVES)
def test_the_same_panels_make_the_same_bytes(archive):
    turned = Archive(archive.workspace, archive.panels[::-1], archive.title)
    assert pack(turned) == pack(archive)


# ---- what somebody else wrote

GOOD = Archive("w", [Carried("a", "<NexusPanel/>", "A", {"n": 1}, 3)])
SOURCE = "panels/a.nxml"


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {each.filename: opened.read(each) for each in opened.infolist()}


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], packing=zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", packing) as opened:
        warnings.simplefilter("ignore")  # Names that are there twice.
        for name, content in entries:
            opened.writestr(name, content)
    return made.getvalue()


def with_files(**changed: bytes | None) -> bytes:
    files = files_of(pack(GOOD)) | {name.replace("__", "/"): v for name, v in changed.items()}
    return zipped(*((name, content) for name, content in files.items() if content is not None))


def with_entry(name: str | zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    return zipped(*files_of(pack(GOOD)).items(), (name, content))


def with_list(**changed: object) -> bytes:
    listed = json.loads(files_of(pack(GOOD))["nexus-archive.json"]) | changed
    return with_files(**{"nexus-archive.json": json.dumps(listed).encode()})


def with_panel(**changed: object) -> bytes:
    listed = json.loads(files_of(pack(GOOD))["nexus-archive.json"])["panels"]
    return with_list(panels=[listed[0] | changed])


def with_state(content: bytes) -> bytes:
    panel = json.loads(files_of(pack(GOOD))["nexus-archive.json"])["panels"][0]
    panel["stateSha256"] = hashlib.sha256(content).hexdigest()
    listed = json.loads(files_of(pack(GOOD))["nexus-archive.json"]) | {"panels": [panel]}
    return with_files(
        **{"state__a.json": content, "nexus-archive.json": json.dumps(listed).encode()}
    )


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("panels/b.nxml")
    entry.external_attr = 0o120777 << 16
    return entry


def flagged(data: bytes) -> bytes:
    """Say of every entry that it is encrypted."""
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data = data[: at + place] + b"\x01" + data[at + place + 1 :]
            at = data.find(signature, at + 4)
    return data


HOSTILE = {
    "nothing": (b"", "unpacked"),
    "no zip": (b"<NexusPanel/>", "unpacked"),
    "cut off": (pack(GOOD)[:-30], "unpacked"),
    "a path upwards": (with_entry("../panels/b.nxml"), "no file of an archive"),
    "a path upwards inside": (with_entry("panels/../../b.nxml"), "no file of an archive"),
    "an absolute path": (with_entry("/panels/b.nxml"), "no file of an archive"),
    "another separator": (with_entry("panels\\b.nxml"), "no file of an archive"),
    "a drive": (with_entry("C:panels/b.nxml"), "no file of an archive"),
    "a folder": (with_entry("panels/b.nxml/"), "no file of an archive"),
    "a foreign file": (with_entry("setup.py"), "no file of an archive"),
    "a name with capitals": (with_entry("panels/B.nxml"), "no file of an archive"),
    "a link": (with_entry(link(), b"/etc/passwd"), "a link"),
    "encrypted": (flagged(pack(GOOD)), "encrypted"),
    "another way of packing": (
        zipped(*files_of(pack(GOOD)).items(), packing=zipfile.ZIP_BZIP2),
        "a way that is not taken",
    ),
    "a name twice": (with_entry(SOURCE, b"<NexusPanel/>"), "in it twice"),
    "a file too many": (with_entry("panels/b.nxml"), "not in its list"),
    "a file too few": (with_files(**{SOURCE: None}), "is missing"),
    "no list": (with_files(**{"nexus-archive.json": None}), "is missing"),
    "a list that is no JSON": (with_files(**{"nexus-archive.json": b"{"}), "not JSON"),
    "another format": (with_list(format="other"), "its format"),
    "a newer version": (with_list(version=2), "reads 1"),
    "a list with more in it": (with_list(run="rm"), "wrong at run"),
    "another source": (with_files(**{SOURCE: b"<NexusPanel />"}), "SHA-256"),
    "another state": (with_files(**{"state__a.json": b"{}"}), "SHA-256"),
    "a name in the list": (with_panel(id="../a"), "wrong at panels.0.id"),
    "a revision below 0": (with_panel(rev=-1), "wrong at panels.0.rev"),
    "a revision without end": (with_panel(rev=10**15), "wrong at panels.0.rev"),
    "a state that is a list": (with_state(b"[]"), "no object"),
    "a state with a number that is none": (with_state(b'{"n": NaN}'), "state/a.json is"),
    "a state with a forbidden name": (with_state(b'{"__proto__": 1}'), "state/a.json is"),
}


@pytest.mark.parametrize(("data", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_good_archive_is_refused(data, why):
    with pytest.raises(KernelError, match=why) as caught:
        unpack(data)
    assert caught.value.code == "BAD_REQUEST"


def test_a_bomb_is_refused_before_it_is_unpacked():
    large = bytes(archives.LARGEST_ENTRY + 1)
    with pytest.raises(KernelError, match="16 MiB") as caught:
        unpack(with_entry("panels/b.nxml", large))
    assert caught.value.code == "PAYLOAD_TOO_LARGE"


def test_many_files_are_refused_before_they_are_listed():
    entries = ((f"panels/p{number}.nxml", b"") for number in range(2 * archives.MOST_PANELS + 2))
    with pytest.raises(KernelError, match="files") as caught:
        unpack(zipped(*entries))
    assert caught.value.code == "PAYLOAD_TOO_LARGE"


def test_a_file_that_is_longer_than_it_says_is_refused():
    data = zipped(*files_of(pack(GOOD)).items(), packing=zipfile.ZIP_STORED)
    size = len(GOOD.panels[0].source).to_bytes(4, "little")
    with pytest.raises(KernelError) as caught:
        unpack(data.replace(size + size, size + b"\x01\0\0\0"))
    assert caught.value.code == "BAD_REQUEST"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_read_right_or_refused(data):
    good = pack(GOOD)
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(bytes(damaged))
    except KernelError:
        return
    assert [each.source for each in found.panels] == [GOOD.panels[0].source]


# ---- over HTTP


_numbers = itertools.count()


@pytest.fixture
def workspaces(http):
    """Make an empty workspace; returns its address."""

    def make() -> str:
        name = f"carried-{next(_numbers)}"
        http.post("/api/workspaces", json={"id": name}).raise_for_status()
        return f"/api/workspaces/{name}"

    return make


def take_in(http, workspace, data, **query):
    return http.post(f"{workspace}/import", content=data, headers=ZIP, params=query)


@pytest.mark.requirement("ker.rest")
async def test_panels_are_carried_into_another_workspace_with_their_states(
    kernel, http, workspaces, source
):
    one, other = workspaces(), workspaces()
    for name in ("used", "untouched"):
        http.post(f"{one}/panels", json={"id": name, "source": source}).raise_for_status()
    http.post(f"{one}/panels/used/tools/add", json={"args": {"by": 7}}).raise_for_status()
    archive = http.get(f"{one}/export")
    told = take_in(http, other, archive.content).json()
    assert told == {
        "dryRun": False,
        "workspace": one.rpartition("/")[2],
        "panels": [
            {"id": "untouched", "action": "create"},
            {"id": "used", "action": "create"},
        ],
    }
    assert unpack(http.get(f"{other}/export").content).panels == unpack(archive.content).panels
    assert http.get(f"{other}/panels/used/state").json()["state"]["count"] == 7
    done = http.post(f"{other}/panels/used/tools/add", json={}).json()
    assert (done["ok"], done["value"], done["rev"]) == (True, 8, 2)


def test_an_archive_is_the_same_as_long_as_nothing_changes(http, workspaces, source):
    workspace = workspaces()
    for name in ("a", "b"):
        http.post(f"{workspace}/panels", json={"id": name, "source": source})
    first, again = (http.get(f"{workspace}/export") for _ in range(2))
    assert first.headers["content-type"] == "application/zip"
    assert first.headers["content-disposition"].startswith("attachment")
    assert again.content == first.content
    alone = unpack(http.get(f"{workspace}/panels/b/export").content)
    assert alone.panels == unpack(first.content).panels[1:]


@pytest.mark.requirement("ker.rest")
def test_what_is_there_already_is_kept_unless_it_is_to_be_replaced(http, workspaces, source):
    workspace = workspaces()
    path = f"{workspace}/panels/p"
    http.post(f"{workspace}/panels", json={"id": "p", "source": source}).raise_for_status()
    archive = pack(
        Archive(
            "w",
            [
                Carried("new", source, state={"count": 1}),
                Carried("p", source.replace("Counter", "Meter"), state={"count": 5}, rev=9),
            ],
        )
    )
    refused = take_in(http, workspace, archive)
    assert (refused.status_code, refused.json()["error"]["details"]) == (409, {"panels": ["p"]})
    would = take_in(http, workspace, archive, dryRun="true").json()
    assert would["panels"] == [
        {"id": "new", "action": "create"},
        {"id": "p", "action": "conflict", "why": "It is there already."},
    ]
    assert [each["id"] for each in http.get(f"{workspace}/panels").json()["items"]] == ["p"]
    kept = take_in(http, workspace, archive, conflict="skip").json()
    assert [each["action"] for each in kept["panels"]] == ["create", "skip"]
    assert http.get(path).json()["title"] == "Counter"
    replaced = take_in(http, workspace, archive, conflict="replace").json()
    assert [each["action"] for each in replaced["panels"]] == ["replace", "replace"]
    assert http.get(path).json()["title"] == "Meter"
    assert http.get(f"{path}/state").json()["state"]["count"] == 5


async def test_who_follows_a_panel_sees_that_it_is_replaced(kernel, http, panels, panel, source):
    archive = pack(Archive("w", [Carried(panel, source, state={"draft": "from elsewhere"})]))
    async with wire(kernel) as client:
        await client.subscribe(panel)
        workspace = panels.removesuffix("/panels")
        take_in(http, workspace, archive, conflict="replace").raise_for_status()
        patch = await client.expect("PATCH")
    assert patch["ops"] == [{"op": "add", "path": "/draft", "value": "from elsewhere"}]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (Carried("b", "<NexusPanel"), "INVALID_PANEL"),
        (Carried("b", "<NexusPanel/>", state={"unknown": 1}), "INVALID_ARGUMENTS"),
    ],
)
def test_an_archive_with_one_bad_panel_changes_nothing(http, workspaces, source, second, code):
    workspace = workspaces()
    answer = take_in(http, workspace, pack(Archive("w", [Carried("a", source), second])))
    error = answer.json()["error"]
    assert (error["code"], error["message"].startswith("The panel b of the archive")) == (
        code,
        True,
    )
    assert http.get(f"{workspace}/panels").json()["items"] == []


def test_a_stopped_panel_is_not_replaced(http, workspaces, source):
    workspace = workspaces()
    http.post(f"{workspace}/panels", json={"id": "p", "source": source}).raise_for_status()
    http.post(f"{workspace}/panels/p/stop", json={}).raise_for_status()
    archive = http.get(f"{workspace}/export").content
    answer = take_in(http, workspace, archive, conflict="replace")
    assert (answer.status_code, "stopped" in answer.text) == (409, True)


@pytest.mark.parametrize(("query", "status"), [({"conflict": "x"}, 400), ({"dryRun": "1"}, 400)])
def test_what_cannot_be_asked_for_is_refused(http, workspaces, query, status):
    assert take_in(http, workspaces(), pack(GOOD), **query).status_code == status


def test_an_archive_that_is_longer_than_a_body_may_be_is_refused(kernel, http, workspaces):
    answer = take_in(http, workspaces(), bytes(kernel.body_bytes + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


# ---- without a kernel


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_workspace_is_carried_from_folder_to_folder_by_commands(here, capsys, source):
    (here / "a.zip").write_bytes(
        pack(Archive("default", [Carried("p", source, "Counter", STATE, 4)], "default"))
    )
    assert main(["import", "a.zip", "--data", "one", "--dry-run"]) == 0
    assert main(["import", "a.zip", "--data", "one"]) == 0
    assert main(["export", "--data", "one"]) == 0
    assert main(["import", "default.zip", "--data", "two", "--json"]) == 0
    assert main(["export", "--data", "two", "--output", "b.zip"]) == 0
    assert (here / "a.zip").read_bytes() == (here / "b.zip").read_bytes()
    dry, done, _, told, _ = capsys.readouterr().out.splitlines()
    assert (dry, done) == ("would create p", "create p")
    assert json.loads(told)["panels"] == [{"id": "p", "action": "create"}]


STATE = {"count": 3, "draft": "", "items": ["milk"]}


def test_commands_say_what_is_in_the_way(here, capsys, source):
    panel = Carried("p", source, state={"count": 2})
    (here / "a.zip").write_bytes(pack(Archive("w", [panel])))
    (here / "bad.zip").write_bytes(b"PK")
    assert main(["export", "--data", "none"]) == 2
    assert main(["import", "none.zip", "--data", "one"]) == 1
    assert main(["import", "bad.zip", "--data", "one"]) == 1
    assert main(["import", "a.zip", "--data", "one"]) == 0
    assert main(["import", "a.zip", "--data", "one"]) == 1
    assert main(["import", "a.zip", "--data", "one", "--conflict", "replace"]) == 0
    assert main(["export", "--data", "one", "--panel", "missing"]) == 1
    assert main(["export", "--data", "one", "--output", "a.zip"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2] for line in told] == [
        "There is no data folder none.",
        "none.zip: No such file or directory",
        "This is no good archive: it cannot be unpacked: File is not a zip file.",
        "Nothing was imported: p. It is there already. Skip or replace what is there.",
        "There is no panel 'missing'.",
        "a.zip: File exists",
    ]
    assert not (here / "none").exists()


def test_a_folder_that_a_kernel_uses_is_left_alone(process, capsys):
    process.start()
    assert main(["export", "--data", str(process.settings.data)]) == 2
    assert "Another kernel uses the data folder" in capsys.readouterr().err
