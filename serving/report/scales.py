"""From values to pixels, and round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "bounds"]

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Scale:
    """A stretch of values, `low` to `high`, laid on the pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; one that lies outside is put on the edge."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """Return at most `most` round values within the scale, zero among them if it is within.

        They begin and end with the scale where they can.
        """
        found = [ticks for step in _STEPS if len(ticks := self._every(step)) <= most]
        ends = [self.low, self.high]
        whole = [ticks for ticks in found if ticks[:: max(1, len(ticks) - 1)] == ends]
        return next(iter(whole or found), ends)

    def _every(self, step: float) -> list[float]:
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(number * step, 9) for number in range(first, last + 1)]


def bounds(values: Iterable[float], lowest: float, most: int = 6) -> tuple[float, float]:
    """Return round bounds that hold zero and all finite `values`, at most `most` steps apart.

    They lie between `lowest` and 1; pass 0 for shares and -1 for net values.
    """
    finite = [value for value in values if math.isfinite(value)]
    low, high = max(lowest, min([0.0, *finite])), min(1.0, max([0.05, *finite]))
    for step in _STEPS:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return max(lowest, round(first * step, 9)), min(1.0, round(last * step, 9))
