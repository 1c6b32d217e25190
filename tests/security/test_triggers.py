"""Drive a sample of the hostile handlers through a real kernel; `figures.py S1` drives them all."""

from random import Random

import pytest
from security import corpus, kernels

pytestmark = [
    pytest.mark.requirement("run.limits"),
    pytest.mark.requirement("run.sandbox"),
]

RUNNABLE = [
    case
    for case in corpus.cases()
    if not case.sandbox_only and kernels.runnable(corpus.panel_of(case))
]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with kernels.Target.start(tmp_path_factory.mktemp("kernel")) as target:
        yield target


@pytest.mark.parametrize(("count", "at_once"), [(60, 1), (40, 4)])
async def test_a_kernel_outlives_hostile_handlers_and_answers_exactly(target, count, at_once):
    pid = target.pid

    found = await target.attack(Random(count).sample(RUNNABLE, count), at_once=at_once)

    assert found == []
    assert (target.pid, target.health()["status"]) == (pid, "ok")


def test_most_of_the_corpus_can_be_triggered():
    assert len(RUNNABLE) >= 250
