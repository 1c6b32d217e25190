"""Any operation on any source gives a result: the changed source, or conflicts and no change.

``told`` tries some operations on one random source and says what does not hold.
"""

from random import Random
from typing import Any

from fuzz.cases import TOKENS, generate

from nexus_core import edit, node_hash
from nexus_core.parser import FormatError, parse
from nexus_core.parser.writing.addresses import addressed
from nexus_protocol.edits import EDIT_OPERATIONS

_PIECES = (
    "<Spinner/>", "<State name='q'/>", "text", "<Tool name='z'><Handler>1</Handler></Tool>",
    '<Input bind="$state.a">', "<Test name='t'><Call tool='a'/></Test>", "\0", "<!-- x", "",
    "</NexusPanel><NexusPanel>", "<a=\"'b", "<Text a=b'c\"d/>", "<If condition>a</If><Else/>",
)  # fmt: skip
_NAMES = (
    "label", "name", "value", "default", "title", "args", "bind", "visible", "id", "capabilities",
    "state", "a b", "tags", "content", "@click", "condition", "onClick", "returns", "key",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    "x", "\"'{&<", 1, 1.5, True, False, None, [], {}, ["a"], {"a": {"b": '"'}}, "\n\n",
)  # fmt: skip
_WRITTEN = ("x", "{$state.a}", "\"'", "{\"a\"+'b'}", "{", "{\"a\"+'b'} x", "&amp;", "{{")
_LONGEST = 6000


def _tokens(random: Random) -> str:
    return "".join(random.choices(TOKENS, k=4)).replace("\ud800", "")


def _place(random: Random, hashes: dict[str, str]) -> dict[str, Any]:
    address = random.choice(list(hashes))
    kind = random.choice(("parent", "before", "after"))
    index = {"index": random.randrange(4)} if kind == "parent" and random.random() < 0.7 else {}
    return {kind: address, "hash": hashes[address], **index}


def _operation(random: Random, hashes: dict[str, str]) -> dict[str, Any]:
    address = random.choice(list(hashes))
    named = {"address": address, "hash": hashes[address] if random.random() < 0.98 else "other"}
    nxml = _tokens(random) if random.random() < 0.2 else random.choice(_PIECES)
    match random.choice(("Set", "Insert", "Remove", "Move", "Replace")):
        case "Set":
            literal = {"kind": "literal", "value": random.choice(_VALUES)}
            text = random.choice((*_WRITTEN, _tokens(random)))
            value = random.choice((None, literal, {"kind": "written", "text": text}))
            return {"type": "Set", **named, "name": random.choice(_NAMES), "value": value}
        case "Insert":
            return {"type": "Insert", "place": _place(random, hashes), "nxml": nxml}
        case "Move":
            return {"type": "Move", **named, "place": _place(random, hashes)}
        case "Replace":
            return {"type": "Replace", **named, "nxml": nxml}
        case _:
            return {"type": "Remove", **named}


def _hashes(source: str) -> dict[str, str]:
    """Return the hashes of a panel's nodes by their addresses."""
    ast = parse(source).ast
    found = {"#gone": "none"}
    for address, _ in addressed(ast) if ast else ():
        if len(address) < 4096:
            try:
                found[address] = node_hash(ast or source, address)
            except FormatError:
                found[address] = "none"
    return found


def told(random: Random) -> str | None:
    """Try some operations on one random source; return what does not hold, if anything."""
    source = generate(random)
    source = source if isinstance(source, str) else source.decode("utf-8", "surrogateescape")
    source = source[:_LONGEST]
    hashes = _hashes(source)
    written = [_operation(random, hashes) for _ in range(random.choice((1, 1, 2, 4)))]
    try:
        result = edit(source, EDIT_OPERATIONS.validate_python(written))
    except Exception as error:
        return f"{error!r}: {written} on {source!r}"
    if result.conflicts and result.source != source:
        return f"changed in spite of a conflict: {written} on {source!r}"
    return None
