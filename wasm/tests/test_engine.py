"""The engine that the package carries, and the pins and cache behind it."""

import hashlib
import json
import struct

import pytest
import wasmtime
from engine_build import cache, inputs, source
from engine_build.notices import collect

import nexus_quickjs
from nexus_quickjs import ControlBlock

pytestmark = pytest.mark.requirement("run.sandbox")


def test_the_engine_imports_nothing():
    module = wasmtime.Module.from_file(wasmtime.Engine(), str(nexus_quickjs.engine().path))

    assert module.imports == []


def test_the_engine_is_the_one_that_was_built():
    engine = nexus_quickjs.engine()

    assert hashlib.sha256(engine.path.read_bytes()).hexdigest() == engine.sha256
    assert engine.version == inputs.SDIST_VERSION


def test_the_engine_was_built_from_the_present_sources():
    folder = cache.find(inputs.key())

    assert folder is not None
    facts = json.loads((folder / "engine.json").read_text())
    assert facts["sha256"] == nexus_quickjs.engine().sha256


def test_the_stack_is_as_large_as_the_package_says():
    assert nexus_quickjs.SHADOW_STACK_BYTES == inputs.SHADOW_STACK_BYTES


def test_a_job_goes_in_and_its_result_comes_out_through_the_control_block():
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    module = wasmtime.Module.from_file(engine, str(nexus_quickjs.engine().path))
    exports = wasmtime.Instance(store, module, []).exports(store)
    memory, control = exports["memory"], nexus_quickjs.engine().control
    code = b"(async () => 6 * 7)"
    header = {
        "main": {"name": "t", "code": [0, len(code), "t", 1], "args": [], "given": [20, 2]},
        "state": {}, "hidden": [], "computed": {}, "tools": {}, "hidden_tools": [], "ext": {},
        "write": [], "emit": [], "view": [],
        "limits": {"ops": 9, "result_bytes": 99, "logs": 9, "log_bytes": 99},
        "whole": 99,
    }  # fmt: skip
    head = json.dumps(header).encode()
    data = head + b"\0" + code + b"\0" + b"{}" + b"\0"

    (address,) = struct.unpack("<I", memory.read(store, control, control + 4))
    memory.write(store, data, address)
    memory.write(store, struct.pack("<I", len(head)), control + ControlBlock.HEAD_LEN)
    memory.write(store, struct.pack("<I", len(data)), control + ControlBlock.TEXT_LEN)
    status = exports["nexus_start"](store, len(data))
    start = control + ControlBlock.OUT_PTR
    address, length = struct.unpack("<II", memory.read(store, start, start + 8))

    assert status == 0
    result = json.loads(memory.read(store, address, address + length))
    assert (result["status"], result["value"]) == ("done", 42)


def test_an_archive_with_another_hash_is_refused(tmp_path):
    archive = tmp_path / "engine.tar.gz"
    archive.write_bytes(b"something else")

    with pytest.raises(source.SourceError, match="is pinned to"):
        source.check(archive)


def test_an_archive_named_by_the_environment_has_to_exist(tmp_path, monkeypatch):
    monkeypatch.setenv(inputs.SDIST_VARIABLE, str(tmp_path / "absent.tar.gz"))

    with pytest.raises(source.SourceError, match="no file"):
        source.fetch(tmp_path)


def test_the_key_changes_with_the_prelude(tmp_path, monkeypatch):
    before, compiled = inputs.key(), inputs.compile_key()
    copy = tmp_path / "engine"
    copy.mkdir()
    for path in inputs.engine_files():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "prelude.js").write_text("() => {}")
    monkeypatch.setattr(inputs, "ROOT", tmp_path)

    assert inputs.key() != before
    assert inputs.compile_key() == compiled


def test_what_is_kept_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = dict.fromkeys(cache.NAMES, b"content")

    assert cache.find("key") is None
    cache.keep("key", files)
    assert cache.keep("key", files) == cache.find("key")


def test_each_notice_is_collected_once(tmp_path):
    sources = tmp_path / "src"
    sources.mkdir()
    (tmp_path / "LICENSE").write_text("MIT License")
    for name in ("a.c", "b.h"):
        (sources / name).write_text("/*\n * Copyright (c) 2020 Somebody\n */\nint x;\n")
    (sources / "c.c").write_text("/* no notice */")

    text = collect(sources)

    assert text.count("Somebody") == 1
    assert "In a.c, b.h:" in text


def test_the_package_carries_the_notices():
    notices = nexus_quickjs.engine().path.with_name("NOTICES").read_text(encoding="utf-8")

    assert "Fabrice Bellard" in notices
