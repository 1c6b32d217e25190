"""``nexus run --record`` and ``nexus replay``: what they print, and how they end."""

import json

import pytest

from nexus_core.cli import FINDINGS, GOOD, USAGE, main

pytestmark = [pytest.mark.requirement("run.replay"), pytest.mark.requirement("ker.cli")]

PANEL = """<NexusPanel title="Counter">
  <Data><State name="n" type="number" default="1"/></Data>
  <Logic>
    <Extension name="nexus.timer" alias="timer"/>
    <Tool name="add">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by;
        await $ext.timer.sleep(1);
        return [$state.n, Math.random(), Date.now()];
      </Handler>
    </Tool>
  </Logic>
  <View><Text>{$state.n}</Text></View>
</NexusPanel>
"""


@pytest.fixture
def files(tmp_path):
    """A panel, another version of it, and the records of two calls."""
    panel, changed, records = (tmp_path / name for name in ("a.nxml", "b.nxml", "calls.jsonl"))
    panel.write_text(PANEL)
    changed.write_text(PANEL.replace("sleep(1)", "sleep(2)"))
    calls = ["--call", "add", "--call", 'add={"by": 5}']
    assert main(["run", str(panel), *calls, "--record", str(records)]) == GOOD
    return panel, changed, records


def test_what_was_recorded_runs_again(files, capsys):
    capsys.readouterr()
    assert main(["replay", str(files[2])]) == GOOD
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in printed if line.startswith("add")] == ["identical"] * 2
    assert [line.split(": ")[1] for line in printed if line.startswith("  ")] == [
        "waiting; 1 op, calls timer.sleep",
        "done; -",
    ] * 2


def test_a_changed_panel_shows_where_it_differs(files, capsys):
    capsys.readouterr()
    assert main(["replay", str(files[2]), "--source", str(files[1])]) == FINDINGS
    printed = capsys.readouterr().out.splitlines()
    assert printed[2:7] == [
        "  requests /0/args/0",
        "    expected  1",
        "    found     2",
        f"  {files[1]}:9 | await $ext.timer.sleep(2);",
        "  the record has no answer to another call, so the replay ends here",
    ]


def test_a_replay_is_printed_as_json(files, capsys):
    capsys.readouterr()
    assert main(["replay", str(files[2]), "--json", "--times", "3"]) == GOOD
    document = json.loads(capsys.readouterr().out)
    assert [(each["tool"], each["identical"]) for each in document] == [("add", True)] * 6


def test_a_file_without_a_record_is_a_wrong_call(files, capsys):
    assert main(["replay", str(files[0])]) == USAGE
    assert "no record of an execution" in capsys.readouterr().err


def test_an_execution_of_a_kernel_that_does_not_answer_is_a_wrong_call(capsys):
    assert main(["replay", "counter/1", "--url", "http://127.0.0.1:1"]) == USAGE
    assert "no kernel at http://127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1"])
def test_a_kernel_is_asked_over_http_only(url, capsys):
    assert main(["replay", "counter/1", "--url", url]) == USAGE
    assert "an address that begins with http" in capsys.readouterr().err


def test_a_source_that_lacks_the_tool_is_a_wrong_call(files, capsys):
    files[1].write_text(PANEL.replace('name="add"', 'name="plus"'))
    assert main(["replay", str(files[2]), "--source", str(files[1])]) == USAGE
    assert "there is no tool 'add'" in capsys.readouterr().err
