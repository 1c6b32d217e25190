"""Operations on nodes of a panel, applied to its source."""

# ruff: noqa: E501  a case stands on a line

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nexus_core import edit, node_hash
from nexus_core.parser import AddressError, EditResult, ParseLimits, format_source, parse
from nexus_core.testing.strategies import panels
from nexus_protocol import PanelAst
from nexus_protocol.edits import EDIT_OPERATIONS, ConflictCode, EditOperation

from .edit_model import Model, comparable

cases = settings(deadline=None)

SOURCE = """\
<NexusPanel title="T">
  <Data>
    <State name="n" type="number" default="1"/>
    <State name="list" type="list"/>
    <Computed name="twice" value="{$state.n * 2}"/>
  </Data>
  <Logic>
    <Tool name="add">
      <Arg name="by" required="false"/>
      <Handler>$state.n += 1;</Handler>
    </Tool>
    <Lifecycle on="mount"><Handler>$state.list = [];</Handler></Lifecycle>
  </Logic>
  <View>
    <!-- the whole -->
    <Layout id="root"   gap='sm'>
        <Text>Hello {$state.twice}</Text> <!-- odd -->
        <Button trigger="add"
                label="Add"/>
        <Card/>
        <If condition="{$state.list.length}">
          <Spinner/>
        </If>
        <!-- between -->
        <Else>none</Else>
        <Iterate items="{$state.list}" key="id"><Code content="a"/></Iterate>
    </Layout>
  </View>
  <Test name="adds">
    <Given state="{ n: 1 }"/>
    <Call tool="add"/>
    <Expect state="{ n: 2 }" condition="{$state.n === 2}"/>
  </Test>
</NexusPanel>
"""


def operation(source: str, written: dict[str, Any]) -> EditOperation:
    """Read an operation as it comes from outside, its hashes filled in."""
    if "address" in written and "hash" not in written:
        written = {"hash": node_hash(source, written["address"]), **written}
    if "place" in written:
        anchor = next(v for k, v in written["place"].items() if k in ("parent", "before", "after"))
        place = written["place"]
        if "hash" not in place:
            place = {"hash": node_hash(source, anchor), **place}
        written = {**written, "place": place}
    return EDIT_OPERATIONS.validate_python((written,))[0]


def edited(source: str, *written: dict[str, Any]) -> EditResult:
    return edit(source, [operation(source, each) for each in written])


def literal(address: str, name: str, value: Any) -> dict[str, Any]:
    return {
        "type": "Set",
        "address": address,
        "name": name,
        "value": {"kind": "literal", "value": value},
    }


def written(address: str, name: str, text: str) -> dict[str, Any]:
    value = {"kind": "written", "text": text}
    return {"type": "Set", "address": address, "name": name, "value": value}


# ---- what each operation writes

BUTTON = "#root/Button[0]"
CHANGES: list[tuple[list[dict[str, Any]], list[tuple[str, str]]]] = [
    (
        [literal(BUTTON, "label", "Say \"hi\" & <go> {now} it's")],
        [('label="Add"', 'label="Say &quot;hi&quot; &amp; <go> {{now}} it\'s"')],
    ),
    (
        [written(BUTTON, "label", "{$state.n} \"times\" it's")],
        [('label="Add"', 'label="{$state.n} &quot;times&quot; it\'s"')],
    ),
    (
        [written(BUTTON, "label", "it's {\"a\"}")],
        [('label="Add"', "label='it&apos;s {\"a\"}'")],
    ),
    ([written(BUTTON, "label", "{'a' + \"b\"}")], [('label="Add"', "label={'a' + \"b\"}")]),
    (
        [literal(BUTTON, "disabled", True)],
        [('label="Add"/>', 'label="Add"\n                disabled/>')],
    ),
    ([literal(BUTTON, "onClick", "add"), literal(BUTTON, "id", "b")],
     [('label="Add"/>', 'label="Add"\n                id="b"/>')]),
    ([{"type": "Set", "address": BUTTON, "name": "trigger"}, literal("#root/Card[0]", "title", "x")],
     [('<Button trigger="add"', "<Button"), ("<Card/>", '<Card title="x"/>')]),
    ([literal("#root/Text[0]", "content", "a < {b} & c")],
     [("Hello {$state.twice}", "a &lt; {{b}} &amp; c")]),
    ([literal("#root/Text[0]", "content", "  a")],
     [("<Text>Hello {$state.twice}</Text>", '<Text content="  a"></Text>')]),
    ([written("#root/Text[0]", "content", "{$state.n}")],
     [("<Text>Hello {$state.twice}</Text>", '<Text content="{$state.n}"></Text>')]),
    ([literal("#root/Text[0]", "content", ""), literal("#root/Text[0]", "variant", "h1")],
     [("<Text>Hello {$state.twice}</Text>", '<Text content="" variant="h1"></Text>')]),
    ([literal("#root/Iterate[0]", "key", "{id}"), literal("#root/If[0]", "condition", False)],
     [('key="id"', 'key="{id}"'), ('"{$state.list.length}"', '"{false}"')]),
    ([literal("NexusPanel", "title", "A & B"), literal("NexusPanel", "tags", "a, b")],
     [('title="T"', 'title="A &amp; B" tags="a, b"')]),
    ([literal("Data/State[n]", "default", 2.5), literal("Data/State[list]", "default", [{"a": "it's"}])],
     [('default="1"', 'default="2.5"'),
      ('type="list"', 'type="list" default="[{&quot;a&quot;: &quot;it\'s&quot;}]"')]),
    ([literal("Data/Computed[twice]", "value", ["a"])], [('"{$state.n * 2}"', "\"{['a']}\"")]),
    ([literal("Logic/Tool[add]/Arg[by]", "required", False),
      literal("Logic/Tool[add]/Handler", "timeout_ms", 50)],
     [("<Handler>$state.n", '<Handler timeout_ms="50">$state.n')]),
    ([literal("Test[adds]/Expect[0]", "state", {"n": 3}),
      literal("Test[adds]/Expect[0]", "condition", True)],
     [("{ n: 2 }", "{ n: 3 }"), ("{$state.n === 2}", "{true}")]),
    ([{"type": "Insert", "place": {"parent": "#root", "index": 1}, "nxml": "<Card><Spinner/></Card>\n\ntext"}],
     [(" <!-- odd -->\n", " <!-- odd -->\n        <Card>\n          <Spinner/>\n        </Card>\n        text\n")]),
    ([{"type": "Insert", "place": {"parent": "#root", "index": 0}, "nxml": "<Spinner/>"}],
     [("        <Text>", "        <Spinner/>\n        <Text>")]),
    ([{"type": "Insert", "place": {"parent": "#root/Card[0]"}, "nxml": "a"}],
     [("<Card/>", "<Card>\n          a\n        </Card>")]),
    ([{"type": "Insert", "place": {"parent": "#root/If[0]/Else"}, "nxml": "more"}],
     [("none<", "none<!---->\n        more<")]),
    ([{"type": "Insert", "place": {"before": "#root/If[0]/Else/text[0]"}, "nxml": "<Spinner/>more"}],
     [("none<", "<Spinner/>\n        more\n        <!---->none<")]),
    ([literal(BUTTON, "args", {"by": "it's"})],
     [('label="Add"', "label=\"Add\"\n                args=\"{ by: 'it\\'s' }\"")]),
    ([{"type": "Insert", "place": {"before": "#root/Iterate[0]"}, "nxml": "<Spinner id=s />"}],
     [("        <Iterate", '        <Spinner id="s"/>\n        <Iterate')]),
    ([{"type": "Insert", "place": {"after": "View/Layout/#root/Iterate[0]/Code[0]"}, "nxml": "<Spinner/>"}],
     [('<Code content="a"/>', '<Code content="a"/><Spinner/>')]),
    ([{"type": "Insert", "place": {"parent": "Data", "index": 0}, "nxml": '<State name="m"/>'},
      {"type": "Insert", "place": {"parent": "NexusPanel"}, "nxml": '<Test name="b"><Call tool="add"/></Test>'}],
     [('    <State name="n"', '    <State name="m"/>\n    <State name="n"'),
      ("  </Test>\n", '  </Test>\n  <Test name="b">\n    <Call tool="add"/>\n  </Test>\n')]),
    ([{"type": "Remove", "address": BUTTON}],
     [('        <Button trigger="add"\n                label="Add"/>\n', "")]),
    ([{"type": "Remove", "address": "#root/Text[0]"}], [("<Text>Hello {$state.twice}</Text>", "")]),
    ([{"type": "Remove", "address": "#root/If[0]"}],
     [(SOURCE[SOURCE.index("        <If"): SOURCE.index("        <Iterate")], "")]),
    ([{"type": "Remove", "address": "#root/If[0]/Else"}], [("        <Else>none</Else>\n", "")]),
    ([{"type": "Move", "address": "#root/If[0]", "place": {"parent": "#root/Card[0]"}}],
     [(SOURCE[SOURCE.index("        <If"): SOURCE.index("        <Iterate")], ""),
      ("<Card/>", """<Card>
          <If condition="{$state.list.length}">
            <Spinner/>
          </If>
          <!-- between -->
          <Else>
            none
          </Else>
        </Card>""")]),
    ([{"type": "Move", "address": BUTTON, "place": {"parent": "#root", "index": 1}}], []),
    ([{"type": "Move", "address": "Data/State[list]", "place": {"before": "Data/State[n]"}}],
     [('    <State name="n" type="number" default="1"/>\n    <State name="list" type="list"/>\n',
       '    <State name="list" type="list"/>\n    <State name="n" type="number" default="1"/>\n')]),
    ([{"type": "Replace", "address": "Logic/Tool[add]/Handler", "nxml": "<Handler>return 1;\n//</Handler>"}],
     [("<Handler>$state.n += 1;</Handler>", "<Handler>return 1;\n//</Handler>")]),
    ([{"type": "Replace", "address": "#root/If[0]/Else/text[0]", "nxml": "a < b"}], [("none", "a &lt; b")]),
]  # fmt: skip


@pytest.mark.parametrize(("operations", "changes"), CHANGES)
@pytest.mark.requirement("lang.printer")
def test_an_operation_changes_the_text_of_its_node_and_no_other(
    operations: list[dict[str, Any]], changes: list[tuple[str, str]]
):
    expected = SOURCE
    for before, after in changes:
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    result = edited(SOURCE, *operations)
    assert result.conflicts == ()
    assert result.source == expected


# ---- conflicts

CONFLICTS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{"type": "Remove", "address": "#gone", "hash": ""}], "ADDRESS_GONE", "#gone"),
    ([{"type": "Remove", "address": BUTTON, "hash": "0"}], "HASH_DIFFERS", BUTTON),
    ([{"type": "Insert", "place": {"parent": "#root", "hash": "0"}, "nxml": "a"}], "HASH_DIFFERS", "#root"),
    ([{"type": "Remove", "address": "NexusPanel"}], "NOT_APPLICABLE", "NexusPanel"),
    ([literal("#root/If[0]/Else/text[0]", "a", "b")], "NOT_APPLICABLE", "#root/If[0]/Else/text[0]"),
    ([literal(BUTTON, "a b", "c")], "NOT_APPLICABLE", BUTTON),
    ([written(BUTTON, "label", "a {'b'} {\"c\"}")], "NOT_APPLICABLE", BUTTON),
    ([{"type": "Insert", "place": {"parent": "#root", "index": 9}, "nxml": "a"}], "NOT_APPLICABLE", "#root"),
    ([{"type": "Insert", "place": {"parent": BUTTON}, "nxml": "a"}], "NOT_APPLICABLE", BUTTON),
    ([{"type": "Insert", "place": {"parent": "Data/State[n]"}, "nxml": "a"}], "NOT_APPLICABLE", "Data/State[n]"),
    ([{"type": "Move", "address": "#root", "place": {"parent": "#root/Card[0]"}}], "NOT_APPLICABLE", "#root"),
    ([{"type": "Move", "address": "#root", "place": {"parent": "#root"}}], "NOT_APPLICABLE", "#root"),
    ([{"type": "Move", "address": BUTTON, "place": {"after": BUTTON}}], "NOT_APPLICABLE", BUTTON),
    ([{"type": "Insert", "place": {"parent": "#root"}, "nxml": "</Layout><Layout>"}], "INVALID_NXML", "#root"),
    ([{"type": "Insert", "place": {"parent": "#root"}, "nxml": "</NexusPanel>"}], "INVALID_NXML", "#root"),
    ([{"type": "Insert", "place": {"parent": "#root"}, "nxml": " <!-- a --> "}], "INVALID_NXML", "#root"),
    ([{"type": "Insert", "place": {"parent": "#root"}, "nxml": "\0"}], "INVALID_NXML", "#root"),
    ([{"type": "Insert", "place": {"parent": "#root"}, "nxml": "<Image alt=x{`\"'`.length}/>"}], "INVALID_NXML", "#root"),
    ([{"type": "Replace", "address": BUTTON, "nxml": "<Spinner/><Spinner/>"}], "INVALID_NXML", BUTTON),
    ([literal(BUTTON, "label", "x"), {"type": "Remove", "address": BUTTON}], "OVERLAP", BUTTON),
    ([literal(BUTTON, "label", "x"), literal(BUTTON, "label", "y")], "OVERLAP", BUTTON),
    ([{"type": "Remove", "address": "Data/State[n]"}], "NEW_ERRORS", "Data/Computed[twice]"),
    ([literal("#root", "gap", "huge")], "NEW_ERRORS", "View/#root"),
]  # fmt: skip


@pytest.mark.parametrize(("operations", "code", "address"), CONFLICTS)
@pytest.mark.requirement("lang.printer")
def test_an_operation_that_cannot_be_applied_is_a_conflict_and_nothing_is(
    operations: list[dict[str, Any]], code: str, address: str
):
    harmless = literal("NexusPanel", "title", "changed")
    result = edited(SOURCE, harmless, *operations)
    told = [(each.code, each.address) for each in result.conflicts]
    assert (told, result.source) == ([(ConflictCode(code), address)], SOURCE)
    assert all(each.hint for each in result.conflicts)


@pytest.mark.requirement("lang.printer")
def test_a_conflict_tells_the_operation_and_what_was_expected_and_found():
    operations = [
        literal("NexusPanel", "title", "x"),
        {"type": "Remove", "address": BUTTON, "hash": "old"},
    ]
    conflict = edited(SOURCE, *operations).conflicts[0]
    assert (conflict.operation, conflict.expected, conflict.found) == (
        1, "old", node_hash(SOURCE, BUTTON),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("<NexusPanel><View><Spinner></View></NexusPanel>", "Spinner"),
        ("<NexusPanel><View><Spinner id=a /></View></NexusPanel>", "#a"),
        ("<NexusPanel><View><Layout><Card></Layout></View></NexusPanel>", "Layout/Card[0]"),
        ("<NexusPanel><View><Card><If condition={1}></If><Else></Card></View></NexusPanel>", "Card/If[0]"),
    ],
)  # fmt: skip
@pytest.mark.requirement("lang.printer")
def test_a_node_whose_source_was_mended_is_not_touched(source: str, address: str):
    result = edited(source, {"type": "Remove", "address": address})
    assert [each.code for each in result.conflicts] == [ConflictCode.NOT_EXACT]


@pytest.mark.requirement("lang.printer")
def test_a_node_with_slips_in_it_is_not_moved():
    source = "<NexusPanel><View><Row><Card id='a'><Spinner id=b /></Card></Row></View></NexusPanel>"
    place = {"before": "#a"}
    result = edited(source, {"type": "Move", "address": "#a", "place": place})
    assert [each.code for each in result.conflicts] == [ConflictCode.NOT_EXACT]


@pytest.mark.requirement("lang.printer")
def test_slips_in_what_is_put_in_are_mended():
    nxml = "<Text content=a\"b'c /><Button label={'a' + \"b\"} />"
    result = edited(SOURCE, {"type": "Insert", "place": {"parent": "#root/Card[0]"}, "nxml": nxml})
    assert (
        """<Text content="a&quot;b'c"/>\n          <Button label={'a' + "b"}/>""" in result.source
    )


@pytest.mark.requirement("lang.printer")
def test_slips_that_are_too_many_to_mend_are_a_conflict():
    written = {"type": "Insert", "place": {"parent": "#root"}, "nxml": "<" * 300}
    result = edit(SOURCE, [operation(SOURCE, written)], limits=ParseLimits(nodes=40))
    assert [each.code for each in result.conflicts] == [ConflictCode.INVALID_NXML]


@pytest.mark.requirement("lang.printer")
def test_a_panel_without_a_view_is_edited():
    source = '<NexusPanel><Data><State name="n"/></Data></NexusPanel>'
    result = edited(source, literal("NexusPanel", "title", "N"))
    assert result.source == source.replace("<NexusPanel>", '<NexusPanel title="N">')


@pytest.mark.requirement("lang.printer")
def test_a_node_that_cannot_be_printed_has_no_hash_to_compare():
    source = "<NexusPanel><View><Image src='/a' alt=x{`\"'`.length}/></View></NexusPanel>"
    result = edited(source, {"type": "Remove", "address": "Image", "hash": "0"})
    assert [each.code for each in result.conflicts] == [ConflictCode.NOT_EXACT]


@pytest.mark.parametrize("parent", ["Data", "Layout/If[0]/Else", "Logic/Tool[a]/Handler"])
@pytest.mark.requirement("lang.printer")
def test_what_the_source_does_not_hold_takes_no_nodes(parent: str):
    source = """<NexusPanel><Logic><Tool name="a"/></Logic><View><Layout><If condition="{1}">a</If>
        </Layout></View></NexusPanel>"""
    result = edited(source, {"type": "Insert", "place": {"parent": parent}, "nxml": "a"})
    assert [each.code for each in result.conflicts] == [ConflictCode.NOT_APPLICABLE]


@pytest.mark.requirement("lang.printer")
def test_children_among_html_are_not_counted():
    source = "<NexusPanel><View><Card><div>a</div></Card></View></NexusPanel>"
    result = edited(source, {"type": "Insert", "place": {"parent": "Card"}, "nxml": "a"})
    assert [each.code for each in result.conflicts] == [ConflictCode.NOT_EXACT]


@pytest.mark.requirement("lang.printer")
def test_a_source_without_a_panel_has_no_addresses():
    result = edit(
        "", EDIT_OPERATIONS.validate_python([{"type": "Remove", "address": "a", "hash": ""}])
    )
    assert result.conflicts[0].hint == "The source holds no panel that can be read."


@pytest.mark.requirement("lang.printer")
def test_errors_that_were_there_before_do_not_keep_an_edit_from_being_applied():
    source = SOURCE.replace("gap='sm'", "gap='huge'")
    result = edited(source, literal(BUTTON, "label", "x"))
    assert result.ok
    assert [each.found for each in result.diagnostics if each.severity == "error"] == ["huge"]


@pytest.mark.requirement("lang.printer")
def test_several_roots_are_children_of_the_view():
    source = "<NexusPanel><View>\n  <Spinner/>\n  <Card/>\n</View></NexusPanel>"
    inserted = edited(source, {"type": "Insert", "place": {"parent": "Layout"}, "nxml": "a"})
    assert inserted.source == source.replace("<Card/>", "<Card/>\n  a")
    refused = edited(
        source, literal("Layout", "gap", "sm"), {"type": "Remove", "address": "Layout"}
    )
    assert [each.code for each in refused.conflicts] == [ConflictCode.NOT_APPLICABLE] * 2


@pytest.mark.requirement("lang.printer")
def test_two_texts_stay_apart_when_what_stood_between_them_is_removed():
    source = "<NexusPanel><View><Card>a <Spinner/> b</Card></View></NexusPanel>"
    removed = edited(source, {"type": "Remove", "address": "Card/Spinner[0]"})
    assert removed.source == source.replace("<Spinner/>", "<!---->")


# ---- hashes


@pytest.mark.requirement("lang.printer")
def test_the_hash_of_a_node_covers_what_is_in_it_and_nothing_around_it():
    changed = SOURCE.replace("<Spinner/>", '<Spinner label="x"/>')
    addresses = ("#root", "#root/If[0]", BUTTON, "Data", "NexusPanel")
    same = [node_hash(SOURCE, each) == node_hash(changed, each) for each in addresses]
    assert same == [False, False, True, True, False]


@pytest.mark.requirement("lang.printer")
def test_the_hash_of_a_node_does_not_depend_on_its_layout_or_its_place():
    laid_out = format_source(SOURCE).replace("<!-- odd -->", "<Metric label='a' value='1'/>")
    assert [node_hash(laid_out, each) for each in (BUTTON, "#root/If[0]")] == [
        node_hash(SOURCE, each) for each in (BUTTON, "#root/If[0]")
    ]


@pytest.mark.requirement("lang.printer")
def test_a_tree_and_its_source_have_the_same_hashes():
    ast = parse(SOURCE).ast
    assert ast is not None
    addresses = (
        "NexusPanel",
        "View",
        "Logic",
        "#root/If[0]/Else",
        "Logic/Lifecycle[mount]/Handler",
    )
    assert [node_hash(ast, each) for each in addresses] == [
        node_hash(SOURCE, each) for each in addresses
    ]


@pytest.mark.requirement("lang.printer")
def test_an_address_that_is_not_there_has_no_hash():
    with pytest.raises(AddressError, match="there is no #gone"):
        node_hash(SOURCE, "#gone")


# ---- laws

PIECES = (
    "<Spinner/>",
    "<Text>new &amp; x</Text>",
    "<Card><Text>a</Text>\n\n<!-- c --><Spinner/></Card>",
    "<If condition='{1}'><Spinner/></If><Else>x</Else>",
    "<Text variant='code'>\n  a\n   b\n</Text>",
    "plain text",
)
SEVERAL = (*PIECES, "<Spinner/> text", "a<Spinner/>b")
TEXTS = (
    "",
    "x",
    'Say "hi" & <go> {now} it\'s',
    " a  b ",
    "\n",
    "}}",
    "a\n  b",
    "{{",
    "&amp;",
    "12",
)


class Drawn:
    """A panel, its model, and operations on it that are drawn one after the other."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self.source = data.draw(panels(max_nodes=10))
        self.model = Model(self.source, parsed(self.source))
        self.addresses = list(self.model.spots())
        assume(self.addresses)

    def pick(self, options):
        return self._data.draw(st.sampled_from(options))

    def place(self) -> dict[str, Any]:
        kind = self.pick(("parent", "before", "after"))
        if kind != "parent":
            return {kind: self.pick(self.addresses)}
        index = self.pick((None, 0, 1, 2))
        parent = self.pick(["View", *self.addresses])
        return {"parent": parent, **({} if index is None else {"index": index})}

    def operation(self) -> EditOperation:
        address = self.pick(self.addresses)
        match self.pick(("Set", "Insert", "Remove", "Move", "Replace")):
            case "Set":
                known = self.model.spots()[address].node
                assume(known["kind"] == "component" and known["known"])
                text = {"Text": "content", "Code": "content", "Button": "label", "Tab": "title"}
                names = ("className", "aria-label", text.get(known["type"], "className"))
                change = literal(address, self.pick(names), self.pick(TEXTS))
            case "Insert":
                change = {"type": "Insert", "place": self.place(), "nxml": self.pick(SEVERAL)}
            case "Move":
                change = {"type": "Move", "address": address, "place": self.place()}
            case "Replace":
                change = {"type": "Replace", "address": address, "nxml": self.pick(PIECES)}
            case _:
                change = {"type": "Remove", "address": address}
        return operation(self.source, change)


def parsed(source: str) -> PanelAst:
    ast = parse(source).ast
    assert ast is not None
    return ast


def tree_of(source: str) -> object:
    return comparable(json.loads(parsed(source).to_json()))


@pytest.mark.requirement("lang.printer")
@cases
@given(st.data())
def test_an_operation_does_to_the_tree_what_it_does_to_a_plain_model(data: st.DataObject):
    drawn = Drawn(data)
    change = drawn.operation()
    result = edit(drawn.source, [change])
    if result.ok:
        drawn.model.apply(change)
        assert tree_of(result.source) == drawn.model.comparable()
    else:
        assert result.source == drawn.source


@pytest.mark.requirement("lang.printer")
@cases
@given(st.data())
def test_operations_that_do_not_touch_each_other_give_the_same_in_any_order(data: st.DataObject):
    drawn = Drawn(data)
    first, second = drawn.operation(), drawn.operation()
    assume(first.type != "Insert" or second.type != "Insert")  # at one place they keep their order
    assume("Move" not in (first.type, second.type))
    one, other = edit(drawn.source, [first, second]), edit(drawn.source, [second, first])
    assert (tree_of(one.source), one.ok) == (tree_of(other.source), other.ok)


@pytest.mark.requirement("lang.printer")
@cases
@given(st.data())
def test_what_is_inserted_and_removed_leaves_the_source_as_it_was(data: st.DataObject):
    drawn = Drawn(data)
    elements = [each for each in drawn.addresses if "/text[" not in each]
    assume(elements)
    place = {drawn.pick(("before", "after")): drawn.pick(elements)}
    nxml = '<Card id="new-one"><Spinner/></Card>'
    inserted = edited(drawn.source, {"type": "Insert", "place": place, "nxml": nxml})
    assume(inserted.ok)
    removed = edited(inserted.source, {"type": "Remove", "address": "#new-one"})
    assert removed.source == drawn.source


@pytest.mark.requirement("lang.printer")
@cases
@given(st.data())
def test_setting_an_attribute_twice_is_setting_it_once(data: st.DataObject):
    drawn = Drawn(data)
    address = drawn.pick(drawn.addresses)
    assume(drawn.model.spots()[address].node["kind"] == "component")
    change = literal(address, drawn.pick(("className", "aria-label", "visible")), drawn.pick(TEXTS))
    once = edited(drawn.source, change)
    assert once.ok
    assert edited(once.source, change).source == once.source


@pytest.mark.requirement("lang.printer")
@cases
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.lists(st.sampled_from(PIECES), max_size=3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(("", "\n    ")),
)
def test_what_is_moved_and_moved_back_leaves_the_tree_as_it_was(
    here: list[str], there: list[str], start: int, end: int, space: str
):
    start, end = start % len(here), end % (len(there) + 1)
    here[start] = '<Card id="moving">a</Card>'
    home, other = (space + "<!-- -->".join(each) + space for each in (here, there))
    source = (
        f'<NexusPanel><View><Layout><Row id="here">{home}</Row>'
        f'<Row id="there">{other}</Row></Layout></View></NexusPanel>'
    )
    moved = edited(source, move("#there", end))
    assert moved.ok
    back = edited(moved.source, move("#here", start))
    assert back.ok
    assert tree_of(back.source) == tree_of(source)


def move(parent: str, index: int) -> dict[str, Any]:
    return {"type": "Move", "address": "#moving", "place": {"parent": parent, "index": index}}
