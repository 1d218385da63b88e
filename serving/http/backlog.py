"""What waits for the model: a request that could not be answered in time is refused at once.

Requests share the model in turns (processor sharing), so while one of so many characters is scored,
each other takes as many of its own, or what it has left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Backlog", "Busy", "Waiting"]

_WEIGHT = 0.2
"""Of the latest pass in the rate."""


class Busy(Exception):  # noqa: N818  (not a fault: too much was asked at a time)
    """A request would not be answered in time; `seconds` is what it would take, roughly."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"would take some {seconds:.0f} seconds")
        self.seconds = seconds


class Waiting(Protocol):
    """A request."""

    @property
    def left(self) -> int:
        """Characters of it that have not been scored."""


class Backlog:
    """The requests that wait or are being scored, and how fast the model scores characters.

    A request that would take more than `patience_s` is refused, unless nothing else waits: then it
    may as well be tried. Until a rate is known, none is.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._waiting: list[Waiting] = []
        self._rate: float | None = None

    def passed(self, characters: int, seconds: float) -> None:
        """Learn from a pass of the model."""
        rate = characters / max(seconds, 1e-6)
        self._rate = rate if self._rate is None else self._rate + _WEIGHT * (rate - self._rate)

    def seconds(self, own: int) -> float:
        """Return how long a request of `own` characters would take now, 0 if that is not known."""
        if not self._rate:
            return 0.0
        return (own + sum(min(own, other.left) for other in self._waiting)) / self._rate

    @contextmanager
    def place(self, request: Waiting) -> Iterator[None]:
        """Count a request as long as it waits; raises Busy if it would be too long."""
        seconds = self.seconds(request.left)
        if self._waiting and seconds > self._patience_s:
            raise Busy(seconds)
        self._waiting.append(request)
        try:
            yield
        finally:
            self._waiting.remove(request)
