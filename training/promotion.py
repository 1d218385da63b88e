"""Decide whether a newly registered model becomes the champion."""

from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.training.judged import Comparison

__all__ = ["MARGIN", "Decision", "decide"]

MARGIN = 0.02
"""How much macro-F1 a new champion may lose on one task while it wins on another."""


@dataclass(frozen=True)
class Decision:
    """Whether the alias moves, and why in one sentence."""

    promoted: bool
    reason: str


def decide(comparisons: Sequence[Comparison] | None) -> Decision:
    """Return whether a model takes the alias from the champion it was compared with.

    It does when it is better on one task, by an interval above zero, and on no other task more than
    `MARGIN` below. This chooses among models by the sentences they are judged on; it is no test
    of how they would do elsewhere. `comparisons` is None where there is no champion yet.
    """
    if comparisons is None:
        return Decision(True, "there was no champion yet")
    if not all(comparison.enough for comparison in comparisons):
        fewest = min(comparison.shared for comparison in comparisons)
        return Decision(
            False,
            "the champion was judged on other sentences or labels"
            f" ({fewest} of {comparisons[0].judged} in common);"
            " move the alias by hand, or train its recipe again",
        )
    worse = [c for c in comparisons if not c.difference.value >= -MARGIN]
    better = [c for c in comparisons if c.difference.low > 0]
    if worse:
        return Decision(False, f"worse than the champion: {_named(worse)}")
    if better:
        return Decision(True, f"better than the champion: {_named(better)}")
    return Decision(False, f"not better than the champion: {_named(comparisons)}")


def _named(comparisons: Sequence[Comparison]) -> str:
    parts = []
    for comparison in comparisons:
        difference = comparison.difference
        parts.append(
            f"{comparison.task} {difference.value:+.3f}"
            f" [{difference.low:+.3f}, {difference.high:+.3f}]"
        )
    return ", ".join(parts) + " macro-F1"
