/** Who is in the workspace and as what, who is invited, and the way out of it. */
import { Plus } from "lucide-react";
import { useCallback, useState } from "react";

import { type Invitation, type Member, type Role, ROLES } from "../api/accounts.ts";
import { navigate } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { type Fetched, useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { ConfirmDialog } from "../design/ConfirmDialog.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { DialogForm } from "../design/DialogForm.tsx";
import { Choice, FormError, Select } from "../design/Field.tsx";
import styles from "../design/forms.module.css";
import { Initial } from "../design/Initial.tsx";
import { Page, Row, Rows, Section } from "../design/Page.tsx";
import { day } from "./moment.ts";
import { Secret } from "./Secret.tsx";
import { useRole } from "./useRole.ts";

const MEANING: Readonly<Record<Role, string>> = {
  viewer: "Looks at panels",
  editor: "Uses, makes and changes panels",
  owner: "Also decides who is in",
};

export default function MembersPage() {
  const { workspaceId, directory } = useStudio();
  const { workspace } = useStore(directory);
  const isOwner = useRole() === "owner";
  return (
    <Page title="Members" about={`Who is in ${workspace?.title || workspaceId}.`}>
      <MembersSection isOwner={isOwner} />
      {isOwner && <InvitationsSection />}
      <LeaveSection />
    </Page>
  );
}

function MembersSection({ isOwner }: { readonly isOwner: boolean }) {
  const { accounts, session, workspaces } = useHouse();
  const { workspaceId } = useStudio();
  const state = useStore(session);
  const self = state.phase === "in" ? state.user.id : undefined;
  const members = useFetched(useCallback(() => accounts.listMembers(workspaceId), [accounts, workspaceId]));
  const change = useTask(async (member: Member, role: Role) => {
    await accounts.changeMember(workspaceId, member.id, role);
    members.refresh();
    if (member.id === self) await workspaces.load();
  });
  const [removing, setRemoving] = useState<Member | null>(null);
  const error = members.error ?? change.error;
  return (
    <Section title="People">
      {error !== null && <FormError>{error.message}</FormError>}
      <Rows>
        {(members.value ?? []).map((member) => (
          <Row
            key={member.id}
            sign={<Initial name={member.name} />}
            title={member.id === self ? `${member.name} (you)` : member.name}
            about={`${member.email} · since ${day(member.since)}`}
          >
            {isOwner ? (
              <MemberControls
                member={member}
                isSelf={member.id === self}
                onChange={(role) => void change.run(member, role)}
                onRemove={() => setRemoving(member)}
              />
            ) : (
              member.role
            )}
          </Row>
        ))}
      </Rows>
      {removing !== null && (
        <ConfirmDialog
          title={`Remove ${removing.name}?`}
          act={`Remove ${removing.name}`}
          keep="Keep them"
          onConfirm={async () => {
            await accounts.removeMember(workspaceId, removing.id);
            members.refresh();
          }}
          onClose={() => setRemoving(null)}
        >
          {removing.email} loses sight of this workspace at once. What they made stays; to come back they need
          another invitation.
        </ConfirmDialog>
      )}
    </Section>
  );
}

interface MemberControlsProps {
  readonly member: Member;
  readonly isSelf: boolean;
  readonly onChange: (role: Role) => void;
  readonly onRemove: () => void;
}

function MemberControls({ member, isSelf, onChange, onRemove }: MemberControlsProps) {
  return (
    <>
      <Select
        aria-label={`Role of ${member.name}`}
        value={member.role}
        onChange={(event) => onChange(event.target.value as Role)}
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </Select>
      {!isSelf && (
        <Button aria-label={`Remove ${member.name}`} onClick={onRemove}>
          Remove
        </Button>
      )}
    </>
  );
}

function InvitationsSection() {
  const { accounts } = useHouse();
  const { workspaceId } = useStudio();
  const invitations = useFetched(
    useCallback(() => accounts.listInvitations(workspaceId), [accounts, workspaceId]),
  );
  const [isInviting, setInviting] = useState(false);
  const [takingBack, setTakingBack] = useState<Invitation | null>(null);
  const { error } = invitations;
  return (
    <Section
      title="Invitations"
      about="A link lets one person in, once."
      action={
        <Button variant="primary" onClick={() => setInviting(true)}>
          <Plus size={14} aria-hidden /> Invite
        </Button>
      }
    >
      {error !== null && <FormError>{error.message}</FormError>}
      {invitations.value !== null && invitations.value.length > 0 && (
        <Rows>
          {invitations.value.map((invitation) => (
            <Row
              key={invitation.id}
              title={`As ${invitation.role}`}
              about={`made ${day(invitation.createdAt)} · until ${day(invitation.expiresAt)} · not accepted yet`}
            >
              <Button onClick={() => setTakingBack(invitation)}>Take back</Button>
            </Row>
          ))}
        </Rows>
      )}
      {takingBack !== null && (
        <ConfirmDialog
          title={`Take the invitation as ${takingBack.role} back?`}
          act="Take it back"
          keep="Let it stand"
          onConfirm={async () => {
            await accounts.deleteInvitation(workspaceId, takingBack.id);
            invitations.refresh();
          }}
          onClose={() => setTakingBack(null)}
        >
          The link made {day(takingBack.createdAt)} lets nobody in any more. Whoever has it needs another one.
        </ConfirmDialog>
      )}
      {isInviting && <InviteDialog fetched={invitations} onClose={() => setInviting(false)} />}
    </Section>
  );
}

interface InviteDialogProps {
  readonly fetched: Fetched<unknown>;
  readonly onClose: () => void;
}

function InviteDialog({ fetched, onClose }: InviteDialogProps) {
  const { accounts } = useHouse();
  const { workspaceId } = useStudio();
  const [role, setRole] = useState<Role>("editor");
  const [url, setUrl] = useState<string | null>(null);
  const task = useTask(async () => {
    setUrl((await accounts.invite(workspaceId, role, 7)).url);
    fetched.refresh();
  });
  return (
    <Dialog title={url === null ? "Invite somebody" : "The invitation"} size="small" onClose={onClose}>
      {url === null ? (
        <DialogForm act="Make link" task={task} onClose={onClose}>
          <Choice
            label="As"
            hint={MEANING[role]}
            value={role}
            onChange={(event) => setRole(event.target.value as Role)}
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </Choice>
        </DialogForm>
      ) : (
        <div className={styles["form"]}>
          <p>Pass this link on. It holds for a week, for one person, and is not shown again.</p>
          <Secret label="Invitation link" text={url} />
          <footer>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </footer>
        </div>
      )}
    </Dialog>
  );
}

function LeaveSection() {
  const { accounts, workspaces } = useHouse();
  const { workspaceId, directory } = useStudio();
  const { workspace } = useStore(directory);
  const [isAsking, setAsking] = useState(false);
  const leave = async () => {
    await accounts.leave(workspaceId);
    await workspaces.load();
    const state = workspaces.get();
    const next = state.phase === "ready" ? state.items[0]?.id : undefined;
    navigate({ name: "home" }, { workspace: next ?? "default", replace: true });
  };
  return (
    <Section
      title="Leave"
      about="You lose sight of this workspace until somebody invites you again."
      action={
        <Button onClick={() => setAsking(true)}>Leave workspace…</Button>
      }
    >
      {isAsking && (
        <ConfirmDialog
          title={`Leave ${workspace?.title || workspaceId}?`}
          act="Leave workspace"
          keep="Stay"
          onConfirm={leave}
          onClose={() => setAsking(false)}
        >
          Its panels are out of your sight at once, and what you made in it stays there. An owner has to invite
          you again.
        </ConfirmDialog>
      )}
    </Section>
  );
}
