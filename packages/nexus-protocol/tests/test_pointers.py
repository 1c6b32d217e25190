"""A pointer that was read at one revision leads to the same row later, or nowhere."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace
from nexus_protocol.pointers import join_pointer, leads_into_list, rebase_pointer, split_pointer

pytestmark = pytest.mark.requirement("ker.ws")

OPS = TypeAdapter(tuple[PatchOp, ...])
VECTORS = json.loads(
    (Path(__file__).parents[3] / "tests" / "conformance" / "pointers.json").read_text("utf-8")
)["cases"]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_a_pointer_is_carried_as_the_browser_carries_it(case):
    ops = OPS.validate_python(case["ops"])
    assert rebase_pointer(case["pointer"], ops, case["state"]) == case["after"]


@given(st.lists(st.text(max_size=4) | st.integers(0, 99), max_size=5))
def test_a_pointer_that_was_written_reads_as_its_parts(parts):
    assert split_pointer(join_pointer(parts)) == [str(part) for part in parts]


def test_only_a_pointer_through_a_list_may_lead_elsewhere_later():
    state = {"rows": [{"n": 1}], "byId": {"7": {"n": 1}}}
    found = {path: leads_into_list(path, state) for path in ("/rows", "/rows/0/n", "/byId/7/n")}
    assert found == {"/rows": False, "/rows/0/n": True, "/byId/7/n": False}


# The model: a list holds slots, which keep being themselves wherever they move, and a slot holds
# one content until it is replaced. The names are numbers too, to be told from positions.

NAMES = st.sampled_from(["a", "0", "1", "c/d"])
VALUES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
STATES = st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=4) | VALUES, max_size=2)


@dataclass(eq=False)
class Slot:
    content: object


def grown(value):
    match value:
        case dict():
            return {name: grown(each) for name, each in value.items()}
        case list():
            return [Slot(grown(each)) for each in value]
        case _:
            return value


def plain(node):
    match node:
        case dict():
            return {name: plain(each) for name, each in node.items()}
        case list():
            return [plain(slot.content) for slot in node]
        case _:
            return node


def walk(node, path=()):
    """Yield every place and what holds it."""
    for part, each in node.items() if isinstance(node, dict) else enumerate(node):
        here = (*path, part)
        yield here, node
        content = each.content if isinstance(each, Slot) else each
        if isinstance(content, dict | list):
            yield from walk(content, here)


def rows_on(root, place):
    """Return the last slot on the way to a place, what it holds, and the parts below it."""
    node, found = root, (None, None, place)
    for depth, part in enumerate(place):
        node = node.get(part) if isinstance(node, dict) else node[part]
        if isinstance(node, Slot):
            found = node, node.content, place[depth + 1 :]
            node = node.content
    return found


def expected(root, slot, content, below):
    """Find a slot again, which still has to hold the same where one means something inside."""
    if slot is None:
        return below if held(root, below) else None
    for path, holder in walk(root):
        if isinstance(holder, list) and holder[path[-1]] is slot:
            kept = slot.content is content and held(content, below)
            return (*path, *below) if kept or not below else None
    return None


def held(node, names):
    """Tell whether something can have the last of the names."""
    for name in names[:-1]:
        node = node.get(name) if isinstance(node, dict) else None
    return isinstance(node, dict)


@st.composite
def changes(draw, root):
    """Change a tree of slots a few times; returns the operations."""
    ops = []
    for _ in range(draw(st.integers(0, 4))):
        places = list(walk(root))
        if not places:
            break
        rows = [each for each in places if isinstance(each[1], list)]
        path, holder = draw(st.sampled_from(rows or places) | st.sampled_from(places))
        value = draw(VALUES)
        if isinstance(holder, list):
            ops.append(draw(list_change(path, holder, value)))
            continue
        kinds = [Add(path=join_pointer(path), value=same_kind(holder[path[-1]], value))]
        kinds.append(Replace(path=join_pointer(path), value=kinds[0].value))
        ops.append(draw(st.sampled_from(kinds)))
        holder[path[-1]] = grown(kinds[0].value)
    return tuple(ops)


def same_kind(before, value):
    """A place keeps being a list or an object: else nothing would tell what it was."""
    kind = next((each for each in (dict, list) if isinstance(before, each)), None)
    return value if kind is None or isinstance(value, kind) else kind()


@st.composite
def list_change(draw, path, holder, value):
    *above, index = path
    pointer, to = join_pointer(path), draw(st.integers(0, len(holder) - 1))
    slot = holder[index]
    match draw(st.sampled_from(["add", "append", "remove", "replace", "move"])):
        case "add":
            holder.insert(index, Slot(grown(value)))
            return Add(path=pointer, value=value)
        case "append":
            holder.append(Slot(grown(value)))
            return Add(path=join_pointer((*above, "-")), value=value)
        case "remove":
            del holder[index]
            return Remove(path=pointer)
        case "replace":
            value = same_kind(slot.content, value)
            slot.content = grown(value)
            return Replace(path=pointer, value=value)
        case _:
            holder.insert(to, holder.pop(index))
            return Move(from_=pointer, path=join_pointer((*above, to)))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_place_is_where_its_row_is(data):
    root = grown(data.draw(STATES))
    places = [path for path, _ in walk(root)]
    in_rows = [path for path in places if any(isinstance(part, int) for part in path)]
    place = data.draw(st.sampled_from(in_rows or [("new",), *places]))
    here = rows_on(root, place)
    ops = data.draw(changes(root))
    then = expected(root, *here)
    event("gone" if then is None else "moved" if then != place else "stays")
    found = rebase_pointer(join_pointer(place), ops, plain(root))
    assert found == (None if then is None else join_pointer(then))
