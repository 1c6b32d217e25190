/** What one's workspaces hold: panels, what ran in them, and what of it is stored. */
import { useCallback } from "react";

import type { WorkspaceUsage } from "../api/accounts.ts";
import { useStore } from "../app/store.ts";
import { useHouse } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { FormError } from "../design/Field.tsx";
import { Section } from "../design/Page.tsx";
import { bytes, counted } from "./amounts.ts";
import styles from "./UsageSection.module.css";
import { workspaceTitle } from "./workspaces.ts";

export function UsageSection() {
  const { accounts, workspaces } = useHouse();
  const known = useStore(workspaces);
  const { value, error } = useFetched(useCallback(() => accounts.listUsage(), [accounts]));
  const titles = new Map(known.phase === "ready" ? known.items.map((each) => [each.id, workspaceTitle(each)]) : []);
  const usage = value ?? [];
  return (
    <Section title="Usage" about="What the workspaces hold that you are in. What git keeps of sources is not counted.">
      {error !== null && <FormError>{error.message}</FormError>}
      {usage.length > 0 && (
        <div className={styles["scroller"]} role="region" aria-label="Usage by workspace" tabIndex={0}>
          <table className={styles["table"]}>
            <thead>
              <tr>
                <th scope="col">Workspace</th>
                <th scope="col">Panels</th>
                <th scope="col">Runs</th>
                <th scope="col" title="What panels keep under keys">
                  Values
                </th>
                <th scope="col" title="By which runs can be run again">
                  Records
                </th>
                <th scope="col" title="Runs that wait for something">
                  Waiting
                </th>
              </tr>
            </thead>
            <tbody>
              {usage.map((held) => (
                <UsageRow key={held.workspace} held={held} title={titles.get(held.workspace) ?? held.workspace} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function UsageRow({ held, title }: { readonly held: WorkspaceUsage; readonly title: string }) {
  return (
    <tr>
      <th scope="row">{title}</th>
      <td>{counted(held.panels)}</td>
      <td>{counted(held.executions)}</td>
      <td>{bytes(held.bytes.values)}</td>
      <td>{bytes(held.bytes.records)}</td>
      <td>{bytes(held.bytes.waiting)}</td>
    </tr>
  );
}
