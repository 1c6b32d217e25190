"""Who is in a workspace over REST: members, invitations, and what was done about them."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import (
    AuditRecord,
    CreatedInvitation,
    InvitationInfo,
    Member,
    NewInvitation,
    RoleChange,
)
from workspace_kernel.auth.limits import INVITATIONS_BY_BEARER
from workspace_kernel.resources import Page
from workspace_kernel.routes.operation import Answer, Call, Operation

WORKSPACE = "/api/workspaces/{workspace}"
MEMBER = WORKSPACE + "/members/{user}"
INVITATIONS = WORKSPACE + "/invitations"


async def list_members(call: Call[object]) -> Answer:
    """Answer who is in a workspace."""
    rights = call.people.rights
    return Answer(await rights.members(call.path("workspace"), call.cursor, call.limit))


async def change_member(call: Call[object]) -> Answer:
    """Give a member another role."""
    role = cast("RoleChange", call.body).role
    rights = call.people.rights
    await rights.change(call.path("workspace"), call.path("user"), role, call.caller)
    return Answer(None, 204)


async def remove_member(call: Call[object]) -> Answer:
    """Let a member out."""
    rights = call.people.rights
    await rights.remove(call.path("workspace"), call.path("user"), call.caller)
    return Answer(None, 204)


async def leave_workspace(call: Call[object]) -> Answer:
    """Let the user out who asks."""
    rights = call.people.rights
    await rights.remove(call.path("workspace"), call.principal.user or "", call.caller)
    return Answer(None, 204)


async def list_invitations(call: Call[object]) -> Answer:
    """Answer the invitations into a workspace."""
    rights = call.people.rights
    return Answer(await rights.invitations(call.path("workspace"), call.cursor, call.limit))


async def create_invitation(call: Call[object]) -> Answer:
    """Make an invitation."""
    rights = call.people.rights
    call.kernel.gate.limits.take(INVITATIONS_BY_BEARER, call.principal.bearer)
    new = cast("NewInvitation", call.body)
    return Answer(await rights.invite(call.path("workspace"), new, call.caller), 201)


async def delete_invitation(call: Call[object]) -> Answer:
    """Take an invitation back."""
    rights = call.people.rights
    await rights.uninvite(call.path("workspace"), call.path("invitation"), call.caller)
    return Answer(None, 204)


async def list_audit(call: Call[object]) -> Answer:
    """Answer what was done about the rights in a workspace."""
    audit = call.people.audit
    return Answer(await audit.of_workspace(call.path("workspace"), call.number, call.limit))


OPERATIONS = (
    Operation(
        method="GET",
        path=WORKSPACE + "/members",
        name="listMembers",
        summary="Who is in a workspace, in the order of their coming.",
        handler=list_members,
        answers={200: Page[Member]},
        paged=True,
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path=WORKSPACE + "/leave",
        name="leaveWorkspace",
        summary="Leave a workspace; 409 for its only owner.",
        handler=leave_workspace,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    ),
    Operation(
        method="PUT",
        path=MEMBER,
        name="changeMember",
        summary="Give a member another role; its sockets come back with it.",
        handler=change_member,
        body=RoleChange,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    ),
    Operation(
        method="DELETE",
        path=MEMBER,
        name="removeMember",
        summary="Let a member out; its sockets close.",
        handler=remove_member,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    ),
    Operation(
        method="GET",
        path=INVITATIONS,
        name="listInvitations",
        summary="The invitations that nobody has accepted yet, oldest first.",
        handler=list_invitations,
        answers={200: Page[InvitationInfo]},
        paged=True,
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path=INVITATIONS,
        name="createInvitation",
        summary="Make an invitation; its link is told this once.",
        handler=create_invitation,
        body=NewInvitation,
        answers={201: CreatedInvitation},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="DELETE",
        path=INVITATIONS + "/{invitation}",
        name="deleteInvitation",
        summary="Take an invitation back.",
        handler=delete_invitation,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="GET",
        path=WORKSPACE + "/audit",
        name="listAudit",
        summary="What was done about the rights in a workspace, newest first.",
        handler=list_audit,
        answers={200: Page[AuditRecord]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
)

__all__ = ["OPERATIONS"]
