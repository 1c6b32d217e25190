"""Panels of any size, made of the sample panels of ``tests/panels``.

A copy of a panel gets names of its own for its states, tools and ids, so that many of them make
one valid panel. What a panel can have only once (extensions of one name, lifecycles) is left out
of the copies, and so are their tests.
"""

import re
from itertools import count, cycle
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "panels"

_ORDER = ("tasks", "inventory", "notes", "chat", "dashboard", "monitor", "signup")
"""The first two make five kilobytes."""

SMALL = """<NexusPanel title="Counter" description="Counts up and down.">
  <Data>
    <State name="n" type="number" default="0"/>
    <Computed name="double" type="number" value="{$state.n * 2}"/>
  </Data>
  <Logic>
    <Tool name="change" description="Add to the number.">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by;
        if ($state.n > 99) $emit.toast("That is a lot.", "info");
      </Handler>
    </Tool>
  </Logic>
  <View>
    <Layout strategy="stack" gap="md">
      <Metric label="Number" value="{$state.n}" trend="{$state.n > 0 ? 'up' : 'down'}"/>
      <Text variant="caption">Twice that is {$state.double}.</Text>
      <Layout strategy="flex" gap="sm">
        <Button label="More" trigger="change" args="{ by: 1 }"/>
        <Button label="Less" variant="secondary" trigger="change" args="{ by: -1 }"/>
      </Layout>
    </Layout>
  </View>
</NexusPanel>
"""
"""A panel of one kilobyte; the samples are all longer."""

_FRAME = """<NexusPanel title="Workbench" description="Several panels in one.">
  <Data>{data}
  </Data>
  <Logic>{logic}
  </Logic>
  <View>
    <Layout strategy="stack">{view}
    </Layout>
  </View>
</NexusPanel>
"""
_EXTENSIONS = """
    <Extension name="nexus.http"/>
    <Extension name="nexus.timer"/>"""
_ONCE = re.compile(r"\s*(?:<Extension [^>]*/>|<Lifecycle .*?</Lifecycle>)", re.DOTALL)
_NAME = re.compile(
    r"""(?P<before>\$state\. | \$tools\. | <(?:State|Computed|Tool)\ name="
                 | \b(?:trigger|rowTrigger|id)=" )
        (?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE,
)


def panel(size: int) -> str:
    """Return a panel of at least that many bytes: samples one after the other, again and again."""
    if size < 2_000:
        return SMALL
    samples = cycle([(SAMPLES / f"{name}.nxml").read_text() for name in _ORDER])
    parts = {"data": "", "logic": _EXTENSIONS, "view": ""}
    for number in count():
        made = _FRAME.format(**parts)
        if len(made.encode()) >= size:
            return made
        copy = _copy(next(samples), number)
        parts = {section: text + copy[section] for section, text in parts.items()}
    raise AssertionError("there is always a larger one")


def _copy(sample: str, number: int) -> dict[str, str]:
    """Return the sections of a sample, every name in them with a number."""
    sections = {name.lower(): _inside(sample, name) for name in ("Data", "Logic", "View")}
    return {
        name: _NAME.sub(rf"\g<before>\g<name>_{number}", _ONCE.sub("", text))
        for name, text in sections.items()
    }


def _inside(sample: str, section: str) -> str:
    found = re.search(rf"<{section}>(.*?)\s*</{section}>", sample, re.DOTALL)
    return found[1] if found else ""
