/** Every component in every state, to look at: `npm run gallery`. `?theme=dark` chooses the theme. */
import { createRoot } from "react-dom/client";
import { NXMLRenderer, ThemeProvider, Toasts } from "../src/index";
import { MemoryPanel } from "../src/testing";
import { AST, STATE } from "./gallery-panel";
import * as broken from "./host/Broken";

const store = new MemoryPanel(AST, STATE, {
  toast: () => (store.emit("toast", { text: "Changes saved", level: "success" }), []),
  fail: () => Promise.reject(new Error("the handler ran longer than its 2,000 ms")),
  slow: () => new Promise((resolve) => setTimeout(resolve, 2_000, [])),
});
const theme = new URLSearchParams(location.search).get("theme");
document.documentElement.dataset.theme = theme ?? "";
createRoot(document.getElementById("gallery") as HTMLElement).render(
  <ThemeProvider theme={theme === "dark" || theme === "light" ? theme : "system"}>
    <NXMLRenderer ast={AST} store={store} customComponents={{ "acme.broken": broken }} />
    <Toasts source={store} />
  </ThemeProvider>,
);
