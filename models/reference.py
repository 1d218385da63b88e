"""Reference predictors that any trained model must beat: the commonest label, and keywords."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from stancekit.labels.codebook import Codebook, Label, Task
from stancekit.models.predictor import FloatArray
from stancekit.models.text import normalise

__all__ = ["LexiconModel", "MajorityModel"]


class MajorityModel:
    """Gives every sentence the share that each label had in training (see `Predictor`)."""

    reads_context = False

    def __init__(self, shares: Mapping[str, Sequence[float]]) -> None:
        self.shares = {task: np.asarray(row, dtype=float) for task, row in shares.items()}

    def probabilities(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> dict[str, FloatArray]:
        """Return task -> the same row for every text."""
        return {task: np.tile(row, (len(texts), 1)) for task, row in self.shares.items()}


class LexiconModel:
    """Counts the codebook's keywords: the label with most hits wins (see `Predictor`).

    No hit, or a tie, gives the task's default label. The probabilities are 1 and 0.
    """

    reads_context = False

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self._patterns = {
            task.name: [_pattern(label) for label in task.labels] for task in codebook.tasks
        }

    def probabilities(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> dict[str, FloatArray]:
        """Return task -> rows with a single 1."""
        plain = [normalise(text).lower() for text in texts]
        return {task.name: self._task(task, plain) for task in self.codebook.tasks}

    def _task(self, task: Task, texts: Sequence[str]) -> FloatArray:
        names = task.label_names
        rows = np.zeros((len(texts), len(names)))
        for row, text in enumerate(texts):
            hits = [len(p.findall(text)) if p else 0 for p in self._patterns[task.name]]
            best = max(hits)
            unique = best > 0 and hits.count(best) == 1
            rows[row, hits.index(best) if unique else names.index(task.default)] = 1
        return rows


def _pattern(label: Label) -> re.Pattern[str] | None:
    if not label.lexicon:
        return None
    longest_first = sorted(label.lexicon, key=len, reverse=True)
    terms = [re.escape(term).replace(r"\*", r"\w*") for term in longest_first]
    return re.compile(rf"(?<!\w)(?:{'|'.join(terms)})(?!\w)")
