/** The elements of a panel, what the chosen one is and where it stands, and what can be added. */
import { ChevronRight, MousePointerClick, Plus, Redo2, Undo2, X } from "lucide-react";
import { usePanel } from "nexus-renderer";
import type { Ref } from "react";

import { useCanWrite } from "../account/useRole.ts";
import { ariaKeys } from "../app/shortcuts.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { Blank } from "../design/Blank.tsx";
import { Button, IconButton } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { Notice } from "../design/Notice.tsx";
import { Arrange } from "./Arrange.tsx";
import type { Attribute } from "./catalogue.ts";
import styles from "./DesignPane.module.css";
import { DESIGN_KEYS } from "./keys.ts";
import { type Item, nameShown } from "./outline.ts";
import { Outline } from "./Outline.tsx";
import { Palette } from "./Palette.tsx";
import { PropertyField } from "./PropertyField.tsx";
import type { Design } from "./useDesign.ts";
import type { Dragging } from "./useDragging.ts";
import { fieldsOf, offersOf, setTo, valueOf } from "./values.ts";

interface DesignPaneProps {
  readonly ref: Ref<HTMLElement>;
  readonly panelId: string;
  readonly design: Design;
  readonly dragging: Dragging;
  readonly isAdding: boolean;
  readonly onAdding: (isAdding: boolean) => void;
}

export function DesignPane({ ref, panelId, design, dragging, isAdding, onAdding }: DesignPaneProps) {
  const { panel, root, chosen, editing, isUnsaved, said } = design;
  const canWrite = useCanWrite();
  return (
    <section ref={ref} aria-label="Properties" className={styles["pane"]}>
      <header className={styles["toolbar"]}>
        <h2>{isAdding ? "Add an element" : chosen === null ? "Design" : nameShown(chosen)}</h2>
        {canWrite && <Steps design={design} />}
        {canWrite && (
          <Button
            aria-label={DESIGN_KEYS.add.title}
            aria-pressed={isAdding}
            aria-keyshortcuts={DESIGN_KEYS.add.keys}
            onClick={() => onAdding(!isAdding)}
          >
            <Plus size={15} aria-hidden /> Add
          </Button>
        )}
        <IconButton label="Close properties" onClick={() => navigate(panelPlace(panelId))}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <p role="status" className="visually-hidden">
        {said}
      </p>
      {editing.error !== null && editing.about === null && (
        <div className={styles["refusal"]}>
          <FormError>{editing.error.message}</FormError>
        </div>
      )}
      <div className={styles["content"]}>
        {design.source.phase === "failed" && <Unread problem={design.source.error.message} retry={design.retry} />}
        {isUnsaved && <Unsaved panelId={panelId} />}
        {root !== null && chosen === null && !isAdding && <Hint />}
        {root !== null && (
          // While something is added, what can be is looked for; the place is told below.
          <details
            key={String(isAdding)}
            className={styles["elements"]}
            data-alone={chosen === null && !isAdding}
            open={!isAdding}
          >
            <summary>
              <ChevronRight size={13} aria-hidden /> Elements
            </summary>
            <Outline root={root} chosen={chosen} onChoose={design.choose} />
          </details>
        )}
        {isAdding && canWrite ? (
          <Palette design={design} dragging={dragging} />
        ) : chosen !== null ? (
          <>
            <Arrange design={design} item={chosen} />
            <Properties key={chosen.address} design={design} item={chosen} />
          </>
        ) : (
          panel !== null && root === null && <Nothing />
        )}
      </div>
    </section>
  );
}

function Steps({ design: { steps: leads, isFixed, undo, redo } }: { readonly design: Design }) {
  const steps = [
    { ...DESIGN_KEYS.undo, icon: Undo2, can: leads.canGoBack, run: undo },
    { ...DESIGN_KEYS.redo, icon: Redo2, can: leads.canGoForth, run: redo },
  ];
  return steps.map(({ title, keys, icon: Icon, can, run }) => (
    <IconButton
      key={title}
      label={title}
      aria-keyshortcuts={ariaKeys(keys)}
      aria-disabled={!can || isFixed}
      onClick={() => {
        if (can && !isFixed) run();
      }}
    >
      <Icon size={16} aria-hidden />
    </IconButton>
  ));
}

function Unread({ problem, retry }: { readonly problem: string; readonly retry: () => void }) {
  return (
    <Notice kind="offline" title="The source could not be fetched" actions={<Button onClick={retry}>Try again</Button>}>
      {problem}
    </Notice>
  );
}

function Unsaved({ panelId }: { readonly panelId: string }) {
  const toSource = <Button onClick={() => navigate(panelPlace(panelId, "source"))}>Go to the source</Button>;
  return (
    <Notice kind="conflict" title="The source has unsaved text" actions={toSource}>
      Save or drop it first.
    </Notice>
  );
}

function Hint() {
  return (
    <p className={styles["hint"]}>
      <MousePointerClick size={15} aria-hidden />
      Press an element of the panel, or choose it here. By mouse it is dragged to another place.
    </p>
  );
}

function Nothing() {
  return (
    <Blank icon={Plus} title="Nothing is shown yet">
      Add an element: it comes into the view of the panel.
    </Blank>
  );
}

interface PropertiesProps {
  readonly design: Design;
  readonly item: Item;
}

function Properties({ design, item }: PropertiesProps) {
  const { store, editing, isFixed, act } = design;
  const { ast } = usePanel(store);
  const [own, common] = fieldsOf(item);
  const fields = (attributes: readonly Attribute[]) =>
    attributes.map((attribute) => (
      <PropertyField
        key={attribute.name}
        attribute={attribute}
        value={valueOf(item, attribute.name)}
        tools={ast?.logic.tools.map(({ name }) => name) ?? []}
        offers={offersOf(attribute, ast)}
        problem={editing.about === attribute.name ? editing.error?.message : undefined}
        found={design.findings(attribute.name)}
        isFixed={isFixed}
        check={(text, signal) => design.check(attribute.name, text, signal)}
        onMend={(findings, fix) => design.mend(attribute.name, findings, fix)}
        onCommit={(text) => act((at) => setTo(at, attribute.name, text), attribute.name)}
      />
    ));
  return (
    <>
      {own.length > 0 && <div className={styles["fields"]}>{fields(own)}</div>}
      {common.length > 0 && (
        <details className={styles["common"]}>
          <summary>
            <ChevronRight size={13} aria-hidden /> What every element has
          </summary>
          <div className={styles["fields"]}>{fields(common)}</div>
        </details>
      )}
    </>
  );
}
