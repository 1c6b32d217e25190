"""W6: each kind of request made again: at once, after a reconnect, after a kill or a stop."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from serving import Kernel

from nexus_protocol.messages import PACKED_PROTOCOL, PROTOCOL
from workspace_kernel.settings import Settings
from workspace_kernel.testing import wire

PANEL = """
<NexusPanel title="Again">
  <Data><State name="n" type="number" default="0"/><State name="t" default=""/></Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Tool name="add"><Handler>
      $state.n += 1; return { n: $state.n, at: $time.now(), random: Math.random() };
    </Handler></Tool>
    <Tool name="wait"><Handler>
      $state.n += 1; await $ext.timer.sleep(5); $state.n += 1; return Math.random();
    </Handler></Tool>
    <Tool name="fail"><Handler>$state.n = 99; throw new Error(`${Math.random()}`);</Handler></Tool>
  </Logic>
  <View><Metric label="N" value="{$state.n}"/></View>
</NexusPanel>
"""
KINDS: tuple[tuple[dict[str, Any], int], ...] = (
    ({"type": "TRIGGER", "tool": "add"}, 1),
    ({"type": "TRIGGER", "tool": "wait"}, 2),
    ({"type": "TRIGGER", "tool": "fail"}, 0),
    ({"type": "SET", "path": "/t", "value": "typed"}, 1),
    ({"type": "UNDO"}, 1),
    ({"type": "REDO"}, 1),
)
"""What is asked, and the changes that it makes."""


async def again(
    folder: Path, restarts: int, random: Random, **settings: str
) -> tuple[dict[str, object], list[str]]:
    """Repeat requests across so many restarts; returns figures and what is amiss."""
    wrong: list[str] = []
    asked: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    changes = 0
    with Kernel(folder, NEXUS_DEMO="false", **settings) as kernel:
        kernel.create_panel("again", PANEL)
        endings: tuple[Callable[[], None], ...] = (kernel.kill, kernel.stop)
        for restart in range(restarts):
            for number, (message, makes) in enumerate(KINDS):
                asked[f"r{restart}-{number}"] = (message, [])
                changes += makes
            await _ask_all(kernel, asked, random)
            endings[restart % 2]()
            kernel.start()
            await _ask_all(kernel, asked, random)
        state = kernel.get("/api/workspaces/default/panels/again/state")
    for request_id, (message, answers) in asked.items():
        if any(answer != answers[0] for answer in answers):
            wrong.append(f"{request_id} {message} was answered {answers}")
    assert isinstance(state, dict)
    if state["rev"] != changes:
        wrong.append(f"there are {state['rev']} changes, not {changes}")
    answered = sum(len(answers) for _, answers in asked.values())
    return {"restarts": restarts, "requests": len(asked), "answers": answered}, wrong


async def _ask_all(
    kernel: Kernel,
    asked: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]],
    random: Random,
) -> None:
    """Make every request twice over one connection and once over the next, in either spelling."""
    settings = Settings(data=kernel.data, port=kernel.port)
    for times in (2, 1):
        protocol = random.choice((PROTOCOL, PACKED_PROTOCOL))
        async with wire(settings, protocol=protocol) as client:
            for request_id, (message, answers) in asked.items():
                fields = {**message, "requestId": request_id, "panelId": "again"}
                kind = str(fields.pop("type"))
                for _ in range(times):
                    await client.send(kind, **fields)
                answers += [
                    await client.expect("RESULT", requestId=request_id) for _ in range(times)
                ]
