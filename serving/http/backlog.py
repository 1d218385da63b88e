"""What waits for the model: a request that could not be answered in time is refused at once.

Requests share the model in turns (processor sharing), so while one of so many characters is scored,
each other takes as many of its own. One that ends is likely to be followed by another like it, so
all of each counts, not what is left of it. Who has little to ask is let in beside one who asks for
much, even if that one may then not be answered in time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Backlog", "Busy"]

_KEPT = 0.8
"""Of the passes before, in the pace, at each new one."""


class Busy(Exception):  # noqa: N818  (not a fault: too much was asked at a time)
    """A request would not be answered in time.

    It would take some `seconds`, or `alone` if nothing else waited.
    """

    def __init__(self, seconds: float, alone: float) -> None:
        super().__init__(f"would take some {seconds:.0f} seconds, alone {alone:.0f}")
        self.seconds = seconds
        self.alone = alone


class Backlog:
    """The requests that wait or are being scored, and how fast the model scores characters.

    A request that would take more than `patience_s` is refused, unless nothing else waits: then it
    may as well be tried. Until a pace is known, none is.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._waiting: list[int] = []
        self._characters = 0.0
        self._seconds = 0.0

    def passed(self, characters: int, seconds: float) -> None:
        """Learn from a pass of the model, and what was done for it in its thread."""
        self._characters = _KEPT * self._characters + characters
        self._seconds = _KEPT * self._seconds + seconds

    def seconds(self, characters: int) -> float:
        """Return how long a request would take now, 0 if that is not known."""
        return self._time(characters + sum(min(characters, other) for other in self._waiting))

    @contextmanager
    def place(self, characters: int) -> Iterator[None]:
        """Count a request as long as it waits; raises Busy if it would be too long."""
        seconds = self.seconds(characters)
        if self._waiting and seconds > self._patience_s:
            raise Busy(seconds, self._time(characters))
        self._waiting.append(characters)
        try:
            yield
        finally:
            self._waiting.remove(characters)

    def _time(self, characters: int) -> float:
        return characters * self._seconds / self._characters if self._characters else 0.0
