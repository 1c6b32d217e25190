/**
 * A host with components of its own, shown by a kernel in the place of the studio.
 *
 * The panel is the last part of the page's path. Used by the browser tests; to look at it, build it
 * and start `NEXUS_STUDIO=… nexus serve`.
 */
import { createRoot } from "react-dom/client";
import { type CustomComponents, NexusClient, NexusPanel, Toasts } from "../../src/index";
import * as broken from "./Broken";

const COMPONENTS: CustomComponents = {
  "acme.rating": () => import("./Rating"),
  "acme.broken": broken,
};

const client = new NexusClient({ workspaceId: "default" });
client.connect();

createRoot(document.getElementById("host") as HTMLElement).render(
  <>
    <NexusPanel
      client={client}
      panelId={location.pathname.split("/").pop() ?? ""}
      customComponents={COMPONENTS}
    />
    <Toasts source={client} />
  </>,
);
