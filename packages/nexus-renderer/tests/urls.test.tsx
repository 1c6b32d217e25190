// @requirement ui.renderer
/** Links and pictures: which addresses they use, and what is drawn of the others. */
import { screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import vectors from "../../../tests/conformance/urls.json";
import { checkUrl, type UrlKind } from "../src/model/url";
import { draw } from "./support/render";
import { el, panel } from "./support/parse";

const cases = vectors.cases.map(({ kind, url, allowed }) => ({
  kind: kind as UrlKind,
  url,
  allowed,
  name: JSON.stringify(url.slice(0, 40)),
}));

describe("an address", () => {
  test.each(cases)("$kind $name is allowed: $allowed", ({ kind, url, allowed }) => {
    expect(checkUrl(url, kind).allowed).toBe(allowed);
  });

  test.each(cases.filter((each) => !each.allowed))("$kind $name is drawn inert", (each) => {
    const { container } = draw(
      panel(
        each.kind === "link"
          ? el("Link", { label: "words", href: "{$state.url}" })
          : el("Image", { alt: "words", src: "{$state.url}" }),
      ),
      { url: each.url },
    );
    expect(container.querySelector("a, img")).toBeNull();
    expect(screen.getByText("words").title).toMatch(/^This address is not allowed: /);
  });

  test("that is a path is refused where the page's base is another host", () => {
    const base = document.head.appendChild(document.createElement("base"));
    base.href = "https://evil.test/";
    expect(checkUrl("/docs", "link")).toEqual({
      allowed: false,
      reason: "This address is not allowed: it leads to another host",
    });
    base.remove();
  });
});

describe("Link", () => {
  test("to another host opens beside the page and gives nothing of it away", () => {
    draw(panel(el("Link", { href: "https://example.org/" }, "Docs")));
    const link = screen.getByRole("link", { name: "Docs (opens beside this page)" });
    expect([link.getAttribute("target"), link.getAttribute("rel")]).toEqual([
      "_blank",
      "noopener noreferrer",
    ]);
  });

  test.each(["/docs", "mailto:ada@example.org", `${location.origin}/docs`])("to %s stays in the page", (href) => {
    draw(panel(el("Link", { label: "Go", href })));
    const link = screen.getByRole("link", { name: "Go" });
    expect([link.getAttribute("href"), link.getAttribute("target")]).toEqual([href, null]);
  });
});

describe("Image", () => {
  test("shows a picture of the same host, with what it shows as its name", () => {
    draw(panel(el("Image", { src: "/logo.png", alt: "The logo" })));
    expect(screen.getByRole("img", { name: "The logo" }).getAttribute("src")).toBe("/logo.png");
  });
});
