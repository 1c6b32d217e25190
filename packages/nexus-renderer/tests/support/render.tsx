/** Draw a view over a panel in memory. */
import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { NXMLRenderer, type Registry } from "../../src/index";
import type { JsonObject, PanelAst } from "../../src/generated/protocol";
import { MemoryPanel, type ToolHandler } from "../../src/testing";

interface Drawn extends RenderResult {
  readonly store: MemoryPanel;
  readonly user: UserEvent;
}

export function draw(
  ast: PanelAst,
  state: JsonObject = {},
  tools: Readonly<Record<string, ToolHandler>> = {},
  components?: Partial<Registry>,
): Drawn {
  const store = new MemoryPanel(ast, state, tools);
  const result = render(<NXMLRenderer ast={ast} store={store} components={components} />);
  return { ...result, store, user: userEvent.setup() };
}
