/** A panel whose elements are pointed at and moved, and what the chosen one is beside it. */
import { useRef, useState } from "react";

import { SplitPane } from "../design/SplitPane.tsx";
import styles from "../panels/PanelPage.module.css";
import { DesignPane } from "./DesignPane.tsx";
import { DesignView } from "./DesignView.tsx";
import { useDesign } from "./useDesign.ts";
import { useDesignKeys } from "./useDesignKeys.ts";
import { useDragging } from "./useDragging.ts";

export default function DesignPage({ panelId }: { readonly panelId: string }) {
  const design = useDesign(panelId);
  const view = useRef<HTMLDivElement>(null);
  const pane = useRef<HTMLElement>(null);
  const dragging = useDragging(design, view);
  const [isAdding, setAdding] = useState(false);
  useDesignKeys(design, pane, () => setAdding(true));
  const { panel } = design;
  return (
    <SplitPane
      storageKey="nexus.source.split"
      dividerLabel="Width of the panel and what is beside it"
      keepsFirst
      first={
        <div className={styles["canvas"]} data-st-canvas="">
          <div className={styles["panel"]}>
            <h2 className="visually-hidden">Panel</h2>
            {panel !== null && <DesignView design={design} panel={panel} dragging={dragging} view={view} />}
          </div>
        </div>
      }
      second={
        <DesignPane
          ref={pane}
          panelId={panelId}
          design={design}
          dragging={dragging}
          isAdding={isAdding}
          onAdding={setAdding}
        />
      }
    />
  );
}
