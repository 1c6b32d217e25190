/** Something fetched for a view, and fetched again when that is asked for. */
import { useCallback, useEffect, useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";

export interface Fetched<Value> {
  /** The last that came; null before the first. */
  readonly value: Value | null;
  readonly error: ApiError | null;
  refresh(): void;
}

/** `fetch` must stay the same function while it fetches the same thing. */
export function useFetched<Value>(fetch: () => Promise<Value>): Fetched<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    let isWanted = true;
    fetch().then(
      (fetched) => {
        if (!isWanted) return;
        setValue(() => fetched);
        setError(null);
      },
      (thrown: unknown) => {
        if (isWanted) setError(asApiError(thrown));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [fetch, round]);

  const refresh = useCallback(() => setRound((last) => last + 1), []);
  return { value, error, refresh };
}
