"""Threads that read uploads, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

__all__ = ["Readers"]

T = TypeVar("T")


class Readers:
    """Reads `most` files at a time.

    A thread cannot be stopped: one whose answer nobody waits for any more keeps its place until it
    has ended, so that files which take for ever never take more than these.
    """

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)

    async def run(self, read: Callable[[], T]) -> T:
        """Return what `read` does, as soon as a place is free."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def end(settle: Callable[[], None]) -> None:
            self._places.release()
            if not future.done():
                settle()

        def work() -> None:
            try:
                result = read()
                settle = lambda: future.set_result(result)  # noqa: E731
            except Exception as fault:  # noqa: BLE001  (it is raised where the file is awaited)
                own = fault
                settle = lambda: future.set_exception(own)  # noqa: E731
            with suppress(RuntimeError):  # the service has ended meanwhile
                loop.call_soon_threadsafe(end, settle)

        threading.Thread(target=work, name="reader", daemon=True).start()
        return await future
