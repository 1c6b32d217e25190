/** A panel to be pointed at, and the properties of what was pointed at beside it. */
import { usePanel } from "nexus-renderer";
import { useMemo, useState } from "react";

import { useStudio } from "../app/studio.tsx";
import { SplitPane } from "../design/SplitPane.tsx";
import { DesignPane } from "./DesignPane.tsx";
import { DesignView } from "./DesignView.tsx";
import { marked } from "./marking.ts";
import styles from "../panels/PanelPage.module.css";

export default function DesignPage({ panelId }: { readonly panelId: string }) {
  const store = useStudio().client.panel(panelId);
  const { ast, sourceHash } = usePanel(store);
  const [address, setAddress] = useState<string | null>(null);
  const panel = useMemo(() => (ast === null ? null : marked(ast)), [ast]);
  const at = panel?.nodes.findIndex((node) => node.address === address) ?? -1;
  const chosen = at === -1 ? null : (panel?.nodes[at] ?? null);
  return (
    <SplitPane
      storageKey="nexus.source.split"
      dividerLabel="Width of the panel and what is beside it"
      keepsFirst
      first={
        <div className={styles["canvas"]}>
          <div className={styles["panel"]}>
            {panel !== null && (
              <DesignView
                store={store}
                panel={panel}
                chosen={at === -1 ? null : at}
                onChoose={(number) => setAddress(panel.nodes[number]?.address ?? null)}
              />
            )}
          </div>
        </div>
      }
      second={
        <DesignPane
          panelId={panelId}
          ast={ast}
          sourceHash={sourceHash}
          chosen={chosen}
          onChoose={(node) => setAddress(node.address)}
        />
      }
    />
  );
}
