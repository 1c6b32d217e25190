// @requirement ui.renderer
/** Text in Markdown: what becomes of it, and what nothing becomes of. */
import { act, render, screen, waitFor } from "@testing-library/react";
import fc from "fast-check";
import { renderToString } from "react-dom/server";
import { describe, expect, test } from "vitest";
import vectors from "../../../tests/conformance/urls.json";
import { NXMLRenderer } from "../src/index";
import { MAX_NODES } from "../src/react/components/prose-tree";
import { Prose } from "../src/react/components/prose";
import { MemoryPanel } from "../src/testing";
import { draw } from "./support/render";
import { el, panel } from "./support/parse";

const PANEL = panel(el("Markdown", { content: "{$state.text}" }));

/** What a text becomes, as HTML without class names. */
function html(text: string): string {
  const { container } = render(<Prose text={text} level={3} />);
  return container.innerHTML.replace(/ class="[^"]*"/g, "");
}

async function drawn(text: string): Promise<HTMLElement> {
  const { container } = draw(PANEL, { text });
  await waitFor(() => expect(container.querySelector(".nx-markdown-plain")).toBeNull());
  return container.querySelector(".nx-markdown") as HTMLElement;
}

describe("the usual marks", () => {
  test.each([
    ["a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>"],
    ["one\n\ntwo  \nthree", "<p>one</p><p>two<br>three</p>"],
    ["> quote", "<blockquote><p>quote</p></blockquote>"],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["***", "<hr>"],
    ["```py\nx = 1\n```", "<div><div>py</div><pre><code>x = 1</code></pre></div>"],
    [
      "|a|b|\n|-|-:|\n|1|2|",
      '<div><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' +
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>",
    ],
    ["&amp; \\*", "<p>&amp; *</p>"],
  ])("%j", (text, expected) => {
    expect(html(text)).toBe(expected);
  });

  test("of a task say whether it is done", () => {
    render(<Prose text={"- [x] one\n- [ ] two\n- [y] three"} level={3} />);
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      "one",
      "two",
      "[y] three",
    ]);
    expect(screen.getAllByRole("img").map((box) => box.getAttribute("aria-label"))).toEqual(["Done", "To do"]);
  });
});

describe("headings", () => {
  test.each([
    ["# a\n## b\n### c", ["H3", "H4", "H5"]],
    ["## a\n#### b\n# c\n## d", ["H3", "H4", "H3", "H4"]],
    ["# a\n## b\n### c\n#### d\n##### e\n###### f", ["H3", "H4", "H5", "H6", "H6", "H6"]],
  ])("%j go on from the panel's without a gap", (text, levels) => {
    render(<Prose text={text} level={3} />);
    expect(screen.getAllByRole("heading").map(({ tagName }) => tagName)).toEqual(levels);
  });

  test("begin one below the title of a container", async () => {
    draw(panel(el("Container", { title: "Notes" }, el("Markdown", { content: "# Today" }))));
    await screen.findByRole("heading", { name: "Today", level: 4 });
  });
});

describe("an address", () => {
  /** Any text as a destination, each character of it as its number. */
  const spelled = (url: string): string =>
    [...url].map((character) => `&#${character.codePointAt(0)};`).join("");
  const cases = vectors.cases.filter(({ url }) => url !== "" && !url.includes("\0") && url.length < 9_000);

  test.each(cases.filter(({ kind }) => kind === "link"))("link $url: $allowed", ({ url, allowed }) => {
    const { container } = render(<Prose text={`[words](<${spelled(url)}>)`} level={3} />);
    expect(container.querySelectorAll("a[href]")).toHaveLength(allowed ? 1 : 0);
    expect(container.textContent).toMatch(/^words/);
  });

  test.each(cases.filter(({ kind }) => kind === "image"))("image $url: $allowed", ({ url, allowed }) => {
    const { container } = render(<Prose text={`![words](<${spelled(url)}>)`} level={3} />);
    expect(container.querySelectorAll("img")).toHaveLength(allowed ? 1 : 0);
  });

  test.each([
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&colon;alert(1))",
    "[a](java&#10;script&#58;alert(1))",
    "[a](<java\\script:alert(1)>)",
    "[a][b]\n\n[b]: data:text/html,<script>alert(1)</script>",
    "[b]\n\n[b]: <vbscript:x>",
    "<javascript:alert(1)>",
    "[![a](https://evil.test/a.png)](javascript:alert(1))",
  ])("%j leads nowhere", (text) => {
    const { container } = render(<Prose text={text} level={3} />);
    expect(container.querySelector("a, img")).toBeNull();
  });

  test("of another host opens beside the page and gives nothing of it away", () => {
    render(<Prose text="see https://example.org/a?b=1." level={3} />);
    const link = screen.getByRole("link");
    expect(
      ["href", "target", "rel"].map((name) => link.getAttribute(name)),
    ).toEqual(["https://example.org/a?b=1", "_blank", "noopener noreferrer"]);
  });
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onclick=alert(1)>b</b> c",
  "<!-- c --><iframe srcdoc='x'></iframe>",
  "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
])("HTML stands there as it is written: %j", (text) => {
  const { container } = render(<Prose text={text} level={3} />);
  expect(container.textContent).toBe(text);
  expect(container.querySelectorAll(":not(p)")).toHaveLength(0);
});

describe("what would hang a page", () => {
  const shapes: Record<string, string> = {
    quotes: `${">".repeat(10_000)}a`,
    brackets: "[".repeat(50_000),
    stars: `${"*".repeat(50_000)}a`,
    emphasis: "*a **b ".repeat(7_000) + "b** a*".repeat(7_000),
    links: "[a](".repeat(25_000),
    references: "[a][".repeat(25_000),
    lists: `${"- ".repeat(40_000)}a`,
    numbers: `${"1. ".repeat(33_000)}a`,
    pictures: "![".repeat(20_000) + "](a)".repeat(10_000),
    ticks: Array.from({ length: 440 }, (_, n) => "`".repeat(n + 1)).join(" "),
    markup: "<a ".repeat(33_000),
    table: `${"|a".repeat(500)}\n${"|-".repeat(500)}\n${`${"|b".repeat(500)}\n`.repeat(90)}`,
    lines: "- a\n".repeat(25_000),
  };

  test.each(Object.entries(shapes))("%s: is drawn as what is allowed", (_, text) => {
    const { container } = render(<Prose text={text.slice(0, 100_000)} level={3} />);
    expect(container.querySelectorAll("*").length).toBeLessThan(3 * MAX_NODES);
    expect(container.textContent.trim()).not.toBe("");
  });

  test.each(["quotes", "lists", "numbers"])("%s in one another say that there is more", (shape) => {
    render(<Prose text={shapes[shape] as string} level={3} />);
    expect(screen.getByText("Some of it is nested too deep to be shown.")).toBeTruthy();
  });

  test("many parts say that there are more", () => {
    render(<Prose text={shapes.lines as string} level={3} />);
    expect(screen.getByText("This text has too many parts to be shown whole.")).toBeTruthy();
  });

  test("marks in marks lose their marks, and no text", () => {
    const text = "*a **b ".repeat(100) + "b** a* ".repeat(100);
    const words = render(<Prose text={text} level={3} />).container.textContent;
    expect(words?.replace(/[^ab]/g, "")).toBe("ab".repeat(100) + "ba".repeat(100));
  });

  test("a megabyte is cut, and says where", async () => {
    const element = await drawn("word ".repeat(200_000));
    expect(element.textContent).toContain("Only the first 100,000 of 1,000,000 characters are shown.");
    expect(element.textContent?.length).toBeLessThan(101_000);
  });
});

const KINDS = new Set(
  "p em strong del code pre div blockquote h3 h4 h5 h6 ul ol li br hr a span svg circle path".split(" "),
);

test("of any text nothing becomes but the elements of a text", () => {
  const marks = fc.constantFrom("*", "_", "[", "]", "(", ")", "<", ">", "`", "#", "-", "|", "!", "\n", " ", "~", "1.", "a", "&#x0;", "\\", "http://a.b", "\u202e");
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 200 }), (parts) => {
      const { container, unmount } = render(<Prose text={parts.join("")} level={3} />);
      const kinds = [...container.querySelectorAll("*")].map(({ localName }) => localName);
      unmount();
      expect(kinds.filter((kind) => !KINDS.has(kind))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

describe("in a panel", () => {
  test("the text is formatted once what formats it is loaded", async () => {
    const element = await drawn("**bold**");
    expect(element.innerHTML).toBe("<p><strong>bold</strong></p>");
  });

  test("a server gives the text as it is written", () => {
    const ast = panel(el("Markdown", { content: "**bold**" }));
    expect(renderToString(<NXMLRenderer ast={ast} store={new MemoryPanel(ast)} />)).toContain(
      ">**bold**</div>",
    );
  });

  test("a text with the variant markdown is formatted too", async () => {
    const { container } = draw(panel(el("Text", { content: "**bold**", variant: "markdown" })));
    await waitFor(() => expect(container.querySelector("strong")?.textContent).toBe("bold"));
  });

  test("a text that grows keeps the elements that it has", async () => {
    const { container, store } = draw(PANEL, { text: "# One\n\nfirst **wo" });
    await waitFor(() => expect(container.querySelector("h3")).not.toBeNull());
    const [heading, paragraph] = container.querySelectorAll("h3, p");
    act(() => store.patch({ op: "replace", path: "/text", value: "# One\n\nfirst **word**\n\nsecond" }));
    expect([...container.querySelectorAll("h3, p")].slice(0, 2)).toEqual([heading, paragraph]);
    expect(container.querySelector(".nx-markdown")?.textContent).toBe("Onefirst wordsecond");
  });
});
