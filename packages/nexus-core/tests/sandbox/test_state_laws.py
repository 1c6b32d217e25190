"""What a segment reports is what its handler did: laws over random states and programs.

A program is a list of steps that an interpreter written as a handler carries out, once on `$state`
and once on a plain copy with the meaning that assigning to the state has: values are copied unless
they were taken out of it before.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.changes import apply_ops
from nexus_core.sandbox import Job, Reply, ToolSource
from nexus_protocol.capabilities import Grant
from nexus_protocol.patches import Add, Move, Remove, Replace

keys = st.sampled_from(["a", "b", "c", "id", "x/y", "~", "10", "length"])
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "y"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
states = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, min_size=1, max_size=4)
VERBS = [
    "set", "set", "unset", "push", "pop", "shift", "unshift", "splice", "sort", "reverse",
    "length", "hold", "put", "put", "wrap", "swap", "filter", "map", "fill",
]  # fmt: skip
steps = st.fixed_dictionaries(
    {
        "verb": st.sampled_from(VERBS),
        "at": st.integers(0, 40),
        "n": st.integers(0, 6),
        "m": st.integers(0, 3),
        "key": keys,
        "value": values,
    }
)
programs = st.lists(steps, max_size=12)

INTERPRETER = r"""
const isBox = v => typeof v === "object" && v !== null;
const clone = v => isBox(v) ? JSON.parse(JSON.stringify(v)) : v;
const boxes = (v, out = []) => {
  if (isBox(v)) { out.push(v); for (const k of Object.keys(v)) boxes(v[k], out); }
  return out;
};
const contains = (v, x) => boxes(v).includes(x);
// On the plain copy, what the state does by itself: keep what was taken out, copy the rest.
const taking = root => function take(v, target) {
  if (!isBox(v)) return v;
  if (contains(root, v) || contains(v, target)) return clone(v);
  for (const k of Object.keys(v)) v[k] = take(v[k], target);
  return v;
};
const machine = (root, take) => {
  const held = [];
  const where = (s, list) => {
    const all = boxes(root).filter(b => b !== root && (!list || Array.isArray(b)));
    return all.length ? all[s.at % all.length] : undefined;
  };
  const keyIn = (box, s) => Array.isArray(box) ? s.n % (box.length + 1) : s.key === "length" ? "c" : s.key;
  const assign = (box, key, v) => {
    if (take) {
      if (contains(v, box)) v = clone(v);
      if (key in box) box[key] = null;
      v = take(v, box);
    }
    box[key] = v;
  };
  const verbs = {
    set(s) { const b = where(s); if (b) assign(b, keyIn(b, s), clone(s.value)); },
    unset(s) { const b = where(s); if (b && !Array.isArray(b)) delete b[s.key]; },
    push(s) { const b = where(s, true); if (b) b.push(clone(s.value)); },
    unshift(s) { const b = where(s, true); if (b) b.unshift(clone(s.value), s.n); },
    pop(s) { const b = where(s, true); if (b) held.push(b.pop()); },
    shift(s) { const b = where(s, true); if (b) held.push(b.shift()); },
    splice(s) { const b = where(s, true); if (b) held.push(...b.splice(s.n, s.m, clone(s.value))); },
    sort(s) { const b = where(s, true); if (b) b.sort((x, y) => JSON.stringify(x) < JSON.stringify(y) ? -1 : 1); },
    reverse(s) { const b = where(s, true); if (b) b.reverse(); },
    length(s) { const b = where(s, true); if (b) b.length = Math.min(b.length, s.n); },
    fill(s) { const b = where(s, true); if (b) for (let i = 0; i < b.length; i++) assign(b, i, clone(s.value)); },
    hold(s) { held.push(where(s)); },
    put(s) {
      const b = where(s), v = held[s.m % (held.length || 1)];
      if (b && v !== undefined) assign(b, keyIn(b, s), v);
    },
    wrap(s) {
      const b = where(s);
      if (b) { const key = keyIn(b, s); if (isBox(b[key])) assign(b, key, [b[key], s.n]); }
    },
    swap(s) {
      const b = where(s, true);
      if (b && b.length > 1) {
        const i = s.n % b.length, j = s.m % b.length, x = b[i], y = b[j];
        assign(b, i, y); assign(b, j, x);
      }
    },
    filter(s) {
      const b = where(s), key = keyIn(b ?? {}, s);
      if (b && Array.isArray(b[key])) assign(b, key, b[key].filter((_, i) => i !== s.m));
    },
    map(s) {
      const b = where(s), key = keyIn(b ?? {}, s);
      if (b && Array.isArray(b[key])) assign(b, key, b[key].map((v, i) => i === s.m && isBox(v) && !Array.isArray(v) ? { ...v, a: s.n } : v));
    },
  };
  return step => verbs[step.verb](step);
};
"""  # noqa: E501
ALL = "const view = () => Object.fromEntries(Object.keys($state).map(k => [k, clone($state[k])]));"


def job(code: str, state, **fields) -> Job:
    tool = ToolSource(name="law", code=INTERPRETER + ALL + code)
    return Job(tool=tool, state=state, grant=Grant.of([*EVERYTHING, "ext:clock"]), **fields)


EVERYTHING = [str(capability) for capability in Grant.everything()]


@settings(max_examples=300, deadline=None)
@given(state=states, program=programs)
def test_applying_the_operations_gives_the_handlers_new_state(sandbox, state, program):
    code = "const run = machine($state); for (const s of $args.program) run(s); return view();"

    segment = sandbox.open(job(code, state, args={"program": program})).start()

    assert segment.error is None
    assert apply_ops(state, segment.ops) == segment.value


@settings(max_examples=300, deadline=None)
@given(state=states, program=programs)
def test_the_state_behaves_like_plain_data_that_copies_on_assignment(sandbox, state, program):
    code = """
    const plain = clone(view());
    const run = machine($state), model = machine(plain, taking(plain));
    for (const s of $args.program) { run(s); model(s); }
    return [view(), plain];
    """

    segment = sandbox.open(job(code, state, args={"program": program})).start()

    assert segment.error is None
    assert segment.value[0] == segment.value[1]


def containers(value, path=""):
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            yield from containers(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        yield path, value
        for index, item in enumerate(value):
            yield from containers(item, f"{path}/{index}")


def foreign_op(data, state):
    """Draw one operation that somebody else could have committed."""
    path, box = data.draw(st.sampled_from(list(containers(state))))
    value = data.draw(values)
    if isinstance(box, dict):
        key = data.draw(st.sampled_from(["a", "b", "c", *sorted(box)]))
        at = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in box and path and data.draw(st.booleans()):
            return Remove(path=at)
        return Add(path=at, value=value)
    if not box:
        return Add(path=f"{path}/-", value=value)
    first, second = (data.draw(st.integers(0, len(box) - 1)) for _ in range(2))
    kind = data.draw(st.sampled_from(["add", "remove", "replace", "move"]))
    if kind == "add":
        return Add(path=f"{path}/{first}", value=value)
    if kind == "remove":
        return Remove(path=f"{path}/{first}")
    if kind == "replace":
        return Replace(path=f"{path}/{first}", value=value)
    return Move(from_=f"{path}/{first}", path=f"{path}/{second}")


@settings(max_examples=200, deadline=None)
@given(data=st.data(), state=states, parts=st.lists(programs, min_size=2, max_size=3))
def test_what_others_commit_between_segments_is_what_the_handler_goes_on_with(
    sandbox, data, state, parts
):
    code = """
    const run = machine($state);
    for (const part of $args.parts) {
      for (const s of part) run(s);
      await $ext.clock.tick();
    }
    return view();
    """
    run = sandbox.open(job(code, state, args={"parts": parts}, aliases=frozenset({"clock"})))
    segment = run.start()
    while segment.status == "waiting":
        state = apply_ops(state, segment.ops)
        foreign = []
        for _ in range(data.draw(st.integers(0, 3))):
            foreign.append(foreign_op(data, state))
            state = apply_ops(state, foreign[-1:])
        segment = run.resume([Reply(id=segment.requests[0].id)], foreign)

    assert segment.error is None
    assert apply_ops(state, segment.ops) == segment.value
