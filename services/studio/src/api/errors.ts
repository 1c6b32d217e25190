/**
 * Why a request failed, as one value: callers branch on `code`, people read `message`.
 */
import type { Diagnostic, ErrorBody } from "./wire.ts";

/** Raised when the kernel refused a request, or could not be reached (`UNREACHABLE`). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  readonly traceId: string | null;

  constructor(
    code: string,
    message: string,
    { status = 0, details = null, traceId = null }: ErrorFacts = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
    this.traceId = traceId;
  }

  /** What is wrong with the source that was sent, for `INVALID_PANEL`. */
  get diagnostics(): readonly Diagnostic[] {
    const { details } = this;
    if (typeof details !== "object" || details === null || !("diagnostics" in details)) return [];
    return Array.isArray(details.diagnostics) ? (details.diagnostics as Diagnostic[]) : [];
  }

  /** Whether the save before was put beside what others did in the repository meanwhile. */
  get gaveWay(): boolean {
    const { code, details } = this;
    if (code !== "CONFLICT" || typeof details !== "object" || details === null) return false;
    return "theirs" in details;
  }
}

interface ErrorFacts {
  status?: number;
  details?: unknown;
  traceId?: string | null;
}

/** Read the error that a response carries; one without the kernel's shape keeps its status. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => null);
  if (!isErrorBody(body)) {
    return new ApiError("UNEXPECTED", `Nexus answered with status ${status}.`, { status });
  }
  const { code, message, details = null, traceId = null } = body.error;
  return new ApiError(code, message, { status, details, traceId });
}

/** Turn anything thrown into an `ApiError`, so that views know one kind. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError("UNEXPECTED", thrown instanceof Error ? thrown.message : String(thrown));
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}
