"""Accounts over REST: sign up, log in, stay logged in, log out; personal tokens and tickets.

The refresh token lives in a cookie that scripts cannot read, that no other site's requests carry,
and that goes to one address only; which in turn wants a header that no form can send.
"""

from typing import Final, cast

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import (
    Acceptance,
    AuditRecord,
    Confirmation,
    CreatedToken,
    Credentials,
    LoggedIn,
    Me,
    NewAccount,
    NewPersonalToken,
    PasswordChange,
    PersonalTokenInfo,
    Ticket,
    User,
    WorkspaceRole,
)
from workspace_kernel.auth import tickets
from workspace_kernel.auth.gate import address_of
from workspace_kernel.auth.limits import INVITATIONS_BY_BEARER, TICKETS_BY_BEARER
from workspace_kernel.auth.permissions import Scope
from workspace_kernel.db.models import Account
from workspace_kernel.errors import unauthenticated
from workspace_kernel.resources import Page
from workspace_kernel.routes.operation import Answer, Call, Operation
from workspace_kernel.services.accounts import Login

REFRESH: Final = "/api/auth/refresh"
CSRF: Final = "Nexus-CSRF"


async def sign_up(call: Call[object]) -> Answer:
    """Make an account and log in."""
    new = cast("NewAccount", call.body)
    return _logged_in(call, await call.people.accounts.sign_up(new, address_of(call.request)), 201)


async def log_in(call: Call[object]) -> Answer:
    """Log in."""
    given = cast("Credentials", call.body)
    return _logged_in(call, await call.people.accounts.log_in(given, address_of(call.request)))


async def refresh(call: Call[object]) -> Answer:
    """Go on with the login of the cookie."""
    people = call.people
    token = call.request.cookies.get(_cookie_name(call))
    if token is None or call.header(CSRF) is None:
        raise unauthenticated()
    return _logged_in(call, await people.accounts.refresh(token, address_of(call.request)))


async def log_out(call: Call[object]) -> Answer:
    """End the login that asks."""
    await call.people.accounts.log_out(call.principal.session or "", call.caller)
    return _logged_out(call)


async def log_out_everywhere(call: Call[object]) -> Answer:
    """End all logins of the user who asks."""
    await call.people.accounts.log_out_everywhere(call.caller)
    return _logged_out(call)


async def read_me(call: Call[object]) -> Answer:
    """Say who asks."""
    people, principal = call.kernel.people, call.principal
    if people is None or principal.user is None:
        return Answer(Me(user=User(name=principal.name), workspaces=(), scopes=tuple(Scope)))
    account = await people.accounts.account(principal.user)
    roles = await people.rights.of_user(principal.user)
    only = principal.workspace
    return Answer(
        Me(
            user=_user(account),
            workspaces=tuple(each for each in roles if only in (None, each.workspace)),
            scopes=tuple(sorted(principal.scopes)),
        )
    )


async def change_password(call: Call[object]) -> Answer:
    """Put another password in place."""
    change = cast("PasswordChange", call.body)
    return _logged_in(call, await call.people.accounts.change_password(change, call.caller))


async def delete_account(call: Call[object]) -> Answer:
    """Forget the account that asks."""
    password = cast("Confirmation", call.body).password
    await call.people.accounts.delete(password, call.caller)
    return _logged_out(call)


async def note_tour(call: Call[object]) -> Answer:
    """Note that the user who asks has been shown around."""
    await call.people.accounts.note_tour(call.principal.user or "")
    return Answer(None, 204)


async def list_activity(call: Call[object]) -> Answer:
    """Answer what the user who asks did about accounts and rights."""
    audit, user = call.people.audit, call.principal.user or ""
    return Answer(await audit.of_account(user, call.number, call.limit))


async def list_tokens(call: Call[object]) -> Answer:
    """Answer the personal tokens of the user who asks."""
    user = call.principal.user or ""
    return Answer(await call.people.tokens.list(user, call.cursor, call.limit))


async def create_token(call: Call[object]) -> Answer:
    """Make a personal token."""
    new = cast("NewPersonalToken", call.body)
    return Answer(await call.people.tokens.create(new, call.caller), 201)


async def delete_token(call: Call[object]) -> Answer:
    """Make a personal token good no more."""
    await call.people.tokens.delete(call.path("token"), call.caller)
    return Answer(None, 204)


async def accept_invitation(call: Call[object]) -> Answer:
    """Come into a workspace."""
    people = call.people
    call.kernel.gate.limits.take(INVITATIONS_BY_BEARER, call.principal.bearer)
    token = cast("Acceptance", call.body).token
    return Answer(await people.rights.accept(token, call.caller))


async def create_ticket(call: Call[object]) -> Answer:
    """Give out a ticket for one WebSocket."""
    gate = call.people.gate
    gate.limits.take(TICKETS_BY_BEARER, call.principal.bearer)
    ticket = gate.tickets.issue(call.principal)
    return Answer(Ticket(ticket=ticket, expires_in=tickets.SECONDS), 201)


def _logged_in(call: Call[object], login: Login, status: int = 200) -> Answer:
    content = LoggedIn(
        access_token=login.access_token,
        expires_in=login.access_seconds,
        user=_user(login.account),
    )
    return Answer(content, status, _cookie(call, login.refresh_token, login.refresh_seconds))


def _logged_out(call: Call[object]) -> Answer:
    return Answer(None, 204, _cookie(call, "", 0))


def _cookie(call: Call[object], value: str, seconds: int) -> dict[str, str]:
    secure = "; Secure" if call.kernel.settings.secure else ""
    attributes = f"Path={REFRESH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return {"set-cookie": f"{_cookie_name(call)}={value}; {attributes}"}


def _cookie_name(call: Call[object]) -> str:
    """Return a name that, over TLS, no page without TLS can set."""
    return "__Secure-nexus-refresh" if call.kernel.settings.secure else "nexus-refresh"


def _user(account: Account) -> User:
    return User(id=account.id, name=account.name, email=account.email, toured_at=account.toured_at)


_LIMITED: Final = (ErrorCode.NOT_FOUND, ErrorCode.RESOURCE_LIMIT, ErrorCode.UNAVAILABLE)

OPERATIONS = (
    Operation(
        method="POST",
        path="/api/auth/signup",
        name="signUp",
        summary="Make an account, accept the invitation that comes with it, and log in.",
        handler=sign_up,
        body=NewAccount,
        answers={201: LoggedIn},
        errors=(
            *_LIMITED,
            ErrorCode.PERMISSION_DENIED,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_ARGUMENTS,
        ),
    ),
    Operation(
        method="POST",
        path="/api/auth/login",
        name="logIn",
        summary="Log in with e-mail address and password.",
        handler=log_in,
        body=Credentials,
        answers={200: LoggedIn},
        errors=(*_LIMITED, ErrorCode.UNAUTHENTICATED),
    ),
    Operation(
        method="POST",
        path=REFRESH,
        name="refresh",
        summary="Go on with a login: another access token, and another cookie.",
        handler=refresh,
        answers={200: LoggedIn},
        errors=(*_LIMITED, ErrorCode.UNAUTHENTICATED),
        headers=((CSRF, "Any value: shows that no form of another site sent this."),),
    ),
    Operation(
        method="POST",
        path="/api/auth/logout",
        name="logOut",
        summary="End this login; its sockets close.",
        handler=log_out,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path="/api/auth/logout-everywhere",
        name="logOutEverywhere",
        summary="End all logins of the user; personal tokens go on.",
        handler=log_out_everywhere,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="GET",
        path="/api/auth/me",
        name="readMe",
        summary="Who asks, and what they are in which workspace.",
        handler=read_me,
        answers={200: Me},
    ),
    Operation(
        method="PUT",
        path="/api/auth/tour",
        name="noteTour",
        summary="Note that one has taken the studio's tour, or does not want to.",
        handler=note_tour,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="PUT",
        path="/api/auth/password",
        name="changePassword",
        summary="Put another password in place; all logins end and a new one begins.",
        handler=change_password,
        body=PasswordChange,
        answers={200: LoggedIn},
        errors=_LIMITED,
    ),
    Operation(
        method="POST",
        path="/api/auth/delete",
        name="deleteAccount",
        summary="Forget the account; 409 while a workspace has no other owner.",
        handler=delete_account,
        body=Confirmation,
        answers={204: None},
        errors=(*_LIMITED, ErrorCode.CONFLICT),
    ),
    Operation(
        method="GET",
        path="/api/auth/activity",
        name="listActivity",
        summary="What one did about accounts and rights, newest first.",
        handler=list_activity,
        answers={200: Page[AuditRecord]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="GET",
        path="/api/auth/tokens",
        name="listTokens",
        summary="One's personal tokens, oldest first.",
        handler=list_tokens,
        answers={200: Page[PersonalTokenInfo]},
        paged=True,
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path="/api/auth/tokens",
        name="createToken",
        summary="Make a personal token for a program or an agent; its text is told this once.",
        handler=create_token,
        body=NewPersonalToken,
        answers={201: CreatedToken},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    ),
    Operation(
        method="DELETE",
        path="/api/auth/tokens/{token}",
        name="deleteToken",
        summary="Make a personal token good no more; its sockets close.",
        handler=delete_token,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path="/api/auth/invitations/accept",
        name="acceptInvitation",
        summary="Come into a workspace by an invitation.",
        handler=accept_invitation,
        body=Acceptance,
        answers={200: WorkspaceRole},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path="/api/ws-tickets",
        name="createTicket",
        summary="A ticket that opens one WebSocket: ?ticket=…, once, within half a minute.",
        handler=create_ticket,
        answers={201: Ticket},
        errors=(ErrorCode.NOT_FOUND,),
    ),
)

__all__ = ["OPERATIONS"]
