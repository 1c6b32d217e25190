/** The studio of one workspace: the place that the address names, inside of the shell. */
import { Toasts } from "nexus-renderer";
import { lazy, Suspense, useMemo } from "react";

import { useCanWrite } from "../account/useRole.ts";
import { HomePage } from "../panels/HomePage.tsx";
import { MissingPage } from "../panels/MissingPage.tsx";
import { PanelPage } from "../panels/PanelPage.tsx";
import { useTourOffer } from "../tour/useTourOffer.ts";
import { actionsAt } from "./actions.ts";
import { Dialogs } from "./Dialogs.tsx";
import { type Place, placeOf, usePath } from "./router.ts";
import { Shell } from "./Shell.tsx";
import { useStore } from "./store.ts";
import { useHouse, useStudio } from "./studio.tsx";
import { pageTitle } from "./title.ts";
import { useFreshDirectory } from "./useFreshDirectory.ts";
import { useShortcuts } from "./useShortcuts.ts";

const CanvasPage = lazy(() => import("../canvas/CanvasPage.tsx"));
const HistoryPage = lazy(() => import("../history/HistoryPage.tsx"));
const AccountPage = lazy(() => import("../account/AccountPage.tsx"));
const MembersPage = lazy(() => import("../account/MembersPage.tsx"));
const Tour = lazy(() => import("../tour/Tour.tsx"));

export function App() {
  const studio = useStudio();
  const { phase } = useStore(useHouse().session);
  const path = usePath();
  const place = useMemo(() => placeOf(path), [path]);
  const canWrite = useCanWrite();
  const actions = useMemo(
    () => actionsAt(place, studio, { hasAccount: phase !== "open", canWrite }),
    [place, studio, phase, canWrite],
  );
  const title = useStore(pageTitle);
  useShortcuts(actions);
  useFreshDirectory(studio);

  return (
    <>
      <Shell place={place} below={<AroundHere place={place} />}>
        <Suspense fallback={null}>
          <Page place={place} />
        </Suspense>
      </Shell>
      <Dialogs place={place} actions={actions} />
      <Toasts source={studio.announcements} />
      <p role="status" className="visually-hidden">
        {title}
      </p>
    </>
  );
}

/** The tour, below whatever it shows. */
function AroundHere({ place }: { readonly place: Place }) {
  useTourOffer(place);
  const { at } = useStore(useStudio().tour);
  if (at === "off") return null;
  return (
    <Suspense fallback={null}>
      <Tour place={place} />
    </Suspense>
  );
}

function Page({ place }: { readonly place: Place }) {
  const { phase } = useStore(useHouse().session);
  switch (place.name) {
    case "home":
      return <HomePage />;
    case "panel":
      return <PanelPage key={place.id} id={place.id} pane={place.pane} />;
    case "account":
      return phase === "open" ? <NobodySignsIn /> : <AccountPage />;
    case "members":
      return phase === "open" ? <NobodySignsIn /> : <MembersPage />;
    case "invitation":
      return <NobodySignsIn />;
    case "canvas":
      return <CanvasPage />;
    case "history":
      return <HistoryPage />;
    case "missing":
      return <MissingPage title="Nothing here">The address {location.pathname} leads nowhere.</MissingPage>;
  }
}

function NobodySignsIn() {
  return <MissingPage title="Nobody signs in here">This Nexus belongs to whoever can reach it.</MissingPage>;
}
