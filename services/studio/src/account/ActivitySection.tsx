/** What one did about accounts and rights, newest first. */
import { useCallback, useState } from "react";

import type { AuditRecord } from "../api/accounts.ts";
import { useHouse } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { Row, Rows, Section } from "../design/Page.tsx";
import { moment } from "./moment.ts";

const WORDS: Readonly<Record<string, string>> = {
  "account.signed-up": "Made the account",
  "account.logged-in": "Signed in",
  "account.login-failed": "A sign-in failed",
  "account.logged-out": "Logged out",
  "account.logged-out-everywhere": "Logged out everywhere",
  "account.login-displaced": "The oldest login ended, for there were too many",
  "account.refresh-reused": "A login was used from two places, and ended",
  "account.password-changed": "Changed the password",
  "token.created": "Made a token",
  "token.deleted": "Deleted a token",
  "workspace.created": "Made a workspace",
  "invitation.created": "Invited somebody",
  "invitation.deleted": "Took an invitation back",
  "invitation.accepted": "Accepted an invitation",
  "member.changed": "Changed a member's role",
  "member.removed": "Removed a member",
  "member.left": "Left a workspace",
};

export function ActivitySection() {
  const { accounts } = useHouse();
  const first = useFetched(useCallback(() => accounts.listActivity(), [accounts]));
  const [more, setMore] = useState<readonly AuditRecord[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const next = cursor ?? first.value?.nextCursor;
  const { run, isBusy } = useTask(async () => {
    const page = await accounts.listActivity(next);
    setMore([...more, ...page.items]);
    setCursor(page.nextCursor ?? "");
  });
  const records = [...(first.value?.items ?? []), ...more];
  return (
    <Section title="Activity" about="What was done in your name, about accounts and rights.">
      {first.error !== null && <FormError>{first.error.message}</FormError>}
      <Rows>
        {records.map((record, at) => (
          <Row
            // Several may happen at once, and none ever changes.
            key={`${record.at}:${at}`}
            title={WORDS[record.action] ?? record.action}
            about={[moment(record.at), record.workspace, record.address].filter(Boolean).join(" · ")}
          />
        ))}
        {Boolean(next) && (
          <Row title="">
            <Button disabled={isBusy} onClick={() => void run()}>
              Show earlier
            </Button>
          </Row>
        )}
      </Rows>
    </Section>
  );
}
