/** Something that a person started: whether it is under way, and why it failed. */
import { useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";

export interface Task<Args extends readonly unknown[]> {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  /** Run it, unless it is under way; says whether it succeeded. */
  run(...args: Args): Promise<boolean>;
}

export function useTask<Args extends readonly unknown[]>(
  task: (...args: Args) => Promise<unknown>,
): Task<Args> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (...args: Args): Promise<boolean> => {
    if (isBusy) return false;
    setBusy(true);
    setError(null);
    try {
      await task(...args);
      return true;
    } catch (thrown) {
      setError(asApiError(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, run };
}
