"""How far a run is: a line that changes on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

__all__ = ["Meter", "metered"]

EVERY_S = 60.0
"""Between two lines in a log."""


class Meter:
    """Counts sentences and the bytes that were read for them, and says how fast it goes.

    `total` is how many bytes there are in all, None if nobody knows.
    """

    def __init__(self, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._before = (0, 0)
        self._done = 0
        self.sentences = 0
        self.set_aside = 0
        self._clock = clock
        self._started = clock()

    def begun(self, done: int, sentences: int) -> None:
        """Start the clock; that much was done before, which says nothing of how fast this goes."""
        self._before = (done, sentences)
        self._done, self.sentences = done, sentences
        self._started = self._clock()

    def add(self, size: int, sentences: int, set_aside: int) -> None:
        """Take in one chunk (see `batch.Watch`)."""
        self._done += size
        self.sentences += sentences
        self.set_aside += set_aside

    def __str__(self) -> str:
        passed = max(self._clock() - self._started, 1e-9)
        rate = (self.sentences - self._before[1]) / passed
        parts = [f"{self.sentences:,} sentences", f"{rate:,.0f} a second"]
        if self._total:
            parts.insert(0, f"{min(self._done / self._total, 1):.0%}")
            left = self._left(passed)
            parts += [f"{left} left"] if left else []
        if self.set_aside:
            parts.append(f"{self.set_aside:,} set aside")
        return ", ".join(parts)

    def _left(self, passed: float) -> str:
        fresh = self._done - self._before[0]
        if not fresh or self._total is None:
            return ""
        return _duration(passed * max(self._total - self._done, 0) / fresh)


@contextmanager
def metered(meter: Meter, console: Console) -> Iterator[Callable[[int, int, int], None]]:
    """Give what is to be told of each chunk, and show `meter` on `console` meanwhile."""
    if console.is_terminal:
        with console.status("reading") as status:

            def show(size: int, sentences: int, set_aside: int) -> None:
                meter.add(size, sentences, set_aside)
                status.update(str(meter))

            yield show
        return
    told = time.monotonic()

    def say(size: int, sentences: int, set_aside: int) -> None:
        nonlocal told
        meter.add(size, sentences, set_aside)
        if time.monotonic() - told >= EVERY_S:
            told = time.monotonic()
            console.print(str(meter), markup=False, soft_wrap=True)

    yield say


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
