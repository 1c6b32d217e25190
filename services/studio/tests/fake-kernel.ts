/** A kernel's REST interface over panels in memory: the real shapes, headers and refusals. */
import { createHash } from "node:crypto";

import type { Diagnostic, Span } from "../src/api/wire.ts";

export const hashOf = (source: string): string => createHash("sha256").update(source).digest("hex");

interface Creation {
  readonly id: string;
  readonly source?: string;
  readonly copyOf?: string;
  readonly withState?: boolean;
  readonly state?: object;
}

type Edit =
  | { readonly type: "Insert"; readonly nxml: string }
  | { readonly type: "Set"; readonly name: string; readonly value: { readonly value: string } };

/** A source with this word in it is not a panel that can run. */
const FLAW = "flaw";

export class FakeKernel {
  readonly sources = new Map<string, string>();
  readonly states = new Map<string, object>();
  /** A saved source that was put beside what others did meanwhile. */
  putAside: string | null = null;
  /** The requests that came, as `METHOD path`. */
  readonly requests: string[] = [];
  isReachable = true;

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(new URL(String(input), "http://kernel"), init);
    const path = new URL(request.url).pathname;
    request.signal.throwIfAborted();
    this.requests.push(`${request.method} ${path}`);
    if (!this.isReachable) throw new TypeError("Failed to fetch");
    if (path === "/api/check") return this.check(request);
    if (path === "/api/format") return this.format(request);
    const [id, isPanels] = [path.split("/")[5], path.split("/")[4] === "panels"];
    if (!isPanels) return Response.json({ id: "default", title: "Default workspace", createdAt: 0 });
    if (id === undefined) return this.panels(request);
    const what = path.split("/")[6];
    if (what === "state") return Response.json({ rev: 1, oldestRev: 0, state: this.states.get(id) ?? {}, computed: {} });
    if (what === "node") return Response.json({ address: "View", hash: "of the view" });
    return what === "edits" ? this.edit(request, id) : this.panel(request, id);
  };

  private async check(request: Request): Promise<Response> {
    const diagnostics = findFlaws(((await request.json()) as { source: string }).source);
    return Response.json({ ok: diagnostics.length === 0, diagnostics, repairs: [], capabilities: [] });
  }

  /** In canonical layout words have one space between them; what has a flaw cannot be read. */
  private async format(request: Request): Promise<Response> {
    const { source } = (await request.json()) as { source: string };
    if (findFlaws(source).length > 0) return refusal(422, "INVALID_PANEL", "There is a flaw.");
    return Response.json({ source: source.replaceAll(/ {2,}/g, " ") });
  }

  /** Two panels a page, so that reading all of them takes more than one request. */
  private async panels(request: Request): Promise<Response> {
    if (request.method === "POST") {
      return this.create((await request.json()) as Creation);
    }
    const start = Number(new URL(request.url).searchParams.get("cursor") ?? 0);
    const all = [...this.sources].map(([id, source]) => summary(id, source));
    const rest = start + 2 < all.length ? { nextCursor: String(start + 2) } : {};
    return Response.json({ items: all.slice(start, start + 2), ...rest });
  }

  private create({ id, source, copyOf, withState, state }: Creation): Response {
    if (this.sources.has(id)) return refusal(409, "CONFLICT", `There is a panel ${id}.`);
    const made = copyOf === undefined ? (source ?? "") : (this.sources.get(copyOf) ?? "");
    this.sources.set(id, made);
    this.states.set(id, (withState === true ? this.states.get(copyOf ?? "") : state) ?? {});
    return Response.json(summary(id, made), { status: 201 });
  }

  private async panel(request: Request, id: string): Promise<Response> {
    const source = this.sources.get(id);
    if (source === undefined) return refusal(404, "NOT_FOUND", `There is no panel ${id}.`);
    switch (request.method) {
      case "DELETE":
        this.sources.delete(id);
        this.states.delete(id);
        return new Response(null, { status: 204 });
      case "PUT":
        return this.save(request, id, source);
      default:
        return Response.json({ ...summary(id, source), source });
    }
  }

  /** What is inserted comes before the last tag; what is set is set where it first stands. */
  private async edit(request: Request, id: string): Promise<Response> {
    const { operations } = (await request.json()) as { operations: readonly Edit[] };
    const present = this.sources.get(id) ?? "";
    const source = operations.reduce(
      (text, each) =>
        each.type === "Set"
          ? text.replace(new RegExp(`${each.name}="[^"]*"`), `${each.name}="${each.value.value}"`)
          : text.replace("</NexusPanel>", `${each.nxml}$&`),
      present,
    );
    return this.store(request, id, present, source);
  }

  private async save(request: Request, id: string, present: string): Promise<Response> {
    if (this.putAside !== null && request.headers.get("If-Match") === `"${hashOf(this.putAside)}"`) {
      const details = { ours: { branch: "conflicts/notes-1" }, theirs: { commit: "1" } };
      return refusal(409, "CONFLICT", "Others changed the panel in the repository.", details);
    }
    const { source } = (await request.json()) as { source: string };
    return this.store(request, id, present, source);
  }

  private store(request: Request, id: string, present: string, source: string): Response {
    if (request.headers.get("If-Match") !== `"${hashOf(present)}"`) {
      return refusal(412, "PRECONDITION_FAILED", "The panel changed meanwhile.");
    }
    const diagnostics = findFlaws(source);
    if (diagnostics.length > 0) {
      return refusal(422, "INVALID_PANEL", "The panel has errors.", { diagnostics });
    }
    this.sources.set(id, source);
    return Response.json(summary(id, source));
  }
}

export function findFlaws(source: string): Diagnostic[] {
  return source.split("\n").flatMap((line, at) => {
    const column = line.indexOf(FLAW) + 1;
    if (column === 0) return [];
    const loc: Span = { line: at + 1, column, endLine: at + 1, endColumn: column + FLAW.length };
    return [flawAt(loc)];
  });
}

const flawAt = (loc: Span): Diagnostic => ({
  code: "PARSE_ERROR",
  severity: "error",
  message: "There is a flaw.",
  loc,
  path: "",
  hint: "Take it out.",
  fix: { title: "Take it out", edits: [{ loc, text: "" }] },
});

const summary = (id: string, source: string) => ({
  id,
  title: id,
  sourceHash: hashOf(source),
  createdAt: 1_793_491_200.5,
  updatedAt: 1_793_491_200.5,
  running: true,
});

const refusal = (status: number, code: string, message: string, details: unknown = null): Response =>
  Response.json({ error: { code, message, details, traceId: "4bf92f35" } }, { status });
