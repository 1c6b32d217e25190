"""The programs of docs/EMBEDDING.md run as they stand there, and print what stands under them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "EMBEDDING.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(
    r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
)

pytestmark = [pytest.mark.requirement("run.headless"), pytest.mark.requirement("doc.all")]


@pytest.mark.parametrize(("program", "printed"), PROGRAMS, ids=["panel", "sandbox"])
def test_a_program_prints_what_the_page_says(program, printed, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", str(file)], capture_output=True, check=False, text=True,
        encoding="utf-8",
    )  # fmt: skip

    assert (ended.stderr, ended.stdout) == ("", printed)


@pytest.mark.parametrize("program", [program for program, _ in PROGRAMS], ids=["panel", "sandbox"])
def test_a_program_has_fewer_than_thirty_lines(program):
    assert len([line for line in program.splitlines() if line.strip()]) < 30
