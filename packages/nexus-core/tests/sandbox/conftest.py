"""One sandbox for the package's tests, and jobs with the fields that a test does not care for."""

from collections.abc import Callable

import pytest

from nexus_core.sandbox import Job, Limits, Run, Sandbox, Segment, ToolSource, bridge
from nexus_protocol.capabilities import Grant

NOW = 1_700_000_000.0
SEED = b"0123456789abcdef"


@pytest.fixture(scope="session", params=[None, 2], ids=["threads", "workers"])
def shared_sandbox(request):
    """Guests in this process, and in processes of their own: what is proved holds for both."""
    sandbox = Sandbox(limits=Limits(timeout_ms=2000), workers=request.param)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def sandbox(shared_sandbox):
    """One of a state that is parsed at once, and one of which only what is looked at is."""
    with pytest.MonkeyPatch.context() as patch:
        if shared_sandbox.workers:
            patch.setattr(bridge, "_WHOLE_BYTES", 1)
        yield shared_sandbox


@pytest.fixture
def opened(sandbox):
    """Open a run of some code; it is closed when the test ends."""
    runs: list[Run] = []

    def open_run(code: str, *, grant: Grant | None = None, **fields) -> Run:
        job = Job(
            tool=ToolSource(name="tool", code=code),
            grant=grant if grant is not None else Grant.everything(),
            now=NOW,
            seed=SEED,
            **{"limits": Limits(timeout_ms=2000), **fields},
        )
        runs.append(sandbox.open(job))
        return runs[-1]

    yield open_run
    for run in runs:
        run.close()


@pytest.fixture
def executed(opened) -> Callable[..., Segment]:
    """Run some code to its first suspension or its end."""
    return lambda code, **fields: opened(code, **fields).start()
