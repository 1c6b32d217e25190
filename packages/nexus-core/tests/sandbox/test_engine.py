"""The compiled engine on disk, and the stacks of threads."""

import threading

import pytest
import wasmtime

import nexus_quickjs
from nexus_core.sandbox import Job, Sandbox, ToolSource
from nexus_core.sandbox.stack import ThreadStackError

pytestmark = pytest.mark.requirement("run.sandbox")

JOB = Job(tool=ToolSource(name="t", code="return 1"))


def cached(folder):
    return [path for path in folder.iterdir() if path.suffix == ".cwasm"]


def start(folder):
    sandbox = Sandbox(cache_dir=folder)
    segment = sandbox.open(JOB).start()
    sandbox.close()
    return segment


def test_the_module_imports_nothing_and_exports_five_things():
    module = wasmtime.Module.from_file(wasmtime.Engine(), str(nexus_quickjs.engine().path))

    assert module.imports == []
    assert {export.name for export in module.exports} == {
        "memory",
        "nexus_reserve",
        "nexus_start",
        "nexus_resume",
        "nexus_compile",
    }


def test_the_compiled_engine_is_kept_for_the_owner_alone(tmp_path):
    folder = tmp_path / "cache"
    first, second = start(folder), start(folder)

    assert (first.metrics.cache_hit, second.metrics.cache_hit) == (False, True)
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o077 for path in cached(folder)] == [0]


@pytest.mark.parametrize("spoil", [b"", b"not a module", b"\x7fELF" + b"\0" * 5000])
def test_a_spoiled_compiled_engine_is_compiled_again(tmp_path, spoil):
    folder = tmp_path / "cache"
    start(folder)
    (path,) = cached(folder)
    path.write_bytes(spoil)

    segment = start(folder)

    assert (segment.value, segment.metrics.cache_hit) == (1, False)


def test_a_compiled_engine_that_others_could_have_written_is_not_loaded(tmp_path):
    folder = tmp_path / "cache"
    start(folder)
    (path,) = cached(folder)
    path.chmod(0o666)

    assert start(folder).metrics.cache_hit is False


def test_a_folder_that_others_can_enter_is_not_used(tmp_path):
    tmp_path.chmod(0o755)

    assert start(tmp_path).value == 1
    assert cached(tmp_path) == []


def test_a_thread_with_a_small_stack_is_refused():
    sandbox = Sandbox()
    caught: list[BaseException] = []

    def work():
        try:
            sandbox.open(JOB).start()
        except ThreadStackError as error:
            caught.append(error)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    sandbox.close()

    assert len(caught) == 1
