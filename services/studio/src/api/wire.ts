/**
 * The shapes that the kernel's REST interface speaks. What they mean is the kernel's business;
 * nothing here is computed.
 */

/** A stretch of source: lines and columns count characters from 1, the end is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Severity = "error" | "warning" | "info";

/** Edits that may be applied as they are to mend a finding. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly loc: Span; readonly text: string }[];
}

/** One finding in a panel's source. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly loc: Span;
  readonly hint: string;
  readonly fix?: Fix | null;
}

/** What a check of a source found. */
export interface CheckReport {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly capabilities: readonly string[];
}

/** A panel as the list shows it. */
export interface PanelSummary {
  readonly id: string;
  readonly title: string | null;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly status: string;
  readonly sourceHash: string;
  readonly updatedAt: string;
}

/** A panel with its source; `sourceHash` is what a later save is written against. */
export interface PanelSource {
  readonly id: string;
  readonly source: string;
  readonly sourceHash: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
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
