/** Offers the tour on the list of panels to who can make one and was never asked. */
import { useEffect } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { Place } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { hasToured } from "./tour.ts";

export function useTourOffer(place: Place): void {
  const { directory, tour } = useStudio();
  const session = useStore(useHouse().session);
  const { phase } = useStore(directory);
  const isWanted = useCanWrite() && place.name === "home" && phase === "ready" && !hasToured(session);
  useEffect(() => {
    if (isWanted && tour.get().at === "off") tour.set({ at: "offer" });
  }, [isWanted, tour]);
}
