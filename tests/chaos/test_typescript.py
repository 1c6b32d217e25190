"""The client library itself, under Node, in bad weather and through a kernel's death."""

import asyncio
import json
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from chaos.proxy import Weather, proxied
from chaos.storm import PANEL, PATH
from serving import Kernel

from nexus_protocol.canonical import state_hash

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "packages" / "nexus-renderer" / "tests" / "support" / "follow.ts"
BUNDLER = ROOT / "node_modules" / "rolldown" / "bin" / "cli.mjs"
PATIENCE = 60


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The client as one file that Node runs."""
    bundle = tmp_path_factory.mktemp("client") / "follow.mjs"
    command = ["node", str(BUNDLER), str(SOURCE), "--file", str(bundle), "--platform", "node"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return bundle


async def ask(process: asyncio.subprocess.Process, **asked: int) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    async with asyncio.timeout(PATIENCE):
        return json.loads(await process.stdout.readline())


@pytest.mark.requirement("ui.client")
@pytest.mark.requirement("ker.ws")
async def test_the_client_library_ends_equal_and_every_tool_ran_once(program, tmp_path):
    with Kernel(tmp_path / "data", NEXUS_DEMO="false") as kernel:
        kernel.create_panel("storm", PANEL)
        async with proxied(kernel.port, Random(7), Weather(4_000, delay=0.01)) as proxy:
            client = await asyncio.create_subprocess_exec(
                *("node", "--experimental-websocket", "--no-warnings", str(program)),
                *(f"http://127.0.0.1:{proxy.port}", "storm", "node"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 24,
            )
            answering = asyncio.create_task(ask(client, hits=60))
            while not proxy.cuts:  # noqa: ASYNC110 - nobody is told of a cut
                await asyncio.sleep(0.01)
            kernel.kill()
            await asyncio.to_thread(kernel.start)
            results = await answering
            there = await asyncio.to_thread(kernel.get, f"{PATH}/state")
            copy = await ask(client, reach=there["rev"])
            client.kill()
            await client.wait()
        log = kernel.get(f"{PATH}/log?limit=200")
    made = Counter(each["cause"]["id"] for each in log["items"])
    assert copy == {"rev": there["rev"], "hash": state_hash(there["state"])}
    assert {each["requestId"] for each in results if each["ok"]} == made.keys()
    assert all(each["ok"] for each in results)
    assert set(made.values()) == {1}
    assert there["state"]["hits"] == {"node": len(made)}
