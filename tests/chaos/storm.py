"""W1: clients work through a network that fails, on a kernel that is killed; then all is compared.

After each kill the work pauses: every client must come to the kernel's revision and hash. In the
end the log is read from its beginning: every acknowledged change is in it once, no request has made
two, and every trigger ran exactly once.
"""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from chaos.clients import OPS, Client, hash_of
from chaos.proxy import Proxy, Weather, proxied
from serving import Kernel

from nexus_core.changes import apply_ops
from nexus_protocol.canonical import state_hash

PANEL = """
<NexusPanel title="Storm">
  <Data>
    <State name="hits" type="object" default="{}"/>
    <State name="texts" type="object" default="{}"/>
    <State name="ratio" type="number" default="0"/>
  </Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Tool name="hit"><Arg name="who" type="string"/>
      <Handler>
        $state.hits[$args.who] = ($state.hits[$args.who] ?? 0) + 1;
        $state.ratio = $state.hits[$args.who] / 7;
        return $state.hits[$args.who];
      </Handler>
    </Tool>
    <Tool name="wait"><Arg name="who" type="string"/>
      <Handler>
        $state.hits[$args.who] = ($state.hits[$args.who] ?? 0) + 1;
        await $ext.timer.sleep(5);
        $state.hits[$args.who + "-later"] = ($state.hits[$args.who + "-later"] ?? 0) + 1;
      </Handler>
    </Tool>
  </Logic>
  <View><Metric label="Ratio" value="{$state.ratio}"/></View>
</NexusPanel>
"""
PATH = "/api/workspaces/default/panels/storm"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a storm is."""

    clients: int
    patches: int
    breaks: int
    """Cuts that are made at least, all clients together."""
    kills: int

    @property
    def bytes_per_cut(self) -> int:
        """What a connection carries on average: every patch of 110 bytes goes to every client."""
        return max(2_000, self.patches * 110 * self.clients // max(1, self.breaks))


@dataclass
class Storm:
    """One storm, and what came of it."""

    kernel: Kernel
    size: Size
    random: Random
    wrong: list[str] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    kills: int = 0
    compared: int = 0
    _asked: int = 0
    _calm: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _working: int = 0

    async def blow(self) -> dict[str, Any]:
        """Run it; returns its figures."""
        weather = Weather(self.size.bytes_per_cut, delay=0.02)
        async with proxied(self.kernel.port, self.random, weather) as proxy:
            self.clients = [self._client(number, proxy) for number in range(self.size.clients)]
            running = [asyncio.create_task(each.run()) for each in self.clients]
            self._calm.set()
            workers = [asyncio.create_task(self._work(each, proxy)) for each in self.clients]
            try:
                await self._kill_now_and_then(workers, proxy)
                await asyncio.gather(*workers)
                await self._compare()
            finally:
                for each in (*workers, *running):
                    each.cancel()
                await asyncio.gather(*running, *workers, return_exceptions=True)
            await asyncio.to_thread(self._read_log)
            figures = self._figures(proxy)
            print(f"    {figures}: {len(self.wrong)} wrong", file=sys.stderr, flush=True)
            return figures

    def _client(self, number: int, proxy: Proxy) -> Client:
        own = Random(self.random.random())
        name = f"c{number}"
        return Client(name, proxy.port, "storm", own, packed=number % 3 == 1, repeat=0.1)

    async def _work(self, client: Client, proxy: Proxy) -> None:
        """Ask for one thing after the other until there were changes and cuts enough."""
        while self._asked < self.size.patches or proxy.cuts < self.size.breaks:
            await self._calm.wait()
            self._asked += 1
            self._working += 1
            try:
                await self._ask(client)
            finally:
                self._working -= 1
                self._idle.set()

    async def _ask(self, client: Client) -> None:
        what = client.random.choices(("hit", "set", "wait"), (6, 3, 1))[0]
        match what:
            case "set":
                value = {
                    "n": client.random.randrange(1000),
                    "text": "❄" * client.random.randrange(9),
                }
                result = await client.ask("SET", path=f"/texts/{client.name}", value=value)
            case tool:
                result = await client.ask("TRIGGER", tool=tool, args={"who": client.name})
        failed = result.get("error") or (result["type"] == "ERROR" and result)
        # Only what could reach the outside is ever cut off: all else is done whole, or again.
        if failed and (what, failed["code"]) != ("wait", "INTERRUPTED"):
            self.wrong.append(f"{client.name}: {result}")

    # ---- kills

    async def _kill_now_and_then(self, workers: list[asyncio.Task[None]], proxy: Proxy) -> None:
        """Kill the kernel evenly over the work; whatever is asked then is asked again."""
        for number in range(1, self.size.kills + 1):
            due = self.size.patches * number // (self.size.kills + 1)
            while self._asked < due and not all(each.done() for each in workers):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await asyncio.sleep(self.random.random() * 0.05)
            self.kernel.kill()
            self.kills += 1
            await asyncio.to_thread(self.kernel.start)
            await self._compare()
            told = f"{self.kills} kills, {self._asked} requests, {proxy.cuts} cuts"
            print(f"    {told}: {len(self.wrong)} wrong", file=sys.stderr, flush=True)

    async def _compare(self) -> None:
        """Pause the work, and bring every copy beside the kernel's."""
        self._calm.clear()
        while self._working:
            self._idle.clear()
            await self._idle.wait()
        there = await asyncio.to_thread(partial(self.kernel.get, f"{PATH}/state"))
        assert isinstance(there, dict)
        wanted = state_hash(there["state"])
        for client in self.clients:
            await client.reach(there["rev"])
            if (client.rev, hash_of(client.copy)) != (there["rev"], wanted):
                self.wrong.append(f"{client.name} has another state at {client.rev}")
        self.compared += 1
        self._calm.set()

    # ---- the end

    def _read_log(self) -> None:
        """Hold the log against what was asked and what was answered."""
        changes = list(self._changes())
        state: dict[str, Any] = {"hits": {}, "texts": {}, "ratio": 0}
        for expected, change in enumerate(changes, 1):
            if (change["rev"], change["baseRev"]) != (expected, expected - 1):
                self.wrong.append(f"the log has {change['rev']} where {expected} should be")
            state = apply_ops(state, OPS.validate_python(change["ops"]))
        there = self.kernel.get(f"{PATH}/state")
        assert isinstance(there, dict)
        if state_hash(state) != state_hash(there["state"]):
            self.wrong.append("the log leads to another state")
        self._require_once(Counter(each["cause"]["id"] for each in changes), there["state"]["hits"])

    def _changes(self) -> Iterator[dict[str, Any]]:
        """Yield all changes, oldest first."""
        pages: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            after = f"&cursor={cursor}" if cursor else ""
            page = self.kernel.get(f"{PATH}/log?limit=200{after}")
            assert isinstance(page, dict)
            pages += page["items"]
            cursor = page.get("nextCursor")
        return reversed(pages)

    def _require_once(self, made: Counter[str], hits: dict[str, int]) -> None:
        """Require that each request made the changes that it was to make, and none twice."""
        counted: Counter[str] = Counter()
        for client in self.clients:
            for request_id, answer in client.answers.items():
                changes, asked = made.pop(request_id, 0), client.asked[request_id]
                whole = 2 if asked.get("tool") == "wait" else 1
                if changes != whole if answer["ok"] else changes > whole:
                    told = "acknowledged" if answer["ok"] else "cut off"
                    self.wrong.append(f"{request_id} was {told} and made {changes} changes")
                if asked["type"] == "TRIGGER":
                    counted[client.name] += min(changes, 1)
                    counted[f"{client.name}-later"] += max(changes - 1, 0)
        self.wrong += [f"{request_id} changed something unasked" for request_id in made]
        if +counted != Counter(hits):
            self.wrong.append(f"triggers ran {Counter(hits) - counted} times too often or seldom")

    def _figures(self, proxy: Proxy) -> dict[str, Any]:
        answers = [each for client in self.clients for each in client.answers.values()]
        self.wrong += [each for client in self.clients for each in client.wrong]
        return {
            "clients": len(self.clients),
            "connections cut": proxy.cuts,
            "breaks that clients saw": sum(each.breaks for each in self.clients),
            "kernel kills": self.kills,
            "times all copies were compared": self.compared,
            "requests answered": len(answers),
            "of them cut off by a kill (INTERRUPTED)": sum(not each["ok"] for each in answers),
            "changes": max(each.rev for each in self.clients),
            "patches received": sum(each.patches for each in self.clients),
            "snapshots received": sum(each.snapshots for each in self.clients),
            "hashes compared": sum(each.hashes for each in self.clients),
        }


async def storm(
    folder: Path, size: Size, random: Random, **settings: str
) -> tuple[dict[str, Any], list[str]]:
    """Let a storm blow over a fresh kernel; returns its figures and what went wrong."""
    with contextlib.ExitStack() as stack:
        kernel = stack.enter_context(Kernel(folder, NEXUS_DEMO="false", **settings))
        kernel.create_panel("storm", PANEL)
        one = Storm(kernel, size, random)
        figures = await one.blow()
        return figures, one.wrong
