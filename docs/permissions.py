"""Write PERMISSIONS.md from the table that the kernel enforces.

python docs/permissions.py            write the page
python docs/permissions.py --check    only say whether it is stale, and fail if so
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pages import write_or_check

from workspace_kernel.app import OPERATIONS
from workspace_kernel.auth.limits import RATES
from workspace_kernel.auth.permissions import MESSAGES, ROUTES, Access, Rule, Scope
from workspace_kernel.auth.tickets import SECONDS

PAGE: Final = Path(__file__).parent / "PERMISSIONS.md"

_PLACES: Final = {
    "metrics": "GET /metrics",
    "describe": "GET /api/openapi.json",
    "reference": "GET /api/reference",
    "studio": "GET /…",
    "workspaceSocket": "WebSocket /ws/{workspace}",
    "panelSocket": "WebSocket /panels/{panel}/ws",
}
"""Where what is no operation is served."""

_SCOPES: Final = {
    Scope.READ: "look at workspaces and panels, and follow them",
    Scope.RUN: "run tools and write state",
    Scope.WRITE: "make, change and delete panels; make workspaces",
    Scope.MANAGE: "members, invitations and the audit log",
    Scope.METRICS: "read the kernel's metrics",
}

_WHO: Final = ("owner", "editor", "viewer", "stranger", "nobody")
_REACH: Final = {"owner": Access.OWNER, "editor": Access.EDITOR, "viewer": Access.VIEWER}


def page() -> str:
    """Return the page."""
    return "\n".join((_INTRODUCTION, *_routes(), "", *_messages(), "", *_rest())) + "\n"


def outcome(who: str, rule: Rule) -> str:
    """Return what somebody gets: ``yes``, or the status of the refusal."""
    if rule.access is Access.ANYONE:
        return "yes"
    if who == "nobody":
        return "401"
    if rule.access is Access.ACCOUNT:
        return "yes"
    if who == "stranger":
        return "404"
    return "yes" if _REACH[who] >= rule.access else "403"


def _routes() -> Iterator[str]:
    places = {each.name: f"{each.method} {each.path}" for each in OPERATIONS} | _PLACES
    yield f"| operation | where | {' | '.join(_WHO)} | token |"
    yield "| --- " * (len(_WHO) + 3) + "|"
    for name, rule in ROUTES.items():
        cells = " | ".join(outcome(who, rule) for who in _WHO)
        yield f"| {name} | `{places[name]}` | {cells} | {_token(rule)} |"


def _messages() -> Iterator[str]:
    yield "## Messages over a socket\n"
    yield "Strangers and nobody have no socket to send them over, except for AUTH.\n"
    yield "| message | owner | editor | viewer | token |"
    yield "| --- | --- | --- | --- | --- |"
    for kind, rule in MESSAGES.items():
        cells = " | ".join(outcome(who, rule) for who in _WHO[:3])
        yield f"| {kind} | {cells} | {_token(rule)} |"


def _token(rule: Rule) -> str:
    if rule.access is Access.ANYONE:
        return "any"
    return f"`{rule.scope}`" if rule.scope else "none"


def _rest() -> Iterator[str]:
    yield "## Scopes of personal tokens\n"
    yield "| scope | may |"
    yield "| --- | --- |"
    yield from (f"| `{scope}` | {what} |" for scope, what in _SCOPES.items())
    yield "\n## How often\n"
    yield "What is more is answered by 429 with `Retry-After`.\n"
    yield "| what, by whom | times | within |"
    yield "| --- | --- | --- |"
    yield from (f"| {rate.name} | {rate.times} | {rate.seconds:g} s |" for rate in RATES)


_INTRODUCTION: Final = f"""<!-- Written by permissions.py beside this page. -->
# Who may do what

Where people log in (`auth = accounts`), this table decides. It is the one that the kernel enforces,
`workspace_kernel.auth.permissions`; what has no row in it is not served. An *owner*, *editor* or
*viewer* is one in the workspace that a request names; a *stranger* is signed in and not in that
workspace; *nobody* is not signed in. `401` asks to sign in; `404` is what a workspace that does not
exist is answered by, word for word; `403` tells a member that the role does not do.

*token* is the scope that a personal token needs beside its user's role; `none` means that no token
does. A token of one workspace finds no other, and makes none. A ticket opens one socket within
{SECONDS} seconds, with the rights of what it was got with.

Where nobody logs in (`auth = single`), everybody who can reach the kernel is its owner, and the
operations about accounts, members and tickets answer 404.

## Operations
"""


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page()))
