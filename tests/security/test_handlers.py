"""Drive the corpus of hostile handlers through the sandbox, alone and four at once.

Each case must end in time as it is allowed to, and right after it a control handler must give its
exact answer. `test_triggers.py` drives them through a kernel, `figures.py` all of it, for long.
"""

import asyncio
import json
from random import Random

import pytest
from security import corpus

from nexus_core.sandbox import Sandbox

pytestmark = [
    pytest.mark.requirement("run.limits"),
    pytest.mark.requirement("run.sandbox"),
]

FAMILIES = sorted({case.family for case in corpus.cases()})
LATEST_MS = corpus.SLACK_MS + 1000
"""How late the latest may be on a machine that others use, too; the figure itself is a p99."""


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(threads=4)
    yield sandbox
    sandbox.close()


async def wrong(sandbox: Sandbox, case: corpus.Case, control: corpus.Case) -> list[str]:
    """Run a case and then a control; return what they did that they must not."""
    attack = await corpus.attack(sandbox, case)
    after = await corpus.attack(sandbox, control)
    late = attack.ms - case.limits.timeout_ms
    return [
        *filter(None, (corpus.amiss(case, attack), corpus.amiss(control, after))),
        *([f"{case.id} was {late:.0f} ms late"] if late > LATEST_MS else []),
    ]


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_hostile_handler_ends_as_it_may_and_the_next_one_is_exact(sandbox, family):
    random = Random(family)
    found = [
        each
        for case in corpus.cases()
        if case.family == family
        for each in await wrong(sandbox, case, random.choice(corpus.controls()))
    ]

    assert found == []


async def test_four_hostile_handlers_at_once_end_as_they_may(sandbox):
    # What races against its own time limit is slowed by its neighbours: that end is allowed here.
    random = Random(20261121)
    picked = random.sample(corpus.cases(), 100)
    found: list[str] = []
    for start in range(0, len(picked), 4):
        four = picked[start : start + 4]
        endings = await asyncio.gather(*(corpus.attack(sandbox, case) for case in four))
        for case, ending in zip(four, endings, strict=True):
            if ending.code != "TIMEOUT":
                found += filter(None, [corpus.amiss(case, ending)])
        control = random.choice(corpus.controls())
        found += filter(None, [corpus.amiss(control, await corpus.attack(sandbox, control))])

    assert found == []


@pytest.mark.parametrize("control", corpus.controls(), ids=lambda case: case.id)
async def test_a_control_handler_gives_its_exact_answer(sandbox, control):
    assert corpus.amiss(control, await corpus.attack(sandbox, control)) is None


def test_the_corpus_is_large_enough():
    assert len(corpus.cases()) >= 250
    assert len(FAMILIES) >= 12


def test_every_case_has_a_name_of_its_own():
    names = [case.id for case in corpus.cases()]

    assert sorted(set(names)) == sorted(names)


def test_what_is_settled_differently_names_cases_that_exist():
    text = (corpus.FOLDER / "handlers.shared.json").read_text(encoding="utf-8")
    known = {case["id"] for case in json.loads(text)["cases"]}

    assert {*corpus.SETTLED, *corpus.NEEDS_A_PANEL, *corpus.RETURNED} <= known
