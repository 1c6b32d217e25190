"""One client that does not read costs the others nothing, and the kernel little."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from workspace_kernel.testing import WireClient, wire
from workspace_kernel.websocket.outbox import (
    EventFrame,
    Outbox,
    PatchFrame,
    Reply,
    Snapshot,
    TooSlowError,
)

WIDE = """
<NexusPanel title="Wide">
  <Data><State name="rows" type="list" default="[]"/></Data>
  <Logic><Tool name="fill"><Arg name="text" type="string"/>
    <Handler>$state.rows = Array.from({ length: 2000 }, () => $args.text);</Handler>
  </Tool></Logic>
  <View><Layout>
    <Table data="{$state.rows}"/><Button label="Fill" trigger="fill" args="{ text: 'x' }"/>
  </Layout></View>
</NexusPanel>
"""

CHANGES = 80
"""Each of 200 KB: more than the buffers between kernel and client hold, and made before the kernel
gives up a client that answers no ping."""


@pytest.mark.requirement("ker.ws")
async def test_a_client_that_does_not_read_is_brought_to_a_snapshot(kernel, make_panel):
    panel = make_panel(WIDE)
    async with wire(kernel, max_queue=1) as slow, wire(kernel) as quick:
        await slow.subscribe(panel)
        await quick.subscribe(panel)
        for number in range(CHANGES):
            result = await quick.trigger(
                panel, "fill", {"text": f"{number:0100}"}, request_id=f"t{number}"
            )
            assert result["rev"] == number + 1
        revs: list[int] = []
        while CHANGES not in revs:
            revs.append((await slow.next())["rev"])
    assert len(revs) < CHANGES
    assert revs == sorted(set(revs))


async def test_the_quick_client_misses_nothing_beside_a_slow_one(kernel, make_panel):
    panel = make_panel(WIDE)
    async with wire(kernel, max_queue=1) as slow, wire(kernel) as quick:
        await slow.subscribe(panel)
        await quick.subscribe(panel)
        for number in range(60):
            await quick.send(
                "TRIGGER",
                requestId=f"t{number}",
                panelId=panel,
                tool="fill",
                args={"text": f"{number:0100}"},
            )
            await quick.expect("PATCH", rev=number + 1)


async def test_a_client_that_asks_and_never_listens_is_given_up(kernel, panel):
    async with wire(kernel, max_queue=1) as client:
        with pytest.raises(ConnectionClosed):
            await _ask_for_ever(client)


async def _ask_for_ever(client: WireClient) -> None:
    while True:
        await client.send("SUBSCRIBE", panelId="x" * 120)


# ---- the law of the outbox

panels = st.sampled_from(["a", "b"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("patch"), panels),
        st.tuples(st.just("event"), panels),
        st.tuples(st.just("reload"), panels),
        st.tuples(st.just("reply"), panels),
        st.tuples(st.just("send"), panels),
    ),
    max_size=60,
)


@given(steps)
async def test_whatever_is_dropped_the_client_ends_at_the_newest_revision(taken):
    """Revisions never go back or skip without a snapshot, and every answer arrives."""
    revs = {"a": 0, "b": 0}
    held = {"a": 0, "b": 0}
    outbox = Outbox(
        lambda panel: (f"panel {panel} {revs[panel]}", revs[panel]),
        lambda: "roster",
        lambda: "branch",
        max_frames=4,
        max_characters=10_000,
    )
    replies: list[str] = []
    got: list[str] = []

    async def send() -> None:
        kind, *rest = (await _next(outbox)).split() or [""]
        if kind == "patch":
            panel, rev = rest[0], int(rest[1])
            assert rev == held[panel] + 1
            held[panel] = rev
        elif kind == "panel":
            panel, rev = rest[0], int(rest[1])
            assert rev >= held[panel]
            held[panel] = rev
        elif kind == "reply":
            got.append(rest[0])

    for kind, panel in taken:
        match kind:
            case "patch":
                revs[panel] += 1
                outbox.put(PatchFrame(panel, revs[panel], f"patch {panel} {revs[panel]}"))
            case "event":
                outbox.put(EventFrame(panel, f"event {panel}"))
            case "reload":
                outbox.put(Snapshot(panel))
            case "reply" if len(replies) - len(got) < 2:
                replies.append(str(len(replies)))
                outbox.put(Reply(f"reply {replies[-1]}"))
            case _ if len(outbox):
                await send()
            case _:
                pass
    while len(outbox):
        await send()
    assert held == revs
    assert got == replies


async def _next(outbox: Outbox) -> str:
    """Return the next frame, or nothing when none that waits is worth sending."""
    following = asyncio.ensure_future(outbox.next())
    await asyncio.sleep(0)
    if following.done():
        return following.result()
    following.cancel()
    return ""


def test_answers_beyond_all_bounds_give_the_client_up():
    outbox = Outbox(
        lambda panel: None,
        lambda: "roster",
        lambda: "branch",
        max_frames=4,
        max_characters=10_000,
    )
    for _ in range(4):
        outbox.put(Reply("x"))
    with pytest.raises(TooSlowError):
        outbox.put(Reply("x"))
