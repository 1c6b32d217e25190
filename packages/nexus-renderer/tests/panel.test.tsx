// @requirement ui.renderer
/** A panel of a client as a person meets it: loading, live, without a connection, refused. */
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NexusClient, NexusPanel, Toasts, useConnection } from "../src/index";
import { FakeKernel, MemoryPanel } from "../src/testing";
import { el, panel } from "./support/parse";

const AST = panel(
  el(
    "Layout",
    {},
    el("Text", { content: "n is {$state.n}" }),
    el("Input", { label: "Draft", bind: "$state.draft" }),
  ),
  { title: "Counter" },
);

let kernel: FakeKernel;
let client: NexusClient;

beforeEach(() => {
  kernel = new FakeKernel();
  client = new NexusClient({
    workspaceId: "w",
    url: "http://kernel.test",
    createSocket: kernel.createSocket,
  });
  kernel.addPanel("p", AST, { n: 1, draft: "" });
});

afterEach(() => client.close());

const settle = (): Promise<void> => act(async () => void (await Promise.resolve()));

describe("a panel", () => {
  test("shows that it is loading, then itself", async () => {
    render(<NexusPanel client={client} panelId="p" />);
    expect(screen.getByRole("status", { name: "Loading the panel" })).toBeDefined();
    client.connect();
    await settle();
    expect(screen.getByRole("heading", { name: "Counter" })).toBeDefined();
    expect(screen.getByText("n is 1")).toBeDefined();
  });

  test("follows the kernel", async () => {
    client.connect();
    render(
      <StrictMode>
        <NexusPanel client={client} panelId="p" heading={false} />
      </StrictMode>,
    );
    await settle();
    act(() => void kernel.commit("p", { op: "replace", path: "/n", value: 2 }));
    expect(screen.getByText("n is 2")).toBeDefined();
    expect(screen.queryByRole("heading")).toBeNull();
  });

  test("stays usable without a connection, and says so", async () => {
    client.connect();
    render(<NexusPanel client={client} panelId="p" />);
    await settle();
    kernel.immediate = false;
    act(() => kernel.connection.drop());
    expect((await screen.findByRole("status", {}, { timeout: 3_000 })).textContent).toContain(
      "Connection lost",
    );
    await userEvent.type(screen.getByLabelText("Draft"), "kept");
    expect(screen.getByLabelText<HTMLInputElement>("Draft").value).toBe("kept");
    kernel.immediate = true;
    act(() => kernel.connection.deliver());
    await vi.waitFor(() => expect(kernel.state("p").draft).toBe("kept"));
    expect(screen.queryByRole("status")).toBeNull();
  });

  test("that does not exist says so", async () => {
    client.connect();
    render(<NexusPanel client={client} panelId="none" />);
    await settle();
    expect(screen.getByRole("alert").textContent).toBe("NOT_FOUNDno panel none");
  });

  test("of a kernel with another catalogue says what to do", async () => {
    kernel.greeting = { ...kernel.greeting, catalogueHash: "ffffffffffffffff" };
    client.connect();
    render(<NexusPanel client={client} panelId="p" />);
    await settle();
    expect(screen.getByRole("alert").textContent).toContain("reload the page");
  });
});

test("useConnection follows the connection", async () => {
  const Phase = () => <output>{useConnection(client).phase}</output>;
  render(<Phase />);
  expect(screen.getByRole("status").textContent).toBe("idle");
  act(() => client.connect());
  await settle();
  expect(screen.getByRole("status").textContent).toBe("open");
});

describe("toasts", () => {
  test("are shown as they are emitted and go after a while", () => {
    vi.useFakeTimers();
    const source = new MemoryPanel(AST);
    render(<Toasts source={source} />);
    act(() => source.emit("toast", { text: "Saved", level: "success" }));
    act(() => source.emit("toast", "plain"));
    act(() => source.emit("other", { text: "not a toast" }));
    expect(screen.getByRole("status").textContent).toBe("Savedplain");
    act(() => vi.advanceTimersByTime(5_000));
    expect(screen.getByRole("status").textContent).toBe("");
    vi.useRealTimers();
  });

  test("of an error are an alert, and can be dismissed", async () => {
    const source = new MemoryPanel(AST);
    render(<Toasts source={source} />);
    act(() => source.emit("toast", { text: "Broken", level: "error" }));
    expect(screen.getByRole("alert").textContent).toBe("Broken");
    await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
