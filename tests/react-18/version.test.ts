// @requirement ui.renderer
import { version as dom } from "react-dom";
import { version } from "react";
import { expect, test } from "vitest";

test("the tests here run with React 18.2, everything below them too", () => {
  expect([version, dom]).toEqual(["18.2.0", "18.2.0"]);
});
