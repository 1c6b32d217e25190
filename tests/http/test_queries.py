"""No question of the kernel to its database reads a large table whole, or has no bound."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("ker.store")
def test_every_question_goes_by_an_index_and_has_a_bound_and_the_page_says_which():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "queries.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
