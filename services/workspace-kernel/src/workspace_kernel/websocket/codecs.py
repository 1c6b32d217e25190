"""The two spellings of a frame: JSON as text, and the same in MessagePack as bytes.

What is said is the same in both, and so is what is refused: whatever MessagePack has beyond JSON
(binary, extension types, dates, names that are no strings, NaN) ends in the same error that broken
JSON does. Frames are made as JSON, once for all who get them; MessagePack is made of that.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final, Protocol, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from nexus_protocol import Json
from nexus_protocol.messages import PACKED_PROTOCOL, PROTOCOL
from nexus_protocol.strict_json import JsonError, check, decode, members

_LIBRARY: Final[Any] = msgpack  # It has no types.

MAX_MEMBERS: Final = 1 << 16
"""Members that one list or map may announce in MessagePack: room is made for them before they are
read, so a few bytes could ask for much."""


class Codec(Protocol):
    """How frames are spelled on one connection."""

    protocol: ClassVar[str]
    """The subprotocol that says so."""

    def frame(self, event: Mapping[str, Any]) -> str | bytes | None:
        """Return the frame that a server's event brings; None when it is of the other kind."""
        ...

    def read(self, frame: str | bytes, max_bytes: int) -> Json:
        """Read a client's frame.

        Raises:
            JsonError: it is not what Nexus takes.

        """
        ...

    def event(self, text: str) -> dict[str, Any]:
        """Return the server's event that sends a frame which is given as JSON."""
        ...


class _Text:
    protocol: ClassVar[str] = PROTOCOL

    def frame(self, event: Mapping[str, Any]) -> str | None:
        return event.get("text")

    def read(self, frame: str | bytes, max_bytes: int) -> Json:
        return decode(frame, max_bytes=max_bytes)

    def event(self, text: str) -> dict[str, Any]:
        return {"type": "websocket.send", "text": text}


class _Packed:
    protocol: ClassVar[str] = PACKED_PROTOCOL

    def frame(self, event: Mapping[str, Any]) -> bytes | None:
        return event.get("bytes")

    def read(self, frame: str | bytes, max_bytes: int) -> Json:
        return unpack(cast("bytes", frame), max_bytes=max_bytes)

    def event(self, text: str) -> dict[str, Any]:
        return {"type": "websocket.send", "bytes": _packed(text)}


JSON: Final[Codec] = _Text()
PACKED: Final[Codec] = _Packed()
_BY_PROTOCOL: Final = {each.protocol: each for each in (JSON, PACKED)}


def choose(offered: Iterable[str]) -> Codec | None:
    """Return the first of the subprotocols that a client offers which the kernel speaks."""
    return next((_BY_PROTOCOL[each] for each in offered if each in _BY_PROTOCOL), None)


def unpack(data: bytes, *, max_bytes: int) -> Json:
    """Read one MessagePack value as strictly as JSON is read.

    Raises:
        JsonError: too long, not MessagePack, a list or map of too many members, more than one
            value, or anything that strict JSON does not have.

    """
    if len(data) > max_bytes:
        raise JsonError(f"longer than {max_bytes} bytes")
    try:
        value: object = _LIBRARY.unpackb(
            data,
            object_pairs_hook=members,
            ext_hook=_refuse_extension,
            max_array_len=MAX_MEMBERS,
            max_map_len=MAX_MEMBERS,
        )
    except JsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonError(f"not MessagePack: {error}"[:200]) from None
    check(value)
    return cast("Json", value)


def pack(value: Json) -> bytes:
    """Print a checked value as MessagePack."""
    return _LIBRARY.packb(value)


@lru_cache(maxsize=8)
def _packed(text: str) -> bytes:
    """Return a frame in MessagePack: made once for all who get it, one after the other."""
    return pack(cast("Json", json.loads(text)))


def _refuse_extension(code: int, data: bytes) -> object:
    raise JsonError(f"an extension type {code}, which JSON has not")


__all__ = ["JSON", "MAX_MEMBERS", "PACKED", "Codec", "choose", "pack", "unpack"]
