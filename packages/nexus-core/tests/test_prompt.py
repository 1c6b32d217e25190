"""The prompt for language models is true: what it teaches is what the parser takes."""

import re

import pytest

from nexus_core import Panel
from nexus_core.extensions import HttpExtension, TimerExtension
from nexus_core.parser import parse
from nexus_protocol import Code
from nexus_protocol.prompt import EXAMPLE, catalogue_prompt

pytestmark = pytest.mark.requirement("lang.catalogue")

PROMPT = catalogue_prompt()
ELEMENTS = ["NexusPanel", "State", "Computed", "Extension", "Tool", "Lifecycle", "Arg", "Handler"]
PARENTS = {
    "NexusPanel": "{}",
    "State": "<NexusPanel><Data>{}</Data></NexusPanel>",
    "Computed": "<NexusPanel><Data>{}</Data></NexusPanel>",
    "Extension": "<NexusPanel><Logic>{}</Logic></NexusPanel>",
    "Tool": "<NexusPanel><Logic>{}</Logic></NexusPanel>",
    "Lifecycle": "<NexusPanel><Logic>{}</Logic></NexusPanel>",
    "Arg": '<NexusPanel><Logic><Tool name="t">{}</Tool></Logic></NexusPanel>',
    "Handler": '<NexusPanel><Logic><Tool name="t">{}</Tool></Logic></NexusPanel>',
}


def test_the_example_parses_without_a_finding_or_a_repair():
    result = parse(EXAMPLE)
    assert (result.ok, result.diagnostics, result.repairs) == (True, (), ())


async def test_the_example_runs():
    async with Panel.open(EXAMPLE) as panel:
        added = await panel.call("add", {"title": "Emma", "pages": 474})
        assert added.ok, added.error
        await panel.refresh()
        (book,) = panel.state["books"]
        assert (book["title"], book["pages"], panel.computed["unread"]) == ("Emma", 474, 1)
        removed = await panel.call("remove", {"id": book["id"]})
        assert (removed.ok, panel.state["books"]) == (True, [])


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_is_taught_with_exactly_the_attributes_it_takes(element):
    taught = re.search(rf"<{element} ([\w? ]+?)/?>", PROMPT)
    assert taught is not None
    source = PARENTS[element].format(f"<{element} wrong-one='1'></{element}>")
    (hint,) = (
        found.hint for found in parse(source).diagnostics if found.code == Code.UNKNOWN_ATTRIBUTE
    )
    assert hint == f"It takes: {', '.join(taught[1].replace('?', '').split())}."


def test_every_global_that_is_said_not_to_exist_is_refused():
    (line,) = (line for line in PROMPT.splitlines() if line.startswith("- There is no `window`"))
    names = [name for name in re.findall(r"`(\w+)`", line) if name != "import"]
    assert len(names) > 5
    for name in names:
        source = f"<NexusPanel><Logic><Tool name='t'><Handler>{name}();</Handler></Tool></Logic>"
        codes = {found.code for found in parse(source).diagnostics}
        assert Code.FORBIDDEN_GLOBAL in codes, name


def test_every_extension_and_method_that_is_shown_is_built_in():
    built_in = {each.name: each for each in (HttpExtension, TimerExtension)}
    named = set(re.findall(r'<Extension name="([\w.]+)"/>', PROMPT))
    called = re.findall(r"await \$ext\.(\w+)\.(\w+)\(", PROMPT)
    assert named == built_in.keys()
    assert [call for call in called if not hasattr(built_in[f"nexus.{call[0]}"], call[1])] == []


@pytest.mark.parametrize("attribute", re.findall(r'`((?:bind|trigger|args)="[^`]*")`', PROMPT))
def test_an_attribute_that_is_shown_is_taken(attribute):
    name = attribute.partition("=")[0]
    usual = {"bind": "$state.form.title", "trigger": "save", "args": "{ id: 1 }"}
    others = " ".join(f'{key}="{value}"' for key, value in usual.items() if key != name)
    source = f"""
      <NexusPanel>
        <Data><State name="todos" type="list"/><State name="form" type="object"/></Data>
        <Logic>
          <Tool name="save">
            <Arg name="id" type="any"/><Arg name="text" default=""/>
            <Handler>$state.form.id = $args.id;</Handler>
          </Tool>
        </Logic>
        <View>
          <Iterate items="{{$state.todos}}" as="todo" key="id">
            <Input label="Title" {attribute} {others}/>
          </Iterate>
        </View>
      </NexusPanel>"""
    result = parse(source)
    assert (result.ok, result.diagnostics, result.repairs) == (True, (), ())
