"""A proxy in front of a kernel through which everything arrives late, in order."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def late(port: int, seconds: float) -> Iterator[str]:
    """Yield the address of a proxy of a loopback port; each direction takes that many seconds."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(
            lambda *browser: _join(browser, port, seconds), "127.0.0.1", 0
        )

    async def end(server: asyncio.Server) -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(browser: Stream, port: int, seconds: float) -> None:
    kernel = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.TaskGroup() as directions:
            directions.create_task(_carry(browser[0], kernel[1], seconds))
            directions.create_task(_carry(kernel[0], browser[1], seconds))
    except* ConnectionError:
        pass  # One of them has left; so does the other.
    finally:
        browser[1].close()
        kernel[1].close()


async def _carry(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float
) -> None:
    """Carry every piece over after its time, however many are under way."""
    loop = asyncio.get_running_loop()
    while piece := await source.read(65_536):
        loop.call_later(seconds, target.write, piece)
    await asyncio.sleep(seconds)
    target.write_eof()
