"""The command line of nexus-core: what it prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nexus_core.cli import FINDINGS, GOOD, USAGE, main

PANEL = """
<NexusPanel title="Counter">
  <Data>
    <State name="n" type="number" default="1"/>
    <Computed name="double" value="{$state.n * 2}"/>
  </Data>
  <Logic>
    <Tool name="add">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by;
        $emit("added", $args.by);
        $log("added", $args.by);
        return $state.n;
      </Handler>
    </Tool>
    <Tool name="fail"><Handler>throw new Error("no");</Handler></Tool>
  </Logic>
  <View>
    <Layout>
      <Text>{$state.double}</Text>
      <Button label="Add" trigger="add"/>
      <Button label="Fail" trigger="fail"/>
    </Layout>
  </View>
</NexusPanel>
"""
BROKEN = PANEL.replace("{$state.double}", "{$state.duoble}")


@pytest.fixture
def file(tmp_path):
    """Write a panel to a file and return its name."""

    def write(source: str, name: str = "panel.nxml") -> str:
        path = tmp_path / name
        path.write_text(source)
        return str(path)

    return write


@pytest.mark.requirement("ker.cli")
def test_check_says_nothing_is_wrong(file, capsys):
    panel = file(PANEL)
    assert main(["check", panel]) == GOOD
    assert capsys.readouterr().out == f"{panel}: ok\n"


@pytest.mark.requirement("ker.cli")
def test_check_shows_the_line_a_caret_under_the_place_and_what_to_write(file, capsys):
    panel = file(BROKEN)
    assert main(["check", panel]) == FINDINGS
    lines = capsys.readouterr().out.splitlines()
    number = BROKEN[: BROKEN.index("duoble")].count("\n") + 1
    shown = next(n for n, line in enumerate(lines) if line.startswith(f"{panel}:{number}:"))
    assert "UNDEFINED_STATE_REFERENCE" in lines[shown]
    text, caret, hint = lines[shown + 1 : shown + 4]
    start, end = caret.index("^"), caret.rindex("^") + 1
    assert text[start:end] == "duoble"
    assert "double" in hint


@pytest.mark.requirement("ker.cli")
@pytest.mark.requirement("lang.repair")
def test_check_says_what_it_read_a_slip_as(file, capsys):
    source = "Here:\n" + "-" * 70 + "\n<NexusPanel><View><Text content={1}/></View></NexusPanel>\n"
    panel = file(source)
    assert main(["check", panel]) == GOOD
    assert capsys.readouterr().out == (
        f'{panel}:1:1 repaired PROSE_AROUND: "Here:\\n{"-" * 53}…" is read as ""\n'
        f'{panel}:3:33 repaired UNQUOTED_BRACES: "{{1}}" is read as "\\"{{1}}\\""\n'
        f"{panel}: ok\n"
    )


@pytest.mark.requirement("ker.cli")
def test_check_prints_one_document_for_all_files(file, capsys):
    good, bad = file(PANEL, "good.nxml"), file(BROKEN, "bad.nxml")
    assert main(["check", good, bad, "--json"]) == FINDINGS
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "file": good,
        "ok": True,
        "diagnostics": [],
        "repairs": [],
        "capabilities": ["events:emit:added", "state:read:n", "state:write:n"],
    }
    assert (second["file"], second["ok"]) == (bad, False)
    codes = {each["code"]: each["severity"] for each in second["diagnostics"]}
    assert codes == {"UNDEFINED_STATE_REFERENCE": "error", "UNUSED_STATE": "warning"}


@pytest.mark.requirement("ker.cli")
def test_ast_prints_the_tree(file, capsys):
    assert main(["ast", file(PANEL)]) == GOOD
    tree = json.loads(capsys.readouterr().out)
    assert (tree["kind"], tree["title"], tree["view"]["type"]) == ("panel", "Counter", "Layout")


def test_ast_of_a_panel_with_errors_prints_them_to_stderr(file, capsys):
    assert main(["ast", file(BROKEN)]) == FINDINGS
    shown = capsys.readouterr()
    assert (shown.out, "UNDEFINED_STATE_REFERENCE" in shown.err) == ("", True)


@pytest.mark.requirement("ker.cli")
def test_fmt_lays_a_file_out_once_and_for_all(file, capsys):
    panel = file(PANEL.replace("  <Data>", "<Data>"))
    assert main(["fmt", panel, "--check"]) == FINDINGS
    assert main(["fmt", panel]) == GOOD
    formatted = Path(panel).read_text()
    assert main(["fmt", panel, "--check"]) == GOOD
    assert formatted.startswith('<NexusPanel title="Counter">\n  <Data>\n')
    capsys.readouterr()


@pytest.mark.requirement("run.headless")
def test_run_calls_tools_in_order_and_prints_patches_and_state(file, capsys):
    calls = ["--call", 'add={"by": 4}', "--call", "add=[5]", "--call", "add"]
    assert main(["run", file(PANEL), "--state", '{"n": 10}', *calls, "--json"]) == GOOD
    document = json.loads(capsys.readouterr().out)
    first = document["results"][0]
    assert first["metrics"]["segments"] == 1
    del first["metrics"]
    assert first == {
        "tool": "add",
        "ok": True,
        "value": 14,
        "patches": [{"op": "replace", "path": "/n", "value": 14}],
        "events": [{"name": "added", "payload": 4}],
        "view": [],
        "logs": [{"level": "info", "message": "added 4"}],
    }
    assert (document["state"], document["computed"]) == ({"n": 20}, {"double": 40})


@pytest.mark.requirement("run.extensions")
def test_run_gives_its_calls_a_store_that_they_share(file, capsys):
    source = """<NexusPanel><Data/><Logic><Extension name="nexus.kv"/>
      <Tool name="count"><Handler>return await $ext.kv.increment("n");</Handler></Tool></Logic>
      <View><Layout><Button label="Count" trigger="count"/></Layout></View></NexusPanel>"""
    assert main(["run", file(source), "--call", "count", "--call", "count", "--json"]) == GOOD
    results = json.loads(capsys.readouterr().out)["results"]
    assert [each["value"] for each in results] == [1, 2]


@pytest.mark.requirement("run.headless")
def test_run_prints_a_patch_that_sets_null_with_its_value(file, capsys):
    panel = file(PANEL.replace("$state.n += $args.by;", "$state.n = null;"))
    assert main(["run", panel, "--call", "add", "--json"]) == GOOD
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["patches"] == [{"op": "replace", "path": "/n", "value": None}]


@pytest.mark.requirement("run.headless")
def test_run_tells_a_failure_with_its_place_in_the_panel(file, capsys):
    assert main(["run", file(PANEL), "--call", "fail", "--json"]) == FINDINGS
    (result,) = json.loads(capsys.readouterr().out)["results"]
    line = PANEL[: PANEL.index("throw")].count("\n") + 1
    error = result["error"]
    assert (error["code"], error["message"], error["loc"]["line"]) == (
        "EXECUTION_ERROR",
        "no",
        line,
    )


@pytest.mark.requirement("run.headless")
def test_run_goes_on_after_a_call_that_fails_and_tells_each(file, capsys):
    calls = ("add=[4]", "fail", "ad", 'add={"by": "x"}', "add")
    given = [word for call in calls for word in ("--call", call)]
    assert main(["run", file(PANEL), *given]) == FINDINGS
    line = PANEL[: PANEL.index("throw")].count("\n") + 1
    told, _, state = capsys.readouterr().out.partition("{")
    assert told.splitlines() == [
        "add: ok",
        "  info: added 4",
        f"fail: EXECUTION_ERROR: no (line {line})",
        "ad: TOOL_NOT_FOUND: there is no tool 'ad'; did you mean 'add'?",
        "add: INVALID_ARGUMENTS: tool add argument by: expected a number, got the text 'x'",
        "add: ok",
        "  info: added 1",
    ]
    assert json.loads("{" + state) == {"n": 6}


@pytest.mark.requirement("run.headless")
def test_run_tells_lifecycles_and_computed_values_that_fail(file, capsys):
    hooks = """<Lifecycle on="mount"><Handler>$state.n = 5;</Handler></Lifecycle>
    <Lifecycle on="update"><Handler>throw new Error("late");</Handler></Lifecycle>
  </Logic>"""
    panel = PANEL.replace("</Logic>", hooks).replace("$state.n * 2", "$state.n.x.y")
    assert main(["run", file(panel), "--call", "add", "--json"]) == FINDINGS
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == {"n": 6}
    assert [
        (each.get("lifecycle") or each["computed"], each["error"]["code"])
        for each in document["failures"]
    ] == [("update", "EXECUTION_ERROR"), ("double", "EXECUTION_ERROR")]


@pytest.mark.requirement("run.headless")
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ('{"m": 1}', "--state: the panel has no state 'm'"),
        ('{"n": "x"}', "--state: n is declared as number"),
    ],
)
def test_run_refuses_a_state_that_is_not_the_panels(file, capsys, state, message):
    assert main(["run", file(PANEL), "--state", state]) == 2
    assert message in capsys.readouterr().err


def test_run_tells_a_call_of_an_unknown_tool(file, capsys):
    assert main(["run", file(PANEL), "--call", "ad", "--json"]) == FINDINGS
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["error"]["code"] == "TOOL_NOT_FOUND"


TESTED = PANEL.replace(
    "</NexusPanel>",
    """  <Test name="adds"><Call tool="add"/><Expect state="{ n: 2, double: 4 }"/></Test>
  <Test name="fails"><Call tool="fail"/></Test>
</NexusPanel>""",
)
FIRST = TESTED[: TESTED.index("<Test")].count("\n") + 1
THROWN = TESTED[: TESTED.index("throw")].count("\n") + 1


@pytest.mark.requirement("lang.tests")
def test_test_prints_a_line_for_each_test_and_one_for_what_is_wrong(file, capsys):
    panel = file(TESTED)
    assert main(["test", panel]) == FINDINGS
    assert capsys.readouterr().out.splitlines() == [
        f"✓ {panel}:{FIRST}:3 adds",
        f"✗ {panel}:{FIRST + 1}:3 fails",
        f"    {panel}:{FIRST + 1}:22 call: expected success,"
        f" found EXECUTION_ERROR: no (line {THROWN})",
    ]


@pytest.mark.requirement("lang.tests")
def test_test_ends_well_when_all_holds_or_nothing_is_tested(file, capsys):
    good = TESTED.replace('<Call tool="fail"/>', '<Call tool="fail" fails="EXECUTION_ERROR"/>')
    panel, bare = file(good), file(PANEL, "bare.nxml")
    assert main(["test", panel, bare]) == GOOD
    assert capsys.readouterr().out.splitlines()[-1] == f"{bare}: no tests"


@pytest.mark.requirement("lang.tests")
def test_test_prints_one_document_for_all_files(file, capsys):
    panel, broken = file(TESTED), file(BROKEN, "broken.nxml")
    assert main(["test", panel, broken, "--json"]) == FINDINGS
    tested, unread = json.loads(capsys.readouterr().out)
    good, bad = tested.pop("tests")
    assert tested == {"file": panel, "ok": False, "diagnostics": []}
    assert (good["name"], good["ok"], good["failures"]) == ("adds", True, [])
    assert bad["failures"] == [
        {
            "what": "call",
            "path": "",
            "expected": "success",
            "found": f"EXECUTION_ERROR: no (line {THROWN})",
            "address": "Test[fails]/Call[0]",
            "loc": {"line": FIRST + 1, "column": 22, "endLine": FIRST + 1, "endColumn": 41},
        }
    ]
    assert (unread["ok"], unread["tests"]) == (False, [])
    codes = [each["code"] for each in unread["diagnostics"]]
    assert "UNDEFINED_STATE_REFERENCE" in codes


@pytest.mark.requirement("lang.tests")
def test_test_of_a_panel_with_errors_prints_them_to_stderr(file, capsys):
    assert main(["test", file(BROKEN)]) == FINDINGS
    shown = capsys.readouterr()
    assert (shown.out, "UNDEFINED_STATE_REFERENCE" in shown.err) == ("", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "no-such-file.nxml"],
        ["run", "{panel}", "--call", "add={"],
        ["run", "{panel}", "--call", "add=3"],
        ["run", "{panel}", "--state", "[]"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_ends_with_2_and_says_why(file, capsys, arguments):
    panel = file(PANEL)
    assert main(
        [each.format(panel=panel) if "{panel}" in each else each for each in arguments]
    ) == (USAGE)
    shown = capsys.readouterr()
    assert (shown.out, shown.err.startswith("nexus: ")) == ("", True)


def test_an_unknown_command_ends_with_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == USAGE
    capsys.readouterr()


def test_checking_does_not_load_the_engine(file):
    code = (
        "import sys; from nexus_core.cli import main; main(['check', sys.argv[1]]);"
        "sys.exit('wasmtime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, file(PANEL)], check=False).returncode == 0
