/** A component that fails whenever it is drawn. */
export default function Broken(): never {
  throw new Error("There is no canvas.");
}
