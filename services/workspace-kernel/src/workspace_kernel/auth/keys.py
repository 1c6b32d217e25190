"""The keys that sign access tokens: a private file, the newest key first, replaced in time.

A key is named by its ``kid``. The one before stays for as long as a token that it signed may live.
What a token says is the business of ``tokens``.
"""

import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeysError(RuntimeError):
    """Raised when the file of the keys cannot be used, or others could have read it."""


class Key(BaseModel):
    """One key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str = Field(pattern=r"^[0-9a-f]{16}$")
    secret: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    """32 random bytes, in hexadecimal."""
    made_at: float

    @classmethod
    def fresh(cls, now: float) -> "Key":
        """Make one."""
        return cls(kid=secrets.token_hex(8), secret=secrets.token_hex(_BYTES), made_at=now)

    @property
    def content(self) -> bytes:
        """What signs."""
        return bytes.fromhex(self.secret)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[Key, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """How long keys and what they sign live, in seconds."""

    rotate_after: float
    token_life: float


class Keys:
    """The keys of one data folder."""

    def __init__(self, path: Path, times: KeyTimes, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._times = times
        self._clock = clock
        self._keys: tuple[Key, ...] = _read(path) if path.exists() else ()
        self.rotate()

    @property
    def newest(self) -> Key:
        """The key that signs."""
        return self._keys[0]

    def find(self, kid: str) -> Key | None:
        """Return the key of a name, if what it signed may still hold."""
        return next((key for key in self._keys if secrets.compare_digest(key.kid, kid)), None)

    def rotate(self, *, now: bool = False) -> bool:
        """Make a new key when the newest is old, or ``now``; tells whether it did."""
        moment = self._clock()
        due = not self._keys or moment - self._keys[0].made_at >= self._times.rotate_after
        kept = self._living(moment)
        if due or now:
            kept = (Key.fresh(moment), *self._keys[:1], *kept[1:])
        if kept != self._keys:
            _write(self._path, _File(keys=kept))
            self._keys = kept
        return due or now

    def _living(self, moment: float) -> tuple[Key, ...]:
        """Leave out the keys whose successor has signed for longer than a token lives."""
        return tuple(
            key
            for place, key in enumerate(self._keys)
            if place == 0 or moment - self._keys[place - 1].made_at <= self._times.token_life
        )


def _read(path: Path) -> tuple[Key, ...]:
    try:
        if path.stat().st_mode & _OTHERS:
            raise KeysError(f"Others can read {path}: delete it, which ends all access tokens.")
        return _File.model_validate_json(path.read_bytes()).keys
    except (OSError, ValidationError):
        # Its content is in neither message.
        raise KeysError(f"{path} cannot be read as keys: restore it or delete it.") from None


def _write(path: Path, content: _File) -> None:
    """Put the file in its place whole, readable by its owner alone from its first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.model_dump_json().encode())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


__all__ = ["Key", "KeyTimes", "Keys", "KeysError"]
