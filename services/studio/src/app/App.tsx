/** The studio as a whole: the place that the address names, inside of the shell. */
import { Toasts } from "nexus-renderer";
import { useEffect, useMemo } from "react";

import { HomePage } from "../panels/HomePage.tsx";
import { MissingPage } from "../panels/MissingPage.tsx";
import { PanelPage } from "../panels/PanelPage.tsx";
import { actionsAt } from "./actions.ts";
import { Dialogs } from "./Dialogs.tsx";
import { type Place, placeOf, usePath } from "./router.ts";
import { Shell } from "./Shell.tsx";
import { useStore } from "./store.ts";
import { useStudio } from "./studio.tsx";
import { pageTitle } from "./title.ts";
import { useFreshDirectory } from "./useFreshDirectory.ts";
import { useShortcuts } from "./useShortcuts.ts";

export function App() {
  const studio = useStudio();
  const path = usePath();
  const place = useMemo(() => placeOf(path), [path]);
  const actions = useMemo(() => actionsAt(place, studio), [place, studio]);
  const title = useStore(pageTitle);
  useShortcuts(actions);
  useFreshDirectory(studio);
  useUnsavedWarning();

  return (
    <>
      <Shell place={place}>
        <Page place={place} />
      </Shell>
      <Dialogs place={place} actions={actions} />
      <Toasts source={studio.client} />
      <p role="status" className="visually-hidden">
        {title}
      </p>
    </>
  );
}

function Page({ place }: { readonly place: Place }) {
  switch (place.name) {
    case "home":
      return <HomePage />;
    case "panel":
      return <PanelPage key={place.id} id={place.id} source={place.source} />;
    case "missing":
      return <MissingPage title="Nothing here">The address {place.path} leads nowhere.</MissingPage>;
  }
}

/** Let the browser ask before a tab with unsaved text closes. */
function useUnsavedWarning(): void {
  const { drafts } = useStudio();
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (drafts.anyUnsaved()) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [drafts]);
}
