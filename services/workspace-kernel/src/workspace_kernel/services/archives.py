"""Panels as one file to carry elsewhere: how an archive is written, and read again.

An archive is a zip of ``nexus-archive.json``, ``panels/<id>.nxml`` and ``state/<id>.json``; the
same panels make the same bytes. One that is read is hostile until all of it has been checked. What
is done with the panels is the business of ``services.transfer``.
"""

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from nexus_protocol import ErrorCode, Json, Model
from nexus_protocol.strict_json import JsonError, decode, encode
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Name

MEDIA_TYPE: Final = "application/zip"
FORMAT: Final = "nexus-archive"
VERSION: Final = 1
MANIFEST: Final = "nexus-archive.json"

MIB: Final = 1 << 20
MOST_PANELS: Final = 1000
LARGEST_ENTRY: Final = 16 * MIB
LARGEST: Final = 64 * MIB
"""Bytes of all entries together, unpacked."""

_MOST_ENTRIES: Final = 2 * MOST_PANELS + 1
_ENTRY: Final = b"PK\x01\x02"
"""What every line of a zip's table of contents begins with."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = stat.S_IFREG | 0o644
_WAYS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # NotImplementedError is one.
    ValueError,
)
"""What zipfile raises at what is no good zip."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ArchivedPanel(Model):
    """What the list in an archive tells of one panel."""

    id: Name
    title: Annotated[str, Field(max_length=10_000)] = ""
    rev: Annotated[int, Field(ge=0, le=10**12)]
    """The revision of its state."""
    source_sha256: Sha256
    state_sha256: Sha256


class Manifest(Model):
    """The list in an archive."""

    format: Literal["nexus-archive"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    workspace: Name
    title: Annotated[str, Field(max_length=200)] = ""
    """That of the workspace."""
    panels: Annotated[tuple[ArchivedPanel, ...], Field(max_length=MOST_PANELS)]


@dataclass(frozen=True, slots=True)
class Carried:
    """One panel in an archive."""

    id: str
    source: str
    title: str = ""
    state: Mapping[str, Json] = field(default_factory=dict[str, Json])
    rev: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """Panels of a workspace, with what they hold."""

    workspace: str
    panels: Sequence[Carried]
    title: str = ""


def pack(archive: Archive) -> bytes:
    """Write an archive: the same bytes for the same panels.

    Raises:
        KernelError: PAYLOAD_TOO_LARGE, nobody could read it again.

    """
    panels = sorted(archive.panels, key=lambda each: each.id)
    files: dict[str, bytes] = {}
    listed: list[ArchivedPanel] = []
    for each in panels:
        source, state = each.source.encode(), encode(dict(each.state)).encode()
        files[_source_path(each.id)], files[_state_path(each.id)] = source, state
        listed.append(
            ArchivedPanel(
                id=each.id,
                title=each.title,
                rev=each.rev,
                source_sha256=_sha256(source),
                state_sha256=_sha256(state),
            )
        )
    _require(len(panels) <= MOST_PANELS, f"more than {MOST_PANELS} panels")
    manifest = Manifest(workspace=archive.workspace, title=archive.title, panels=tuple(listed))
    files = {MANIFEST: manifest.model_dump_json(indent=2).encode(), **files}
    _require_room(map(len, files.values()))
    return _zipped(files)


def unpack(data: bytes) -> Archive:
    """Read an archive.

    Raises:
        KernelError: BAD_REQUEST, it is none, or was damaged or tampered with, or made by a newer
            Nexus; PAYLOAD_TOO_LARGE, it holds more than is taken.

    """
    # Counted before they are read: each costs ten times its bytes of memory.
    _require(data.count(_ENTRY) <= _MOST_ENTRIES, f"more than {_MOST_ENTRIES} files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            files = _files(opened)
    except _BROKEN as error:
        raise _bad(f"it cannot be unpacked: {str(error)[:100]}") from None
    manifest = _manifest(files.pop(MANIFEST, None))
    panels = tuple(_panel(each, files) for each in manifest.panels)
    if files:
        raise _bad(f"{min(files)} is not in its list")
    return Archive(workspace=manifest.workspace, title=manifest.title, panels=panels)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # Unix, on whatever system it is made.
            entry.external_attr = _FILE_MODE << 16
            opened.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=6)
    return made.getvalue()


def _files(opened: zipfile.ZipFile) -> dict[str, bytes]:
    entries = opened.infolist()
    for entry in entries:
        _check_entry(entry)
    _require_room(entry.file_size for entry in entries)
    files: dict[str, bytes] = {}
    for entry in entries:
        if entry.filename in files:
            raise _bad(f"{entry.filename} is in it twice")
        with opened.open(entry) as file:
            # No more than it says it has, whatever comes.
            files[entry.filename] = file.read(entry.file_size)
            if len(files[entry.filename]) != entry.file_size or file.read(1):
                raise _bad(f"{entry.filename} has another length than it says")
    return files


def _check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse what could be anything but a file of an archive, wherever it were written."""
    # ``filename`` ends at a NUL and has slashes in the place of backslashes.
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    told = ascii(name)[:80]
    if name != MANIFEST and not _is_path(name):
        raise _bad(f"it holds {told}, which is no file of an archive")
    if kind not in (0, stat.S_IFREG) or entry.is_dir():
        raise _bad(f"{told} is a link, or something else that is no file")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _WAYS:
        raise _bad(f"{told} is encrypted, or packed in a way that is not taken")


def _is_path(name: str) -> bool:
    folder, _, rest = name.partition("/")
    suffix = {"panels": ".nxml", "state": ".json"}.get(folder)
    if suffix is None or not rest.endswith(suffix):
        return False
    try:
        _NAME.validate_python(rest.removesuffix(suffix), strict=True)
    except ValidationError:
        return False
    return True


def _manifest(content: bytes | None) -> Manifest:
    if content is None:
        raise _bad(f"{MANIFEST} is missing")
    try:
        listed = decode(content)
    except JsonError as error:
        raise _bad(f"{MANIFEST} is {error}") from None
    if not isinstance(listed, dict) or listed.get("format") != FORMAT:
        raise _bad(f"its format is not {FORMAT}")
    if listed.get("version") != VERSION:
        told = encode(listed.get("version"))[:20]
        raise _bad(f"it has the version {told} of the format, and this Nexus reads {VERSION}")
    try:
        manifest = Manifest.model_validate_json(content, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise _bad(f"{MANIFEST} is wrong at {place[:80]}") from None
    if len({each.id for each in manifest.panels}) != len(manifest.panels):
        raise _bad("a panel is in its list twice")
    return manifest


def _panel(listed: ArchivedPanel, files: dict[str, bytes]) -> Carried:
    """Take the files of a panel out of those that are left."""
    source_path, state_path = _source_path(listed.id), _state_path(listed.id)
    source = _content(source_path, listed.source_sha256, files)
    content = _content(state_path, listed.state_sha256, files)
    try:
        text = source.decode()
        state = decode(content, max_bytes=LARGEST_ENTRY)
    except UnicodeDecodeError:
        raise _bad(f"{source_path} is not UTF-8") from None
    except JsonError as error:
        raise _bad(f"{state_path} is {error}") from None
    if not isinstance(state, dict):
        raise _bad(f"{state_path} is no object")
    return Carried(id=listed.id, title=listed.title, source=text, state=state, rev=listed.rev)


def _content(path: str, digest: str, files: dict[str, bytes]) -> bytes:
    content = files.pop(path, None)
    if content is None:
        raise _bad(f"{path} is missing")
    if _sha256(content) != digest:
        raise _bad(f"{path} is not what its list says: its SHA-256 is another")
    return content


def _require_room(sizes: Iterable[int]) -> None:
    known = list(sizes)
    largest = max(known, default=0)
    _require(largest <= LARGEST_ENTRY, f"a file of more than {LARGEST_ENTRY // MIB} MiB")
    _require(sum(known) <= LARGEST, f"more than {LARGEST // MIB} MiB")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise KernelError(ErrorCode.PAYLOAD_TOO_LARGE, f"An archive does not hold {what}.")


def _bad(why: str) -> KernelError:
    return KernelError(ErrorCode.BAD_REQUEST, f"This is no good archive: {why}.")


def _source_path(panel_id: str) -> str:
    return f"panels/{panel_id}.nxml"


def _state_path(panel_id: str) -> str:
    return f"state/{panel_id}.json"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_NAME: Final = TypeAdapter[str](Name)

__all__ = [
    "LARGEST",
    "LARGEST_ENTRY",
    "MEDIA_TYPE",
    "MOST_PANELS",
    "Archive",
    "Carried",
    "pack",
    "unpack",
]
