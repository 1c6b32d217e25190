"""Scripts are compiled once, each where nothing else runs, and do what they do from their text."""

import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.sandbox import Job, Limits, Sandbox, ToolSource
from nexus_core.sandbox.compiling import SMALLEST_SCRIPT
from nexus_core.sandbox.forms import Forms
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.sandbox")

LONG = "// " + "x" * SMALLEST_SCRIPT + "\n"
FAILING = f"{LONG}const f = () => null.x;\nreturn f();"
PRIVATE = stat.S_IRWXG | stat.S_IRWXO


def job(code, **fields):
    grant = Grant.everything()
    return Job(tool=ToolSource(name="tool", code=code, **fields), state={"n": 1}, grant=grant)


def start(sandbox, code, **fields):
    return sandbox.open(job(code, **fields)).start()


def scripts(segment):
    """What had to be compiled, and what was there."""
    return segment.metrics.scripts_compiled, segment.metrics.scripts_reused


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "forms").glob("*"))


@pytest.fixture(scope="module")
def compiled_engine(tmp_path_factory):
    """A folder with the compiled engine and no script: compiling it takes a second each time."""
    folder = tmp_path_factory.mktemp("engine") / "cache"
    Sandbox(cache_dir=folder, threads=1).close()
    return folder


@pytest.fixture
def fresh(tmp_path, compiled_engine):
    """Open sandboxes that share a folder without scripts; closed when the test ends."""
    opened: list[Sandbox] = []
    shutil.copytree(compiled_engine, tmp_path / "cache")

    def make(**options) -> Sandbox:
        opened.append(Sandbox(cache_dir=tmp_path / "cache", threads=1, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize("workers", [None, 1], ids=["threads", "workers"])
def test_a_handler_that_ran_before_is_not_compiled_again(fresh, workers):
    sandbox = fresh(workers=workers)
    first, second = (start(sandbox, f"{LONG}return 1") for _ in range(2))

    assert (first.value, scripts(first)) == (1, (1, 0))
    assert (second.value, scripts(second)) == (1, (0, 1))
    metrics = sandbox.metrics()
    assert (metrics.scripts_compiled, metrics.scripts_reused) == (1, 1)


def test_a_handler_is_not_compiled_again_after_a_restart(fresh, tmp_path):
    first, second = start(fresh(), f"{LONG}return 1"), start(fresh(), f"{LONG}return 1")

    assert (scripts(first), scripts(second)) == ((1, 0), (0, 1))
    assert [path.stat().st_mode & PRIVATE for path in kept(tmp_path / "cache")] == [0]


def test_a_worker_leaves_nothing_on_the_disk(fresh, tmp_path):
    assert start(fresh(workers=1), f"{LONG}return 1").value == 1
    assert kept(tmp_path / "cache") == []


def test_tools_and_computed_values_are_kept_as_well(fresh):
    sandbox = fresh()
    tools = {"other": ToolSource(name="other", code=f"{LONG}return 2")}
    both = Job(
        tool=ToolSource(name="tool", code="return [await $tools.other(), $state.twice]"),
        computed={"twice": f"({LONG}$state.n * 2)"},
        tools=tools,
        state={"n": 2},
        grant=Grant.everything(),
    )
    first, second = sandbox.open(both).start(), sandbox.open(both).start()

    assert (first.value, scripts(first)) == ([2, 4], (2, 0))
    assert (second.value, scripts(second)) == ([2, 4], (0, 2))


def test_a_small_handler_is_compiled_where_it_runs(fresh):
    assert scripts(start(fresh(), "return 1")) == (0, 0)


@pytest.mark.parametrize(
    "code",
    [
        f"{LONG}return (class {{ #x = 1; get() {{ return this.#x }} }}).toString()",
        f"{LONG}return ((...v) => v)`a${{1n}}\\n`.map(String)",
        f"{LONG}return /(?<a>é+)/u.exec('éé').groups.a",
        FAILING,
        f"{LONG}try {{ null.x }} catch (e) {{ return e.stack }}",
        f"{LONG}for await (const x of (async function* () {{ yield 1 }})()) $emit('e', x)",
        f"{LONG}return const",
        f"{LONG}}}), $state, (async () => {{",
        f"{LONG}with ($state) {{ n }}",
    ],
)
def test_a_handler_does_the_same_from_its_text_and_from_what_is_kept(fresh, code):
    sandbox, tiny = fresh(), Limits(memory_bytes=4 << 20)
    first, second, narrow = (
        sandbox.open(Job(tool=job(code).tool, grant=Grant.everything(), limits=limits)).start()
        for limits in (Limits(), Limits(), tiny)
    )

    told = [(s.status, s.value, s.events, s.error) for s in (first, second, narrow)]
    assert told[1:] == told[:1] * 2


def test_what_does_not_compile_is_told_with_its_place_each_time(fresh):
    sandbox = fresh()
    errors = [start(sandbox, f"{LONG}const a = ;", line=5).error for _ in range(2)]

    assert [(e.code, e.loc.line) for e in errors] == [(ErrorCode.COMPILATION_ERROR, 6)] * 2


def test_the_same_code_elsewhere_in_a_panel_has_its_own_places(fresh):
    sandbox = fresh()
    errors = [start(sandbox, FAILING, line=line).error for line in (3, 40, 3)]

    assert [e.loc.line for e in errors] == [4, 41, 4]
    assert errors[0] == errors[2]


def test_compiling_counts_as_computing(fresh):
    code = "return [" + "[{a: 1}]," * 25_000 + "]"
    short = Limits(timeout_ms=0.5)
    found = fresh().open(Job(tool=ToolSource(name="t", code=code), limits=short)).start()

    assert found.error.code is ErrorCode.TIMEOUT


@pytest.mark.parametrize(
    "spoil", [lambda data: b"", lambda data: data[:-1], lambda data: data[::-1]]
)
def test_a_spoiled_form_is_made_again(fresh, tmp_path, spoil):
    start(fresh(), f"{LONG}return 1")
    (path,) = kept(tmp_path / "cache")
    path.write_bytes(spoil(path.read_bytes()))
    again = start(fresh(), f"{LONG}return 1")

    assert (again.value, scripts(again)) == (1, (1, 0))


def test_a_form_is_not_taken_for_another_script(fresh, tmp_path):
    sandbox = fresh()
    start(sandbox, f"{LONG}return 1")
    (one,) = kept(tmp_path / "cache")
    start(sandbox, f"{LONG}return 2")
    (two,) = (path for path in kept(tmp_path / "cache") if path != one)
    two.write_bytes(one.read_bytes())

    assert start(fresh(), f"{LONG}return 2").value == 2


def test_a_form_that_others_could_have_written_is_not_read(fresh, tmp_path):
    start(fresh(), f"{LONG}return 1")
    (path,) = kept(tmp_path / "cache")
    path.chmod(0o666)

    assert scripts(start(fresh(), f"{LONG}return 1")) == (1, 0)


def test_a_folder_of_forms_that_others_can_enter_is_not_used(fresh, tmp_path):
    (tmp_path / "cache" / "forms").mkdir()
    (tmp_path / "cache" / "forms").chmod(0o755)
    start(fresh(), f"{LONG}return 1")

    assert kept(tmp_path / "cache") == []


# ---- what is kept --------------------------------------------------------------------------------

KEYS = st.sampled_from("abcdef")
STEPS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2000)), max_size=40)


@given(STEPS)
def test_what_is_kept_is_what_was_given_last_and_never_more_than_may_be(steps):
    forms, given_last = Forms(None, memory_bytes=4000), dict[str, bytes]()

    for key, form in steps:
        if form is None:
            assert forms.get(key) in (None, given_last.get(key))
        else:
            forms.keep(key, form)
            given_last[key] = form
            assert forms.get(key) == form
        held = [forms.get(each) for each in "abcdef"]
        assert sum(len(each) for each in held if each is not None) <= 4000


def test_what_was_used_least_lately_goes_first():
    forms = Forms(None, memory_bytes=4000)
    forms.keep("a", b"a" * 1500)
    forms.keep("b", b"b" * 1500)
    forms.get("a")
    forms.keep("c", b"c" * 1500)

    assert [forms.get(key) is not None for key in "abc"] == [True, False, True]


def test_the_folder_does_not_grow_without_bound(tmp_path):
    folder = tmp_path / "forms"
    for number in range(50):
        Forms(folder, disk_bytes=10_000).keep(str(number), bytes([number]) * 1000)

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 10_000
    assert Forms(folder).get("49") == bytes([49]) * 1000


def test_that_there_is_no_form_is_not_written_down(tmp_path):
    Forms(tmp_path / "forms").keep("a", b"")

    assert Forms(tmp_path / "forms").get("a") is None


def test_forms_are_kept_without_a_folder_for_them(fresh, tmp_path):
    (tmp_path / "cache" / "forms").write_text("in the way")
    sandbox = fresh()
    segments = [start(sandbox, f"{LONG}return 1") for _ in range(2)]

    assert [scripts(each) for each in segments] == [(1, 0), (0, 1)]
