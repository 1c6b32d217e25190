"""Who commits are by."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str

    @property
    def line(self) -> bytes:
        """As git spells it, without what would end the line or the part."""
        name, email = (re.sub(r"[<>\0-\x1f]", "", part).strip() for part in (self.name, self.email))
        return f"{name or 'unknown'} <{email.replace(' ', '')}>".encode(errors="replace")


__all__ = ["Author"]
