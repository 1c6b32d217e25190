"""What the kernel shows of accounts, members and rights over REST: models, no behaviour."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from nexus_protocol import Model
from nexus_protocol._model import Maybe
from workspace_kernel.auth.permissions import Role, Scope
from workspace_kernel.resources import Name

Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^\s@<>\x00-\x20]{1,64}@[^\s@<>\x00-\x20]{1,189}$"
    ),
]
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f<>]+$")
]
Password = Annotated[str, Field(min_length=1, max_length=256, repr=False)]
NewPassword = Annotated[str, Field(min_length=12, max_length=256, repr=False)]
Opaque = Annotated[str, Field(min_length=1, max_length=128)]

MAX_TOKEN_DAYS: Final = 366


class Credentials(Model):
    """What somebody logs in with."""

    email: Email
    password: Password


class NewAccount(Model):
    """What an account is made from."""

    email: Email
    password: NewPassword
    name: Label
    invitation: Maybe[Opaque] = Field(default=None, repr=False)
    """The token of an invitation, which is accepted with it."""


class PasswordChange(Model):
    """A password in place of another."""

    current: Password
    new: NewPassword


class Confirmation(Model):
    """The password once more, for what cannot be undone."""

    password: Password


class User(Model):
    """Somebody who is known."""

    id: Maybe[str] = None
    """Absent where nobody logs in."""
    name: str
    email: Maybe[str] = None
    toured_at: Maybe[float] = None
    """When the studio's tour was taken, or declined."""


class LoggedIn(Model):
    """A login: the access token is for the Authorization header, the cookie for the next one."""

    access_token: str = Field(repr=False)
    expires_in: int
    """Seconds that the access token holds."""
    user: User


class WorkspaceRole(Model):
    """What somebody is in a workspace."""

    workspace: Name
    role: Role


class Me(Model):
    """Who asks."""

    user: User
    workspaces: tuple[WorkspaceRole, ...]
    scopes: tuple[Scope, ...]
    """What the token that asks may be used for; all, for a login."""


class NewPersonalToken(Model):
    """What a personal token is made from."""

    name: Label
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=len(Scope))
    workspace: Maybe[Name] = None
    """The only workspace that it may be used in."""
    days: int = Field(default=90, ge=1, le=MAX_TOKEN_DAYS)
    """Days that it holds."""


class PersonalTokenInfo(Model):
    """A personal token, without its text."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    workspace: Maybe[str] = None
    created_at: float
    expires_at: float
    used_at: Maybe[float] = None


class CreatedToken(PersonalTokenInfo):
    """A personal token when it is made."""

    token: str = Field(repr=False)
    """Its text, which is told this once."""


class Ticket(Model):
    """What opens one WebSocket."""

    ticket: str = Field(repr=False)
    """To be given as the parameter ``ticket``."""
    expires_in: int
    """Seconds that it holds."""


class Member(Model):
    """Somebody in a workspace."""

    id: str
    name: str
    email: str
    role: Role
    since: float


class RoleChange(Model):
    """What a member is to be."""

    role: Role


class NewInvitation(Model):
    """What an invitation is made from."""

    role: Role
    days: int = Field(default=7, ge=1, le=30)
    """Days that it holds."""


class InvitationInfo(Model):
    """An invitation that nobody has accepted yet."""

    id: str
    role: Role
    created_at: float
    expires_at: float


class CreatedInvitation(InvitationInfo):
    """An invitation when it is made."""

    token: str = Field(repr=False)
    """Its text, which is told this once."""
    url: str = Field(repr=False)
    """The link to pass on; what follows the ``#`` is sent to no server."""


class Acceptance(Model):
    """An invitation that somebody accepts."""

    token: Opaque = Field(repr=False)


MAX_WINDOWS: Final = 100
_COLUMNS: Final = 12
_ROWS: Final = 3600


class Window(Model):
    """A panel on a canvas: where it stands, in cells of a grid of twelve columns."""

    panel_id: Name
    is_minimised: bool = Field(strict=True)
    x: int = Field(ge=0, lt=_COLUMNS)
    y: int = Field(ge=0, le=_ROWS)
    w: int = Field(ge=1, le=_COLUMNS)
    h: int = Field(ge=1, le=_ROWS)


class CanvasLayout(Model):
    """The windows of a canvas."""

    windows: tuple[Window, ...] = Field(max_length=MAX_WINDOWS)


class KeptLayout(CanvasLayout):
    """The windows of a canvas, as they were kept."""

    saved_at: Maybe[float] = None
    """Absent before the first time."""


class AuditRecord(Model):
    """Something that was done about accounts and rights."""

    at: float
    action: str
    user: Maybe[str] = None
    """Who did it."""
    subject: Maybe[str] = None
    """To whom or what."""
    workspace: Maybe[str] = None
    address: Maybe[str] = None
    """From where."""


__all__ = [
    "MAX_WINDOWS",
    "Acceptance",
    "AuditRecord",
    "CanvasLayout",
    "Confirmation",
    "CreatedInvitation",
    "CreatedToken",
    "Credentials",
    "InvitationInfo",
    "KeptLayout",
    "LoggedIn",
    "Me",
    "Member",
    "NewAccount",
    "NewInvitation",
    "NewPersonalToken",
    "PasswordChange",
    "PersonalTokenInfo",
    "RoleChange",
    "Ticket",
    "User",
    "Window",
    "WorkspaceRole",
]
