"""The corpus `ws.abuse.json`, case by case, against a real kernel in which people log in.

A driver does what its case says with raw bytes, and returns what was amiss. After each the kernel
has to serve an ordinary client.
"""

import asyncio
import json
import os
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil
from serving import Kernel

from workspace_kernel.settings import Settings
from workspace_kernel.testing import Person

CORPUS = Path(__file__).parent.parent / "security" / "ws.abuse.json"
PANEL = """
<NexusPanel title="P">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic><Tool name="add"><Handler>$state.n += 1; return $state.n;</Handler></Tool></Logic>
  <View><Metric label="N" value="{$state.n}"/></View>
</NexusPanel>
"""
PING_SECONDS = 2.0
TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
Message = dict[str, Any]


def frame(first: int, data: bytes = b"") -> bytes:
    """Return a client's frame, masked with zeros."""
    size = len(data)
    if size < 126:
        length = bytes([0x80 | size])
    else:
        length = b"\xfe" + size.to_bytes(2) if size < 1 << 16 else b"\xff" + size.to_bytes(8)
    return bytes([first]) + length + b"\0\0\0\0" + data


@dataclass
class Socket:
    """A WebSocket of which nothing is done by itself."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0

    @classmethod
    async def open(cls, port: int, path: str, **headers: str) -> Self:
        """Shake hands."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            **headers,
        }
        lines = (f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        writer.write(f"GET {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer, int(head.split()[1]))

    async def send(self, data: bytes) -> None:
        """Send bytes; a peer that is gone is no error."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            pass

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a message."""
        await self.send(frame(TEXT, json.dumps({"type": kind, **fields}).encode()))

    async def next(self) -> tuple[int, bytes]:
        """Return the next frame: its first byte and its data. A connection lost closes by 1006."""
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
            return first, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return CLOSE, (1006).to_bytes(2)

    async def until(self, *kinds: str) -> Message:
        """Return the next message of one of these types; pings are answered."""
        while True:
            first, data = await self.next()
            if first == PING:
                await self.send(frame(PONG, data))
            elif first == CLOSE:
                return {"type": "CLOSED", "code": int.from_bytes(data[:2])}
            elif first == TEXT and (message := json.loads(data))["type"] in kinds:
                return message

    async def code(self) -> int:
        """Return the code that the socket closes with; pings are not answered."""
        while True:
            first, data = await self.next()
            if first == CLOSE:
                return int.from_bytes(data[:2]) if data else 1005

    def leave(self) -> None:
        """Be gone."""
        self.writer.transport.abort()


class Town:
    """A kernel with a workspace, its owner, an editor, and somebody who is in neither."""

    def __init__(self, kernel: Kernel, deep: bool) -> None:
        self.kernel = kernel
        self.deep = deep
        settings = Settings(data=kernel.data, port=kernel.port)
        self.owner, self.editor, self.stranger = (
            Person(settings, name, f"10.0.0.{number}").sign_up()
            for number, name in enumerate(("owner", "editor", "stranger"), 1)
        )
        self.owner.http.post("/api/workspaces", json={"id": "w"}).raise_for_status()
        self.owner.http.post("/api/workspaces/w/panels", json={"id": "p", "source": PANEL})
        self.stranger.http.post("/api/workspaces", json={"id": "other"})
        self.let_in()

    def let_in(self) -> None:
        """Make the editor one."""
        path = "/api/workspaces/w/invitations"
        token = self.owner.http.post(path, json={"role": "editor"}).json()["token"]
        self.editor.http.post("/api/auth/invitations/accept", json={"token": token})

    async def open(self, path: str = "/ws/w", **headers: str) -> Socket:
        """Open a socket, without a token unless a header shows one."""
        return await Socket.open(self.kernel.port, path, **headers)

    async def enter(self, person: Person | None = None) -> Socket:
        """Open a socket for somebody, and read its greeting."""
        token = (person or self.owner).token
        client = await self.open(Authorization=f"Bearer {token}")
        await client.until("CONNECTED")
        return client

    async def serves(self) -> str | None:
        """Say what is amiss with an ordinary client."""
        client = await self.enter()
        await client.say("SUBSCRIBE", panelId="p")
        await client.say("PING")
        kinds = [(await client.until("PANEL", "PONG"))["type"] for _ in range(2)]
        client.leave()
        return None if set(kinds) == {"PANEL", "PONG"} else f"afterwards {kinds}"


Driver = Callable[[Town], Awaitable[str | None]]


def wanted(found: object, *good: object) -> str | None:
    """Say what is amiss, if the finding is none of the good ones."""
    return None if found in good else f"{found}, not {' or '.join(map(str, good))}"


# ---- coming in


async def no_origin(town: Town) -> str | None:
    client = await town.open()
    await client.say("SUBSCRIBE", panelId="p")
    return wanted((await client.until("CONNECTED", "PANEL")).get("code"), 4401)


def origin(value: str) -> Driver:
    async def drive(town: Town) -> str | None:
        bearer = f"Bearer {town.owner.token}"
        return wanted((await town.open(Authorization=bearer, Origin=value)).status, 403)

    return drive


async def token_query(town: Town) -> str | None:
    status = (await town.open(f"/ws/w?token={town.owner.token}")).status
    log = (town.kernel.data / "kernel.log").read_text(errors="replace")
    return wanted((status, town.owner.token in log), (401, False))


async def no_hello(town: Town) -> str | None:
    began, client = time.monotonic(), await town.open()
    code = (await client.until())["code"]
    took = time.monotonic() - began
    return wanted(code, 4401) or (f"closed after {took:.1f} s" if took > 10.5 else None)


async def hello_late(town: Town) -> str | None:
    began, client = time.monotonic(), await town.open()
    late = 9.9 if town.deep else 3.0
    answer = asyncio.ensure_future(client.until("CONNECTED"))  # Who reads answers pings, too.
    await asyncio.sleep(late - 1)
    town.owner.refresh()  # That takes a moment, which is not to be the one that is too late.
    await asyncio.sleep(late - (time.monotonic() - began))
    await client.say("AUTH", token=town.owner.token)
    return wanted((await answer)["type"], "CONNECTED")


# ---- frames


def bytes_close(data: Callable[[], bytes], *codes: int) -> Driver:
    """Send bytes, and expect the socket to close with one of the codes and little memory."""

    async def drive(town: Town) -> str | None:
        client, process = await town.enter(), psutil.Process(town.kernel.pid)
        before = process.memory_info().rss
        await client.send(data())
        code = await client.code()
        grown = (process.memory_info().rss - before) >> 20
        return wanted(code, *codes) or (f"{grown} MiB more" if grown >= 8 else None)

    return drive


def never_fin() -> bytes:
    return frame(0x01, b"x") + frame(0x00, b"x" * 60_000) * 40


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return frame(0xC1, packer.compress(bytes(10 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4])


async def pong_unsolicited(town: Town) -> str | None:
    client = await town.enter()
    await client.send(frame(PONG, b"nobody asked"))
    await client.say("PING")
    return wanted((await client.until("PONG"))["type"], "PONG")


def answered(text: str, code: str = "BAD_REQUEST") -> Driver:
    """Send a text, and expect a typed ERROR and a socket that lives."""

    async def drive(town: Town) -> str | None:
        client = await town.enter()
        await client.send(frame(TEXT, text.encode()))
        refused = (await client.until("ERROR")).get("code")
        await client.say("PING")
        return wanted((refused, (await client.until("PONG"))["type"]), (code, "PONG"))

    return drive


# ---- requests


async def dup_id(town: Town) -> str | None:
    client, request = await town.enter(), f"dup-{time.monotonic_ns()}"
    for _ in range(2):
        await client.say("TRIGGER", requestId=request, panelId="p", tool="add")
    first, second = [await client.until("RESULT") for _ in range(2)]
    return None if first == second and first["ok"] else f"{first} and {second}"


async def seq_future(town: Town) -> str | None:
    client = await town.enter()
    await client.say("SUBSCRIBE", panelId="p", sinceRev=10**9)
    return wanted((await client.until("PANEL", "ERROR"))["type"], "PANEL")


async def other_panel(town: Town) -> str | None:
    refused = []
    for path in ("/ws/other", "/ws/missing"):
        client = await town.open(path, Authorization=f"Bearer {town.owner.token}")
        refused.append(client.status)
    client = await town.enter()
    await client.say("SUBSCRIBE", panelId="nowhere")
    refused.append((await client.until("ERROR"))["code"])
    return wanted(refused, [404, 404, "NOT_FOUND"])


async def sub_flood(town: Town) -> str | None:
    client = await town.enter()
    flood = b"".join(
        frame(TEXT, b'{"type":"SUBSCRIBE","panelId":"x%d"}' % number)
        for number in range(100_000 if town.deep else 2_000)
    )
    sending = asyncio.create_task(client.send(flood))
    found = set()
    while not found & {"RESOURCE_LIMIT", 1008, 1006}:
        found.add((await client.until("ERROR"))["code"])
    client.leave()
    await asyncio.gather(sending, return_exceptions=True)
    return None


# ---- many


async def _round_trips(client: Socket, seconds: float) -> list[float]:
    """Return how long PINGs take meanwhile, in milliseconds."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        await client.say("PING")
        await client.until("PONG")
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.01)
    return sorted(took)


def beside(flood: Callable[[Socket, int], Awaitable[None]]) -> Driver:
    """Flood over one socket while another measures; its p99 may double over what is little."""

    async def drive(town: Town) -> str | None:
        other, client = await town.enter(town.editor), await town.enter()
        quiet = await _round_trips(other, 1)
        flooding = asyncio.create_task(flood(client, 10_000 if town.deep else 1_000))
        busy = await _round_trips(other, 1)
        found = await asyncio.wait_for(flooding, 60)
        client.leave()
        before, after = (each[int(len(each) * 0.99)] for each in (quiet, busy))
        slow = town.deep and after > 2 * max(before, 50)
        return found or (f"p99 went from {before:.0f} to {after:.0f} ms" if slow else None)

    return drive


async def ping_flood(client: Socket, count: int) -> None:
    await client.send(frame(PING, b"x") * count)


async def trigger_flood(client: Socket, count: int) -> str | None:
    start = time.monotonic_ns()
    for number in range(count // 10):
        await client.say("TRIGGER", requestId=f"f{start}-{number}", panelId="p", tool="add")
    refused = await client.until("ERROR")
    return wanted((refused.get("code"), "retryAfter" in refused), ("RESOURCE_LIMIT", True))


async def slow_reader(town: Town) -> str | None:
    slow, other = await town.enter(), await town.enter(town.editor)
    for client in (slow, other):
        await client.say("SUBSCRIBE", panelId="p")
    rev = (await other.until("PANEL"))["rev"]
    for number in range(100):
        request = f"s{time.monotonic_ns()}-{number}"
        await other.say("TRIGGER", requestId=request, panelId="p", tool="add")
        got = (await other.until("PATCH"))["rev"]
        if got != rev + number + 1:
            return f"the other client got {got} after {rev + number}"
    return wanted(await asyncio.wait_for(slow.code(), 3 * PING_SECONDS + 5), 1011, 1006)


async def half_open(town: Town) -> str | None:
    client = await town.enter()
    began = time.monotonic()
    await client.code()
    took = time.monotonic() - began
    return f"reaped after {took:.1f} s" if took > 2 * PING_SECONDS + 2 else None


async def reconnect_storm(town: Town) -> str | None:
    async def come_back() -> str:
        client = await town.enter()
        await client.say("SUBSCRIBE", panelId="p", sinceRev=0)
        kind = (await client.until("PANEL", "PATCH"))["type"]
        client.leave()
        return kind

    count = 500 if town.deep else 50
    began = time.monotonic()
    kinds = await asyncio.gather(*(come_back() for _ in range(count)))
    took = time.monotonic() - began
    late = town.deep and took > 10
    return f"{took:.1f} s, {set(kinds)}" if late or "CLOSED" in kinds else None


# ---- going out


async def expire_mid(town: Town) -> str | None:
    settings = {**_SETTINGS, "NEXUS_ACCESS_SECONDS": "3"}
    with Kernel(town.kernel.data.parent / "hasty", **settings) as kernel:
        hasty = await asyncio.to_thread(Town, kernel, town.deep)
        client, began = await hasty.enter(), time.monotonic()
        closed = await client.until()
        took = time.monotonic() - began
        return wanted(closed["code"], 4401) or (f"after {took:.1f} s" if took > 8 else None)


def ended_by(act: Callable[[Town], object], code: int) -> Driver:
    async def drive(town: Town) -> str | None:
        client = await town.enter(town.editor)
        await client.say("SUBSCRIBE", panelId="p")
        await client.until("PANEL")
        await asyncio.to_thread(act, town)
        other = await town.enter()
        request = f"e{time.monotonic_ns()}"
        await other.say("TRIGGER", requestId=request, panelId="p", tool="add")
        await other.until("RESULT")
        told = await asyncio.wait_for(client.until("PATCH"), 5)
        return wanted(told.get("code", told["type"]), code)

    return drive


def log_out(town: Town) -> None:
    town.editor.http.post("/api/auth/logout").raise_for_status()
    town.editor.log_in()


def revoke(town: Town) -> None:
    town.owner.http.delete(f"/api/workspaces/w/members/{town.editor.id}").raise_for_status()
    town.let_in()


DRIVERS: dict[str, Driver] = {
    "no-origin": no_origin,
    "evil-origin": origin("https://evil.test"),
    "null-origin": origin("null"),
    "origin-prefix": origin("http://127.0.0.1.evil.test"),
    "token-query": token_query,
    "no-hello": no_hello,
    "hello-late": hello_late,
    "frame-1MiB+1": bytes_close(lambda: frame(TEXT, b"x" * ((1 << 20) + 1)), 1009),
    "fragments-1e5": bytes_close(
        lambda: frame(0x01, b"x") + frame(0x00, b"x") * 100_000, 1008, 1009, 1006
    ),
    "never-fin": bytes_close(never_fin, 1009, 1006),
    # This client offers no compression, so a compressed frame is none.
    "deflate-bomb": bytes_close(bomb, 1002),
    "ping-flood": beside(ping_flood),
    "pong-unsolicited": pong_unsolicited,
    "control-126": bytes_close(lambda: frame(PING, b"x" * 126), 1002),
    "rsv-bits": bytes_close(lambda: frame(0xA1, b"{}"), 1002),
    "unmasked": bytes_close(lambda: b"\x81\x02{}", 1002),
    "bad-utf8": bytes_close(lambda: frame(TEXT, b"\xff\xfe"), 1007),
    "close-1005": bytes_close(lambda: frame(CLOSE, (1005).to_bytes(2)), 1002),
    "binary": bytes_close(lambda: frame(BINARY, b"{}"), 1003),
    "unknown-type": answered('{"type":"NOPE"}'),
    "server-type": answered('{"type":"PATCH"}'),
    "no-type": answered("{}"),
    "array-frame": answered("[]"),
    "dup-id": dup_id,
    "seq-future": seq_future,
    "seq-negative": answered('{"type":"SUBSCRIBE","panelId":"p","sinceRev":-1}'),
    "other-panel": other_panel,
    "sub-flood": sub_flood,
    "trigger-flood": beside(trigger_flood),
    "slow-reader": slow_reader,
    "half-open": half_open,
    "reconnect-storm": reconnect_storm,
    "expire-mid": expire_mid,
    "logout-mid": ended_by(log_out, 4401),
    "revoke-share": ended_by(revoke, 4403),
}
_SETTINGS = {
    "NEXUS_DEMO": "false",
    "NEXUS_AUTH": "accounts",
    "NEXUS_SIGNUP": "open",
    "NEXUS_TRUSTED_PROXIES": "127.0.0.1",
    "NEXUS_PING_SECONDS": str(PING_SECONDS),
}


async def abuse(folder: Path, deep: bool) -> tuple[dict[str, object], list[str]]:
    """Drive the whole corpus; returns what was done and what was amiss."""
    cases = [case["id"] for case in json.loads(CORPUS.read_text())["cases"]]
    wrong = [f"{case} has no driver" for case in cases if case not in DRIVERS]
    with Kernel(folder / "data", **_SETTINGS) as kernel:
        town = await asyncio.to_thread(Town, kernel, deep)
        for case in cases:
            found = await _drive(town, case)
            wrong += [f"{case}: {found}"] if found else []
        log = (kernel.data / "kernel.log").read_text(errors="replace")
    if "Traceback" in log:
        wrong.append(f"the kernel's log has a traceback: {log[log.index('Traceback') :][:2000]}")
    return {"cases": len(cases), "load average": f"{os.getloadavg()[0]:.1f}"}, wrong


async def _drive(town: Town, case: str) -> str | None:
    try:
        async with asyncio.timeout(90):
            return await DRIVERS[case](town) or await town.serves()
    except TimeoutError:
        return "came to no end"
