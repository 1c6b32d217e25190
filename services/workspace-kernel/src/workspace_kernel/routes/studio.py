"""The studio's build, served from memory under a strict policy.

What the build compressed with Brotli goes out so to who takes it, everything else of size as gzip.
Hashed assets never change and are cached for good; ``index.html`` gets a fresh nonce each time, for
the editor's style sheet. What is not a file here is the studio's own address: it gets the page.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError
from workspace_kernel.security import content_security_policy

NONCE: Final = b"__CSP_NONCE__"
INDEX: Final = "index.html"

_HASHED: Final = "assets/"
_COMPRESSIBLE: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
_SMALL: Final = 1024
_BROTLI: Final = ".br"
_TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_MISSING: Final = (
    "<!doctype html><html lang=en><title>Nexus</title><h1>The studio is not built</h1>"
    "<p>The kernel runs; its interface is not there. In a source checkout "
    "<code>deploy/up</code> builds it."
)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    encoded: tuple[tuple[str, bytes], ...]
    """The content in other codings, the best one first."""
    media_type: str
    etag: str
    cache_control: str


class Studio:
    """The files of one build, read again when the build changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built_at = -1.0
        self._files: dict[str, _File] = {}

    async def serve(self, request: Request) -> Response:
        """Answer a file, or the page for what is an address of the studio.

        Raises:
            KernelError: NOT_FOUND for a file that is not there.

        """
        await self._refresh()
        path = request.url.path.lstrip("/")
        file = self._files.get(path)
        if file is not None and path != INDEX:
            return _answer(request, file)
        if path.startswith(("api/", _HASHED)) or "." in path.rpartition("/")[2].removesuffix(INDEX):
            raise KernelError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
        return self._page()

    def _page(self) -> Response:
        index = self._files.get(INDEX)
        headers = {"cache-control": "no-store"}
        if index is None:
            return HTMLResponse(_MISSING, 503, headers)
        nonce = secrets.token_urlsafe(16)
        headers["content-security-policy"] = content_security_policy(nonce)
        return HTMLResponse(index.content.replace(NONCE, nonce.encode()), headers=headers)

    async def _refresh(self) -> None:
        try:
            built_at = (self._folder / INDEX).stat().st_mtime
        except OSError:
            self._files, self._built_at = {}, -1.0
            return
        if built_at != self._built_at:
            self._files = await asyncio.to_thread(_load, self._folder)
            self._built_at = built_at


def _load(folder: Path) -> dict[str, _File]:
    """Read all files; requests are answered from this table, so no path leads elsewhere."""
    return {
        path.relative_to(folder).as_posix(): _file(path, path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != _BROTLI
    }


def _file(path: Path, name: str) -> _File:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0]
    media_type = media_type or "application/octet-stream"
    return _File(
        content=content,
        encoded=tuple(_encoded(path, content)) if media_type.startswith(_COMPRESSIBLE) else (),
        media_type=media_type,
        etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        cache_control="public, max-age=31536000, immutable"
        if name.startswith(_HASHED)
        else "no-cache",
    )


def _encoded(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    if len(content) >= _SMALL:
        with suppress(FileNotFoundError):
            yield "br", path.with_name(path.name + _BROTLI).read_bytes()
        yield "gzip", gzip.compress(content, mtime=0)


def _answer(request: Request, file: _File) -> Response:
    headers = {"cache-control": file.cache_control, "etag": file.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "").replace(" ", "").split(",")
    for coding, content in file.encoded:
        if coding in accepted:
            headers["content-encoding"] = coding
            return Response(content, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


__all__ = ["Studio"]
