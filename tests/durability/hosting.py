"""Bring kernels up, each in a process of its own, quickly: what they import is imported already.

Reads lines of JSON, ``{"settings": …, "traced": …}``, and forks a kernel for each, on a free port.
Prints its process id, and then where it is once it can be asked; an empty line when it
ended before. A kernel that is to be traced waits for that before it does anything.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time

from durability.interfering import allow_tracing, is_traced

from workspace_kernel.serving import KernelServer, claimed, listen
from workspace_kernel.settings import Settings


def serve(settings: Settings, ready: int) -> None:
    """Be a kernel until one is ended; its address goes to a descriptor."""
    with claimed(settings.data), listen(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})

        def tell() -> None:
            os.write(ready, settings.address.encode())
            os.close(ready)

        asyncio.run(KernelServer(settings, tell).serve(sockets=[listener]))


def child(settings: Settings, ready: int, *, traced: bool) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    allow_tracing()
    while traced and not is_traced(os.getpid()):
        time.sleep(0.002)
    serve(settings, ready)


def main() -> None:
    logging.disable()  # That something was in the way is what is wanted here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for those who were killed.
    for line in sys.stdin:
        asked = json.loads(line)
        reading, ready = os.pipe()
        if (process := os.fork()) == 0:
            os.close(reading)
            child(Settings(port=0, **asked["settings"]), ready, traced=asked["traced"])
            os._exit(0)
        os.close(ready)
        print(process, flush=True)
        with os.fdopen(reading) as answer:
            print(answer.read(), flush=True)


if __name__ == "__main__":
    main()
