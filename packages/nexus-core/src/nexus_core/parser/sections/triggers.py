"""The triggers of a tool: what runs it without anybody asking.

Each says by one attribute what it waits for. When it is due, and what then happens, is the business
of the kernel.
"""

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, assert_never

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place, Trigger
from nexus_core.parser.markup.tokens import Attribute, Element
from nexus_core.parser.sections.reading import (
    Reading,
    place_of,
    read_attributes,
    tell_stray_text,
)
from nexus_core.parser.sections.values import argument_places, read_written_arguments
from nexus_core.parser.trusted import make_change, make_cron, make_event, make_interval
from nexus_core.schedules import ScheduleError, check_cron, zone
from nexus_protocol import Json, Span
from nexus_protocol.ast import (
    ChangeTrigger,
    CronTrigger,
    EventTrigger,
    IntervalTrigger,
    ToolTrigger,
)

Kind = Literal["every", "cron", "event", "change"]

DURATIONS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
"""Units of time and their seconds, the longest first."""
UTC: Final = "UTC"

_KINDS: Final[tuple[Kind, ...]] = ("every", "cron", "event", "change")
_KNOWN: Final[dict[Kind, tuple[str, ...]]] = {
    "every": ("every", "args"),
    "cron": ("cron", "timezone", "args"),
    "event": ("event", "panel", "args"),
    "change": ("change", "args"),
}
_LONGEST: Final = 366 * 86_400
_DURATION: Final = re.compile(r"([1-9][0-9]{0,7})\s?([smhd])")
_EVENT: Final = re.compile(r"\S{1,120}")
_EVENT_RULE: Final = "Write the name that the code gives to $emit."
_PANEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PANEL_RULE: Final = "Write the id of a panel: small letters, digits and `-`."
_WATCHED: Final = re.compile(r"\$state((?:\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){1,16})")


class _Element(NamedTuple):
    """A trigger of which attributes and arguments are read."""

    attributes: dict[str, Attribute]
    args: dict[str, Json] | list[Json]
    path: str
    loc: Span


def read_triggers(
    reading: Reading, elements: list[Element], tool: Place | None, owner: str
) -> tuple[ToolTrigger, ...]:
    """Read the triggers of one tool; of one without a name, only what is wrong with them."""
    read = [
        _read(reading, element, tool, f"{owner}/Trigger[{number}]")
        for number, element in enumerate(elements)
    ]
    return tuple(trigger for trigger in read if trigger is not None)


def _read(reading: Reading, element: Element, tool: Place | None, path: str) -> ToolTrigger | None:
    tell_stray_text(reading, element, "A trigger is described by its attributes.", path)
    kind: Kind | None = next((each for each in _KINDS if element.attribute(each)), None)
    place = element.start, element.tag.name_end
    if kind is None:
        what, example = "what it waits for", '`every="5m"`, `cron="…"`, `event="…"` or `change="…"`'
        facts = {"name": "Trigger", "what": what, "example": example}
        reading.findings.tell(catalogue.MISSING_REQUIRED, *place, path, facts)
        return None
    attributes = read_attributes(reading, element, _KNOWN[kind], (), path)
    args = read_written_arguments(reading, attributes, path)
    if tool is not None:
        given = argument_places(reading, attributes, args)
        noted = Trigger(Place(tool.name, *place, path), given, completed=kind == "event")
        reading.facts.triggers.append(noted)
    reading.triggers += 1
    if reading.triggers > reading.limits.triggers:
        facts = {"what": "triggers", "limit": str(reading.limits.triggers)}
        reading.findings.tell(catalogue.LIMIT_EXCEEDED, *place, path, facts)
        return None
    loc = reading.span(element.start, element.end)
    return _made(reading, kind, _Element(attributes, {} if args is None else args, path, loc))


def _made(reading: Reading, kind: Kind, element: _Element) -> ToolTrigger | None:
    match kind:
        case "every":
            return _interval(reading, element)
        case "cron":
            return _cron(reading, element)
        case "event":
            return _event(reading, element)
        case "change":
            return _change(reading, element)
        case _:
            assert_never(kind)


def _interval(reading: Reading, element: _Element) -> IntervalTrigger | None:
    attributes, args, path, loc = element
    found = _DURATION.fullmatch(reading.value(attributes["every"]).strip())
    seconds = int(found[1]) * dict(DURATIONS)[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        wanted = "a number of seconds, minutes, hours or days, a year at most"
        _tell(reading, attributes["every"], path, wanted, '`every="30s"`, `5m`, `12h` or `7d`')
        return None
    return make_interval(seconds=seconds, args=args, address=path, loc=loc)


def _cron(reading: Reading, element: _Element) -> CronTrigger | None:
    attributes, args, path, loc = element
    expression = " ".join(reading.value(attributes["cron"]).split())
    timezone = attributes.get("timezone")
    name = reading.value(timezone).strip() if timezone else UTC
    wrong = False
    if _refused(check_cron, expression):
        wanted = "minute, hour, day of the month, month and day of the week, as for cron"
        _tell(reading, attributes["cron"], path, wanted, '`cron="30 9 * * 1-5"`')
        wrong = True
    if timezone and _refused(zone, name):
        _tell(reading, timezone, path, "the name of a time zone", '`timezone="Europe/Berlin"`')
        wrong = True
    if wrong:
        return None
    return make_cron(cron=expression, timezone=name, args=args, address=path, loc=loc)


def _event(reading: Reading, element: _Element) -> EventTrigger | None:
    attributes, args, path, loc = element
    event = reading.identifier(attributes, "event", path, pattern=_EVENT, rule=_EVENT_RULE)
    panel = reading.identifier(attributes, "panel", path, pattern=_PANEL, rule=_PANEL_RULE)
    if event is None or (panel is None and "panel" in attributes):
        return None
    by = panel.name if panel else None
    return make_event(event=event.name, panel=by, args=args, address=path, loc=loc)


def _change(reading: Reading, element: _Element) -> ChangeTrigger | None:
    attributes, args, path, loc = element
    attribute = attributes["change"]
    found = _WATCHED.fullmatch(reading.value(attribute).strip())
    if found is None:
        reading.findings.add(catalogue.BAD_WATCH, *place_of(attribute), path)
        return None
    names = found[1].split(".")
    state = Place(names[1], *place_of(attribute), path)
    reading.facts.state_uses.append(state)
    reading.facts.watched.append(state)
    return make_change(path="/".join(names), args=args, address=path, loc=loc)


def _refused(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ScheduleError:
        return True
    return False


def _tell(reading: Reading, attribute: Attribute, path: str, wanted: str, example: str) -> None:
    facts = {"what": attribute.name, "wanted": wanted, "example": example}
    reading.findings.tell(catalogue.INVALID_TYPE, *place_of(attribute), path, facts)


__all__ = ["DURATIONS", "UTC", "read_triggers"]
