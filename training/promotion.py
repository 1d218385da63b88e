"""Decide whether a newly registered model becomes the champion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stancekit.training.judged import Comparison

__all__ = ["GUARDS", "MARGIN", "Decision", "Guard", "Guarded", "decide", "guarded"]

MARGIN = 0.02
"""How much macro-F1 a new champion may lose on one task while it wins on another."""


@dataclass(frozen=True)
class Guard:
    """A metric `<task>/<metric>` that a new champion may worsen by `margin` at most."""

    metric: str
    named: str
    margin: float
    higher_is_better: bool


# The metrics are those that tracking logs for each task; the calibration is that after temperature.
GUARDS = (
    Guard("calibration_error", "calibration error", 0.02, higher_is_better=False),
    Guard("contrast.label_flips", "flipping contrast pairs", 0.03, higher_is_better=True),
    Guard("contrast.label_stays", "staying contrast pairs", 0.03, higher_is_better=True),
)


@dataclass(frozen=True)
class Guarded:
    """One guarded metric of a task: the new model's, and the champion's if it was logged."""

    task: str
    guard: Guard
    new: float
    champion: float | None

    @property
    def worse(self) -> bool:
        """Whether the new model is worse by more than the margin; False if not compared."""
        if self.champion is None:
            return False
        loss = self.new - self.champion
        if self.guard.higher_is_better:
            loss = -loss
        return not loss <= self.guard.margin + 1e-9  # a figure that is no number is worse, too


@dataclass(frozen=True)
class Decision:
    """Whether the alias moves, and why in one sentence."""

    promoted: bool
    reason: str


def guarded(
    tasks: Sequence[str], new: Mapping[str, float], champion: Mapping[str, float]
) -> list[Guarded]:
    """Return the guarded metrics that the `new` model has, beside those of the champion's run.

    Both are metrics as tracking logs them.
    """
    return [
        Guarded(task, guard, new[name], champion.get(name))
        for guard in GUARDS
        for task in tasks
        if (name := f"{task}/{guard.metric}") in new
    ]


def decide(comparisons: Sequence[Comparison] | None, figures: Sequence[Guarded] = ()) -> Decision:
    """Return whether a model takes the alias from the champion it was compared with.

    It does when it is better on one task, by an interval above zero, on no other task more than
    `MARGIN` below, and in no guarded figure worse by more than that one's margin. A figure that the
    champion lacks is not compared, and the reason says so. This chooses among models by the
    sentences they are judged on; it is no test of how they would do elsewhere. `comparisons` is
    None where there is no champion yet.
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
    if not better:
        return Decision(False, f"not better than the champion: {_named(comparisons)}")
    gain = f"better than the champion: {_named(better)}"
    lost = [figure for figure in figures if figure.worse]
    if lost:
        return Decision(False, f"{gain}; but worse in {_lost(lost)}")
    return Decision(True, gain + _not_compared(figures))


def _named(comparisons: Sequence[Comparison]) -> str:
    parts = []
    for comparison in comparisons:
        difference = comparison.difference
        parts.append(
            f"{comparison.task} {difference.value:+.3f}"
            f" [{difference.low:+.3f}, {difference.high:+.3f}]"
        )
    return ", ".join(parts) + " macro-F1"


def _lost(figures: Sequence[Guarded]) -> str:
    return ", ".join(
        f"{figure.guard.named} of {figure.task} ({figure.new:.3f}, the champion's"
        f" {figure.champion:.3f}, margin {figure.guard.margin:.2f})"
        for figure in figures
    )


def _not_compared(figures: Sequence[Guarded]) -> str:
    missing = [f"{f.guard.named} of {f.task}" for f in figures if f.champion is None]
    return f"; not compared, as the champion lacks it: {', '.join(missing)}" if missing else ""
