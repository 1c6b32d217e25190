"""What each route and each message asks of whoever sends it: one table, enforced where they enter.

An operation without a row here cannot be served. How a row is checked is ``gate``'s business; the
page docs/PERMISSIONS.md is written from the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Access(IntEnum):
    """Who may do something; each includes those that follow it."""

    ANYONE = 0
    """Also who is not signed in."""
    ACCOUNT = 1
    """Whoever is signed in."""
    VIEWER = 2
    EDITOR = 3
    OWNER = 4


class Role(StrEnum):
    """What somebody is in a workspace."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    @property
    def access(self) -> Access:
        """How far the role reaches."""
        return Access[self.name]


class Scope(StrEnum):
    """What a personal token may be used for."""

    READ = "read"
    """Look at workspaces and panels, and follow them."""
    RUN = "run"
    """Run tools and write state."""
    WRITE = "write"
    """Make, change and delete panels; make workspaces."""
    MANAGE = "manage"
    """Members and invitations, and the audit log."""
    METRICS = "metrics"
    """Read the kernel's metrics."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one operation needs."""

    access: Access
    scope: Scope | None = None
    """What a personal token needs beside its user's role; None: no token may do it."""


class MissingRuleError(LookupError):
    """Raised when something is to be served that has no row in the table."""


_ANYONE: Final = Rule(Access.ANYONE)
_SIGNED_IN: Final = Rule(Access.ACCOUNT)
_LOOKS: Final = Rule(Access.VIEWER, Scope.READ)
_RUNS: Final = Rule(Access.EDITOR, Scope.RUN)
_WRITES: Final = Rule(Access.EDITOR, Scope.WRITE)
_MANAGES: Final = Rule(Access.OWNER, Scope.MANAGE)

ROUTES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "health": _ANYONE,
        "ready": _ANYONE,
        "metrics": Rule(Access.ACCOUNT, Scope.METRICS),
        "describe": _ANYONE,
        "reference": _ANYONE,
        "studio": _ANYONE,
        # Accounts.
        "signUp": _ANYONE,
        "logIn": _ANYONE,
        "refresh": _ANYONE,
        "logOut": _SIGNED_IN,
        "logOutEverywhere": _SIGNED_IN,
        "readMe": Rule(Access.ACCOUNT, Scope.READ),
        "noteTour": _SIGNED_IN,
        "changePassword": _SIGNED_IN,
        "deleteAccount": _SIGNED_IN,
        "listActivity": _SIGNED_IN,
        "listTokens": _SIGNED_IN,
        "createToken": _SIGNED_IN,
        "deleteToken": _SIGNED_IN,
        "acceptInvitation": _SIGNED_IN,
        "createTicket": Rule(Access.ACCOUNT, Scope.READ),
        # Workspaces and who is in them.
        "listWorkspaces": Rule(Access.ACCOUNT, Scope.READ),
        "createWorkspace": Rule(Access.ACCOUNT, Scope.WRITE),
        "readWorkspace": _LOOKS,
        "listUsage": Rule(Access.ACCOUNT, Scope.READ),
        "readLayout": _LOOKS,
        # It is about a person's screen, which no program sits at.
        "saveLayout": Rule(Access.VIEWER),
        "listMembers": _LOOKS,
        "changeMember": _MANAGES,
        "removeMember": _MANAGES,
        "leaveWorkspace": Rule(Access.VIEWER),
        "listInvitations": _MANAGES,
        "createInvitation": _MANAGES,
        "deleteInvitation": _MANAGES,
        "listAudit": _MANAGES,
        # Panels.
        "listPanels": _LOOKS,
        "createPanel": _WRITES,
        "readPanel": _LOOKS,
        "savePanel": _WRITES,
        "deletePanel": _WRITES,
        "listHistory": _LOOKS,
        "listWorkspaceHistory": _LOOKS,
        "diffPanel": _LOOKS,
        "restorePanel": _WRITES,
        "listBranches": _LOOKS,
        "createBranch": _WRITES,
        "deleteBranch": _WRITES,
        "mergeBranch": _WRITES,
        "switchBranch": _WRITES,
        "exportWorkspace": _LOOKS,
        "exportPanel": _LOOKS,
        "importPanels": _WRITES,
        "listTemplates": Rule(Access.ACCOUNT, Scope.READ),
        "checkSource": Rule(Access.ACCOUNT, Scope.READ),
        "formatSource": Rule(Access.ACCOUNT, Scope.READ),
        "readNode": _LOOKS,
        "checkEdits": _LOOKS,
        "editPanel": _WRITES,
        "readAst": _LOOKS,
        "readState": _LOOKS,
        "readLog": _LOOKS,
        "listExecutions": _LOOKS,
        "readExecution": _LOOKS,
        # It holds what came from outside, such as the answers of private services.
        "readRecord": Rule(Access.EDITOR, Scope.READ),
        "replayExecution": _RUNS,
        "cancelExecution": _RUNS,
        "callTool": _RUNS,
        "undo": _RUNS,
        "redo": _RUNS,
        "startPanel": _WRITES,
        "stopPanel": _WRITES,
        "listTriggers": _LOOKS,
        # Sockets.
        "workspaceSocket": _LOOKS,
        "panelSocket": _LOOKS,
    }
)
"""By the name of the operation."""

MESSAGES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "AUTH": _ANYONE,
        "PING": _LOOKS,
        "WHO": _LOOKS,
        "SUBSCRIBE": _LOOKS,
        "UNSUBSCRIBE": _LOOKS,
        "TRIGGER": _RUNS,
        "SET": _RUNS,
        "UNDO": _RUNS,
        "REDO": _RUNS,
        "CANCEL": _RUNS,
    }
)
"""By the type of the message."""


def rule_of_route(name: str) -> Rule:
    """Return what an operation needs.

    Raises:
        MissingRuleError: the table has no row for it.

    """
    return _find(ROUTES, name)


def rule_of_message(kind: str) -> Rule:
    """Return what a message needs.

    Raises:
        MissingRuleError: the table has no row for it.

    """
    return _find(MESSAGES, kind)


def _find(rules: Mapping[str, Rule], name: str) -> Rule:
    if name not in rules:
        raise MissingRuleError(f"{name} has no row in workspace_kernel.auth.permissions")
    return rules[name]


__all__ = [
    "MESSAGES",
    "ROUTES",
    "Access",
    "MissingRuleError",
    "Role",
    "Rule",
    "Scope",
    "rule_of_message",
    "rule_of_route",
]
