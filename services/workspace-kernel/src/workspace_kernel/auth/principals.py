"""Who is on the other side of a request or a socket, and by what right."""

from dataclasses import dataclass
from typing import Final

from nexus_core.history import Author
from workspace_kernel.auth.permissions import Access, Role, Rule, Scope


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who is known."""

    user: str | None
    """Id of the account; None where nobody logs in."""
    name: str
    expires_at: float = float("inf")
    """When this right ends, in seconds since the epoch."""
    session: str | None = None
    """The login that it belongs to, unless a token speaks."""
    token: str | None = None
    """Id of the personal token that speaks."""
    scopes: frozenset[Scope] = frozenset(Scope)
    workspace: str | None = None
    """The only workspace that its token may be used in."""

    @property
    def author(self) -> Author:
        """As whom its changes stand in git: no address that others could write to."""
        return Author(self.name, f"{self.user or 'local'}@nexus.localhost")

    @property
    def bearer(self) -> str:
        """What its requests are counted by."""
        return self.token or self.session or ""

    def same_right(self, other: "Principal") -> bool:
        """Tell whether another is known by the same login or token."""
        return (self.session, self.token) == (other.session, other.token)

    def holds(self, rule: Rule) -> bool:
        """Tell whether a rule lets this kind of right through, whatever the role."""
        if self.token is None or rule.access is Access.ANYONE:
            return True
        return rule.scope is not None and rule.scope in self.scopes


LOCAL: Final = Principal(user=None, name="Local user")
"""Who acts where nobody logs in."""

NOBODY: Final = Principal(user=None, name="Nobody", scopes=frozenset())
"""Who asks for what anyone may have."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody in one workspace."""

    principal: Principal
    role: Role

    def may(self, rule: Rule) -> bool:
        """Tell whether a rule is met."""
        return self.role.access >= rule.access and self.principal.holds(rule)


__all__ = ["LOCAL", "NOBODY", "Principal", "Standing"]
