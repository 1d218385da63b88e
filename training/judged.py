"""What a system predicted for each judged sentence, on disk, so that systems can be paired."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.resampling import Interval
from stancekit.labels.sentences import read_lines, write_lines
from stancekit.training.evaluation import Evaluation
from stancekit.training.metrics import paired_difference

__all__ = ["Comparison", "Judged", "compare", "judged_sentences", "read_judged", "write_judged"]

FEWEST_SHARED = 0.9


@strict
class Judged:
    """One left-out sentence: the digest of its text, gold and predicted label of each task.

    A task of which the sentence has no gold label is left out.
    """

    id: str
    document: str
    text_digest: str
    gold: dict[str, str]
    predicted: dict[str, str]
    probabilities: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Comparison:
    """Macro-F1 of one system minus that of another, on the `shared` sentences.

    `judged` and `reference` count the sentences that each of the two was judged on.
    """

    task: str
    difference: Interval
    shared: int
    judged: int
    reference: int

    @property
    def enough(self) -> bool:
        """Whether the two were judged on (almost) the same sentences with the same gold labels."""
        return self.shared >= FEWEST_SHARED * max(self.judged, self.reference)


def judged_sentences(evaluation: Evaluation, codebook: Codebook) -> list[Judged]:
    """Return the rows of `evaluation`, in its order."""
    rows = []
    calibrated = {
        name: iter(task.calibration.probabilities) for name, task in evaluation.tasks.items()
    }
    for sentence in evaluation.sentences:
        probabilities = {}
        for task in codebook.tasks:
            if task.name not in sentence.labels:
                continue
            row = next(calibrated[task.name])
            probabilities[task.name] = dict(zip(task.label_names, row.tolist(), strict=True))
        rows.append(
            Judged(
                id=sentence.id,
                document=sentence.document,
                text_digest=hashlib.sha256(sentence.text.encode()).hexdigest(),
                gold=dict(sentence.labels),
                predicted={
                    task: max(row, key=lambda label, row=row: row[label])  # type: ignore[misc]
                    for task, row in probabilities.items()
                },
                probabilities=probabilities,
            )
        )
    return rows


def write_judged(path: Path, rows: Sequence[Judged]) -> None:
    """Write the rows as JSONL."""
    write_lines(path, rows)


def read_judged(path: Path) -> list[Judged]:
    """Read what `write_judged` wrote; raises DataError with the line."""
    return [parse_json(line, Judged, where) for where, line in read_lines(path)]


def compare(
    rows: Sequence[Judged],
    reference: Sequence[Judged],
    codebook: Codebook,
    replicates: int,
    seed: int,
) -> list[Comparison]:
    """Return the paired difference to `reference` on each task.

    Only sentences count that both judged on the task, with the same text and the same gold label;
    with none in common the difference is NaN.
    """
    others = {row.id: row for row in reference}
    comparisons = []
    for task in codebook.tasks:
        position = {label: index for index, label in enumerate(task.label_names)}
        own_rows, other_rows = (
            [row for row in side if row.gold.get(task.name) in position]
            for side in (rows, reference)
        )
        pairs = [
            (row, others[row.id])
            for row in own_rows
            if row.id in others
            and row.text_digest == others[row.id].text_digest
            and row.gold[task.name] == others[row.id].gold.get(task.name)
            and others[row.id].predicted.get(task.name) in position
        ]
        difference = Interval(float("nan"), float("nan"), float("nan"))
        if pairs:
            columns = [
                np.array([position[label] for label in labels], dtype=np.int64)
                for labels in (
                    [own.gold[task.name] for own, _ in pairs],
                    [own.predicted[task.name] for own, _ in pairs],
                    [other.predicted[task.name] for _, other in pairs],
                )
            ]
            gold, predicted, referred = columns
            difference = paired_difference(
                gold,
                predicted,
                referred,
                len(position),
                [own.document for own, _ in pairs],
                replicates,
                seed,
            )
        comparisons.append(
            Comparison(task.name, difference, len(pairs), len(own_rows), len(other_rows))
        )
    return comparisons
