// The guest's half of the bridge: what a handler sees, and what of it the host is told.
//
// It runs once while the snapshot is made and is frozen into it. `start` takes the header of a
// job, `resume` the answers the handler waited for, and `collect` gives the segment as one JSON
// text: operations on the state, events, logs, requests, the value or the error. Nothing here is
// trusted: the host checks grants, limits and values again on what comes out. What is checked here
// is checked so that the handler gets an error with its own line in it.
//
// A handler may change any built-in before the bridge uses it. So everything used after the boot
// is taken here, methods are called through Reflect.apply or stand on the object itself, lists are
// walked by index (iterators can be replaced), and intrinsic prototypes take no new members.
(native => {
"use strict";

// ---- built-ins, as they were at boot ------------------------------------------------------------

const { apply, ownKeys, get: reflectGet, defineProperty: reflectDefine, getPrototypeOf } = Reflect;
const { keys: objectKeys, hasOwn, freeze, defineProperty, preventExtensions } = Object;
const { isArray, prototype: ArrayPrototype } = Array;
const { stringify } = JSON;
const { isInteger, isFinite } = Number;
const { now: dateNow } = Date;
const { isError } = Error;
const ObjectPrototype = Object.prototype;
const { sort, toSpliced } = ArrayPrototype;
const join = ArrayPrototype.join;
const ProxyOf = Proxy, PromiseOf = Promise, ErrorOf = Error, TypeErrorOf = TypeError;
const RangeErrorOf = RangeError, StringOf = String, MapOf = Map, WeakMapOf = WeakMap;
const BigIntOf = BigInt;
const { isWellFormed, toWellFormed, includes, slice, replaceAll } = String.prototype;
const toHex = Number.prototype.toString;
const test = RegExp.prototype.test;
const NONE = freeze([]);
const NOTHING_CHANGED = freeze([0, 0]);
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const MAX_DEPTH = 64;
const MAX_TEXT = 8192;

// Defined, not assigned: what a handler froze further up would refuse an assignment.
const own = (object, name, value) => { reflectDefine(object, name, { __proto__: null, value }); };

// Maps of the bridge carry their methods themselves, out of reach of their prototypes.
const { get: mapGet, set: mapSet, delete: mapDelete } = Map.prototype;
const { get: weakGet, set: weakSet } = WeakMap.prototype;
const newMap = () => {
  const map = new MapOf();
  own(map, "get", mapGet);
  own(map, "set", mapSet);
  own(map, "delete", mapDelete);
  return map;
};
const newWeakMap = () => {
  const map = new WeakMapOf();
  own(map, "get", weakGet);
  own(map, "set", weakSet);
  return map;
};

const isContainer = value => typeof value === "object" && value !== null;
const truncated = text => text.length > MAX_TEXT ? apply(slice, text, [0, MAX_TEXT]) + "…" : text;

// What may be told: no half surrogate pairs, of which cutting makes some, and no U+0000.
const cleanText = text => {
  if (apply(isWellFormed, text, NONE) && !apply(includes, text, ["\0"])) return text;
  return apply(replaceAll, apply(toWellFormed, text, NONE), ["\0", "\ufffd"]);
};

const told = value => cleanText(truncated(StringOf(value)));

// ---- errors -------------------------------------------------------------------------------------

const codes = newWeakMap(); // only errors in here have their code believed

const addField = (error, name, value) => {
  defineProperty(error, name, { value, enumerable: true, configurable: true, writable: true });
};

const coded = (code, message) => {
  const error = new ErrorOf(message);
  addField(error, "code", code);
  codes.set(error, code);
  return error;
};

const overLimit = name => coded("RESOURCE_LIMIT", `more than the limit ${name} allows`);

const denied = capability => coded("PERMISSION_DENIED", `${capability} is not granted to ${job.name}`);

const textOf = value => {
  try { return told(value); } catch { return "something that has no text"; }
};

const codeOf = (error, name, message) => {
  const code = codes.get(error);
  if (code !== undefined) return code;
  if (name === "RangeError" && message === "Maximum call stack size exceeded") return "STACK_OVERFLOW";
  if (name === "InternalError" && (message === "out of memory" || message === "string too long")) return "MEMORY_LIMIT";
  if (name === "RangeError" && message === "BigInt is too large to allocate") return "MEMORY_LIMIT";
  return undefined;
};

// What the host is told of something thrown. Reading it may run the handler's code, which is
// under the deadline like all else.
const describe = thrown => {
  if (!isError(thrown)) return { message: `thrown: ${textOf(thrown)}` };
  let name = "Error", message = "", stack;
  try {
    name = told(thrown.name);
    message = told(thrown.message);
    if (typeof thrown.stack === "string") stack = told(thrown.stack);
  } catch {
    message ||= "an error that cannot be read";
  }
  const code = codeOf(thrown, name, message);
  const text = name === "Error" || code !== undefined ? message : `${name}: ${message}`;
  return { code, message: text, stack };
};

// ---- values that may cross ----------------------------------------------------------------------

const FORBIDDEN_KEYS = freeze({ __proto__: null, ["__proto__"]: true, prototype: true, constructor: true });

const unserialisable = (path, what) => {
  const place = path.length > 120 ? `${apply(slice, path, [0, 120])}…` : path;
  return coded("SERIALIZATION_ERROR", `${place} is ${what}`);
};

const checkText = (text, path) => {
  if (!apply(isWellFormed, text, NONE)) throw unserialisable(path, "text with half a surrogate pair");
  if (apply(includes, text, ["\0"])) throw unserialisable(path, "text with U+0000");
  return text;
};

const checkKey = (key, path) => {
  if (FORBIDDEN_KEYS[key] === true) throw unserialisable(`${path}.${key}`, "a name that is not allowed");
  return checkText(key, `a name in ${path}`);
};

const checkNumber = (number, path) => {
  if (!isFinite(number)) throw unserialisable(path, `${number}, which is no JSON number`);
  if (isInteger(number) && (number > MAX_SAFE || number < -MAX_SAFE) && number < 1e21 && number > -1e21) {
    throw unserialisable(path, "an integer beyond ±(2^53−1)");
  }
  return number === 0 ? 0 : number; // JSON has no −0
};

const tooDeep = path => unserialisable(path, `nested deeper than ${MAX_DEPTH} levels`);

const kindOf = value => {
  const name = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${truncated(name)}` : "an exotic object";
};

const member = (path, key) => `${path}.${key}`;
const item = (path, index) => `${path}[${index}]`;

// Turn a handler's value into plain data of our own, or throw what of it cannot be. `inner` copies
// what is inside; `above` are the objects around, to tell a cycle from depth.
const copyContainer = (value, path, above, inner) => {
  for (let i = 0; i < above.length; i++) {
    if (above[i] === value) throw unserialisable(path, "part of a cycle");
  }
  if (above.length >= MAX_DEPTH) throw tooDeep(path);
  above[above.length] = value;
  const result = isArray(value) ? copyList(value, path, above, inner) : copyObject(value, path, above, inner);
  above.length -= 1;
  return result;
};

const copyList = (list, path, above, inner) => {
  const length = list.length, result = [];
  for (let i = 0; i < length; i++) {
    const value = list[i];
    result[i] = value === undefined ? null : inner(value, item(path, i), above);
  }
  return result;
};

const copyObject = (object, path, above, inner) => {
  const prototype = getPrototypeOf(object);
  if (prototype !== ObjectPrototype && prototype !== null) throw unserialisable(path, kindOf(object));
  const names = objectKeys(object), result = {};
  for (let i = 0; i < names.length; i++) {
    const name = checkKey(names[i], path), value = object[name];
    if (value !== undefined) result[name] = inner(value, member(path, name), above);
  }
  return result;
};

const copyPrimitive = (value, path) => {
  switch (typeof value) {
    case "string": return checkText(value, path);
    case "number": return checkNumber(value, path);
    case "boolean": return value;
    case "object": return null;
    default: throw unserialisable(path, `a ${typeof value}`);
  }
};

const copyInner = (value, path, above) => {
  if (!isContainer(value)) return copyPrimitive(value, path);
  const node = nodes.get(value);
  if (node === undefined || node === root) return copyContainer(value, path, above, copyInner);
  checkHeight(node, path, above);
  return plainCopy(node);
};

const copy = (value, path) => copyInner(value, path, []);

const deepFreeze = value => {
  if (!isContainer(value)) return value;
  const names = objectKeys(value);
  for (let i = 0; i < names.length; i++) deepFreeze(value[names[i]]);
  return freeze(value);
};

// ---- the state ----------------------------------------------------------------------------------
//
// A node stands for one list or object of the state that the handler has looked at. `base` is its
// plain content at the last commit; `content` a shallow copy of it, made when a child is looked at
// or changed, whose members are primitives, plain data nobody looked at, or nodes. Plain data
// belongs to exactly one place. `changed` says that content differs from base somewhere below, and
// then it is set on every node above as well. A node whose parents do not lead to the root is
// detached: removed or replaced by the handler. It may come back, else it is forgotten. `stamp` is
// the version at which something in it last changed.
//
// What nobody has looked at stays text in the job, and a slot stands for it in plain data: a BigInt
// that tells where, which no JSON can hold. Whoever reads a member opens it: a short text is parsed,
// of a long one only the outermost level, so that a change in one row of many costs that row. `slot` is what the base of a node's parent holds in its place, until that is committed anew.

class Node {
  #brand;
  constructor(base, parent) {
    this.base = base;
    this.slot = null;
    this.content = null;
    this.parent = parent;
    this.changed = false;
    this.stamp = 0;
    this.list = isArray(base);
    this.taken = 0;
    this.proxy = null;
  }
  static is(value) { return isContainer(value) && #brand in value; }
}

const nodes = newWeakMap(); // proxy → node
const isNode = Node.is;
freeze(Node); freeze(Node.prototype);

const isSlot = value => typeof value === "bigint";
const open = slot => native.open(slot, job.whole);
const parseAll = slot => native.open(slot, 0);

let root = null, locked = 0, version = 0, epoch = 0, assignment = 0;

const proxyOf = node => {
  if (node.proxy === null) {
    node.proxy = node.list ? new ProxyOf([node], listTraps) : new ProxyOf(node, objectTraps);
    nodes.set(node.proxy, node);
  }
  return node.proxy;
};

const contentOf = node => node.content === null ? node.base : node.content;

const shallow = plain => {
  if (!isArray(plain)) return { ...plain };
  return apply(toSpliced, plain, NOTHING_CHANGED);
};

const ownContent = node => node.content === null ? (node.content = shallow(node.base)) : node.content;

// The handler is told at its own line when it may not write the top-level name a change lies under.
const checkTop = node => {
  if (locked > 0) throw new TypeErrorOf("a computed value must not change the state");
  if (job.write["*"] === true) return;
  for (let at = node; at !== null && at !== root && !at.changed; at = at.parent) {
    if (at.parent === root) checkWritable(keyOf(at));
  }
};

const touch = node => {
  checkTop(node);
  version += 1;
  for (let at = node; at !== null; at = at.parent) {
    at.stamp = version;
    if (at.changed) continue;
    ownContent(at);
    at.changed = true;
  }
};

// What the handler sees of a member: a primitive, or the proxy of the node that stands for it. Below
// the top of the state only lists and objects are slots. This is what reading is made of, so that
// little is left to other functions.
const look = (node, key) => {
  const value = contentOf(node)[key], slot = typeof value === "bigint";
  if (!slot) {
    if (!isContainer(value)) return value;
    if (isNode(value)) return proxyOf(value);
  }
  const child = new Node(slot ? native.open(value, job.whole) : value, node);
  if (slot) child.slot = value;
  ownContent(node)[key] = child;
  return proxyOf(child);
};

const lookDetached = value => {
  if (isNode(value)) { value.parent = null; return proxyOf(value); }
  if (!isSlot(value)) return isContainer(value) ? proxyOf(new Node(value, null)) : value;
  const node = new Node(open(value), null);
  node.slot = value;
  return proxyOf(node);
};

const isDetached = node => {
  let at = node;
  while (at.parent !== null) at = at.parent;
  return at !== root;
};

const isAbove = (node, target) => {
  for (let at = target; at !== null; at = at.parent) if (at === node) return true;
  return false;
};

const plainCopy = value => {
  if (isSlot(value)) return parseAll(value);
  if (!isContainer(value)) return value;
  const from = isNode(value) ? contentOf(value) : value;
  if (isArray(from)) {
    const result = [];
    for (let i = 0; i < from.length; i++) result[i] = plainCopy(from[i]);
    return result;
  }
  const names = objectKeys(from), result = {};
  for (let i = 0; i < names.length; i++) result[names[i]] = plainCopy(from[names[i]]);
  return result;
};

// A detached node that comes back keeps its identity, but not children that have since moved
// elsewhere: those it gets a copy of.
const settle = node => {
  const content = node.content;
  if (content === null) return;
  const names = objectKeys(content);
  for (let i = 0; i < names.length; i++) {
    const child = content[names[i]];
    if (!isNode(child)) continue;
    if (child.parent === node) settle(child);
    else { content[names[i]] = plainCopy(child); node.changed = true; }
  }
};

const reclaim = node => {
  if (node.content === null) return;
  const names = objectKeys(node.content);
  for (let i = 0; i < names.length; i++) {
    const child = node.content[names[i]];
    if (isNode(child)) { child.parent = node; reclaim(child); }
  }
};

const depthOf = node => {
  let depth = 0;
  for (let at = node; at !== null; at = at.parent) depth += 1;
  return depth;
};

const heightOf = value => {
  if (isSlot(value)) return heightOf(parseAll(value));
  if (!isContainer(value)) return 0;
  const from = isNode(value) ? contentOf(value) : value, names = objectKeys(from);
  let height = 0;
  for (let i = 0; i < names.length; i++) {
    const below = heightOf(from[names[i]]);
    if (below > height) height = below;
  }
  return height + 1;
};

// Take a handler's value into the state under `target`. Plain values are copied, so is what has
// another place in the state; what was detached moves, and so keeps the references to it alive:
// that is how `list = list.filter(…)` changes only what it removes.
const adopt = (value, path, target) => {
  assignment += 1;
  const turn = assignment;
  const inner = (value, path, above) => {
    if (!isContainer(value)) return copyPrimitive(value, path);
    const node = nodes.get(value);
    if (node === undefined) return mixed(copyContainer(value, path, above, inner));
    if (node.taken === turn || !isDetached(node) || isAbove(node, target)) {
      return copyInner(value, path, above);
    }
    settle(node);
    checkHeight(node, path, above);
    node.taken = turn;
    return node;
  };
  const above = [];
  for (let i = depthOf(target); i > 0; i--) above[above.length] = null;
  return inner(value, path, above);
};

const checkHeight = (node, path, above) => {
  if (above.length + heightOf(node) > MAX_DEPTH) throw tooDeep(path);
};

// A container that took nodes in is one itself; a plain one stays plain.
const mixed = container => {
  const names = objectKeys(container);
  let node = null;
  for (let i = 0; i < names.length; i++) {
    const child = container[names[i]];
    if (!isNode(child)) continue;
    if (node === null) {
      node = new Node(isArray(container) ? [] : {}, null);
      node.content = container;
      node.changed = true;
    }
    child.parent = node;
  }
  return node === null ? container : node;
};

const attach = (value, node) => {
  if (isNode(value)) value.parent = node;
  return value;
};

const keyOf = node => {
  const content = contentOf(node.parent), names = objectKeys(content);
  for (let i = 0; i < names.length; i++) if (content[names[i]] === node) return names[i];
  return "";
};

const pathOf = node => {
  if (node === root) return "$state";
  if (node.parent === null) return "a removed value";
  return placeOf(node.parent, keyOf(node));
};

const placeOf = (node, key) => node.list ? item(pathOf(node), key) : member(pathOf(node), key);

const put = (node, key, value) => {
  const content = contentOf(node), old = content[key];
  if (hasOwn(content, key) && !isSlot(old) && (isNode(old) ? old.proxy === value : old === value)) return;
  touch(node);
  if (!isContainer(value)) {
    node.content[key] = checkedPrimitive(value, node, key);
    if (isNode(old)) old.parent = null;
    return;
  }
  // What is about to go counts as detached already: its parts may come back in the new value.
  if (isNode(old)) old.parent = null;
  try {
    node.content[key] = attach(adopt(value, placeOf(node, key), node), node);
  } catch (error) {
    if (isNode(old)) { old.parent = node; reclaim(old); }
    throw error;
  }
};

// The path is only put together where it is needed: for an error.
const checkedPrimitive = (value, node, key) => {
  try { return copyPrimitive(value, ""); } catch { return copyPrimitive(value, placeOf(node, key)); }
};

const remove = (node, key) => {
  const content = contentOf(node);
  if (!hasOwn(content, key)) return;
  touch(node);
  const old = node.content[key];
  if (isNode(old)) old.parent = null;
  delete node.content[key];
};

// ---- proxies of objects -------------------------------------------------------------------------

const refuse = what => () => { throw new TypeErrorOf(`${what} is not possible in $state`); };

const setOnReceiver = (receiver, key, value) =>
  reflectDefine(receiver, key, { value, writable: true, enumerable: true, configurable: true });

const isPlainDescriptor = d =>
  hasOwn(d, "value") && d.writable !== false && d.enumerable !== false && d.configurable !== false;

const setMember = (node, key, value) => {
  if (typeof key === "symbol") throw new TypeErrorOf("symbols name nothing in $state");
  checkKey(key, "$state");
  if (value === undefined) remove(node, key); else put(node, key, value);
  return true;
};

const descriptorOf = value => ({ value, writable: true, enumerable: true, configurable: true });

const objectTraps = freeze({
  __proto__: null,
  get(node, key, receiver) {
    return hasOwn(contentOf(node), key) ? look(node, key) : reflectGet(ObjectPrototype, key, receiver);
  },
  set(node, key, value, receiver) {
    return receiver === node.proxy ? setMember(node, key, value) : setOnReceiver(receiver, key, value);
  },
  has: (node, key) => hasOwn(contentOf(node), key) || key in ObjectPrototype,
  ownKeys: node => ownKeys(contentOf(node)),
  deleteProperty(node, key) { remove(node, key); return true; },
  getOwnPropertyDescriptor(node, key) {
    return hasOwn(contentOf(node), key) ? descriptorOf(look(node, key)) : undefined;
  },
  defineProperty(node, key, descriptor) {
    if (!isPlainDescriptor(descriptor)) throw new TypeErrorOf("accessors are not possible in $state");
    return setMember(node, key, descriptor.value);
  },
  getPrototypeOf: () => ObjectPrototype,
  setPrototypeOf: refuse("another prototype"),
  preventExtensions: refuse("freezing"),
});

// ---- proxies of lists ---------------------------------------------------------------------------

const indexOf = key => {
  if (typeof key !== "string") return -1;
  const index = +key;
  return index >= 0 && index < 4294967295 && index % 1 === 0 && `${index}` === key ? index : -1;
};

const setLength = (node, length) => {
  const index = +length;
  if (!(index >= 0 && index < 4294967296 && index % 1 === 0)) throw new RangeErrorOf("Invalid array length");
  const had = contentOf(node).length;
  if (index === had) return true;
  touch(node);
  for (let i = index; i < had; i++) if (isNode(node.content[i])) node.content[i].parent = null;
  for (let i = had; i < index; i++) node.content[i] = null;
  node.content.length = index;
  return true;
};

const setItem = (node, key, value) => {
  if (key === "length") return setLength(node, value);
  const index = indexOf(key);
  if (index < 0) throw new TypeErrorOf("a list in $state has items only");
  for (let i = contentOf(node).length; i < index; i++) put(node, i, null);
  put(node, index, value === undefined ? null : value);
  return true;
};

const listTraps = freeze({
  __proto__: null,
  get(target, key, receiver) {
    const node = target[0], content = contentOf(node);
    if (key === "length") return content.length;
    if (hasOwn(content, key)) return look(node, key);
    if (typeof key === "string" && hasOwn(listMethods, key)) return listMethods[key];
    return reflectGet(ArrayPrototype, key, receiver);
  },
  set(target, key, value, receiver) {
    const node = target[0];
    return receiver === node.proxy ? setItem(node, key, value) : setOnReceiver(receiver, key, value);
  },
  has: (target, key) => hasOwn(contentOf(target[0]), key) || key in ArrayPrototype,
  ownKeys: target => ownKeys(contentOf(target[0])),
  deleteProperty(target, key) {
    const node = target[0], index = indexOf(key);
    if (index >= 0 && index < contentOf(node).length) put(node, index, null);
    return key !== "length";
  },
  getOwnPropertyDescriptor(target, key) {
    const node = target[0], content = contentOf(node);
    if (key === "length") {
      return { value: content.length, writable: true, enumerable: false, configurable: false };
    }
    return hasOwn(content, key) ? descriptorOf(look(node, key)) : undefined;
  },
  defineProperty(target, key, descriptor) {
    if (key === "length") return setLength(target[0], descriptor.value);
    if (!isPlainDescriptor(descriptor)) throw new TypeErrorOf("accessors are not possible in $state");
    return setItem(target[0], key, descriptor.value);
  },
  getPrototypeOf: () => ArrayPrototype,
  setPrototypeOf: refuse("another prototype"),
  preventExtensions: refuse("freezing"),
});

// Replace `count` items at `start` by `values`; returns what was there as the handler sees it.
const splice = (node, start, count, values) => {
  const taken = [], removed = [], result = [];
  if (count === 0 && values.length === 0) return removed;
  touch(node);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] === undefined ? null : values[i];
    // Attached at once, so that one value given twice is taken once and copied once.
    taken[i] = attach(isContainer(value) ? adopt(value, placeOf(node, start + i), node)
      : checkedPrimitive(value, node, start + i), node);
  }
  const content = node.content, end = start + count;
  for (let i = 0; i < start; i++) result[i] = content[i];
  for (let i = start; i < end; i++) removed[i - start] = lookDetached(content[i]);
  for (let i = 0; i < taken.length; i++) result[start + i] = attach(taken[i], node);
  for (let i = end; i < content.length; i++) result[result.length] = content[i];
  node.content = result;
  return removed;
};

const clamp = (value, length, missing) => {
  if (value === undefined) return missing;
  const index = value < 0 ? length + (+value || 0) : +value || 0;
  const whole = index - index % 1;
  return whole < 0 ? 0 : whole > length ? length : whole;
};

const sameOrder = (left, right) => {
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
};

const reorder = (node, order) => {
  const content = contentOf(node), result = [];
  for (let i = 0; i < order.length; i++) {
    const child = isContainer(order[i]) ? nodes.get(order[i]) : undefined;
    result[i] = child === undefined ? order[i] : child;
  }
  if (sameOrder(content, result)) return;
  touch(node);
  node.content = result;
};

const lookAtAll = node => {
  const length = contentOf(node).length, all = [];
  for (let i = 0; i < length; i++) all[i] = look(node, i);
  return all;
};

// The methods that change a list, done on the node: through the proxy each would rewrite every
// item. On anything that is not a list of the state they are the ordinary ones.
const onList = (name, method) => {
  const ordinary = ArrayPrototype[name];
  const { [name]: either } = {
    [name](...values) {
      const node = isContainer(this) ? nodes.get(this) : undefined;
      return node !== undefined && node.list ? method(node, values) : apply(ordinary, this, values);
    },
  };
  return freeze(either);
};

const listMethods = freeze({
  __proto__: null,
  push: onList("push", (node, values) => {
    splice(node, contentOf(node).length, 0, values);
    return contentOf(node).length;
  }),
  unshift: onList("unshift", (node, values) => {
    splice(node, 0, 0, values);
    return contentOf(node).length;
  }),
  pop: onList("pop", node => {
    const length = contentOf(node).length;
    return length === 0 ? undefined : splice(node, length - 1, 1, NONE)[0];
  }),
  shift: onList("shift", node => contentOf(node).length === 0 ? undefined : splice(node, 0, 1, NONE)[0]),
  splice: onList("splice", (node, values) => {
    const length = contentOf(node).length;
    if (values.length === 0) return [];
    const start = clamp(values[0], length, 0), added = [];
    const count = values.length === 1 ? length - start : clamp(values[1] < 0 ? 0 : values[1], length - start, 0);
    for (let i = 2; i < values.length; i++) added[i - 2] = values[i];
    return splice(node, start, count, added);
  }),
  reverse: onList("reverse", node => {
    const all = lookAtAll(node), order = [];
    for (let i = 0; i < all.length; i++) order[i] = all[all.length - 1 - i];
    reorder(node, order);
    return node.proxy;
  }),
  sort: onList("sort", (node, values) => {
    reorder(node, apply(sort, lookAtAll(node), values));
    return node.proxy;
  }),
});

// ---- the top of the state -----------------------------------------------------------------------

let job = null;

const load = key => {
  const value = root.base[key];
  if (!isSlot(value)) return;
  const plain = open(value);
  root.base[key] = plain;
  if (root.content !== null && isSlot(root.content[key])) root.content[key] = plain;
};

const granted = (names, name) => names["*"] === true || names[name] === true;

const checkWritable = key => {
  if (typeof key === "symbol") throw new TypeErrorOf("symbols name nothing in $state");
  if (hasOwn(job.computed, key)) throw new TypeErrorOf(`$state.${key} is computed and cannot be written`);
  if (!granted(job.write, key)) throw denied(`state:write:${key}`);
};

// A state that is declared is always there, so that nothing is `null` in it, as in a list; who may
// only write could not tell otherwise whether there was something to take away.
const declared = value => value === undefined ? null : value;

const rootTraps = freeze({
  __proto__: null,
  get(node, key, receiver) {
    if (typeof key !== "symbol") {
      if (hasOwn(job.computed, key)) return computedValue(key);
      load(key);
      if (hasOwn(contentOf(node), key)) {
        const seen = look(node, key);
        noteRead(key);
        return seen;
      }
      noteRead(key);
      if (job.hidden[key] === true) throw denied(`state:read:${key}`);
    }
    return reflectGet(ObjectPrototype, key, receiver);
  },
  set(node, key, value, receiver) {
    if (receiver !== node.proxy) return setOnReceiver(receiver, key, value);
    checkWritable(key);
    load(key);
    return setMember(node, key, declared(value));
  },
  has(node, key) {
    noteReadOfAll();
    return hasOwn(contentOf(node), key) || hasOwn(job.computed, key) ||
      job.hidden[key] === true || key in ObjectPrototype;
  },
  ownKeys(node) {
    noteReadOfAll();
    return ownKeys(contentOf(node));
  },
  deleteProperty(node, key) {
    checkWritable(key);
    if (job.hidden[key] === true && !hasOwn(contentOf(node), key)) throw denied(`state:read:${key}`);
    load(key);
    remove(node, key);
    return true;
  },
  getOwnPropertyDescriptor(node, key) {
    noteReadOfAll();
    load(key);
    return hasOwn(contentOf(node), key) ? descriptorOf(look(node, key)) : undefined;
  },
  defineProperty(node, key, descriptor) {
    checkWritable(key);
    load(key);
    if (!hasOwn(descriptor, "value")) return objectTraps.defineProperty(node, key, descriptor);
    return objectTraps.defineProperty(node, key, { ...descriptor, value: declared(descriptor.value) });
  },
  getPrototypeOf: () => ObjectPrototype,
  setPrototypeOf: refuse("another prototype"),
  preventExtensions: refuse("freezing"),
});

const openState = slots => {
  const base = {}, names = objectKeys(slots);
  for (let i = 0; i < names.length; i++) {
    const { 0: offset, 1: length } = slots[names[i]];
    base[names[i]] = BigIntOf(2 * offset + (length >= job.whole ? 1 : 0));
  }
  root = new Node(base, null);
  root.proxy = new ProxyOf(root, rootTraps);
  nodes.set(root.proxy, root);
  locked = 0;
  reads = null;
};

// ---- computed values ----------------------------------------------------------------------------
//
// While one is evaluated, what it reads is noted: of each top-level value what it was and when it
// last changed, and of each other computed value which of its values it was. It is evaluated again
// only when one of these is different, or in another segment, where the clock has moved.

let reads = null; // of the computed value that is being evaluated

const stampOf = value => isNode(value) ? value.stamp : 0;

const noteRead = key => {
  if (reads === null) return;
  const value = contentOf(root)[key];
  reads.values[key] = value;
  reads.stamps[key] = stampOf(value);
};

const noteReadOfAll = () => { if (reads !== null) reads.all = true; };

const newReads = () => ({
  values: { __proto__: null }, stamps: { __proto__: null }, computed: { __proto__: null }, all: false,
});

const compile = code => {
  try {
    return native.compile(code[0], code[1], code[2], code[3]);
  } catch (error) {
    if (isError(error)) codes.set(error, "COMPILATION_ERROR");
    throw error;
  }
};

const cycleOf = name => {
  let text = "";
  for (let i = job.reading.length - 1; i >= 0; i--) {
    text = ` → ${job.reading[i]}${text}`;
    if (job.reading[i] === name) break;
  }
  return apply(slice, `${text} → ${name}`, [3]);
};

const evaluateComputed = (name, entry) => {
  for (let i = 0; i < job.reading.length; i++) {
    if (job.reading[i] === name) throw new ErrorOf(`computed values form a cycle: ${cycleOf(name)}`);
  }
  if (typeof entry.run !== "function") entry.run = compile(entry.code);
  const outer = reads, own = newReads();
  job.reading[job.reading.length] = name;
  locked += 1;
  reads = own;
  entry.epoch = -1;
  try {
    const found = entry.run(root.proxy);
    const value = isContainer(found) ? deepFreeze(copy(found, `$state.${name}`)) : found;
    if (entry.serial === undefined || value !== entry.value) entry.serial = (entry.serial ?? 0) + 1;
    entry.value = value;
    entry.reads = own;
    entry.version = version;
    entry.epoch = epoch;
  } finally {
    locked -= 1;
    job.reading.length -= 1;
    reads = outer;
  }
};

const sameStateIn = ({ values, stamps }) => {
  const content = contentOf(root), names = objectKeys(values);
  for (let i = 0; i < names.length; i++) {
    const value = content[names[i]];
    if (value !== values[names[i]] || stampOf(value) !== stamps[names[i]]) return false;
  }
  return true;
};

const sameComputedIn = ({ computed }) => {
  const outer = reads, names = objectKeys(computed);
  reads = null;
  try {
    for (let i = 0; i < names.length; i++) {
      computedValue(names[i]);
      if (job.computed[names[i]].serial !== computed[names[i]]) return false;
    }
  } catch {
    return false; // Evaluating it again tells why.
  } finally {
    reads = outer;
  }
  return true;
};

const isCurrent = entry => {
  if (entry.epoch !== epoch) return false;
  if (entry.version === version) return true;
  if (entry.reads.all && root.stamp > entry.version) return false;
  if (!sameStateIn(entry.reads) || !sameComputedIn(entry.reads)) return false;
  entry.version = version;
  return true;
};

const openKnown = entry => {
  entry.value = deepFreeze(native.parse(entry.known[0], entry.known[1]));
  entry.known = true;
};

const computedValue = name => {
  const entry = job.computed[name];
  if (entry.denied === true) throw denied(`state:read:${name}`);
  if (entry.known !== undefined) {
    if (entry.known !== true) openKnown(entry);
  } else if (!isCurrent(entry)) evaluateComputed(name, entry);
  if (reads !== null) reads.computed[name] = entry.serial;
  return entry.value;
};

// ---- the difference to the last commit ----------------------------------------------------------

const escaped = key => {
  const text = StringOf(key);
  if (!apply(includes, text, ["~"]) && !apply(includes, text, ["/"])) return text;
  return apply(replaceAll, apply(replaceAll, text, ["~", "~0"]), ["/", "~1"]);
};

// Plain data of a value as it is now; a node's becomes its base, that is, it is committed.
const commit = value => {
  if (!isNode(value)) return value;
  value.slot = null;
  if (value.changed) {
    value.base = value.list ? commitList(value.content) : commitObject(value.content);
    value.changed = false;
  }
  return value.base;
};

const commitList = content => {
  const base = shallow(content);
  for (let i = 0; i < base.length; i++) if (isNode(base[i])) base[i] = commit(base[i]);
  return base;
};

const commitObject = content => {
  const base = {}, names = objectKeys(content);
  for (let i = 0; i < names.length; i++) base[names[i]] = commit(content[names[i]]);
  return base;
};

// What stood for a value at the last commit.
const originOf = value => isNode(value) ? value.slot ?? value.base : value;

// What is told of a value that is committed: nothing in it is left to parse.
const committed = value => whole(commit(value));

const whole = value => {
  if (isSlot(value)) return parseAll(value);
  if (!isContainer(value)) return value;
  const names = objectKeys(value);
  let result = value;
  for (let i = 0; i < names.length; i++) {
    const inner = value[names[i]], told = whole(inner);
    if (told === inner) continue;
    if (result === value) result = shallow(value);
    result[names[i]] = told;
  }
  return result;
};

const emitOp = (ops, op) => {
  if (ops.length >= job.limits.ops) throw overLimit("ops");
  ops[ops.length] = op;
};

const diffValue = (before, after, path, ops) => {
  if (before === after) return;
  if (isNode(after) && originOf(after) === before && !after.changed) return;
  const was = plainOf(before, after), content = isNode(after) ? contentOf(after) : plainOf(after, null);
  if (isContainer(was) && isContainer(content) && isArray(was) === isArray(content)) {
    return diffContainer(was, after, content, path, ops);
  }
  emitOp(ops, { op: "replace", path, value: committed(after) });
};

// What a slot stands for: in its own node, where that is at hand, it is open already.
const plainOf = (value, after) => {
  if (!isSlot(value)) return value;
  return isNode(after) && after.slot === value ? after.base : open(value);
};

const textLength = value => stringify(value).length;

// Many small operations may say more than the new value itself does.
const diffContainer = (before, after, content, path, ops) => {
  const own = [];
  if (isArray(before)) {
    if (!diffList(before, content, path, own)) {
      return emitOp(ops, { op: "replace", path, value: committed(after) });
    }
  } else diffObject(before, content, path, own);
  if (own.length > 1 && own.length * 3 > objectKeys(content).length) {
    const one = { op: "replace", path, value: committed(after) };
    if (textLength(own) > textLength(one) + 2) return emitOp(ops, one);
  }
  for (let i = 0; i < own.length; i++) emitOp(ops, own[i]);
};

const diffObject = (before, content, path, ops) => {
  const names = objectKeys(content);
  for (let i = 0; i < names.length; i++) {
    const name = names[i], at = `${path}/${escaped(name)}`;
    if (hasOwn(before, name)) diffValue(before[name], content[name], at, ops);
    else emitOp(ops, { op: "add", path: at, value: committed(content[name]) });
  }
  const old = objectKeys(before);
  for (let i = 0; i < old.length; i++) {
    if (!hasOwn(content, old[i])) emitOp(ops, { op: "remove", path: `${path}/${escaped(old[i])}` });
  }
};

const MAX_MOVES = 16;

// Lists: pair items of both sides (by identity, then by their `id`, then by position between
// paired neighbours), take away what has no pair, put in and move what is not in place, and then
// look inside the pairs. False when that would be more than a new list.
const diffList = (before, content, path, ops) => {
  const shorter = before.length < content.length ? before.length : content.length;
  let head = 0, tail = 0;
  while (head < shorter && originOf(content[head]) === before[head]) head += 1;
  while (tail < shorter - head &&
    originOf(content[content.length - 1 - tail]) === before[before.length - 1 - tail]) tail += 1;
  const pairs = pairItems(before, content, head, tail);
  if (pairs === null) return false;
  removeUnpaired(before, pairs, head, tail, path, ops);
  placeItems(before, content, pairs, head, tail, path, ops);
  for (let i = 0; i < head; i++) diffItem(before[i], content[i], path, i, ops);
  for (let i = head; i < content.length - tail; i++) {
    if (pairs.of[i - head] >= 0) diffItem(before[pairs.of[i - head]], content[i], path, i, ops);
  }
  for (let i = content.length - tail; i < content.length; i++) {
    diffItem(before[i - content.length + before.length], content[i], path, i, ops);
  }
  return true;
};

// Most items of a list are as they were: no path is put together for them.
const diffItem = (before, after, path, index, ops) => {
  if (before !== after) diffValue(before, after, `${path}/${index}`, ops);
};

const idOf = value => {
  const plain = isNode(value) ? contentOf(value) : plainOf(value, null);
  if (!isContainer(plain) || isArray(plain) || !hasOwn(plain, "id")) return undefined;
  return isContainer(plain.id) || isSlot(plain.id) ? undefined : plain.id;
};

// `of` gives for each item of the middle its place in `before`, or −1; `kept` which of them stay
// where they are relative to each other.
const pairItems = (before, content, head, tail) => {
  const length = content.length - head - tail, of = [], used = {};
  for (let i = 0; i < length; i++) of[i] = -1;
  pairBy(originOf, before, content, head, tail, of, used);
  pairBy(idOf, before, content, head, tail, of, used);
  const kept = longestRising(of);
  let moves = 0;
  for (let i = 0; i < length; i++) if (of[i] >= 0 && kept[i] !== true) moves += 1;
  if (moves > MAX_MOVES) return null;
  pairByPosition(before, content, head, tail, of, kept, used);
  return { of, kept, used };
};

const pairBy = (keyOf, before, content, head, tail, of, used) => {
  const places = newMap(), next = [];
  for (let i = before.length - tail - 1; i >= head; i--) {
    const key = used[i] === true ? undefined : keyOf(before[i]);
    if (key === undefined) continue;
    next[i - head] = places.get(key);
    places.set(key, i);
  }
  for (let i = 0; i < of.length; i++) {
    const key = of[i] < 0 ? keyOf(content[head + i]) : undefined;
    const place = key === undefined ? undefined : places.get(key);
    if (place === undefined) continue;
    of[i] = place;
    used[place] = true;
    places.set(key, next[place - head]);
  }
};

const longestRising = of => {
  const ends = [], previous = [], kept = [];
  for (let i = 0; i < of.length; i++) {
    if (of[i] < 0) continue;
    let low = 0, high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (of[ends[middle]] < of[i]) low = middle + 1; else high = middle;
    }
    previous[i] = low > 0 ? ends[low - 1] : -1;
    ends[low] = i;
  }
  let at = ends.length > 0 ? ends[ends.length - 1] : -1;
  while (at >= 0) { kept[at] = true; at = previous[at]; }
  return kept;
};

// What is new and what is gone between two items that stay are taken for one item that changed.
const pairByPosition = (before, content, head, tail, of, kept, used) => {
  const limits = [];
  for (let i = of.length - 1, limit = before.length - tail; i >= 0; i--) {
    limits[of.length - 1 - i] = limit;
    if (kept[i] === true) limit = of[i];
  }
  let place = head;
  for (let i = 0; i < of.length; i++) {
    if (kept[i] === true) { place = of[i] + 1; continue; }
    if (of[i] >= 0) continue;
    const limit = limits[of.length - 1 - i];
    while (place < limit && used[place] === true) place += 1;
    if (place >= limit) continue;
    of[i] = place;
    kept[i] = true;
    used[place] = true;
    place += 1;
  }
};

const removeUnpaired = (before, pairs, head, tail, path, ops) => {
  for (let i = before.length - tail - 1; i >= head; i--) {
    if (pairs.used[i] !== true) emitOp(ops, { op: "remove", path: `${path}/${i}` });
  }
};

// Left to right, each item that is new or out of place goes right behind the one before it.
const placeItems = (before, content, pairs, head, tail, path, ops) => {
  const order = hasMoves(pairs) ? placesLeft(before, pairs, head, tail) : null;
  let at = 0;
  for (let i = 0; i < pairs.of.length; i++) {
    const place = pairs.of[i];
    if (place < 0) {
      emitOp(ops, { op: "add", path: `${path}/${head + at}`, value: committed(content[head + i]) });
      if (order !== null) insertAt(order, at, -1);
      at += 1;
    } else if (pairs.kept[i] === true) {
      at = order !== null ? find(order, place) + 1 : at + 1;
    } else {
      const from = find(order, place), to = from < at ? at - 1 : at;
      if (from !== to) emitOp(ops, { op: "move", from: `${path}/${head + from}`, path: `${path}/${head + to}` });
      removeAt(order, from);
      insertAt(order, to, place);
      at = to + 1;
    }
  }
};

// The middle of the list as it stands once the unpaired items are gone.
const placesLeft = (before, pairs, head, tail) => {
  const order = [];
  for (let i = head; i < before.length - tail; i++) if (pairs.used[i] === true) order[order.length] = i;
  return order;
};

const hasMoves = pairs => {
  for (let i = 0; i < pairs.of.length; i++) if (pairs.of[i] >= 0 && pairs.kept[i] !== true) return true;
  return false;
};

const find = (list, value) => {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return i;
  return -1;
};

const insertAt = (list, index, value) => {
  for (let i = list.length; i > index; i--) list[i] = list[i - 1];
  list[index] = value;
};

const removeAt = (list, index) => {
  for (let i = index + 1; i < list.length; i++) list[i - 1] = list[i];
  list.length -= 1;
};

// What changed since the last commit; afterwards nothing has.
const takeOps = () => {
  const ops = [];
  if (!root.changed) return ops;
  diffObject(root.base, root.content, "", ops);
  const content = root.content, base = {}, names = objectKeys(content);
  for (let i = 0; i < names.length; i++) base[names[i]] = commit(content[names[i]]);
  root.base = base;
  root.changed = false;
  return ops;
};

// ---- operations that others committed meanwhile -------------------------------------------------
//
// They come between segments, when nothing here is uncommitted: every node's base is what its
// parent's base holds, so plain data is changed in place, in both.

const tokensOf = path => {
  const tokens = [];
  let token = "";
  for (let i = 1; i < path.length; i++) {
    if (path[i] === "/") { tokens[tokens.length] = token; token = ""; }
    else if (path[i] === "~") { token += path[i + 1] === "1" ? "/" : "~"; i += 1; }
    else token += path[i];
  }
  tokens[tokens.length] = token;
  return tokens;
};

const walk = (tokens, count) => {
  let plain = root.base, node = root;
  for (let i = 0; i < count; i++) {
    if (node === root) load(tokens[i]);
    if (!isContainer(plain) || !hasOwn(plain, tokens[i])) return null;
    if (isSlot(plain[tokens[i]])) openBoth(plain, node, tokens[i]);
    plain = plain[tokens[i]];
    const child = node !== null && node.content !== null ? node.content[tokens[i]] : null;
    node = isNode(child) ? child : null;
  }
  return { plain, node };
};

const openBoth = (plain, node, key) => {
  const child = node !== null && node.content !== null ? node.content[key] : null;
  if (isNode(child)) {
    plain[key] = child.base;
    child.slot = null;
  } else {
    plain[key] = open(plain[key]);
    if (child !== null) node.content[key] = plain[key];
  }
};

const detach = (node, key) => {
  const content = node.content;
  if (content !== null && hasOwn(content, key) && isNode(content[key])) content[key].parent = null;
};

const setBoth = (place, key, value) => {
  if (place.node !== null) detach(place.node, key);
  place.plain[key] = value;
  if (place.node !== null && place.node.content !== null) place.node.content[key] = value;
};

const insertBoth = (place, index, value, child) => {
  insertAt(place.plain, index, value);
  if (place.node !== null && place.node.content !== null) insertAt(place.node.content, index, child);
};

const removeBoth = (place, key) => {
  const content = place.node === null ? null : place.node.content;
  if (place.node !== null) detach(place.node, key);
  const value = place.plain[key], child = content === null ? value : content[key];
  if (isArray(place.plain)) {
    removeAt(place.plain, +key);
    if (content !== null) removeAt(content, +key);
  } else {
    delete place.plain[key];
    if (content !== null) delete content[key];
  }
  return { value, child };
};

const replaceRoot = state => {
  const old = objectKeys(root.base), names = objectKeys(state);
  const place = { plain: root.base, node: root };
  for (let i = 0; i < old.length; i++) if (!hasOwn(state, old[i])) removeBoth(place, old[i]);
  for (let i = 0; i < names.length; i++) setBoth(place, names[i], state[names[i]]);
};

const applyForeign = op => {
  if (op.path === "") return replaceRoot(op.value);
  const tokens = tokensOf(op.path), key = tokens[tokens.length - 1];
  const place = walk(tokens, tokens.length - 1);
  if (place === null || !isContainer(place.plain)) return;
  const list = isArray(place.plain);
  const index = key === "-" ? place.plain.length : +key;
  if (op.op === "add" && list) insertBoth(place, index, op.value, op.value);
  else if (op.op === "add" || op.op === "replace") setBoth(place, key, op.value);
  else if (op.op === "remove") removeBoth(place, key);
  else if (op.op === "move") {
    const from = tokensOf(op.from), moved = removeBoth(place, from[from.length - 1]);
    insertBoth(place, index, moved.value, moved.child);
    if (isNode(moved.child)) moved.child.parent = place.node;
  }
};

// ---- what else a handler is given ---------------------------------------------------------------

const EVENT_NAME = /^[^\u0000-\u001f\u007f-\u009f]{1,128}$/u;
const METHOD_NAME = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/;
// Private copies of the two methods that a pattern's test depends on.
for (const pattern of [EVENT_NAME, METHOD_NAME]) {
  defineProperty(pattern, "exec", { value: RegExp.prototype.exec });
}
const matches = (pattern, text) => typeof text === "string" && apply(test, pattern, [text]);

const emit = (name, payload) => {
  if (!matches(EVENT_NAME, name) || !apply(isWellFormed, name, NONE)) throw new TypeErrorOf("an event's name is a short text");
  if (!granted(job.emit, name)) throw denied(`events:emit:${name}`);
  if (job.events.length >= job.limits.events) throw overLimit("events");
  const data = payload === undefined ? null : copy(payload, `the payload of ${name}`);
  job.events[job.events.length] = [name, data];
};
defineProperty(emit, "toast", { value: freeze((text, level = "info") => emit("toast", { text, level })) });

const logText = value => {
  if (typeof value === "string") return value;
  if (isError(value)) return describe(value).message;
  try { return isContainer(value) ? stringify(copy(value, "")) : StringOf(value); } catch { return textOf(value); }
};

const writeLog = (level, values) => {
  let text = "";
  for (let i = 0; i < values.length; i++) text += (i > 0 ? " " : "") + logText(values[i]);
  text = truncated(text);
  if (job.logCount >= job.limits.logs) throw overLimit("logs");
  if (job.logBytes + text.length > job.limits.log_bytes) throw overLimit("log_bytes");
  addLog(level, cleanText(text));
};

const addLog = (level, text) => {
  job.logCount += 1;
  job.logBytes += text.length;
  job.logs[job.logs.length] = [level, text];
};

const log = (...values) => writeLog("info", values);
for (const level of ["debug", "info", "warn", "error"]) {
  defineProperty(log, level, { value: freeze((...values) => writeLog(level, values)) });
}

const time = freeze({ now: freeze(() => dateNow()) });

const command = (id, method, values) => {
  if (typeof id !== "string" || !matches(METHOD_NAME, method)) {
    throw new TypeErrorOf("a view command names an id and a method");
  }
  if (!granted(job.view, id)) throw denied(`view:update:${id}`);
  if (job.views.length >= job.limits.events) throw overLimit("events");
  job.views[job.views.length] = [checkText(id, "the id"), method, copy(values, `the arguments of ${method}`)];
};

const element = id => freeze({
  setProp: freeze((name, value) => command(id, "setProp", [name, value])),
  call: freeze((method, ...values) => command(id, method, values)),
});

const view = freeze({
  getElementById: freeze(id => element(id)),
  setFilter: freeze((id, ...values) => command(id, "setFilter", values)),
  scrollTo: freeze((id, ...values) => command(id, "scrollTo", values)),
  focus: freeze((id, ...values) => command(id, "focus", values)),
});

freeze(emit); freeze(log);

// ---- extensions ---------------------------------------------------------------------------------

const request = (alias, method, values) => new PromiseOf((resolve, reject) => {
  if (!granted(job.ext[alias], method)) throw denied(`ext:${alias}:${method}`);
  if (job.requested >= job.limits.requests) throw overLimit("requests");
  if (job.waiting >= job.limits.pending) throw overLimit("pending");
  const data = copy(values, `the arguments of $ext.${alias}.${method}`);
  job.requested += 1;
  job.waiting += 1;
  job.pending.set(job.requested, { resolve, reject });
  job.requests[job.requests.length] = [job.requested, alias, method, data];
});

const openExtensions = aliases => {
  const extensions = { __proto__: null };
  for (let i = 0; i < aliases.length; i++) {
    const alias = aliases[i], methods = { __proto__: null };
    extensions[alias] = new ProxyOf(freeze({ __proto__: null }), freeze({
      __proto__: null,
      get(target, method) {
        // A proxy with `then` would be taken for a promise by `await`.
        if (method === "then" || !matches(METHOD_NAME, method)) return undefined;
        return methods[method] ??= freeze((...values) => request(alias, method, values));
      },
    }));
  }
  return freeze(extensions);
};

const answer = (id, ok, value, message, retryAfter) => {
  const entry = job.pending.get(id);
  if (entry === undefined) return;
  job.pending.delete(id);
  job.waiting -= 1;
  if (ok) return entry.resolve(value);
  const error = coded(value, message);
  if (retryAfter !== null) addField(error, "retryAfter", retryAfter);
  entry.reject(error);
};

// ---- tools --------------------------------------------------------------------------------------

const argumentsFor = (tool, given) => {
  const args = { ...given };
  for (let i = 0; i < tool.args.length; i++) {
    const { name, required, fallback } = tool.args[i];
    if (hasOwn(args, name)) continue;
    if (fallback !== undefined) args[name] = native.parse(fallback[0], fallback[1]);
    else if (required) throw coded("INVALID_ARGUMENTS", `${tool.name} needs the argument ${name}`);
  }
  return deepFreeze(args);
};

const callTool = (tool, given) => {
  tool.run ??= compile(tool.code);
  const args = argumentsFor(tool, given);
  return apply(tool.run, undefined, [root.proxy, args, emit, log, job.extensions, job.callable, time, view]);
};

const openTools = (tools, hidden) => {
  const callable = { __proto__: null }, names = objectKeys(tools);
  for (let i = 0; i < names.length; i++) {
    const tool = tools[names[i]];
    callable[names[i]] = freeze(async given => {
      const args = given === undefined ? {} : copy(given, `the arguments of ${tool.name}`);
      if (!isContainer(args) || isArray(args)) throw new TypeErrorOf("a tool's arguments are one object");
      return callTool(tool, args);
    });
  }
  for (let i = 0; i < hidden.length; i++) {
    callable[hidden[i]] = freeze(async () => { throw denied(`tools:call:${hidden[i]}`); });
  }
  return freeze(callable);
};

// ---- one job ------------------------------------------------------------------------------------

const setOf = names => {
  const set = { __proto__: null };
  for (let i = 0; i < names.length; i++) set[names[i]] = true;
  return set;
};

const setsOf = lists => {
  const sets = { __proto__: null }, names = objectKeys(lists);
  for (let i = 0; i < names.length; i++) sets[names[i]] = setOf(lists[names[i]]);
  return sets;
};

const openJob = header => {
  job = {
    name: header.main === null ? "a computed value" : header.main.name,
    limits: header.limits, whole: header.whole, write: setOf(header.write), emit: setOf(header.emit), view: setOf(header.view),
    ext: setsOf(header.ext), hidden: setOf(header.hidden), computed: header.computed,
    reading: [], events: [], logs: [], logCount: 0, logBytes: 0, views: [], requests: [],
    requested: 0, waiting: 0, pending: newMap(),
    extensions: openExtensions(objectKeys(header.ext)), callable: null,
    done: false, value: null, error: null,
  };
  job.callable = openTools(header.tools, header.hidden_tools);
  openState(header.state);
};

const runHandler = async tool => {
  const own = job;
  try {
    const args = native.parse(tool.given[0], tool.given[1]);
    const value = await callTool(tool, args);
    own.value = value === undefined ? null : copy(value, "the result");
  } catch (error) {
    own.error = describe(error);
  }
  own.done = true;
};

const evaluateAll = () => {
  const names = objectKeys(job.computed), results = {};
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (job.computed[name].known !== undefined) continue;
    try {
      const value = computedValue(name);
      results[name] = [true, value === undefined ? null : copy(value, `$state.${name}`)];
    } catch (error) {
      results[name] = [false, describe(error)];
    }
  }
  job.value = results;
  job.done = true;
};

const start = header => {
  openJob(header);
  if (header.main === null) evaluateAll(); else runHandler(header.main);
};

const resume = message => {
  const { foreign, replies } = message;
  epoch += 1;
  for (let i = 0; i < foreign.length; i++) applyForeign(foreign[i]);
  for (let i = 0; i < replies.length; i++) {
    answer(replies[i][0], replies[i][1], replies[i][2], replies[i][3], replies[i][4]);
  }
};

const DEADLOCK = "the handler waits for a promise that nothing will resolve";

const outcome = stopStack => {
  if (stopStack !== undefined) return { status: "failed", error: { code: "TIMEOUT", message: "", stack: stopStack } };
  if (job.error !== null) return { status: "failed", error: job.error };
  if (job.done) {
    if (job.value !== null && textLength(job.value) > job.limits.result_bytes) throw overLimit("result_bytes");
    return { status: "done", value: job.value, ops: takeOps() };
  }
  if (job.waiting === 0) return { status: "failed", error: { message: DEADLOCK } };
  return { status: "waiting", requests: job.requests, ops: takeOps() };
};

// A call that is not awaited when the handler ends is never made; that should not pass in silence.
const warnOfDropped = () => {
  const first = job.requests[0];
  const text = `$ext.${first[1]}.${first[2]} was called without await and is dropped`;
  if (job.logCount < job.limits.logs && job.logBytes + text.length <= job.limits.log_bytes) addLog("warn", text);
};

const collect = stopStack => {
  let result;
  try { result = outcome(stopStack); } catch (error) { result = { status: "failed", error: describe(error) }; }
  if (result.status === "done" && job.requests.length > 0) warnOfDropped();
  result.logs = job.logs;
  if (result.status !== "failed") {
    result.events = job.events;
    result.views = job.views;
  }
  job.events = []; job.views = []; job.logs = []; job.requests = [];
  return stringify(result);
};

// ---- what a handler's world lacks ---------------------------------------------------------------

const withoutCode = () => {
  const poison = freeze(() => { throw new EvalError("code from text is not available"); });
  const functions = [
    () => {}, async () => {}, function* () {}, async function* () {},
  ];
  for (const sample of functions) {
    const prototype = getPrototypeOf(sample);
    defineProperty(prototype, "constructor", { value: poison, writable: false, configurable: false });
  }
};

const GLOBALS = [
  "AggregateError", "Array", "ArrayBuffer", "BigInt", "BigInt64Array", "BigUint64Array", "Boolean",
  "DataView", "Date", "Error", "EvalError", "FinalizationRegistry", "Float16Array", "Float32Array",
  "Float64Array", "Infinity", "Int16Array", "Int32Array", "Int8Array", "InternalError", "Iterator", "JSON",
  "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "ReferenceError",
  "Reflect", "RegExp", "Set", "String", "Symbol", "SyntaxError", "TypeError", "URIError",
  "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakRef", "WeakSet",
  "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "globalThis",
  "isFinite", "isNaN", "parseFloat", "parseInt", "undefined", "unescape",
];

const hex = count => {
  let text = "";
  for (let i = 0; i < count; i++) text += apply(toHex, (native.random() * 16) | 0, [16]);
  return text;
};

const randomUUID = () =>
  `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[(native.random() * 4) | 0]}${hex(3)}-${hex(12)}`;

const furnishWorld = () => {
  const allowed = setOf(GLOBALS);
  for (const name of ownKeys(globalThis)) {
    if (typeof name === "string" && allowed[name] !== true) delete globalThis[name];
  }
  withoutCode();
  // `await` asks every promise for it, and a template calls `concat`: the bridge's own, too.
  defineProperty(Promise.prototype, "constructor", { writable: false, configurable: false });
  defineProperty(String.prototype, "concat", { writable: false, configurable: false });
  // It would be given the bridge's functions, as the frames of a stack.
  delete Error.prepareStackTrace;
  Math.random = freeze(() => native.random());
  defineProperty(globalThis, "crypto", {
    value: freeze({ randomUUID: freeze(randomUUID) }), writable: true, configurable: true,
  });
};

// Intrinsic prototypes keep what they have and take nothing new: what a handler adds to one cannot
// turn up in the bridge's own objects.
const closePrototypes = () => {
  for (const name of ownKeys(globalThis)) {
    const value = globalThis[name];
    if (typeof value === "function" && isContainer(value.prototype)) preventExtensions(value.prototype);
  }
  for (const sample of [[][Symbol.iterator](), new Map()[Symbol.iterator](), ""[Symbol.iterator]()]) {
    preventExtensions(getPrototypeOf(sample));
  }
};

furnishWorld();
closePrototypes();
return { start, resume, collect };
})
