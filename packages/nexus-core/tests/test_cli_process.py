"""The command as a person or a script runs it: a process with streams, files and an exit code."""

import contextlib
import json
import os
import pty
import resource
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.cli import USAGE, main
from nexus_core.report import printable

pytestmark = pytest.mark.requirement("ker.cli")

GOOD = (
    '<NexusPanel title="Good">\n  <View>\n    <Text content="Hello"/>\n  </View>\n</NexusPanel>\n'
)
BAD = GOOD.replace("content", "contnet")
LOUD = """<NexusPanel>
  <Logic>
    <Tool name="shout">
      <Handler>
        $log("\x1b[2J\\u001b[31mred\\u202e", "\\n!");
        throw new Error("\\u001b]0;x\\u0007");
      </Handler>
    </Tool>
  </Logic>
  <View><Text \x1b[5m="x\x9b" content="\u202eabc">{$state.\u2066}</Text></View>
</NexusPanel>
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}


def nexus(*arguments: str, stdin: str = "", cwd: Path | None = None, **environment: str):
    return subprocess.run(
        [sys.executable, "-m", "nexus_core.cli", *arguments],
        check=False,
        capture_output=True,
        cwd=cwd,
        env=ENVIRONMENT | environment,
        input=stdin.encode(),
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.nxml").write_text(GOOD)
    (tmp_path / "bad.nxml").write_text(BAD)
    (tmp_path / "loud.nxml").write_text(LOUD)
    return tmp_path


def test_check_ends_with_0_when_all_is_well_and_with_1_when_not(folder):
    assert nexus("check", "good.nxml", cwd=folder).returncode == 0
    ended = nexus("check", "good.nxml", "bad.nxml", cwd=folder)
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert ended.stdout.decode().splitlines()[:5] == [
        "good.nxml: ok",
        "bad.nxml:3:5 error MISSING_REQUIRED: <Text> needs the attribute content.",
        '    3 |     <Text contnet="Hello"/>',
        "      |     ^^^^^",
        '        Add `content="…"`.',
    ]


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_command_reads_the_standard_input(command):
    assert nexus(command, "-", stdin=GOOD).returncode == 0


@pytest.mark.parametrize("command", ["check", "ast", "fmt", "test", "run"])
@pytest.mark.parametrize(
    ("file", "why"), [("nothing.nxml", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_read_is_a_wrong_call(command, file, why, folder, capsys):
    with contextlib.chdir(folder):
        assert main([command, file]) == USAGE
    assert capsys.readouterr() == ("", f"nexus: cannot read {file}: {why}\n")


def test_a_file_that_cannot_be_written_is_a_wrong_call(folder):
    (folder / "wide.nxml").write_text(GOOD.replace("  ", " "))
    ended = subprocess.run(
        [sys.executable, "-m", "nexus_core.cli", "fmt", "wide.nxml"],
        check=False,
        capture_output=True,
        cwd=folder,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        b"nexus: cannot write wide.nxml: File too large\n",
    )


def test_fmt_of_the_standard_input_goes_to_the_standard_output():
    ended = nexus("fmt", "-", stdin=GOOD.replace("\n", ""))
    assert (ended.returncode, ended.stdout.decode()) == (0, GOOD)


def test_fmt_check_of_the_standard_input_only_says_whether_it_would_change():
    ended = nexus("fmt", "--check", "-", stdin=GOOD.replace("\n", ""))
    assert (ended.returncode, ended.stdout.decode()) == (1, "-: would change\n")


def test_fmt_tells_what_cannot_be_laid_out(folder):
    ended = nexus("fmt", "-", stdin="<NexusPanel>")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr == b"-: line 1: <NexusPanel> is never closed.\n"


def test_json_goes_to_the_standard_output_alone(folder):
    ended = nexus("check", "--json", "good.nxml", "bad.nxml", cwd=folder)
    assert (ended.returncode, ended.stderr) == (1, b"")
    good, bad = json.loads(ended.stdout)
    assert (good["file"], good["ok"], bad["file"], bad["ok"]) == (
        "good.nxml",
        True,
        "bad.nxml",
        False,
    )


def on_a_terminal(
    *arguments: str, cwd: Path, stdin: Path = Path(os.devnull), **environment: str
) -> bytes:
    """What a terminal shows of a command."""
    ours, theirs = pty.openpty()
    with stdin.open("rb") as given:
        process = subprocess.Popen(
            [sys.executable, "-m", "nexus_core.cli", *arguments],
            cwd=cwd,
            env=ENVIRONMENT | {"TERM": "xterm"} | environment,
            stdin=given,
            stdout=theirs,
            stderr=theirs,
        )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65_536):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    process.wait()
    return shown


def test_a_terminal_gets_colours(folder):
    shown = on_a_terminal("check", "bad.nxml", cwd=folder)
    assert b"\x1b[1;31merror MISSING_REQUIRED\x1b[0m" in shown
    assert b"\x1b[31m^^^^^\x1b[0m" in shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_none_gets_no_colours(folder, environment):
    shown = on_a_terminal("check", "bad.nxml", cwd=folder, **environment)
    assert b"MISSING_REQUIRED" in shown
    assert b"\x1b" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "loud.nxml"],
        ["check", "loud.nxml", "--json"],
        ["ast", "loud.nxml"],
        ["run", "loud.nxml", "--call", "shout"],
        ["test", "loud.nxml"],
        ["eval", "'\x1b[2J' +"],
        ["eval", "'\\u001b[2J\\u202e\\u009b'"],
        ["check", "\x1b[2J.nxml"],
    ],
    ids=" ".join,
)
def test_nothing_from_a_panel_is_obeyed_by_a_terminal(folder, arguments, capsys):
    with contextlib.chdir(folder):
        main(arguments)
    shown = "".join(capsys.readouterr())
    assert shown
    assert [each for each in shown if _is_dangerous(each) and each not in "\n\t"] == []


def test_a_source_is_laid_out_to_the_letter_but_on_a_terminal(folder):
    source = GOOD.replace("Hello", "\x1b[2J")
    (folder / "loud.nxml").write_text(source)
    assert nexus("fmt", "-", stdin=source).stdout.decode() == source
    shown = on_a_terminal("fmt", "-", cwd=folder, stdin=folder / "loud.nxml")
    assert b"\x1b" not in shown
    assert rb"\u001b[2J" in shown


def test_a_panel_that_logs_escapes_shows_them_spelled_out(folder):
    source = LOUD[: LOUD.index("  <View>")] + "</NexusPanel>"
    ended = nexus("run", "-", "--call", "shout", stdin=source)
    assert ended.stdout.decode().splitlines()[:2] == [
        r"shout: EXECUTION_ERROR: \u001b]0;x\u0007 (line 6)",
        r"  info: \u001b[2J\u001b[31mred\u202e \n!",
    ]


def test_the_caret_stands_under_the_place_behind_wide_and_hidden_characters():
    source = '<NexusPanel><View><Text content="日本\u200b" colour="x"/></View></NexusPanel>'
    text, caret = nexus("check", "-", stdin=source).stdout.decode().splitlines()[1:3]
    before = text[: text.index("colour")]
    wide = sum(unicodedata.east_asian_width(each) == "W" for each in before)
    assert (caret.index("^"), caret.count("^")) == (len(before) + wide, len("colour"))


def test_a_stream_that_lacks_a_character_gets_it_spelled_out(folder):
    ended = nexus("eval", "'✓'", PYTHONIOENCODING="ascii")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, "✓")


def test_a_reader_that_has_enough_ends_the_command_quietly():
    command = [sys.executable, "-m", "nexus_core.cli", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (1, b"")


@pytest.mark.parametrize("arguments", [[], ["fmt", "--bold", "x"]])
def test_a_wrong_call_ends_with_2_and_says_how_to_call(arguments):
    ended = nexus(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr[:12]) == (2, b"", b"usage: nexus")


_REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _is_dangerous(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _REORDERING
    )


@given(st.text(st.characters()))
def test_what_is_printed_obeys_no_text(text: str):
    shown = printable(text)
    assert [each for each in shown if _is_dangerous(each) and each != "\t"] == []
    assert printable(shown) == shown
