"""The Test elements: what each begins with, calls and expects.

Every value in a test is written out, so that a test reads as an example. Running them is the
business of ``nexus_core.panel_tests``.
"""

import re
from collections import Counter
from typing import Final, cast

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place, Trigger
from nexus_core.parser.markup.tokens import Attribute, Element
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.reading import (
    Reading,
    place_of,
    read_attributes,
    tell_misplaced,
    tell_stray_text,
)
from nexus_core.parser.sections.texts import Scope
from nexus_core.parser.sections.values import (
    Literal,
    argument_places,
    member_places,
    read_bare_expression,
    read_literal,
    read_written_arguments,
)
from nexus_core.parser.trusted import make_call_step, make_expect_step, make_given, make_test
from nexus_protocol import ErrorCode, Json
from nexus_protocol.ast import Call, Expect, ExpressionValue, Given, PanelTest, Step

ELEMENTS = ("Given", "Call", "Expect")
_EXPECTED: Final = ("state", "condition", "event")
_CODES: Final = tuple(str(code) for code in ErrorCode)
_LONGEST_NAME: Final = 120
_NAME: Final = re.compile(rf"\S(?:.{{0,{_LONGEST_NAME - 2}}}\S)?")
_NAME_RULE: Final = f"Say in one line, of {_LONGEST_NAME} characters at most, what the test shows."
_EVENT: Final = re.compile(r"\S{1,120}")
_EVENT_RULE: Final = "Write the name that the code gives to $emit."
_STATE: Final = Literal((dict,), "an object that is written out", "`{ notes: [], draft: 'milk' }`")
_RETURNS: Final = Literal(
    (dict, list, str, int, float, type(None)),
    "a value that is written out",
    "`'milk'`, `3` or `{ id: 1 }`",
)


def read_tests(reading: Reading, elements: list[Element]) -> tuple[PanelTest, ...]:
    """Read all Test elements; the first of each name counts."""
    tests: dict[str, PanelTest] = {}
    for element in elements:
        if test := _read_test(reading, element):
            tests.setdefault(test.name, test)
    return tuple(tests.values())


def _read_test(reading: Reading, element: Element) -> PanelTest | None:
    given = element.attribute("name")
    path = f"Test[{reading.value(given)[:_LONGEST_NAME] if given else ''}]"
    attributes = read_attributes(reading, element, ("name",), ("name",), path)
    tell_stray_text(reading, element, "A test is made of <Given>, <Call> and <Expect>.", path)
    name = reading.identifier(attributes, "name", path, pattern=_NAME, rule=_NAME_RULE)
    start = _read_start(reading, element, path)
    steps = _read_steps(reading, element, path)
    if name is None:
        return None
    reading.facts.tests.append(name)
    return make_test(
        name=name.name,
        given=start,
        steps=steps,
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _read_start(reading: Reading, element: Element, path: str) -> Given | None:
    """Read the Given that begins a test; tells any other."""
    elements = element.elements()
    for child in elements[1:]:
        if child.name == "Given":
            place = child.start, child.tag.name_end
            reading.findings.add(catalogue.MISPLACED_GIVEN, *place, path)
    if not elements or elements[0].name != "Given":
        return None
    return _read_given(reading, elements[0], f"{path}/Given")


def _read_given(reading: Reading, element: Element, path: str) -> Given:
    attributes = read_attributes(reading, element, ("state",), ("state",), path)
    tell_stray_text(reading, element, 'Write it as `state="{ … }"`.', path)
    state = _read_state(reading, attributes, path, reading.facts.given)
    return make_given(state=state, address=path, loc=reading.span(element.start, element.end))


def _read_steps(reading: Reading, element: Element, path: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    children = [child for child in element.elements() if child.name != "Given"]
    numbers: Counter[str] = Counter()
    for child in children:
        address = f"{path}/{child.name}[{numbers[child.name]}]"
        numbers[child.name] += 1
        match child.name:
            case "Call":
                if call := _read_call(reading, child, address):
                    steps.append(call)
            case "Expect":
                steps.append(_read_expect(reading, child, address))
            case _:
                tell_misplaced(reading, child, "Test", ELEMENTS, path)
    if not children:
        _tell_nothing(reading, element, "a step", '`<Call tool="…"/>` or `<Expect …/>`', path)
    return tuple(steps)


# ---- steps


def _read_call(reading: Reading, element: Element, path: str) -> Call | None:
    known = ("tool", "args", "fails" if element.attribute("fails") else "returns")
    attributes = read_attributes(reading, element, known, ("tool",), path)
    tell_stray_text(reading, element, 'Write arguments as `args="{ … }"`.', path)
    tool = reading.identifier(attributes, "tool", path)
    args = read_written_arguments(reading, attributes, path)
    fails = _read_code(reading, attributes, path)
    returns = attributes.get("returns")
    value = read_literal(reading, returns, Scope(path), _RETURNS) if returns else None
    if tool is None:
        return None
    _note_call(reading, tool, attributes, args)
    return make_call_step(
        tool=tool.name,
        args={} if args is None else args,
        returns=value,
        fails=fails,
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _note_call(
    reading: Reading,
    tool: Place,
    attributes: dict[str, Attribute],
    args: dict[str, Json] | list[Json] | None,
) -> None:
    """Write down what is called; a call that has to fail may be given anything."""
    given = None if "fails" in attributes else argument_places(reading, attributes, args)
    reading.facts.test_calls.append(Trigger(tool, given))


def _read_code(reading: Reading, attributes: dict[str, Attribute], path: str) -> str | None:
    attribute = attributes.get("fails")
    if attribute is None:
        return None
    text = reading.value(attribute)
    if text in _CODES:
        return text
    near = None if reading.findings.full or not text else nearest(text, _CODES)
    reading.findings.add(
        catalogue.INVALID_TYPE,
        *place_of(attribute),
        path,
        near=near,
        what="fails",
        wanted="the code of an error",
        example="`EXECUTION_ERROR` for what a handler throws, or `INVALID_ARGUMENTS`",
    )
    return None


def _read_expect(reading: Reading, element: Element, path: str) -> Expect:
    attributes = read_attributes(reading, element, _EXPECTED, (), path)
    tell_stray_text(reading, element, 'Write it as `state="{ … }"`.', path)
    if not attributes:
        _tell_nothing(reading, element, "something to expect", '`state="{ … }"`', path)
    event = reading.identifier(attributes, "event", path, pattern=_EVENT, rule=_EVENT_RULE)
    return make_expect_step(
        state=_read_state(reading, attributes, path, reading.facts.expected),
        condition=_read_condition(reading, attributes, path),
        event=event.name if event else None,
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _read_state(
    reading: Reading, attributes: dict[str, Attribute], path: str, named: list[Place]
) -> dict[str, Json]:
    """Read values by name; the names are written down in ``named``."""
    attribute = attributes.get("state")
    literal = read_literal(reading, attribute, Scope(path), _STATE) if attribute else None
    if attribute is None or literal is None:
        return {}
    state = cast("dict[str, Json]", literal.value)
    places = member_places(reading, attribute, state)
    named.extend(Place(name, *places[name], path) for name in state)
    return state


def _read_condition(
    reading: Reading, attributes: dict[str, Attribute], path: str
) -> ExpressionValue | None:
    """Read a condition; what only a test reads is still unused, so its reads are kept apart."""
    attribute = attributes.get("condition")
    if attribute is None:
        return None
    uses = reading.facts.state_uses
    before = len(uses)
    condition = read_bare_expression(reading, attribute, Scope(path))
    reading.facts.test_reads.extend(uses[before:])
    del uses[before:]
    return condition


def _tell_nothing(reading: Reading, element: Element, what: str, example: str, path: str) -> None:
    place = element.start, element.tag.name_end
    facts = {"name": element.name, "what": what, "example": example}
    reading.findings.tell(catalogue.MISSING_REQUIRED, *place, path, facts)
