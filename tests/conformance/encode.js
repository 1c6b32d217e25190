/**
 * Write a value of an expression as JSON, the same in both engines; README.md says how.
 *
 * QuickJS runs the text of this file, the renderer's tests import it: it uses plain JavaScript, no
 * more than one function, and nothing of its surroundings but standard built-ins.
 *
 * @param {any} value
 * @returns {any}
 */
export function encode(value) {
  switch (typeof value) {
    case "undefined":
      return { $: "undefined" };
    case "function":
      return { $: "function" };
    case "number": {
      const plain = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
      if (Object.is(value, -0)) return { $: "-0" };
      return plain ? value : { $: String(value) };
    }
    case "string": {
      if (!/[\0\p{Surrogate}]/u.test(value)) return value;
      const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
      return { $: "text", units };
    }
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => (index in value ? encode(item) : { $: "hole" }));
  }
  if (value instanceof Date) return { $: "date", time: encode(value.getTime()) };
  if (value instanceof RegExp) return { $: "regexp", source: value.source, flags: value.flags };
  const entries = Object.keys(value).map((key) => [encode(key), encode(value[key])]);
  const plain = entries.every(([key]) => typeof key === "string" && key !== "$");
  return plain ? Object.fromEntries(entries) : { $: "object", entries };
}
