"""Decide whether a newly registered model becomes the champion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from stancekit.training.judged import Comparison

__all__ = ["GUARDS", "MARGIN", "Decision", "Guard", "Guarded", "decide", "guarded"]

MARGIN = 0.02
"""How much macro-F1 a new champion may lose on one task while it wins on another."""

CHANCE = 0.025
"""A loss of contrast pairs counts where chance alone shows one as large in less of its trials."""


@dataclass(frozen=True)
class Guard:
    """A metric `<task>/<metric>` that a new champion may worsen by `margin` at most.

    One `of_pairs` can be compared only where both models were asked the same contrast pairs.
    """

    metric: str
    named: str
    margin: float
    higher_is_better: bool
    of_pairs: bool = False


# The metrics are those that tracking logs for each task; the calibration is that after temperature.
GUARDS = (
    Guard("calibration_error", "calibration error", 0.02, higher_is_better=False),
    Guard(
        "contrast.label_flips",
        "flipping contrast pairs",
        0.03,
        higher_is_better=True,
        of_pairs=True,
    ),
    Guard(
        "contrast.label_stays", "staying contrast pairs", 0.03, higher_is_better=True, of_pairs=True
    ),
)


@dataclass(frozen=True)
class Guarded:
    """One guarded metric of a task: the new model's and the champion's, None where not logged.

    `same_pairs` is whether both were asked the same contrast pairs, `changed` how many of them were
    lost and won since the champion, each None where either did not record it.
    """

    task: str
    guard: Guard
    new: float | None
    champion: float | None
    same_pairs: bool | None = None
    changed: tuple[int, int] | None = None

    @property
    def named(self) -> str:
        """What is guarded, of which task."""
        return f"{self.guard.named} of {self.task}"

    @property
    def compared(self) -> bool:
        """Whether both have the figure, of the same pairs as far as is known."""
        return self.new is not None and self.champion is not None and self.same_pairs is not False

    @property
    def worse(self) -> bool:
        """Whether the new model is worse by more than the margin, and than chance; see `chance`."""
        return self._beyond and not self.chance

    @property
    def chance(self) -> bool:
        """Whether a loss beyond the margin is one of pairs that chance alone would often show.

        By the exact sign test of the pairs that changed, one-sided (as McNemar, "Note on the
        sampling error of the difference between correlated proportions", 1947, does for many).
        """
        lost, won = self.changed or (0, 0)
        if not self._beyond or not lost + won:
            return False
        test = binomtest(lost, lost + won, alternative="greater")
        return bool(test.pvalue > CHANCE)

    @property
    def _beyond(self) -> bool:
        if self.new is None or self.champion is None or not self.compared:
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
    tasks: Sequence[str],
    new: Mapping[str, float],
    champion: Mapping[str, float],
    same_pairs: Mapping[str, bool] | None = None,
    changed: Mapping[str, tuple[int, int]] | None = None,
) -> list[Guarded]:
    """Return the guarded metrics that the `new` model or the champion's run has.

    Both are metrics as tracking logs them; `same_pairs` has those of contrast pairs of which it is
    known whether the pairs were the same (see `contrast.same_pairs`), and `changed` those of which
    it is known pair by pair (see `contrast.changed_pairs`).
    """
    return [
        Guarded(
            task,
            guard,
            new.get(name),
            champion.get(name),
            (same_pairs or {}).get(name),
            (changed or {}).get(name),
        )
        for guard in GUARDS
        for task in tasks
        if (name := f"{task}/{guard.metric}") in new or name in champion
    ]


def decide(comparisons: Sequence[Comparison] | None, figures: Sequence[Guarded] = ()) -> Decision:
    """Return whether a model takes the alias from the champion it was compared with.

    It does when it is better on one task, by an interval above zero, on no other task more than
    `MARGIN` below, and in no guarded figure worse by more than that one's margin (of contrast
    pairs, by more than chance, too, where it is known of each pair), and lacks none that the
    champion has. A figure that the champion lacks, or has of other contrast pairs, is not
    compared, and the reason says so. This chooses among models by the sentences they are judged on;
    it is no test of how they would do elsewhere. `comparisons` is None where there is no champion
    yet.
    """
    if comparisons is None:
        return Decision(True, "there was no champion yet")
    if not all(comparison.enough for comparison in comparisons):
        few = min((c for c in comparisons if not c.enough), key=_share)
        return Decision(
            False,
            f"the champion was judged on other sentences or labels ({few.shared} of"
            f" {max(few.judged, few.reference)} in common on {few.task});"
            " move the alias by hand, or train its recipe again",
        )
    worse = [c for c in comparisons if not c.difference.value >= -MARGIN]
    better = [c for c in comparisons if c.difference.low > 0]
    if worse:
        return Decision(False, f"worse than the champion: {_named(worse)}")
    if not better:
        return Decision(False, f"not better than the champion: {_named(comparisons)}")
    gain = f"better than the champion: {_named(better)}"
    faults = _faults(figures)
    if faults:
        return Decision(False, f"{gain}; but {faults}")
    return Decision(True, gain + _by_chance(figures) + _not_compared(figures) + _assumed(figures))


def _share(comparison: Comparison) -> float:
    return comparison.shared / max(comparison.judged, comparison.reference, 1)


def _named(comparisons: Sequence[Comparison]) -> str:
    parts = []
    for comparison in comparisons:
        difference = comparison.difference
        parts.append(
            f"{comparison.task} {difference.value:+.3f}"
            f" [{difference.low:+.3f}, {difference.high:+.3f}]"
        )
    return ", ".join(parts) + " macro-F1"


def _faults(figures: Sequence[Guarded]) -> str:
    lost = [figure for figure in figures if figure.worse]
    lacking = [figure for figure in figures if figure.new is None]
    said = [f"worse in {_lost(lost)}{_assumed(lost)}"] if lost else []
    if lacking:
        said.append(f"it lacks what the champion has: {_list(lacking)}")
    return "; and ".join(said)


def _lost(figures: Sequence[Guarded]) -> str:
    return ", ".join(
        f"{figure.named} ({figure.new:.3f}, the champion's {figure.champion:.3f},"
        f" margin {figure.guard.margin:.2f})"
        for figure in figures
    )


def _by_chance(figures: Sequence[Guarded]) -> str:
    """Say which losses of contrast pairs were not counted."""
    parts = [
        f"{figure.named} ({figure.new:.3f}, the champion's {figure.champion:.3f}:"
        f" {figure.changed[0]} pairs lost, {figure.changed[1]} won)"
        for figure in figures
        if figure.chance and figure.changed
    ]
    return f"; no more than chance lost in {', '.join(parts)}" if parts else ""


def _not_compared(figures: Sequence[Guarded]) -> str:
    missing = [figure for figure in figures if figure.champion is None]
    others = [figure for figure in figures if figure.same_pairs is False]
    said = f"; not compared, as the champion lacks it: {_list(missing)}" if missing else ""
    return said + (f"; not compared, as the pairs have changed: {_list(others)}" if others else "")


def _assumed(figures: Sequence[Guarded]) -> str:
    """Say what was compared of contrast pairs that may be others, as with a champion of old."""
    unsure = [f for f in figures if f.guard.of_pairs and f.compared and f.same_pairs is None]
    return (
        f"; compared without knowing whether the pairs are the same: {_list(unsure)}"
        if unsure
        else ""
    )


def _list(figures: Sequence[Guarded]) -> str:
    return ", ".join(figure.named for figure in figures)
