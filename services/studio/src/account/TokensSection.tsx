/** Personal tokens: what programs sign in with, made once and shown once. */
import { KeyRound, Plus } from "lucide-react";
import { useCallback, useState } from "react";

import { type PersonalToken, type Scope, SCOPES } from "../api/accounts.ts";
import { useStore } from "../app/store.ts";
import { useHouse } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { ConfirmDialog } from "../design/ConfirmDialog.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { DialogForm } from "../design/DialogForm.tsx";
import { Choice, Field, FormError } from "../design/Field.tsx";
import styles from "../design/forms.module.css";
import { Row, Rows, Section } from "../design/Page.tsx";
import { day, moment } from "./moment.ts";
import { Secret } from "./Secret.tsx";
import { workspaceTitle } from "./workspaces.ts";

const MEANING: Readonly<Record<Scope, string>> = {
  read: "look at workspaces and panels, and follow them",
  run: "run tools and write state",
  write: "make, change and delete panels; make workspaces",
  manage: "members, invitations and the audit log",
  metrics: "the server's metrics",
};
const DAYS = [7, 30, 90, 366];

export function TokensSection() {
  const { accounts } = useHouse();
  const tokens = useFetched(useCallback(() => accounts.listTokens(), [accounts]));
  const [isMaking, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<PersonalToken | null>(null);
  const { error } = tokens;
  return (
    <Section
      title="Personal tokens"
      about="For programs and agents: they do what a token's scopes allow, and no more than you may."
      action={
        <Button onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden /> New token
        </Button>
      }
    >
      {error !== null && <FormError>{error.message}</FormError>}
      {tokens.value !== null && tokens.value.length > 0 && (
        <Rows>
          {tokens.value.map((token) => (
            <TokenRow key={token.id} token={token} onDelete={() => setDeleting(token)} />
          ))}
        </Rows>
      )}
      {deleting !== null && (
        <ConfirmDialog
          title={`Delete the token ${deleting.name}?`}
          act="Delete token"
          keep="Keep it"
          onConfirm={async () => {
            await accounts.deleteToken(deleting.id);
            tokens.refresh();
          }}
          onClose={() => setDeleting(null)}
        >
          {deleting.usedAt === undefined
            ? "Nothing has used it yet."
            : `It was last used ${moment(deleting.usedAt)}. What signs in with it is shut out at once.`}
        </ConfirmDialog>
      )}
      {isMaking && <NewTokenDialog onMade={tokens.refresh} onClose={() => setMaking(false)} />}
    </Section>
  );
}

function TokenRow({ token, onDelete }: { readonly token: PersonalToken; readonly onDelete: () => void }) {
  const { name, scopes, workspace, expiresAt, usedAt } = token;
  const about = [
    scopes.join(", "),
    workspace && `only ${workspace}`,
    `until ${day(expiresAt)}`,
    usedAt === undefined ? "never used" : `used ${moment(usedAt)}`,
  ];
  return (
    <Row sign={<KeyRound size={15} aria-hidden />} title={name} about={about.filter(Boolean).join(" · ")}>
      <Button aria-label={`Delete token ${name}`} onClick={onDelete}>
        Delete
      </Button>
    </Row>
  );
}

interface NewTokenDialogProps {
  readonly onMade: () => void;
  readonly onClose: () => void;
}

function NewTokenDialog({ onMade, onClose }: NewTokenDialogProps) {
  const [secret, setSecret] = useState<string | null>(null);
  const made = (token: string) => {
    setSecret(token);
    onMade();
  };
  return (
    <Dialog title={secret === null ? "New token" : "Your token"} size="small" onClose={onClose}>
      {secret === null ? (
        <NewTokenForm onMade={made} onClose={onClose} />
      ) : (
        <div className={styles["form"]}>
          <p>Keep it now: it is not shown again.</p>
          <Secret label="Token" text={secret} />
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

interface NewTokenFormProps {
  readonly onMade: (token: string) => void;
  readonly onClose: () => void;
}

function NewTokenForm({ onMade, onClose }: NewTokenFormProps) {
  const { accounts, workspaces } = useHouse();
  const known = useStore(workspaces);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read"]);
  const [workspace, setWorkspace] = useState("");
  const [days, setDays] = useState(90);
  const task = useTask(async () => {
    const bound = workspace === "" ? {} : { workspace };
    onMade((await accounts.createToken({ name: name.trim(), scopes, days, ...bound })).token);
  });
  return (
    <DialogForm act="Make token" task={task} disabled={scopes.length === 0} onClose={onClose}>
      <Field
        label="Name"
        required
        autoFocus
        maxLength={100}
        autoComplete="off"
        placeholder="Backup script"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <ScopesField chosen={scopes} onChange={setScopes} />
      <div className={styles["row"]}>
        <Choice label="Workspace" value={workspace} onChange={(event) => setWorkspace(event.target.value)}>
          <option value="">All of mine</option>
          {(known.phase === "ready" ? known.items : []).map((each) => (
            <option key={each.id} value={each.id}>
              {workspaceTitle(each)}
            </option>
          ))}
        </Choice>
        <Choice label="Holds for" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((choice) => (
            <option key={choice} value={choice}>
              {choice} days
            </option>
          ))}
        </Choice>
      </div>
    </DialogForm>
  );
}

interface ScopesFieldProps {
  readonly chosen: readonly Scope[];
  readonly onChange: (scopes: readonly Scope[]) => void;
}

function ScopesField({ chosen, onChange }: ScopesFieldProps) {
  const toggle = (scope: Scope) =>
    onChange(SCOPES.filter((each) => (each === scope) !== chosen.includes(each)));
  return (
    <fieldset className={styles["choices"]}>
      <legend>May</legend>
      {SCOPES.map((scope) => (
        <label key={scope}>
          <input type="checkbox" checked={chosen.includes(scope)} onChange={() => toggle(scope)} />
          <span>
            {scope} <small>{MEANING[scope]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
