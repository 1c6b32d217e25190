"""Addresses in a view: the shared vectors, and what is told of those that are written out."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

from nexus_core.parser import parse
from nexus_protocol import Code

VECTORS = Path(__file__).parents[4] / "tests" / "conformance" / "urls.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
COMPONENTS = {"link": '<Link label="x" href="{}"/>', "image": '<Image alt="x" src="{}"/>'}


def codes(component: str) -> list[Code]:
    panel = f"<NexusPanel><View>{component}</View></NexusPanel>"
    return [found.code for found in parse(panel).diagnostics]


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["url"][:40]))
@pytest.mark.requirement("lang.validator")
def test_an_address_is_told_exactly_when_a_view_may_not_hold_it(case: dict[str, Any]):
    component = COMPONENTS[case["kind"]].format(escape(case["url"]))
    assert (codes(component) == []) is case["allowed"]


@pytest.mark.parametrize(
    ("href", "is_told"),
    [
        ("{$scope}", False),
        ("https://example.org/{1 + 1}", False),
        ("/notes/{1 + 1}", False),
        ("{'java'}script:x", False),
        ("javascript:{1 + 1}", True),
        ("//{1 + 1}", True),
    ],
)
@pytest.mark.requirement("lang.validator")
def test_the_written_part_of_an_address_is_checked(href: str, *, is_told: bool):
    assert (Code.INVALID_TYPE in codes(f'<Link label="x" href="{href}"/>')) is is_told
