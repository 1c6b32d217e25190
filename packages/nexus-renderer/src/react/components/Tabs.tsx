/**
 * Shows one of several pages.
 *
 * Which one is in the state where that is bound, else here. Only the page that is shown is drawn.
 * Choosing one runs the tool of the Tabs, then that of the Tab.
 */
import {
  type KeyboardEvent,
  type ReactElement,
  useContext,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ComponentNode, Value, ViewNode } from "../../generated/protocol";
import { display } from "../../model/display";
import type { Outcomes } from "../../model/outcome";
import { useBinding, useTools } from "../actions";
import { classes, frameOf } from "../attributes";
import type { DrawProps } from "../drawing";
import { NodeView } from "../NodeView";
import { useOutcomes } from "../outcomes";
import { TabContext } from "../tabs";

interface Head {
  readonly tab: ComponentNode;
  readonly title: string;
  readonly value: string;
  readonly tool: string;
}

export function Tabs({ node, props, frame, bound }: DrawProps<"Tabs">): ReactElement {
  const id = useId();
  const { value, set } = useBinding(node, bound);
  const { run } = useTools(node);
  const [own, setOwn] = useState<string | null>(null);
  const buttons = useRef<(HTMLButtonElement | null)[]>([]);
  const heads = useHeads(node);
  const wanted = node.props.bind ? display(value) : own;
  const at = Math.max(
    0,
    heads.findIndex((head) => head.value === wanted),
  );
  const choose = (index: number): void => {
    const head = heads[index];
    if (!head || index === at) return;
    if (node.props.bind) set(head.value);
    else setOwn(head.value);
    if (props.trigger) run(props.trigger);
    if (head.tool) run(head.tool, undefined, head.tab);
  };
  const walk = (event: KeyboardEvent): void => {
    const forth = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
    const next = { ArrowRight: at + forth, ArrowLeft: at - forth, Home: 0, End: -1 }[event.key];
    if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const index = (next + heads.length) % heads.length;
    choose(index);
    buttons.current[index]?.focus();
  };
  const shown = heads[at];
  const panelId = (shown && frameOf(shown.tab, "").id) ?? `${id}-panel`;
  return (
    <div id={frame.id} className={classes("nx-tabs", frame.className)}>
      <div role="tablist" className="nx-tab-list" aria-label={props["aria-label"]} onKeyDown={walk}>
        {heads.map(({ title }, index) => (
          <button
            key={index}
            ref={(button) => void (buttons.current[index] = button)}
            type="button"
            role="tab"
            id={`${id}-head-${index}`}
            className="nx-tab"
            aria-selected={index === at}
            aria-controls={index === at ? panelId : undefined}
            tabIndex={index === at ? 0 : -1}
            onClick={() => choose(index)}
          >
            {title}
          </button>
        ))}
      </div>
      {shown && (
        <TabContext.Provider value={{ panelId, headId: `${id}-head-${at}` }}>
          <NodeView key={shown.tab.address} node={shown.tab} />
        </TabContext.Provider>
      )}
    </div>
  );
}

/** One page; outside of Tabs it is only what it holds. */
export function Tab({ frame, children }: DrawProps<"Tab">): ReactElement {
  const handle = useContext(TabContext);
  return (
    <div
      id={handle?.panelId ?? frame.id}
      role={handle ? "tabpanel" : undefined}
      aria-labelledby={handle?.headId}
      tabIndex={handle ? 0 : undefined}
      className={classes("nx-tab-panel nx-layout nx-layout-auto nx-gap-md", frame.className)}
    >
      <TabContext.Provider value={null}>{children}</TabContext.Provider>
    </div>
  );
}

const HEAD_PROPS = ["title", "value", "visible", "trigger"] as const;

/** What stands on the tabs that are visible. */
function useHeads(node: ComponentNode): readonly Head[] {
  const tabs = useMemo(() => node.children.filter(isTab), [node]);
  const values = useMemo(() => headValues(tabs), [tabs]);
  const outcomes = useOutcomes(values);
  return useMemo(() => readHeads(tabs, outcomes), [tabs, outcomes]);
}

function headValues(tabs: readonly ComponentNode[]): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  tabs.forEach(({ props }, index) => {
    for (const name of HEAD_PROPS) {
      const value = props[name];
      if (value) values[`${name} ${index}`] = value;
    }
  });
  return values;
}

function readHeads(tabs: readonly ComponentNode[], outcomes: Outcomes): readonly Head[] {
  return tabs.flatMap((tab, index) => {
    const [title, value, visible, tool] = HEAD_PROPS.map((name) => outcomes[`${name} ${index}`]);
    if (visible?.ok && !visible.value) return [];
    const words = (title?.ok && display(title.value)) || `Tab ${index + 1}`;
    return [
      {
        tab,
        title: words,
        value: (value?.ok && display(value.value)) || words,
        tool: tool?.ok ? display(tool.value) : "",
      },
    ];
  });
}

function isTab(child: ViewNode): child is ComponentNode {
  return child?.kind === "component" && child.type === "Tab" && Boolean(child.props);
}
