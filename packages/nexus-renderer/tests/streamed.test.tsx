// @requirement lang.streaming
/** A panel that is drawn while it is still being written. */
import { render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import type { StreamEvent } from "../src/generated/protocol";
import { StreamedPanel } from "../src/index";
import { el, LOC, panel, text, value } from "./support/parse";

/** Events that come when the test says so. */
class Writing implements AsyncIterable<StreamEvent> {
  readonly #waiting: ((one: IteratorResult<StreamEvent>) => void)[] = [];
  readonly #come: IteratorResult<StreamEvent>[] = [];

  say(...events: StreamEvent[]): void {
    for (const event of events) this.#give({ value: event, done: false });
  }

  end(): void {
    this.#give({ value: undefined, done: true });
  }

  #give(one: IteratorResult<StreamEvent>): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(one);
    else this.#come.push(one);
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamEvent> {
    return {
      next: () => {
        const one = this.#come.shift();
        return one ? Promise.resolve(one) : new Promise((done) => this.#waiting.push(done));
      },
    };
  }
}

const STATES = [{ name: "name", type: "string", default: "Ada", address: "Data/State[name]", loc: LOC }] as const;
const EMPTY = { ...panel(null), data: { states: STATES, computed: [] } };
const LAYOUT = el("Layout", {});
const close: StreamEvent = { type: "close", loc: LOC };

test("what has come is drawn, with the values that states begin with, before the panel ends", async () => {
  const writing = new Writing();
  const onEnd = vi.fn();
  const { container } = render(
    <StreamedPanel events={writing} onEnd={onEnd} fallback="Nothing yet" />,
  );
  expect(screen.getByText("Nothing yet")).toBeDefined();

  writing.say({ type: "panel", panel: EMPTY }, { type: "open", node: LAYOUT });
  writing.say({ type: "node", node: el("Text", { content: "Hello {$state.name}" }) });
  expect(await screen.findByText("Hello Ada")).toBeDefined();
  expect(container.firstElementChild?.getAttribute("aria-busy")).toBe("true");

  writing.say({ type: "open", node: text("") });
  writing.say({ type: "text", name: "value", value: value("It is wr") });
  expect(await screen.findByText("It is wr")).toBeDefined();
  writing.say({ type: "text", name: "value", value: value("It is written") }, close, close);
  writing.end();
  expect(await screen.findByText("It is written")).toBeDefined();
  await waitFor(() => expect(onEnd).toHaveBeenCalledOnce());
  expect(container.firstElementChild?.getAttribute("aria-busy")).toBe("false");
});

test("what is drawn stays the same element while more comes", async () => {
  const writing = new Writing();
  render(
    <StrictMode>
      <StreamedPanel events={writing} />
    </StrictMode>,
  );
  writing.say({ type: "panel", panel: EMPTY }, { type: "open", node: LAYOUT });
  writing.say({ type: "node", node: el("Input", { "aria-label": "Name" }) });
  const input = await screen.findByLabelText("Name");
  input.focus();
  writing.say({ type: "node", node: el("Text", { content: "Later" }) });
  await screen.findByText("Later");
  expect(screen.getByLabelText("Name")).toBe(input);
  expect(document.activeElement).toBe(input);
});

test("a tool does not run before the panel is there", async () => {
  const writing = new Writing();
  render(<StreamedPanel events={writing} />);
  writing.say({ type: "panel", panel: EMPTY });
  writing.say({ type: "node", node: el("Button", { label: "Save", trigger: "save" }) });
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));
  expect(await screen.findByText(/still being written/)).toBeDefined();
});

test("events that break off leave what has come, and say so", async () => {
  async function* broken(): AsyncGenerator<StreamEvent> {
    yield { type: "panel", panel: EMPTY };
    yield { type: "node", node: el("Text", { content: "Half" }) };
    throw new Error("The line is dead");
  }
  const events = broken();
  const onEnd = vi.fn();
  render(<StreamedPanel events={events} onEnd={onEnd} />);
  expect(await screen.findByText("Half")).toBeDefined();
  expect(screen.getByText(/The line is dead/)).toBeDefined();
  expect(onEnd.mock.calls[0]?.[0].error).toBeInstanceOf(Error);
});
