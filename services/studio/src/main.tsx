import "@fontsource-variable/inter/index.css";
import "nexus-renderer/styles.css";
import "./design/tokens.css";
import "./design/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Session } from "./account/session.ts";
import { Entry } from "./app/Entry.tsx";
import { createHouse, HouseContext } from "./app/studio.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const house = createHouse(new Session());
void house.session.start();

createRoot(root).render(
  <StrictMode>
    <HouseContext value={house}>
      <Entry />
    </HouseContext>
  </StrictMode>,
);
