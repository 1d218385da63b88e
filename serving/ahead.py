"""Work done ahead of whoever needs it, in a thread of its own."""

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")

_PATIENCE_S = 0.1


def ahead(items: Iterable[T], most: int = 2) -> Iterator[T]:
    """Yield `items` in order, made in another thread, which is at most `most` of them ahead.

    What the making raises is raised here. A thread that is not asked any more stops after the item
    that it is at.
    """
    waiting: Queue[tuple[bool, T | BaseException | None]] = Queue(most)
    stopped = threading.Event()

    def put(entry: tuple[bool, T | BaseException | None]) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(entry, timeout=_PATIENCE_S)
            except Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not put((True, item)):
                    return
            put((False, None))
        except BaseException as fault:  # noqa: BLE001  (it is raised where the items are used)
            put((False, fault))

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        yield from _taken(waiting, maker)
    finally:
        stopped.set()


def _taken(
    waiting: "Queue[tuple[bool, T | BaseException | None]]", maker: threading.Thread
) -> Iterator[T]:
    while True:
        try:
            # Not for ever, so that an interruption gets through.
            is_item, content = waiting.get(timeout=_PATIENCE_S)
        except Empty:
            if not maker.is_alive() and waiting.empty():
                return
            continue
        if is_item:
            yield content  # type: ignore[misc]
        elif isinstance(content, BaseException):
            raise content
        else:
            return
