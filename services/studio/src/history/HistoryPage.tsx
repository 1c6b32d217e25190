/** What was done to the panels of the workspace, and the branches on which it was done. */
import { Archive, Ellipsis, GitBranch, GitMerge, Plus, Trash2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";

import { moment } from "../account/moment.ts";
import { useCanWrite } from "../account/useRole.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import type { Branch, Commit, Page as PageOf } from "../api/wire.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { type Task, useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { Menu, MenuItem } from "../design/Menu.tsx";
import { Page, Row, Rows, Section } from "../design/Page.tsx";
import { inOrder, panelPutAside } from "./branch.ts";
import styles from "./HistoryPage.module.css";

export default function HistoryPage() {
  const { directory, workspaceId } = useStudio();
  const { workspace } = useStore(directory);
  return (
    <Page title="History" about={`Who changed what in ${workspace?.title || workspaceId}.`}>
      <BranchesSection />
      <CommitsSection />
    </Page>
  );
}

/** Another value whenever branches or commits may be others. */
function useRound(): string {
  const { directory, history } = useStudio();
  return `${useStore(history)} ${useStore(directory).workspace?.branch ?? ""}`;
}

function BranchesSection() {
  const { api, dialog } = useStudio();
  const canWrite = useCanWrite();
  const round = useRound();
  const { value, error } = useFetched(useCallback(() => api.listBranches(), [api, round]));
  return (
    <Section
      title="Branches"
      about="Panels run from one of them. Try an idea on another, then merge or drop it."
      action={
        canWrite && (
          <Button variant="primary" onClick={() => dialog.set({ kind: "branch" })}>
            <Plus size={14} aria-hidden /> New branch
          </Button>
        )
      }
    >
      {error !== null && <FormError>{error.message}</FormError>}
      {value !== null && (
        <Rows>
          {inOrder(value).map((branch) => (
            <BranchRow key={branch.name} branch={branch} canWrite={canWrite} />
          ))}
        </Rows>
      )}
    </Section>
  );
}

interface BranchRowProps {
  readonly branch: Branch;
  readonly canWrite: boolean;
}

function BranchRow({ branch, canWrite }: BranchRowProps) {
  const { name, head, checkedOut } = branch;
  const panel = panelPutAside(name);
  const Sign = panel === null ? GitBranch : Archive;
  const about = checkedOut
    ? "Panels run from it, and saves go to it"
    : panel === null
      ? `at ${short(head)}`
      : `A save of ${panel} that gave way to what others did`;
  return (
    <Row sign={<Sign size={15} aria-hidden />} title={name} about={about}>
      {checkedOut && <span className={styles["current"]}>Current</span>}
      {canWrite && !checkedOut && <BranchControls branch={branch} />}
    </Row>
  );
}

function BranchControls({ branch }: { readonly branch: Branch }) {
  const { name } = branch;
  const { dialog, directory } = useStudio();
  const present = useStore(directory).workspace?.branch;
  return (
    <>
      <Button aria-label={`Switch to ${name}`} onClick={() => dialog.set({ kind: "switch", branch: name })}>
        Switch
      </Button>
      <Menu label={`More about ${name}`} icon={Ellipsis}>
        {present !== undefined && (
          <MenuItem icon={GitMerge} onSelect={() => dialog.set({ kind: "merge", branch: name })}>
            Merge into {present}…
          </MenuItem>
        )}
        <MenuItem icon={Trash2} onSelect={() => dialog.set({ kind: "unbranch", branch })}>
          Delete…
        </MenuItem>
      </Menu>
    </>
  );
}

function CommitsSection() {
  const { workspace } = useStore(useStudio().directory);
  const { commits, error, hasMore, more } = useCommits();
  const failure = error ?? more.error;
  return (
    <Section title="Changes" about={workspace?.branch && `What was saved on ${workspace.branch}, newest first.`}>
      {failure !== null && <FormError>{failure.message}</FormError>}
      {commits?.length === 0 && <p className={styles["none"]}>Nothing was saved yet.</p>}
      {commits !== null && commits.length > 0 && (
        <Rows>
          {commits.map(({ id, message, author, at }) => (
            <Row key={id} title={message} about={`${author} · ${moment(at)}`}>
              <code className={styles["commit"]}>{short(id)}</code>
            </Row>
          ))}
          {hasMore && (
            <Row title="">
              <Button disabled={more.isBusy} onClick={() => void more.run()}>
                Show earlier
              </Button>
            </Row>
          )}
        </Rows>
      )}
    </Section>
  );
}

interface Commits {
  /** Null before the first came. */
  readonly commits: readonly Commit[] | null;
  readonly error: ApiError | null;
  readonly hasMore: boolean;
  readonly more: Task<[]>;
}

/** The commits of the present branch; its beginning is read again when that may be another. */
function useCommits(): Commits {
  const { api } = useStudio();
  const round = useRound();
  const [pages, setPages] = useState<readonly PageOf<Commit>[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    let isWanted = true;
    api.listCommits().then(
      (page) => {
        if (!isWanted) return;
        setPages([page]);
        setError(null);
      },
      (thrown: unknown) => {
        if (isWanted) setError(asApiError(thrown));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [api, round]);

  const cursor = pages?.at(-1)?.nextCursor;
  const more = useTask(async () => {
    const page = await api.listCommits(cursor);
    setPages((before) => [...(before ?? []), page]);
  });
  return { commits: pages?.flatMap(({ items }) => items) ?? null, error, hasMore: cursor !== undefined, more };
}

/** A commit as people write it. */
const short = (id: string): string => id.slice(0, 7);
