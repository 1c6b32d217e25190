"""Freezing a memory into a module."""

import pytest
import wasmtime
from engine_build.snapshot import (
    PAGE,
    SectionId,
    SnapshotError,
    data_stretches,
    read_sections,
    read_unsigned,
    signed,
    snapshot,
    unsigned,
)
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.requirement("run.sandbox")

COUNTER = """
(module
  (memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 65536))
  (func (export "add") (param i32) (result i32)
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get 0)))
    (i32.load (i32.const 8)))
  (func (export "boot") (i32.store (i32.const 8) (i32.const 40)))
  (data (i32.const 100) "first"))
"""


def instance(module):
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    return store, wasmtime.Instance(store, wasmtime.Module(engine, module), []).exports(store)


def booted(module):
    store, exports = instance(module)
    exports["boot"](store)
    memory = exports["memory"]
    return bytes(memory.read(store, 0, memory.data_len(store)))


def test_a_snapshot_goes_on_from_the_frozen_memory():
    module = bytes(wasmtime.wat2wasm(COUNTER))

    store, exports = instance(snapshot(module, booted(module), {"memory", "add"}))

    assert exports["add"](store, 2) == 42
    assert bytes(exports["memory"].read(store, 100, 105)) == b"first"


def test_a_snapshot_exports_only_what_is_wanted():
    module = bytes(wasmtime.wat2wasm(COUNTER))
    frozen = wasmtime.Module(wasmtime.Engine(), snapshot(module, booted(module), {"add"}))

    assert [export.name for export in frozen.exports] == ["add"]


def test_equal_inputs_give_equal_snapshots():
    module = bytes(wasmtime.wat2wasm(COUNTER))

    assert snapshot(module, booted(module), {"add"}) == snapshot(module, booted(module), {"add"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(module (import "a" "b" (func)) (memory 1) (data (i32.const 0) "x"))', "imports"),
        (
            "(module (memory 1) (global (mut i32) (i32.const 1)) (global (mut i32) (i32.const 2)))",
            "mutable globals",
        ),
        ("(module (memory 1) (global (mut f64) (f64.const 1)))", "integer constant"),
    ],
)
def test_a_module_with_other_state_than_memory_is_refused(text, message):
    with pytest.raises(SnapshotError, match=message):
        snapshot(bytes(wasmtime.wat2wasm(text)), bytes(PAGE), frozenset())


def test_a_missing_export_is_refused():
    module = bytes(wasmtime.wat2wasm(COUNTER))

    with pytest.raises(SnapshotError, match="lacks"):
        snapshot(module, bytes(PAGE), {"other"})


def test_a_memory_of_half_a_page_is_refused():
    with pytest.raises(SnapshotError, match="whole pages"):
        snapshot(bytes(wasmtime.wat2wasm(COUNTER)), bytes(PAGE // 2), frozenset())


def test_what_is_no_module_is_refused():
    with pytest.raises(SnapshotError, match="not a WebAssembly module"):
        list(read_sections(b"#!/bin/sh"))


def test_sections_are_read_in_order():
    sections = list(read_sections(bytes(wasmtime.wat2wasm(COUNTER))))

    assert [s.id for s in sections if s.id != SectionId.CUSTOM] == [1, 3, 5, 6, 7, 10, 11]


@given(st.binary(max_size=2000).map(lambda data: data.replace(b"\1", bytes(200))))
def test_the_stretches_hold_everything_that_is_not_zero(memory):
    rebuilt = bytearray(len(memory))
    for start, end in data_stretches(memory):
        rebuilt[start:end] = memory[start:end]

    assert bytes(rebuilt) == memory


@given(st.integers(0, 2**32 - 1))
def test_an_unsigned_number_is_read_as_it_was_written(number):
    assert read_unsigned(unsigned(number), 0) == (number, len(unsigned(number)))


@pytest.mark.parametrize(
    ("number", "encoded"),
    [(0, "00"), (63, "3f"), (64, "c000"), (127, "ff00"), (-1, "7f"), (-64, "40"), (-65, "bf7f")],
)
def test_signed_numbers_are_written_as_the_specification_says(number, encoded):
    assert signed(number).hex() == encoded
