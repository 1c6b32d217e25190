/** The elements of a panel, and what the catalogue says that the chosen one has. */
import { ChevronRight, MousePointerClick, X } from "lucide-react";
import type { ComponentNode, PanelAst, ViewNode } from "nexus-renderer";
import { useCanWrite } from "../account/useRole.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { useStudio } from "../app/studio.tsx";
import { Blank } from "../design/Blank.tsx";
import { Button, IconButton } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { Notice } from "../design/Notice.tsx";
import { useIsUnsaved } from "../source/drafts.ts";
import styles from "./DesignPane.module.css";
import { type Attribute, attributesOf } from "./catalogue.ts";
import { PropertyField } from "./PropertyField.tsx";
import { useNode } from "./useNode.ts";

interface DesignPaneProps {
  readonly panelId: string;
  readonly ast: PanelAst | null;
  readonly sourceHash: string | null;
  readonly chosen: ComponentNode | null;
  readonly onChoose: (node: ComponentNode) => void;
}

export function DesignPane({ panelId, ast, sourceHash, chosen, onChoose }: DesignPaneProps) {
  return (
    <section aria-label="Properties" className={styles["pane"]}>
      <header className={styles["toolbar"]}>
        <h2>{chosen === null ? "Elements" : chosen.type}</h2>
        <IconButton label="Close properties" onClick={() => navigate(panelPlace(panelId))}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div className={styles["content"]}>
        {ast?.view != null && (
          <details className={styles["elements"]} open={chosen === null}>
            <summary>
              <ChevronRight size={13} aria-hidden /> Elements
            </summary>
            <ul>
              <Element node={ast.view} chosen={chosen} onChoose={onChoose} />
            </ul>
          </details>
        )}
        {chosen === null || ast === null ? (
          <Blank icon={MousePointerClick} title="Choose an element">
            Press it in the panel, or in the list above. What it has is changed here.
          </Blank>
        ) : (
          <Properties key={chosen.address} panelId={panelId} ast={ast} sourceHash={sourceHash} node={chosen} />
        )}
      </div>
    </section>
  );
}

interface ElementProps {
  readonly node: ViewNode;
  readonly chosen: ComponentNode | null;
  readonly onChoose: (node: ComponentNode) => void;
}

function Element({ node, chosen, onChoose }: ElementProps) {
  if (node.kind === "text") return null;
  const inside = node.kind === "if" ? [...node.children, ...node.otherwise] : node.children;
  const elements = inside.filter(({ kind }) => kind !== "text");
  return (
    <li>
      {node.kind === "component" ? (
        <button
          type="button"
          aria-pressed={node.address === chosen?.address}
          className={styles["element"]}
          onClick={() => onChoose(node)}
        >
          {node.type} <small>{labelOf(node)}</small>
        </button>
      ) : (
        <span className={styles["element"]}>{node.kind === "if" ? "If" : "Iterate"}</span>
      )}
      {elements.length > 0 && (
        <ul>
          {elements.map((child) => (
            <Element key={child.address} node={child} chosen={chosen} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** What tells an element from others of its kind. */
function labelOf({ id, props }: ComponentNode): string {
  if (id) return `#${id}`;
  const value = ["label", "title", "content", "name"].map((name) => props[name]).find(Boolean);
  return value?.kind === "literal" && typeof value.value === "string" ? value.value : "";
}

interface PropertiesProps {
  readonly panelId: string;
  readonly ast: PanelAst;
  readonly sourceHash: string | null;
  readonly node: ComponentNode;
}

function Properties({ panelId, ast, sourceHash, node }: PropertiesProps) {
  const { drafts } = useStudio();
  const canWrite = useCanWrite();
  const isUnsaved = useIsUnsaved(drafts, panelId);
  const { isReady, error, set, remove } = useNode(panelId, node.address, sourceHash);
  const isFixed = !canWrite || isUnsaved || !isReady;
  const [own, common] = attributesOf(node.type);
  const fields = (attributes: readonly Attribute[]) =>
    attributes.map((attribute) => (
      <PropertyField
        key={attribute.name}
        attribute={attribute}
        value={attribute.name === "id" ? idValue(node) : node.props[attribute.name]}
        tools={ast.logic.tools.map(({ name }) => name)}
        isFixed={isFixed}
        onCommit={(text) => set(attribute.name, text)}
      />
    ));
  return (
    <>
      {isUnsaved && (
        <Notice
          kind="conflict"
          title="The source has unsaved text"
          actions={<Button onClick={() => navigate(panelPlace(panelId, "source"))}>Go to the source</Button>}
        >
          Save or drop it first.
        </Notice>
      )}
      {error !== null && <FormError>{error.message}</FormError>}
      <div className={styles["fields"]}>{fields(own)}</div>
      <details className={styles["common"]}>
        <summary>
          <ChevronRight size={13} aria-hidden /> What every element has
        </summary>
        <div className={styles["fields"]}>{fields(common)}</div>
      </details>
      {canWrite && (
        <Button disabled={isFixed} onClick={remove}>
          Remove this {node.type}
        </Button>
      )}
    </>
  );
}

const idValue = ({ id }: ComponentNode) => (id ? ({ kind: "literal", value: id } as const) : undefined);
