// @requirement ui.renderer
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "../src/expressions/budget";
import { evaluate } from "../src/expressions/evaluate";
import { tree } from "./support/parse";

const STATE = {
  n: 3,
  name: "Ada",
  nothing: null,
  tags: ["b", "a", "c"],
  user: { name: "Ada", address: { city: "London" } },
  rows: [
    { id: 1, title: "Milk", done: false, price: 1.5 },
    { id: 2, title: "Bread", done: true, price: 2.25 },
    { id: 3, title: "Tea", done: false, price: 4 },
  ],
};
const SCOPE = { item: STATE.rows[1], index: 1 };

const root = (members: Record<string, unknown>) => ({
  member: (key: string) => (Object.hasOwn(members, key) ? members[key] : undefined),
  whole: () => members,
});

function run(source: string, state: Record<string, unknown> = STATE): unknown {
  return evaluate(tree(source), { $state: root(state), $scope: root(SCOPE) });
}

/** What the browser itself makes of the same text. */
function native(source: string): unknown {
  return new Function("$state", "$scope", `return (${source});`)(
    structuredClone(STATE),
    structuredClone(SCOPE),
  );
}

const AGREES = [
  "1 + 2 * 3",
  "2 ** 10",
  "7 % 4",
  "-$state.n",
  "+'4'",
  "~5",
  "!$state.n",
  "void 0",
  "typeof $state.n",
  "typeof $state.rows",
  "typeof $state.missing",
  "1 < 2",
  "'a' < 'b'",
  "1 == '1'",
  "1 === '1'",
  "null == undefined",
  "5 & 3 | 8",
  "1 << 4",
  "-16 >> 2",
  "-1 >>> 28",
  "'id' in $state.rows[0]",
  "'x' + 1 + 2",
  "[1,2] + ''",
  "$state.n > 2 ? 'many' : 'few'",
  "$state.nothing ?? 'none'",
  "$state.n && $state.name",
  "0 || 'or'",
  "$state.user.address.city",
  "$state.user['name']",
  "$state['us' + 'er'].name",
  "$state.user?.missing?.deep",
  "$state.nothing?.anything.at.all",
  "$state.nothing?.method()",
  "$state.missing?.[0]",
  "$state.user.missing?.()",
  "($state.nothing?.a)?.b",
  "$state.tags.length",
  "$state.name.length",
  "$state.name[0]",
  "$state.rows[5]",
  "$state.tags.map(t => t.toUpperCase())",
  "$state.tags.toSorted().join('-')",
  "$state.rows.filter(r => !r.done).length",
  "$state.rows.reduce((sum, { price }) => sum + price, 0)",
  "$state.rows.find(r => r.id === 2).title",
  "$state.rows.map(({ id, ...rest }) => ({ key: id, ...rest }))",
  "$state.rows.map(r => r.price).toSorted((a, b) => b - a)",
  "$state.rows.some(r => r.done) && !$state.rows.every(r => r.done)",
  "$state.rows.flatMap(r => [r.id, r.id])",
  "[[1, [2]], [3]].flat(Infinity)",
  "[...$state.tags, ...'xy']",
  "[1, 2, 3].includes(2)",
  "[3, 1, 2].sort()",
  "[1, 2, 3].reverse()",
  "[1, 2, 3].at(-1)",
  "[1, 2, 3].slice(1)",
  "[...[7, 8].entries()]",
  "Array.from({ length: 3 }, (_, i) => i * i)",
  "Array.from('abc')",
  "Array.isArray([])",
  "Array.of(1, 2)",
  "((a, b = a * 2, ...c) => [a, b, c])(1, undefined, 3, 4)",
  "(([a, , b], { c: { d } }) => a + b + d)([1, 2, 3], { c: { d: 4 } })",
  "[1, 2].map(n => m => n * m).map(f => f(10))",
  "Object.keys($state.user)",
  "Object.entries({ a: 1, b: [2] })",
  "Object.values({ a: 1 })",
  "Object.fromEntries([['a', 1]])",
  "Object.assign({}, { a: 1 }, { b: 2 })",
  "({ ...$state.user, name: 'Bob', ['k' + 1]: 2 })",
  "JSON.stringify($state.user)",
  "JSON.parse('[1, {\"a\": 2}]')",
  "JSON.stringify({ a: 1 }, null, 2)",
  "JSON.stringify(undefined)",
  "Math.max(...$state.rows.map(r => r.price))",
  "Math.round(2.5)",
  "Math.PI",
  "Number('12.5')",
  "Number.isInteger(3)",
  "(1234.5678).toFixed(2)",
  "(255).toString(16)",
  "parseInt('12px')",
  "parseInt('ff', 16)",
  "parseFloat('1.5e3x')",
  "isNaN('x')",
  "isFinite(1 / 0)",
  "String(null)",
  "String([1, [2, 3]])",
  "Boolean('')",
  "['1', '', '3'].filter(Boolean).map(Number)",
  "`${$state.name} has ${$state.rows.length} rows`",
  "'a-b-c'.split('-')",
  "'a-b-c'.replace(/-/g, '+')",
  "'a-b-c'.replaceAll('-', '$&$&')",
  "'abc'.replace(/(b)/, (m, x) => x.toUpperCase())",
  "/^\\w+@\\w+\\.\\w+$/.test('ada@example.org')",
  "'x1y22'.match(/\\d+/g)",
  "'x1y22'.match(/\\d/)[0]",
  "[...'x1y22'.matchAll(/\\d+/g)].map(m => m[0])",
  "/^(\\d{1,3}\\.){3}\\d{1,3}$/.test('10.0.0.1')",
  "'abc'.padStart(5, '*')",
  "'ab'.repeat(3)",
  "' x '.trim()",
  "'Hello'.slice(1, -1)",
  "'a,b'.split(',').length",
  "'foofoobar'.match(/(?:foo|bar)+/)[0]",
  "new Date(0).toISOString()",
  "new Date(2026, 0, 31).getMonth()",
  "new Date('2026-02-01') - new Date('2026-01-01')",
  "Date.UTC(2026, 1, 1)",
  "new Date(0) instanceof Date",
  "[] instanceof Array",
  "({}) instanceof Date",
  "NaN",
  "Infinity",
  "undefined",
  "$scope.item.title + $scope.index",
  "$state.user.hasOwnProperty('name')",
  "(() => 1)()",
  "null",
  "'quote\\'d'",
  "1_000",
  "typeof (() => 1)",
];

describe("an expression", () => {
  test.each(AGREES)("gives what JavaScript gives: %s", (source) => {
    expect(run(source)).toEqual(native(source));
  });

  test("of generated arithmetic gives what JavaScript gives", () => {
    const leaf = fc.oneof(
      fc.integer({ min: -9, max: 9 }).map((n) => `(${n})`),
      fc.constantFrom("$state.n", "$state.name", "null", "true", "'7'"),
    );
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc
          .tuple(
            tie("node"),
            fc.constantFrom("+", "-", "*", "%", "&&", "||", "??", "<", "===", "=="),
            tie("node"),
          )
          .map(([a, o, b]) => `((${a}) ${o} (${b}))`),
        fc.tuple(tie("node"), tie("node"), tie("node")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => `[${a}, ${b}].map(x => x ?? 0).join()`),
      ),
    }));
    fc.assert(
      fc.property(node, (source) => {
        expect(run(source)).toEqual(native(source));
      }),
      { numRuns: 400 },
    );
  });

  test("leaves the state as it is when it may not change it", () => {
    const state = { tags: ["b", "a"], user: { name: "Ada" } };
    const before = structuredClone(state);
    for (const source of ["$state.tags.sort()", "$state.tags.push(1)", "[$state.user].map(u => Object.assign(u, {name: 1}))"]) {
      expect(() => run(source, state)).toThrow(/the state cannot be changed/);
    }
    expect(state).toEqual(before);
  });
});

const REFUSED: [string, RegExp][] = [
  ["$state.constructor", /constructor is not allowed/],
  ["$state.user.constructor.constructor('alert(1)')()", /constructor is not allowed/],
  ["$state.user['__pro' + 'to__']", /__proto__ is not allowed/],
  ["[]['constructor']", /constructor is not allowed/],
  ["(() => 1).constructor", /constructor is not allowed/],
  ["Math.constructor", /constructor is not allowed/],
  ["({ ['__proto__']: 1 })", /__proto__ is not allowed/],
  ["Object.fromEntries([['__proto__', 1]])", /__proto__ is not allowed/],
  ['JSON.parse(\'{"__proto__": {"x": 1}}\')', /__proto__ is not allowed/],
  ["(({ constructor }) => constructor)({})", /constructor is not allowed/],
  ["window", /window is not defined/],
  ["globalThis.alert(1)", /globalThis is not defined/],
  ["toString", /toString is not defined/],
  ["__proto__", /__proto__ is not defined/],
  ["fetch('/')", /fetch is not defined/],
  ["Object.getPrototypeOf({})", /getPrototypeOf is not a function/],
  ["Object.defineProperty({}, 'a', {})", /defineProperty is not a function/],
  ["Function('return 1')()", /Function is not defined/],
  ["(() => 1).call(null)", /call is not a function/],
  ["(() => 1).bind({})", /bind is not a function/],
  ["$state.tags.splice(0)", /the state cannot be changed/],
  ["[...$state.rows][0].tags.push(1)", /cannot read "push"/],
  ["Object.assign([], { length: 4e9 }).join()", /too many steps/],
  ["JSON.stringify({ toJSON: () => [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0].reduce(a => [a, a], 'x') })", /too many steps/],
  ["new Array(1)", /only new Date/],
  ["$state.missing.name", /cannot read "name" of undefined/],
  ["$state.nothing.name", /cannot read "name" of null/],
  ["$state.name()", /name is not a function/],
  ["'x'.match('(a+)+$')", /can match in several ways/],
  ["/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", /can match in several ways/],
  ["/(a|a)*b/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')", /can match in several ways/],
  ["/(a|b|ab)*c/.test('abababababababababababababababab')", /can match in several ways/],
  ["/(?:a?){30}a{30}/.test('a'.repeat(30))", /too long for/],
  ["/(.*)*x/.test('y')", /can match in several ways/],
  ["/a*a*a*b/.test('a'.repeat(5000))", /too long for/],
  ["'x'.repeat(1e9)", /grows too long/],
  ["'x'.padEnd(1e9)", /grows too long/],
  ["Array.from({ length: 1e9 })", /too many steps/],
  ["Array(1e9)", /too many steps/],
  ["Array.from({ length: 3e3 }).map(() => Array.from({ length: 3e3 }))", /too many steps/],
  [
    "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0].reduce(a => [a, a], 'x').flat(99)",
    /too many steps/,
  ],
  [
    "JSON.stringify([0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0].reduce(a => [a, a], 'x'))",
    /too many steps/,
  ],
  [
    "`${[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0].reduce(a => [a, a], 'x')}`",
    /too many steps/,
  ],
  ["Array.from({ length: 40 }).reduce(s => s + s, 'x')", /grows too long/],
  ["'a'.repeat(1e4).replaceAll('a', 'b'.repeat(1e4))", /grows too long/],
  ["(f => f(f))(f => f(f))", /.*/],
];

describe("a hostile or broken expression", () => {
  test.each(REFUSED)("ends with an error: %s", (source, message) => {
    expect(() => run(source)).toThrow(message);
  });

  test("of a node type that does not exist ends with an error", () => {
    const hostile = { type: "AssignmentExpression", left: {}, right: {} } as never;
    expect(() => evaluate(hostile, { $state: root({}), $scope: root({}) })).toThrow(
      /not part of an expression/,
    );
  });

  test("cannot touch an object of the page", () => {
    expect(() =>
      run("$state.page.location.href", { page: { location: globalThis.document } }),
    ).toThrow(/cannot be used/);
  });

  test("stops after as many steps as its budget has", () => {
    const environment = { $state: root(STATE), $scope: root({}) };
    expect(() => evaluate(tree("$state.rows.map(r => r.id)"), environment, new Budget(5))).toThrow(
      /too many steps/,
    );
  });
});

describe("the reads of an expression", () => {
  function reads(source: string): string[] {
    const found = new Set<string>();
    const record = (name: string, path: readonly string[]): void =>
      void found.add([name, ...path].join("."));
    try {
      evaluate(tree(source), { $state: root(STATE), $scope: root(SCOPE), record });
    } catch {
      // A failed evaluation has reads too.
    }
    return [...found].sort();
  }

  test.each([
    ["$state.user.address.city", ["$state.user.address.city"]],
    ["$state.rows[1].title", ["$state.rows.1.title"]],
    ["$state.rows.length", ["$state.rows.length"]],
    ["$state.rows.filter(r => r.price > $state.n)", ["$state.n", "$state.rows"]],
    ["$scope.item.done ? $state.name : 0", ["$scope.item.done", "$state.name"]],
    ["$state.nothing?.deep", ["$state.nothing"]],
    ["$state.missing.deep", ["$state.missing.deep"]],
    ["Object.keys($state).length", ["$state"]],
  ])("go as deep as it goes: %s", (source, expected) => {
    expect(reads(source)).toEqual(expected);
  });
});
