import "@fontsource-variable/inter/index.css";
import "nexus-renderer/styles.css";
import "./design/tokens.css";
import "./design/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App.tsx";
import { createStudio, StudioProvider } from "./app/studio.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const studio = createStudio("default");
studio.client.connect();

createRoot(root).render(
  <StrictMode>
    <StudioProvider studio={studio}>
      <App />
    </StudioProvider>
  </StrictMode>,
);
