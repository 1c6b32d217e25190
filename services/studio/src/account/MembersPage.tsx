/** Who is in the workspace and as what, who is invited, and the way out of it. */
import { Plus } from "lucide-react";
import { type SubmitEvent, useCallback, useState } from "react";

import { type Member, type Role, ROLES } from "../api/accounts.ts";
import { navigate } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { type Fetched, useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { Choice, FormError } from "../design/Field.tsx";
import fields from "../design/Field.module.css";
import { Initial } from "../design/Initial.tsx";
import { Page, Row, Rows, Section } from "../design/Page.tsx";
import styles from "./forms.module.css";
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
  const change = useTask(async (member: Member, role: Role | null) => {
    await (role === null
      ? accounts.removeMember(workspaceId, member.id)
      : accounts.changeMember(workspaceId, member.id, role));
    members.refresh();
    if (member.id === self) await workspaces.load();
  });
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
              />
            ) : (
              member.role
            )}
          </Row>
        ))}
      </Rows>
    </Section>
  );
}

interface MemberControlsProps {
  readonly member: Member;
  readonly isSelf: boolean;
  /** The role that the member is to have; null is none. */
  readonly onChange: (role: Role | null) => void;
}

function MemberControls({ member, isSelf, onChange }: MemberControlsProps) {
  return (
    <>
      <select
        aria-label={`Role of ${member.name}`}
        className={fields["input"]}
        value={member.role}
        onChange={(event) => onChange(event.target.value as Role)}
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </select>
      {!isSelf && (
        <Button aria-label={`Remove ${member.name}`} onClick={() => onChange(null)}>
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
  const remove = useTask(async (id: string) => {
    await accounts.deleteInvitation(workspaceId, id);
    invitations.refresh();
  });
  const error = invitations.error ?? remove.error;
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
          {invitations.value.map(({ id, role, createdAt, expiresAt }) => (
            <Row
              key={id}
              title={`As ${role}`}
              about={`made ${day(createdAt)} · until ${day(expiresAt)} · not accepted yet`}
            >
              <Button onClick={() => void remove.run(id)}>Take back</Button>
            </Row>
          ))}
        </Rows>
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
  const { run, isBusy, error } = useTask(async () => {
    setUrl((await accounts.invite(workspaceId, role, 7)).url);
    fetched.refresh();
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <Dialog title={url === null ? "Invite somebody" : "The invitation"} size="small" onClose={onClose}>
      {url === null ? (
        <form className={styles["form"]} onSubmit={submit}>
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
          {error !== null && <FormError>{error.message}</FormError>}
          <footer>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" disabled={isBusy}>
              Make link
            </Button>
          </footer>
        </form>
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
  const { workspaceId } = useStudio();
  const { run, isBusy, error } = useTask(async () => {
    await accounts.leave(workspaceId);
    await workspaces.load();
    const state = workspaces.get();
    const next = state.phase === "ready" ? state.items[0]?.id : undefined;
    navigate({ name: "home" }, { workspace: next ?? "default", replace: true });
  });
  return (
    <Section
      title="Leave"
      about="You lose sight of this workspace until somebody invites you again."
      action={
        <Button disabled={isBusy} onClick={() => void run()}>
          Leave workspace
        </Button>
      }
    >
      {error !== null && <FormError>{error.message}</FormError>}
    </Section>
  );
}
