/** The keys of the design: what each does to the chosen element, and to the panel. */
export const ELEMENT_KEYS = {
  earlier: { keys: "Alt+ArrowUp", title: "Move earlier" },
  later: { keys: "Alt+ArrowDown", title: "Move later" },
  out: { keys: "Alt+ArrowLeft", title: "Move out of its container" },
  in: { keys: "Alt+ArrowRight", title: "Move into a container beside it" },
  row: { keys: "Alt+R", title: "Make a row with its neighbour" },
  duplicate: { keys: "Mod+D", title: "Duplicate" },
  remove: { keys: "Delete", title: "Remove" },
} as const;

export const DESIGN_KEYS = {
  add: { keys: "Alt+A", title: "Add an element" },
  undo: { keys: "Mod+Z", title: "Undo" },
  redo: { keys: "Mod+Y", title: "Do again" },
} as const;
