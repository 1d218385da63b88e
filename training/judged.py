"""What a system predicted for each judged sentence, on disk, so that systems can be paired."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.resampling import Interval
from stancekit.labels.sentences import read_lines, write_lines
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.training.evaluation import Evaluation
from stancekit.training.metrics import paired_difference

__all__ = [
    "Comparison",
    "Judged",
    "compare",
    "compare_task",
    "judged_by",
    "judged_sentences",
    "label_positions",
    "probability_table",
    "read_judged",
    "write_judged",
]

FEWEST_SHARED = 0.9


@strict
class Judged:
    """One left-out sentence: the digest of its text, gold and predicted label of each task.

    A task of which the sentence has no gold label is left out. `details` are those of the sentence;
    records that were written without them read as empty.
    """

    id: str
    document: str
    text_digest: str
    gold: dict[str, str]
    predicted: dict[str, str]
    probabilities: dict[str, dict[str, float]]
    details: dict[str, str] = field(default_factory=dict)


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
                details=dict(sentence.details),
            )
        )
    return rows


def write_judged(path: Path, rows: Sequence[Judged]) -> None:
    """Write the rows as JSONL."""
    write_lines(path, rows)


def read_judged(path: Path) -> list[Judged]:
    """Read what `write_judged` wrote; raises DataError with the line."""
    return [parse_json(line, Judged, where) for where, line in read_lines(path)]


def judged_by(rows: Sequence[Judged], task: Task) -> list[Judged]:
    """Return the rows whose gold and predicted label `task` has; another codebook's may differ."""
    names = task.label_names
    return [
        row
        for row in rows
        if row.gold.get(task.name) in names and row.predicted.get(task.name) in names
    ]


def label_positions(rows: Sequence[Judged], task: Task) -> tuple[IntArray, IntArray]:
    """Return the positions of gold and predicted labels in the codebook's order."""
    position = {label: index for index, label in enumerate(task.label_names)}
    gold = np.array([position[row.gold[task.name]] for row in rows], dtype=np.int64)
    predicted = np.array([position[row.predicted[task.name]] for row in rows], dtype=np.int64)
    return gold, predicted


def probability_table(rows: Sequence[Judged], task: Task) -> FloatArray:
    """Return the calibrated probabilities of rows that `judged_by` gave for `task`.

    *Shape:* (rows, labels of the task), in the codebook's order.
    """
    return np.array(
        [[row.probabilities[task.name][label] for label in task.label_names] for row in rows]
    )


def compare(
    rows: Sequence[Judged],
    reference: Sequence[Judged],
    codebook: Codebook,
    replicates: int,
    seed: int,
) -> list[Comparison]:
    """Return the paired difference to `reference` on each task; see `compare_task`."""
    return [compare_task(rows, reference, task, replicates, seed) for task in codebook.tasks]


def compare_task(
    rows: Sequence[Judged], reference: Sequence[Judged], task: Task, replicates: int, seed: int
) -> Comparison:
    """Return the paired difference to `reference` on `task`.

    Only sentences count that both judged on the task, with the same text and the same gold label;
    with none in common the difference is NaN.
    """
    own_rows, other_rows = judged_by(rows, task), judged_by(reference, task)
    known = {row.id: row for row in other_rows}
    own = [
        row
        for row in own_rows
        if row.id in known
        and row.text_digest == known[row.id].text_digest
        and row.gold[task.name] == known[row.id].gold[task.name]
    ]
    difference = Interval(float("nan"), float("nan"), float("nan"))
    if own:
        gold, predicted = label_positions(own, task)
        _, referred = label_positions([known[row.id] for row in own], task)
        documents = [row.document for row in own]
        difference = paired_difference(
            gold, predicted, referred, len(task.labels), documents, replicates, seed
        )
    return Comparison(task.name, difference, len(own), len(own_rows), len(other_rows))
