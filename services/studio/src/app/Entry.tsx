/** The way in: who is here decides what there is to see, the address in which workspace. */
import { CloudOff, DoorOpen } from "lucide-react";
import { useConnection } from "nexus-renderer";
import { lazy, Suspense, useEffect, useRef } from "react";

import { rememberWorkspace, workspaceAt } from "../account/workspaces.ts";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import { App } from "./App.tsx";
import { navigate, placeOf, usePath, workspaceOf } from "./router.ts";
import { useStore } from "./store.ts";
import { type Studio, StudioContext, useHouse } from "./studio.tsx";

// Nobody signs in most of the time, and in many places never.
const AccessPage = lazy(() => import("../account/AccessPage.tsx"));
const AcceptPage = lazy(() => import("../account/AcceptPage.tsx"));
const SignInAgain = lazy(() => import("../account/SignInAgain.tsx"));
const FirstWorkspacePage = lazy(() => import("../account/FirstWorkspacePage.tsx"));

export function Entry() {
  const { session, workspaces } = useHouse();
  const { phase } = useStore(session);
  const isHere = phase === "open" || phase === "in";
  useEffect(() => {
    if (isHere) void workspaces.load();
  }, [workspaces, isHere]);
  useUnsavedWarning();

  switch (phase) {
    case "asking":
      return null;
    case "unreachable":
      return <Unreachable onRetry={() => void session.start()} />;
    case "out":
      return (
        <Suspense fallback={null}>
          <AccessPage />
        </Suspense>
      );
    case "open":
    case "in":
    case "expired":
      return (
        <>
          <Inside />
          {phase === "expired" && (
            <Suspense fallback={null}>
              <SignInAgain />
            </Suspense>
          )}
        </>
      );
  }
}

function Inside() {
  const { session, workspaces } = useHouse();
  const { phase } = useStore(session);
  const state = useStore(workspaces);
  const path = usePath();
  if (state.phase === "loading") return null;
  if (state.phase === "failed") return <Unreachable onRetry={() => void workspaces.load()} />;
  if (placeOf(path).name === "invitation" && phase !== "open") {
    return (
      <Suspense fallback={null}>
        <AcceptPage />
      </Suspense>
    );
  }
  const id = workspaceAt(path, state.items);
  if (id === null || state.items.length === 0) {
    return (
      <Suspense fallback={null}>
        <FirstWorkspacePage />
      </Suspense>
    );
  }
  if (!state.items.some((each) => each.id === id)) return <NoSuchWorkspace id={id} />;
  return <InWorkspace key={id} id={id} />;
}

function InWorkspace({ id }: { readonly id: string }) {
  const house = useHouse();
  const { phase } = useStore(house.session);
  const path = usePath();
  const studio = house.studio(id);
  const isHere = phase !== "expired";
  useEffect(() => {
    rememberWorkspace(id);
    return () => studio.client.close();
  }, [id, studio]);
  useEffect(() => {
    if (isHere) studio.client.connect();
  }, [studio, isHere]);
  useFreshRole(studio);
  useEffect(() => {
    // An address says where it is, so that it leads others there too.
    if (workspaceOf(path) === null) navigate(placeOf(path), { replace: true, workspace: id });
  }, [path, id]);
  return (
    <StudioContext value={studio}>
      <App />
    </StudioContext>
  );
}

/** A socket goes, and may come back, because one's role is another now or none. */
function useFreshRole({ client }: Studio): void {
  const { workspaces } = useHouse();
  const isOpen = useConnection(client).phase === "open";
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current) void workspaces.load();
    wasOpen.current ||= isOpen;
  }, [isOpen, workspaces]);
}

function Unreachable({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <main>
      <Blank icon={CloudOff} title="Nexus cannot be reached" action={<Button onClick={onRetry}>Try again</Button>}>
        It may be starting, or the way to it is interrupted.
      </Blank>
    </main>
  );
}

function NoSuchWorkspace({ id }: { readonly id: string }) {
  const { workspaces } = useHouse();
  const state = useStore(workspaces);
  const other = state.phase === "ready" ? state.items[0]?.id : undefined;
  return (
    <main>
      <Blank
        icon={DoorOpen}
        title="No such workspace"
        action={
          other !== undefined && (
            <Button onClick={() => navigate({ name: "home" }, { workspace: other })}>Go to another</Button>
          )
        }
      >
        There is no workspace “{id}”, or you are not in it.
      </Blank>
    </main>
  );
}

/** Let the browser ask before a tab with unsaved text closes. */
function useUnsavedWarning(): void {
  const house = useHouse();
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (house.anyUnsaved()) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [house]);
}
