"""What importing the package costs: nothing that is not needed yet, and no trouble to threads."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_protocol import Model

THREADS = 6


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_a_new_process(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_importing_loads_neither_the_wire_nor_the_schemas():
    code = "import sys, nexus_protocol; print(*sys.modules)"
    unwanted = {
        "asyncio", "nexus_protocol.json_schema", "nexus_protocol.messages", "pydantic.networks",
        "ssl", "subprocess",
    }  # fmt: skip
    assert unwanted & set(in_a_new_process(code).split()) == set()


def test_importing_builds_no_validator_of_a_panel():
    code = """
from nexus_protocol import Diagnostic, PanelAst
print(PanelAst.__pydantic_complete__, Diagnostic.__pydantic_complete__)
"""
    assert in_a_new_process(code) == "False False\n"


@pytest.mark.usefixtures("hasty_threads")
def test_threads_may_use_a_model_for_the_first_time_at_once():
    for _ in range(200):

        class Inner(Model):
            x: int

        class Outer(Model):
            inner: Inner

        together = threading.Barrier(THREADS)
        made = [Inner, Outer] * (THREADS // 2)

        def read(model: type[Model], together: threading.Barrier = together) -> str:
            together.wait()
            given = {"x": 1} if "x" in model.model_fields else {"inner": {"x": 1}}
            return model.model_validate(given).to_json()

        with ThreadPoolExecutor(THREADS) as pool:
            printed = list(pool.map(read, made))
        assert printed == ['{"x":1}', '{"inner":{"x":1}}'] * (THREADS // 2)
