"""Canonical layout of a source."""

import pytest

from nexus_core.parser import FormatError, format_source

from . import samples


@pytest.mark.parametrize("name", ["format_layout", "good_tests"])
@pytest.mark.requirement("lang.printer")
def test_a_source_is_laid_out_canonically(name: str):
    folder = samples.FOLDER / name
    assert format_source((folder / "panel.nxml").read_bytes()) == (
        folder / "formatted.nxml"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("", "line 1: There is no <NexusPanel> here."),
        ("<NexusPanel>\n  <View>\n", "line 1: <NexusPanel> is never closed."),
        (
            "<NexusPanel><View>" + "<" * 20_000 + "</View></NexusPanel>",
            "there are too many slips, or slips within slips",
        ),
        (
            "<NexusPanel><View><Text content=“a{\"b\"}'c'”/></View></NexusPanel>",
            "line 1: No quotes can stand around this value: it holds both kinds.",
        ),
    ],
)
@pytest.mark.requirement("lang.printer")
def test_what_cannot_be_laid_out_is_refused_with_the_reason(source: str, why: str):
    with pytest.raises(FormatError) as refused:
        format_source(source)
    assert str(refused.value) == why
