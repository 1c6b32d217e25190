"""The attributes of a CustomComponent that the catalogue does not name.

Knows what a name says: ``bind:name`` is a path, ``on:event`` a tool, anything else a value. What
the host's component makes of them is its business.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Place, Trigger
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup.tokens import Attribute
from nexus_core.parser.sections.reading import Reading, apart, place_of, tell_repeated_attribute
from nexus_core.parser.sections.texts import Scope
from nexus_core.parser.sections.values import read_property
from nexus_core.parser.trusted import make_custom
from nexus_protocol.ast import BindingValue, Custom, LiteralValue, Value
from nexus_protocol.components import PropSpec
from nexus_protocol.expressions import FORBIDDEN_PROPERTIES

Kind: TypeAlias = Literal["any", "binding", "tool"]

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
_NAME_RULE: Final = (
    "Write a name such as `zoom`, `bind:zoom` or `on:select`, of letters, digits, `_`, `$`, `-`."
)
_REACT_EVENT: Final = re.compile(r"on[A-Z]")
_RENAMED: Final = {"bind": "bind:value", "class": "className", "classname": "className"}


def read_custom(reading: Reading, attributes: Iterable[Attribute], scope: Scope) -> Custom:
    """Read attributes by what their names say; what is wrong is told and left out."""
    values: dict[str, Value] = {}
    events: dict[str, str] = {}
    seen: set[tuple[bool, str]] = set()
    for attribute in attributes:
        kind, name = _kind_and_name(reading, attribute, scope)
        if not _may_be_named(reading, attribute, name, scope):
            continue
        if (key := (kind == "tool", name)) in seen:
            tell_repeated_attribute(reading, attribute, scope.path)
            continue
        seen.add(key)
        spec = PropSpec(name=attribute.name, type=kind, doc="")
        value = read_property(reading, spec, attribute, scope)
        if kind != "tool" and value is not None:
            values[name] = value
        elif isinstance(value, LiteralValue):
            events[name] = tool = str(value.value)
            place = Place(tool, *place_of(attribute), scope.path)
            reading.facts.triggers.append(Trigger(place, None))
    return make_custom(
        props={name: each for name, each in values.items() if not isinstance(each, BindingValue)},
        bindings={name: each for name, each in values.items() if isinstance(each, BindingValue)},
        events=events,
    )


def _kind_and_name(reading: Reading, attribute: Attribute, scope: Scope) -> tuple[Kind, str]:
    """Return what an attribute is and its name; events are told how they are written here."""
    written = attribute.name
    place = attribute.start, attribute.name_end
    if written.startswith("bind:"):
        return "binding", written.removeprefix("bind:")
    if written.startswith("on:"):
        return "tool", written.removeprefix("on:")
    if written.startswith(("@", "v-on:")):
        name = written.removeprefix("@").removeprefix("v-on:")
        reading.findings.repair("AT_EVENT", *place, apart(reading, attribute, f"on:{name}"))
        return "tool", name
    if _REACT_EVENT.match(written):
        name = written[2].lower() + written[3:]
        fix = Mend(f"Write on:{name}", (*place, f"on:{name}"))
        facts = {"alias": written, "name": f"on:{name}"}
        reading.findings.tell(catalogue.DEPRECATED_ALIAS, *place, scope.path, facts, fix=fix)
        return "tool", name
    return "any", written


def _may_be_named(reading: Reading, attribute: Attribute, name: str, scope: Scope) -> bool:
    place = attribute.start, attribute.name_end
    meant = _RENAMED.get(attribute.name)
    if meant is not None:
        facts = {"name": "CustomComponent", "attribute": attribute.name, "known": meant}
        reading.findings.tell(catalogue.UNKNOWN_ATTRIBUTE, *place, scope.path, facts, near=meant)
        return False
    if _NAME.fullmatch(name) and name not in FORBIDDEN_PROPERTIES:
        return True
    if not attribute.name.startswith("xmlns"):
        facts = {"name": attribute.name, "rule": _NAME_RULE}
        reading.findings.tell(catalogue.INVALID_IDENTIFIER, *place, scope.path, facts)
    return False
