/** What the last save came to, where a person has to know or decide something. */
import { useState } from "react";

import { Button } from "../design/Button.tsx";
import { Notice } from "../design/Notice.tsx";
import { Comparison } from "./Comparison.tsx";
import { bothOf, type Draft, isChecked, isDirty, type OpenDraft, unixLines } from "./draft.ts";

interface SaveNoticeProps {
  readonly draft: Draft;
  readonly state: OpenDraft;
}

export function SaveNotice({ draft, state }: SaveNoticeProps) {
  const { save } = state;
  switch (save.kind) {
    case "idle":
    case "saving":
      return null;
    case "saved":
      return (
        <p role="status" className="visually-hidden">
          Saved. The panel runs this source.
        </p>
      );
    case "refused":
      return <Refused draft={draft} state={state} />;
    case "conflict":
      return <Conflict draft={draft} state={state} theirs={save.theirs.source} />;
    case "failed":
      return (
        <Notice
          kind="offline"
          title="Not saved"
          actions={<Button onClick={() => void draft.save()}>Try again</Button>}
        >
          {save.error.message} Your text is still here.
        </Notice>
      );
  }
}

interface ConflictProps extends SaveNoticeProps {
  readonly theirs: string;
}

function Conflict({ draft, state, theirs }: ConflictProps) {
  const [isCompared, setCompared] = useState(false);
  if (!isDirty(state)) {
    return (
      <Notice
        kind="conflict"
        title={CHANGED}
        actions={<Button onClick={() => void draft.reload()}>Take their version</Button>}
      >
        Take their version to go on from there.
      </Notice>
    );
  }
  const hasBoth = bothOf(state) !== null;
  return (
    <>
      <Notice
        kind="conflict"
        title={CHANGED}
        actions={
          <>
            {hasBoth && <Button onClick={() => draft.takeBoth()}>Put both together</Button>}
            <Button onClick={() => void draft.reload()}>Take their version</Button>
            <Button onClick={() => void draft.overwrite()}>Keep mine</Button>
            <Button variant="ghost" aria-expanded={isCompared} onClick={() => setCompared(!isCompared)}>
              Compare
            </Button>
          </>
        }
      >
        {hasBoth && "You changed different lines. "}
        Your text is still here. Taking theirs drops it; keeping yours replaces theirs.
      </Notice>
      {isCompared && <Comparison mine={state.text} theirs={unixLines(theirs)} />}
    </>
  );
}

const CHANGED = "Somebody else changed this panel";

function Refused({ draft, state }: SaveNoticeProps) {
  const errors = state.findings?.diagnostics.filter(({ severity }) => severity === "error") ?? [];
  if (isChecked(state) && errors.length === 0) {
    return (
      <Notice
        kind="good"
        title="The problems are gone"
        actions={<Button onClick={() => void draft.save()}>Save</Button>}
      >
        Save to run this source.
      </Notice>
    );
  }
  return (
    <Notice kind="problem" title="Not saved: this source cannot run yet">
      The last good version is still running. Your text stays as you wrote it.
    </Notice>
  );
}
