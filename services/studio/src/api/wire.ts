/**
 * The shapes that the kernel's REST interface speaks. Those of the protocol are generated from
 * it; the rest is told here. What they mean is the kernel's business.
 */

import type {
  Change,
  Diagnostic,
  EditOperation,
  ExecutionError, Fix, Json, Metrics, PatchOp, Span } from "nexus-renderer";

export type { Change, Diagnostic, EditOperation, Fix, Json, PatchOp, Span };

export type Severity = Diagnostic["severity"];

/** What a check of a source found. */
export interface CheckReport {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly capabilities: readonly string[];
}

/** A panel as the list shows it. */
export interface PanelSummary {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly icon?: string;
  readonly sourceHash: string;
  /** Seconds since 1970. */
  readonly updatedAt: number;
}

/** What a panel can be made from. */
export interface Template {
  readonly name: string;
  readonly description?: string;
  readonly icon?: string;
  readonly source: string;
}

/** A panel to be made: of a source, of a template with a title of its own, or of another panel. */
export type NewPanel =
  | { readonly id: string; readonly source: string; readonly state?: Readonly<Record<string, Json>> }
  | { readonly id: string; readonly copyOf: string; readonly withState: boolean }
  | { readonly id: string; readonly template: string; readonly title: string };

/** What a workspace is called. */
export interface Workspace {
  readonly id: string;
  readonly title: string;
  /** The branch that its panels run from; absent where none is checked out. */
  readonly branch?: string;
}

/** A branch of a workspace's repository. */
export interface Branch {
  readonly name: string;
  /** The commit that it is at. */
  readonly head: string;
  /** Whether panels run from it, and saves go to it. */
  readonly checkedOut: boolean;
}

/** One version of what is in a workspace. */
export interface Commit {
  readonly id: string;
  readonly message: string;
  readonly author: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** A panel with its source; `sourceHash` is what a later save is written against. */
export interface PanelSource {
  readonly id: string;
  readonly source: string;
  readonly sourceHash: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent at the end. */
  readonly nextCursor?: string;
}

/** A panel's state at one revision, and what is computed from it. */
export interface PanelState {
  readonly rev: number;
  /** The first revision whose state is kept. */
  readonly oldestRev: number;
  readonly state: Readonly<Record<string, Json>>;
  readonly computed: Readonly<Record<string, Json>>;
}

/** What became of one run of a tool. */
export interface Execution {
  readonly id: string;
  readonly tool: string;
  readonly ok: boolean;
  readonly value?: Json;
  readonly error?: ExecutionError;
  readonly patches: readonly PatchOp[];
  readonly events: readonly { readonly name: string; readonly payload?: Json }[];
  readonly logs: readonly { readonly level: string; readonly message: string }[];
  readonly metrics?: Metrics;
  readonly rev: number;
}

export interface ExecutionEntry {
  readonly id: string;
  readonly tool: string;
  readonly args: Json;
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** Absent while it runs. */
  readonly execution?: Execution;
}

/** What became of running an execution again. */
export interface Replayed {
  readonly identical: boolean;
  readonly divergence?: {
    readonly segment: number;
    readonly what: string;
    readonly expected: string;
    readonly found: string;
    readonly loc: Span;
  };
}

/** The one error shape of the kernel. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: unknown;
    readonly traceId?: string | null;
  };
}
