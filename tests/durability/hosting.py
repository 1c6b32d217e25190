"""Bring kernels up, each in a process of its own, quickly.

The settings are told; the kernel takes a free port, and says where it is once it can be asked. What
every kernel makes once of its routes and models is made before any is forked, and passwords are
hashed cheaply: how well they are kept is not tried here.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from argon2.profiles import CHEAPEST
from durability.forking import fork_for_ever

from workspace_kernel.app import create_app
from workspace_kernel.auth import passwords
from workspace_kernel.kernel import running
from workspace_kernel.serving import KernelServer, claimed, listen
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry


def serve(told: dict[str, Any], say: Callable[[str], None]) -> None:
    """Be a kernel until one is ended."""
    settings = Settings(port=0, **told)
    with claimed(settings), listen(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        server = KernelServer(settings, lambda: say(settings.address))
        asyncio.run(server.serve(sockets=[listener]))


async def prepare() -> None:
    """Have a kernel once, so that others come up sooner; nothing of it goes on."""
    with TemporaryDirectory(prefix="nexus-hosting-") as folder:
        settings = Settings(data=Path(folder), auth="accounts", demo=False)
        create_app(settings)
        async with running(settings, Telemetry()):
            pass


if __name__ == "__main__":
    logging.disable()  # That something was in the way is what is wanted here.
    passwords.RFC_9106_LOW_MEMORY = CHEAPEST
    asyncio.run(prepare())
    fork_for_ever(serve)
