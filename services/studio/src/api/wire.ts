/**
 * The shapes that the kernel's REST interface speaks. Those of the protocol are generated from
 * it; the rest is told here. What they mean is the kernel's business.
 */

import type { Diagnostic, Fix, Span } from "nexus-renderer";

export type { Diagnostic, Fix, Span };

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

/** What a workspace is called. */
export interface Workspace {
  readonly id: string;
  readonly title: string;
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

/** The one error shape of the kernel. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: unknown;
    readonly traceId?: string | null;
  };
}
