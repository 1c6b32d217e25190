"""What a worker says is not believed; what is said to it comes as it was."""

import math
import socket
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.sandbox import frames
from nexus_core.sandbox.frames import BrokenWorkerError, Resume, Start, Told
from nexus_core.sandbox.guest import Allowance, Exit, Script, Setup

pytestmark = pytest.mark.requirement("run.sandbox")

EXIT = struct.Struct("<BBBIIdII")
U32 = st.integers(0, 2**32 - 1)
SECONDS = st.floats(0, 1e9)
ALLOWANCES = st.builds(Allowance, seconds=SECONDS, cpu_seconds=SECONDS, output_bytes=U32)
SETUPS = st.builds(
    Setup,
    now=SECONDS,
    seed=st.binary(min_size=16, max_size=16),
    heap_bytes=U32,
    stack_bytes=U32,
)
SCRIPTS = st.builds(Script, U32, U32, st.text(), U32)
STARTS = st.builds(
    Start,
    memory_bytes=U32,
    setup=SETUPS,
    head=U32,
    allowance=ALLOWANCES,
    data=st.binary(),
    scripts=st.lists(SCRIPTS, max_size=3).map(tuple),
)
RESUMES = st.builds(Resume, now=st.none() | SECONDS, allowance=ALLOWANCES, data=st.binary())


def received(data, most=100):
    """Give the sandbox's side these bytes, and then the end."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(data)
        return frames.receive(ours, time.monotonic() + 10, most)


@given(STARTS)
def test_a_start_arrives_as_it_was_sent(start):
    assert Start.unpack(start.pack()) == start


@given(RESUMES)
def test_a_resumption_arrives_as_it_was_sent(resume):
    assert Resume.unpack(resume.pack()) == resume


@given(
    st.builds(
        Exit,
        output=st.none(),
        output_bytes=U32,
        stopped=st.sampled_from([None, "timeout", "cpu", "trap"]),
        out_of_memory=st.booleans(),
        memory_bytes=st.integers(0, 1 << 28),
        cpu_seconds=SECONDS,
        compiled=U32,
        reused=U32,
    )
)
def test_an_exit_arrives_as_it_was_sent(left):
    told, payload = received(frames.pack_exit(left))

    assert (told, frames.unpack_exit(payload, 100)) == (Told.EXIT, left)


@given(st.binary(max_size=200))
def test_whatever_a_worker_says_is_a_reply_or_the_end_of_the_worker(data):
    try:
        told, payload = received(data)
        if told is Told.EXIT:
            left = frames.unpack_exit(payload, 100)
            assert left.output is None or len(left.output) <= 100
        elif told is Told.STOPPED:
            frames.unpack_stopped(payload)
        elif told is Told.HELLO:
            frames.unpack_hello(payload, "0" * 64)
    except BrokenWorkerError:
        pass


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        EXIT.pack(2, 0, 0, 0, 0, 0.0, 0, 0),
        EXIT.pack(0, 6, 0, 0, 0, 0.0, 0, 0),
        EXIT.pack(0, 0, 2, 0, 0, 0.0, 0, 0),
        EXIT.pack(0, 0, 0, 0, (1 << 28) + 1, 0.0, 0, 0),
        EXIT.pack(0, 0, 0, 0, 0, -1.0, 0, 0),
        EXIT.pack(0, 0, 0, 0, 0, math.nan, 0, 0),
        EXIT.pack(0, 0, 0, 0, 0, math.inf, 0, 0),
        EXIT.pack(1, 0, 0, 0, 0, 0.0, 0, 0),
        EXIT.pack(1, 0, 0, 2, 0, 0.0, 0, 0) + b"x",
        EXIT.pack(1, 0, 0, 101, 0, 0.0, 0, 0) + b"x" * 101,
    ],
)
def test_an_exit_with_a_field_out_of_range_is_refused(payload):
    with pytest.raises(BrokenWorkerError):
        frames.unpack_exit(payload, 100)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it ended"),
        (b"\x02\x00", "it ended"),
        (struct.pack("<BI", 99, 0), "of a kind"),
        (struct.pack("<BI", Told.EXIT, 2**32 - 1), "too long"),
        (struct.pack("<BI", Told.IMAGE, 2**32 - 1), "too long"),
        (struct.pack("<BI", Told.STOPPED, 5000), "too long"),
        (struct.pack("<BI", Told.RESTORED, 0) + b"more", "more than it was asked"),
    ],
)
def test_a_reply_that_is_none_is_refused(data, said):
    with pytest.raises(BrokenWorkerError, match=said):
        received(data)


def test_a_worker_s_words_do_not_move_the_cursor():
    assert frames.text_of(b"no\x1b[2Jroom\xff\n") == "no [2Jroom\ufffd "
