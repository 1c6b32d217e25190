"""Trees back to NXML, and expressions back to JavaScript."""

import json

import pytest
from hypothesis import given, settings

from nexus_core import generate
from nexus_core.parser import (
    FormatError,
    format_source,
    parse,
    parse_expression,
    print_expression,
)
from nexus_core.testing.expressions import expressions as evaluated
from nexus_core.testing.strategies import expressions, panels
from nexus_protocol import PanelAst

from . import samples

cases = settings(deadline=None)

PANEL = """\
<NexusPanel title="A &quot;B&quot; 'C' &amp; D" tags="a, b">
  <Data>
    <State name="text" type="string" default="{x} &amp; &quot;y&quot;'"/>
    <State name="list" type="list" default='[{"id": 1}]'/>
    <State name="word" default='"12"'/>
    <Computed name="first" value="{$state.list[0]}"/>
  </Data>

  <Logic>
    <Extension name="nexus.http"/>
    <Tool name="add">
      <Arg name="n" type="number" default="1.0"/>
      <Arg name="m" required="false"/>
      <Handler capabilities="state:write:text" timeout_ms="250">$state.text = `${1 < 2}`;</Handler>
    </Tool>
    <Lifecycle on="mount">
      <Handler><![CDATA[const a = '</handler>';]]></Handler>
    </Lifecycle>
  </Logic>

  <View>
    <Layout>
      one
      <!---->
      two {{3}} &lt; {$state.text /* " ' */}
      <Text id="t">{ {a: "x", b: 'y'}.a}</Text>
      <Text content=" kept  spaces "/>
      <Text variant="code">let a
{$state.text}
  b</Text>
      <Button label="Go" trigger="add" args="{ n: 1 }"/>
      <Image src="/a" alt={["a", 'b'].join()}/>
      <If id="if" condition>
        <Spinner/>
      </If>
      <Else>
        <Iterate items="{$state.list}" as="row" key="id">
          <Metric label="{$scope.row.a // why
}" value='"1"' trend="up"/>
        </Iterate>
      </Else>
      <Odd.Thing a="[1]" b="{{}}"/>
    </Layout>
  </View>

  <Test name="a &amp; b">
    <Given state="{ text: 'it\\'s \\x22so\\x22' }"/>
    <Call tool="add" args="[2]" returns="null"/>
    <Expect condition="{$state.list.length === 1}" event="done"/>
  </Test>
</NexusPanel>
"""
"""A panel in canonical layout, as `generate` writes it, with all that takes care."""


@pytest.mark.requirement("lang.printer")
def test_the_tree_of_a_panel_is_printed_as_it_was_written():
    ast = parse(PANEL).ast
    assert ast is not None
    assert generate(ast) == PANEL


@pytest.mark.parametrize("case", samples.cases(), ids=lambda case: case.name)
@pytest.mark.requirement("lang.printer")
def test_what_is_printed_of_a_sample_without_errors_has_the_same_tree(case):
    result = parse(samples.source(case))
    if result.ok:
        assert_printed_back(result.ast)


@pytest.mark.requirement("lang.printer")
@cases
@given(panels())
def test_what_is_printed_of_a_panel_has_the_same_tree_and_is_canonical(source: str):
    assert_printed_back(parse(source).ast)


@pytest.mark.requirement("lang.printer")
@cases
@given(panels(max_nodes=3))
def test_a_tree_that_came_as_json_is_printed_as_the_one_that_was_parsed(source: str):
    ast = parse(source).ast
    assert ast is not None
    assert generate(PanelAst.model_validate(json.loads(ast.to_json()))) == generate(ast)


@pytest.mark.requirement("lang.printer")
@pytest.mark.parametrize("space", ["&nbsp;", "&#160;", "&#8195; &#160;"])
def test_a_space_that_stands_alone_between_elements_stays(space: str):
    source = (
        f"<NexusPanel><View><Row><Text>a</Text> {space} <Text>b</Text></Row></View></NexusPanel>"
    )
    assert_printed_back(parse(source).ast)


@pytest.mark.requirement("lang.printer")
@pytest.mark.parametrize("value", ["&nbsp;{1}", "{1}&#32;", "&#9;{1}&nbsp;", "{1} {2}", "&nbsp;"])
def test_a_space_beside_the_only_expression_of_a_value_stays(value: str):
    source = f'<NexusPanel><View><Text content="{value}"/></View></NexusPanel>'
    assert_printed_back(parse(source).ast)


def assert_printed_back(ast: PanelAst | None) -> None:
    assert ast is not None
    printed = generate(ast)
    again = parse(printed)
    assert again.ok, printed
    assert again.ast is not None
    assert samples.tree(again.ast) == samples.tree(ast)
    assert format_source(printed) == printed


@pytest.mark.requirement("lang.printer")
def test_code_that_no_source_could_hold_is_refused():
    ast = parse(PANEL).ast
    assert ast is not None
    handler = ast.logic.tools[0].handler.model_copy(update={"code": "'</handler>]]>'"})
    tool = ast.logic.tools[0].model_copy(update={"handler": handler})
    logic = ast.logic.model_copy(update={"tools": (tool,)})
    with pytest.raises(FormatError, match="holds both `</Handler>` and `]]>`"):
        generate(ast.model_copy(update={"logic": logic}))


@pytest.mark.requirement("lang.printer")
def test_an_expression_with_double_quotes_stands_in_single_ones():
    ast = parse("<NexusPanel><View><Image src='/a' alt='{\"b\"}'/></View></NexusPanel>").ast
    assert ast is not None
    assert "alt='{\"b\"}'" in generate(ast)


@pytest.mark.requirement("lang.printer")
def test_an_expression_with_both_kinds_of_quotes_within_text_is_spelled_anew():
    source = "<NexusPanel><View><Image src='/a' alt=x{['a',\"b\"].length}/></View></NexusPanel>"
    ast = parse(source).ast
    assert ast is not None
    assert "alt=\"x{['a', 'b'].length}\"" in generate(ast)


@pytest.mark.requirement("lang.printer")
def test_an_expression_that_cannot_be_spelled_in_one_kind_of_quotes_is_refused():
    source = "<NexusPanel><View><Image src='/a' alt=x{`\"'`.length}/></View></NexusPanel>"
    ast = parse(source).ast
    assert ast is not None
    with pytest.raises(FormatError, match="the value of alt holds both kinds of quotes"):
        generate(ast)


# ---- expressions

EXPRESSIONS = [
    "(1 + 2) * 3",
    "1 - (2 - 3)",
    "(-1) ** 2",
    "(2 ** 3) ** 2 ** -1",
    "- -1",
    "+(-1)",
    "typeof !1",
    "(1 && 2) ?? (3 || 4)",
    "(1 ? x => ({ a: x }) : 2) ? 3 : 4 ? 5 : 6",
    "($state.a?.b).c?.[1]?.(2)",
    "(x => ({}).a)(1)",
    "({ ...$state.a, [1 + 1]: 2, 'a b': 3, 1: 4, undefined })",
    "(([a, [b]], { c = 1, d: { e } = {}, ...f }, ...g) => [a, b, c, e, f, ...g])()",
    '`a${{ a: 1 }.a}b\\`${`x"`}`',
    "/[\"'/]+/g.test('\\u2028\"\\'\\\\')",
    "new Date(1).getTime() in [(1).a, 1.5.b, 1e21, 5e-324]",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
@pytest.mark.requirement("lang.printer")
def test_an_expression_is_printed_with_the_same_tree(text: str):
    assert_expression_printed_back(text)


@pytest.mark.requirement("lang.printer")
@cases
@given(evaluated())
def test_every_expression_is_printed_with_the_same_tree(text: str):
    assert_expression_printed_back(text)


@pytest.mark.requirement("lang.printer")
@cases
@given(expressions(["a", "b"]))
def test_every_expression_of_a_panel_is_printed_with_the_same_tree(text: str):
    assert_expression_printed_back(text)


def assert_expression_printed_back(text: str) -> None:
    read = parse_expression(text).value
    if read is not None:
        again = parse_expression(print_expression(read.tree)).value
        assert again is not None, print_expression(read.tree)
        assert again.tree == read.tree


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("((a) =>(a+1))", "a => a + 1"),
        ("((1*2)+(3))", "1 * 2 + 3"),
        ("{a:1,'b':[ ]}", "{ a: 1, 'b': [] }"),
        ('"it\'s \\"so\\""', "'it\\'s \\x22so\\x22'"),
        ("$state . a [ 'b' ]", "$state.a['b']"),
    ],
)
@pytest.mark.requirement("lang.printer")
def test_an_expression_is_printed_with_the_fewest_brackets(text: str, printed: str):
    read = parse_expression(text).value
    assert read is not None
    assert print_expression(read.tree) == printed
