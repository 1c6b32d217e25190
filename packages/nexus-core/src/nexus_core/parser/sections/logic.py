"""The Logic section: extensions, tools with their arguments, lifecycles, and their handlers."""

import re
from typing import Final

from nexus_core.parser import catalogue
from nexus_core.parser.facts import HandlerFacts, Place
from nexus_core.parser.markup.tokens import Attribute, Code, Element
from nexus_core.parser.nearest import nearest
from nexus_core.parser.sections.data import read_default, read_type
from nexus_core.parser.sections.reading import (
    DOTTED,
    Reading,
    place_of,
    read_attributes,
    tell_misplaced,
    tell_stray_text,
)
from nexus_core.parser.sections.texts import tell_problems
from nexus_core.parser.sections.triggers import read_triggers
from nexus_core.parser.trusted import (
    make_arg,
    make_extension,
    make_handler,
    make_lifecycle,
    make_logic,
    make_tool,
)
from nexus_protocol.ast import Arg, Extension, Handler, Lifecycle, LifecycleEvent, Logic, Tool
from nexus_protocol.capabilities import Capability, CapabilityError

ELEMENTS = ("Extension", "Tool", "Lifecycle")
_EVENTS: Final = ("mount", "unmount", "update", "error")
_TOOL_ELEMENTS = ("Arg", "Trigger", "Capabilities", "Handler")
_ARG = ("name", "type", "required", "default", "description")
_DOTTED_RULE = "Write a dotted name such as `nexus.http`."
_LISTED = re.compile(r"""[^\s,;"'\[\]]+""")


def read_logic(reading: Reading, sections: list[Element]) -> Logic:
    """Read all Logic sections as one."""
    elements = [element for section in sections for element in section.elements()]
    extensions: dict[str, Extension] = {}
    tools: dict[str, Tool] = {}
    lifecycles: dict[str, Lifecycle] = {}
    for section in sections:
        tell_stray_text(reading, section, "Put code into the <Handler> of a <Tool>.", "Logic")
    for element in elements:  # first, for handlers are compared with them
        if element.name == "Extension" and (extension := _read_extension(reading, element)):
            extensions.setdefault(extension.alias, extension)
    for element in elements:
        match element.name:
            case "Extension":
                pass
            case "Tool":
                if tool := _read_tool(reading, element):
                    tools.setdefault(tool.name, tool)
            case "Lifecycle":
                if cycle := _read_lifecycle(reading, element):
                    lifecycles.setdefault(cycle.on, cycle)
            case _:
                tell_misplaced(reading, element, "Logic", ELEMENTS, "Logic")
    return make_logic(
        extensions=tuple(extensions.values()),
        tools=tuple(tools.values()),
        lifecycles=tuple(lifecycles.values()),
    )


# ---- extensions


def _read_extension(reading: Reading, element: Element) -> Extension | None:
    given = element.attribute("alias") or element.attribute("name")
    path = f"Logic/Extension[{reading.label(given)}]"
    attributes = read_attributes(reading, element, ("name", "alias", "source"), ("name",), path)
    tell_stray_text(reading, element, "An extension is described by its attributes.", path)
    name = reading.identifier(attributes, "name", path, pattern=DOTTED, rule=_DOTTED_RULE)
    alias = reading.identifier(attributes, "alias", path)
    if name is None:
        return None
    if alias is None:
        last = name.name.rpartition(".")[2].replace("-", "_")
        alias = Place(last, name.start, name.end, path)
    reading.facts.extensions.append(alias)
    return make_extension(
        name=name.name,
        alias=alias.name,
        source=reading.text(attributes, "source"),
        address=path,
        loc=reading.span(element.start, element.end),
    )


# ---- tools


def _read_tool(reading: Reading, element: Element) -> Tool | None:
    given = element.attribute("name")
    path = f"Logic/Tool[{reading.label(given)}]"
    attributes = read_attributes(reading, element, ("name", "description", "icon"), ("name",), path)
    tell_stray_text(reading, element, "Put code into a <Handler>.", path)
    name = reading.identifier(attributes, "name", path)
    args: dict[str, Arg] = {}
    declared: list[Place] | None = None
    handlers: list[Element] = []
    triggers: list[Element] = []
    for child in element.elements():
        match child.name:
            case "Trigger":
                triggers.append(child)
            case "Arg":
                if arg := _read_arg(reading, child, element.start, path):
                    args.setdefault(arg.name, arg)
            case "Capabilities":
                declared = [*(declared or ()), *_read_capabilities(reading, child, path)]
            case "Handler":
                handlers.append(child)
            case _:
                tell_misplaced(reading, child, "Tool", _TOOL_ELEMENTS, path)
    handler = _read_only_handler(reading, element, handlers, declared, path)
    waiting = read_triggers(reading, triggers, name, path)
    if name is None:
        return None
    reading.facts.tools.append(name)
    reading.facts.args.setdefault(name.name, tuple(args.values()))
    return make_tool(
        name=name.name,
        description=reading.text(attributes, "description"),
        icon=reading.text(attributes, "icon"),
        args=tuple(args.values()),
        triggers=waiting,
        handler=handler,
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _read_arg(reading: Reading, element: Element, owner: int, tool: str) -> Arg | None:
    given = element.attribute("name")
    path = f"{tool}/Arg[{reading.label(given)}]"
    attributes = read_attributes(reading, element, _ARG, ("name",), path)
    tell_stray_text(reading, element, 'Write it as `description="…"`.', path)
    name = reading.identifier(attributes, "name", path)
    kind = read_type(reading, attributes, path)
    default = read_default(reading, attributes, kind, path)
    required = _read_required(reading, attributes, path) and "default" not in attributes
    if name is None:
        return None
    reading.facts.arg_places.append((owner, name))
    return make_arg(
        name=name.name,
        type=kind,
        required=required,
        default=default,
        description=reading.text(attributes, "description"),
        address=path,
        loc=reading.span(element.start, element.end),
    )


def _read_required(reading: Reading, attributes: dict[str, Attribute], path: str) -> bool:
    attribute = attributes.get("required")
    if attribute is None or attribute.quote == "none":
        return True
    text = reading.value(attribute).strip("{} ")
    if text not in ("true", "false"):
        reading.findings.add(
            catalogue.INVALID_TYPE,
            *place_of(attribute),
            path,
            what="required",
            wanted="true or false",
            example='`required="false"`',
        )
    return text != "false"


def _read_lifecycle(reading: Reading, element: Element) -> Lifecycle | None:
    given = element.attribute("on")
    path = f"Logic/Lifecycle[{reading.label(given)}]"
    attributes = read_attributes(reading, element, ("on",), ("on",), path)
    tell_stray_text(reading, element, "Put code into a <Handler>.", path)
    handlers: list[Element] = []
    for child in element.elements():
        if child.name == "Handler":
            handlers.append(child)
        else:
            tell_misplaced(reading, child, "Lifecycle", ("Handler",), path)
    handler = _read_only_handler(reading, element, handlers, None, path)
    event = _read_event(reading, attributes, path)
    if event is None:
        return None
    loc = reading.span(element.start, element.end)
    return make_lifecycle(on=event, handler=handler, address=path, loc=loc)


def _read_event(
    reading: Reading, attributes: dict[str, Attribute], path: str
) -> LifecycleEvent | None:
    attribute = attributes.get("on")
    if attribute is None:
        return None
    text = reading.value(attribute)
    if text in _EVENTS:
        reading.facts.lifecycles.append(Place(text, *place_of(attribute), path))
        return text
    reading.findings.add(
        catalogue.INVALID_TYPE,
        *place_of(attribute),
        path,
        near=None if reading.findings.full else nearest(text, _EVENTS),
        what="The event",
        wanted="one of " + ", ".join(_EVENTS),
        example="`mount`",
    )
    return None


# ---- handlers


def _read_only_handler(
    reading: Reading,
    element: Element,
    handlers: list[Element],
    declared: list[Place] | None,
    path: str,
) -> Handler:
    """Read the one handler of an element; an empty one stands for one that is missing."""
    owner = element.name.lower()
    if not handlers:
        reading.findings.add(
            catalogue.MISSING_REQUIRED,
            element.start,
            element.tag.name_end,
            path,
            name=element.name,
            what="a handler",
            example="`<Handler>…</Handler>`",
        )
        nowhere = reading.span(element.content_end, element.content_end)
        return make_handler(code="", address=f"{path}/Handler", loc=nowhere)
    for extra in handlers[1:]:
        place = extra.start, extra.tag.name_end
        reading.findings.add(catalogue.SECOND_HANDLER, *place, path)
    return _read_handler(reading, handlers[0], declared, f"{path}/Handler", owner)


def _read_handler(
    reading: Reading, element: Element, declared: list[Place] | None, path: str, owner: str
) -> Handler:
    attributes = read_attributes(reading, element, ("capabilities", "timeout_ms"), (), path)
    start, end = _code_bounds(element)
    code = reading.source.text[start:end]
    analysis = reading.handler(code)
    tell_problems(reading, analysis.problems, start, path)
    if listed := attributes.get("capabilities"):
        declared = [*(declared or ()), *_read_list(reading, listed, path)]
    tag = element.start, element.tag.name_end
    places = None if declared is None else tuple(declared)
    facts = HandlerFacts(path, owner, tag, start, analysis, places)
    reading.facts.handlers.append(facts)
    return make_handler(
        code=code,
        capabilities=_granted(reading, facts),
        declared=declared is not None,
        calls=_calls(facts),
        timeout_ms=_read_timeout(reading, attributes, path),
        address=path,
        loc=reading.span(start, end),
    )


def _code_bounds(element: Element) -> tuple[int, int]:
    code = next((child for child in element.children if isinstance(child, Code)), None)
    return (code.start, code.end) if code else (element.content_end, element.content_end)


def _granted(reading: Reading, facts: HandlerFacts) -> tuple[str, ...]:
    """Return what a handler may do: what it declared, else what its code seems to need."""
    if facts.declared is not None:
        return tuple(sorted({place.name for place in facts.declared}))
    granted = {str(capability) for capability in facts.analysis.inferred}
    if any(use.name == "$ext" for use in facts.analysis.dynamic):
        aliases = reading.any_of(reading.facts.extensions, *facts.tag, facts.path)
        granted |= {f"ext:{alias}" for alias in aliases}
    return tuple(sorted(granted))


def _calls(facts: HandlerFacts) -> tuple[str, ...]:
    names = {use.name for use in facts.analysis.tools}
    if any(use.name == "$tools" for use in facts.analysis.dynamic):
        names.add("*")
    return tuple(sorted(names))


def _read_timeout(reading: Reading, attributes: dict[str, Attribute], path: str) -> int | None:
    attribute = attributes.get("timeout_ms")
    if attribute is None:
        return None
    text = reading.value(attribute).strip("{} ")
    if text.isascii() and text.isdigit() and 0 < len(text) <= 9 and int(text) > 0:
        return int(text)
    reading.findings.add(
        catalogue.INVALID_TYPE,
        *place_of(attribute),
        path,
        what="timeout_ms",
        wanted="a number of milliseconds",
        example='`timeout_ms="5000"`',
    )
    return None


# ---- capabilities


def _read_capabilities(reading: Reading, element: Element, tool: str) -> list[Place]:
    path = f"{tool}/Capabilities"
    read_attributes(reading, element, (), (), path)
    tell_stray_text(reading, element, 'Write `<Capability type="…"/>`.', path)
    places: list[Place] = []
    for child in element.elements():
        if child.name != "Capability":
            tell_misplaced(reading, child, "Capabilities", ("Capability",), path)
            continue
        attributes = read_attributes(reading, child, ("type", "scope"), ("type",), path)
        if kind := attributes.get("type"):
            scope = reading.text(attributes, "scope")
            text = reading.value(kind) + (f":{scope}" if scope else "")
            places.extend(_capability(reading, text, *place_of(kind), path))
    return places


def _read_list(reading: Reading, attribute: Attribute, path: str) -> list[Place]:
    """Read capabilities between spaces or commas."""
    start = attribute.value_start
    found = _LISTED.finditer(reading.raw(attribute))
    return [
        place
        for each in found
        for place in _capability(reading, each[0], start + each.start(), start + each.end(), path)
    ]


def _capability(reading: Reading, text: str, start: int, end: int, path: str) -> list[Place]:
    try:
        return [Place(str(Capability.parse(text)), start, end, path)]
    except CapabilityError:
        reading.findings.add(catalogue.INVALID_CAPABILITY, start, end, path, capability=text)
        return []
