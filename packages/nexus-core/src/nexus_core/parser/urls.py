"""Which addresses a view may hold: the same verdict as the renderer's ``checkUrl``.

Knows text only. What an address leads to, and whether it is of the same host, is known where it
is drawn; both are held to the vectors of ``tests/conformance/urls.json``.
"""

import re
from typing import Final, Literal, TypeAlias

UrlKind: TypeAlias = Literal["link", "image"]

MAX_LINK: Final = 8_192
"""Characters of the longest link."""
MAX_IMAGE: Final = 1_048_576
"""Characters of the longest picture that is written out as data."""

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\\\\]")
"""What a browser skips, turns into a slash, or shows in another order."""
_PATH = re.compile(r"(?:/(?!/)|\.{1,2}/|[?#])")
_WEB = re.compile(r"https?://[^/?#@]+(?:[/?#]|$)", re.IGNORECASE | re.ASCII)
_MAIL = re.compile(r"mailto:[^/]", re.IGNORECASE | re.ASCII)
_PICTURE = re.compile(
    r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE | re.ASCII
)


def refusal(text: str, kind: UrlKind) -> str | None:
    """Return why an address is not allowed; nothing when it is."""
    url = text.strip(" ")
    if len(url) > (MAX_LINK if kind == "link" else MAX_IMAGE):
        return "it is too long"
    if _HIDDEN.search(url):
        return "it holds characters that are not seen"
    if _PATH.match(url):
        return None
    allowed = _WEB.match(url) or _MAIL.match(url) if kind == "link" else _PICTURE.fullmatch(url)
    return None if allowed else "it is not of an allowed kind"
