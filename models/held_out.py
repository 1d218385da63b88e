"""What was predicted of labelled sentences while their document was left out of training.

It travels in the bundle: the errors that are known of a model are what shares are corrected by, and
what a promise about later sentences rests on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import BundleError
from stancekit.models.predictor import FloatArray, IntArray

__all__ = ["HeldOut", "HeldOutTask"]

DIGITS = 6
"""Of a probability, as it is written down."""


@dataclass(frozen=True, eq=False)
class HeldOutTask:
    """The judged sentences that have a gold label of one task.

    `documents` names the document that each stood in, or the fold where there are no documents;
    `gold` is the position of its label in the codebook; `probabilities` are calibrated, by a
    temperature that was not fitted on that document.
    *Shape:* documents and gold (sentences), probabilities (sentences, labels), rows sum to 1
    to the sixth digit.
    """

    documents: tuple[str, ...]
    gold: IntArray
    probabilities: FloatArray

    @property
    def predicted(self) -> IntArray:
        """The position of the most probable label of each sentence."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)


@strict
class _Column:
    documents: tuple[str, ...]
    gold: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]


@strict
class _File:
    tasks: dict[str, _Column]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Task -> what was predicted of its judged sentences, for every task of a codebook."""

    tasks: Mapping[str, HeldOutTask]

    def to_bytes(self, codebook: Codebook) -> bytes:
        """Return the content of the file that `from_bytes` reads; equal input gives equal bytes."""
        tasks = {}
        for task in codebook.tasks:
            own = self.tasks[task.name]
            names = task.label_names
            tasks[task.name] = {
                "documents": own.documents,
                "gold": [names[position] for position in own.gold.tolist()],
                "probabilities": np.round(own.probabilities, DIGITS).tolist(),
            }
        return (json.dumps({"tasks": tasks}, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, codebook: Codebook, where: str) -> "HeldOut":
        """Read what `to_bytes` wrote; raises BundleError with `where` if it is anything else."""
        read = parse_json(content, _File, where, BundleError)
        if list(read.tasks) != list(codebook.task_names):
            raise BundleError(f"{where}: expected the tasks {', '.join(codebook.task_names)}")
        return cls(
            {task.name: _task(read.tasks[task.name], task, where) for task in codebook.tasks}
        )


def _task(column: _Column, task: Task, where: str) -> HeldOutTask:
    position = {name: index for index, name in enumerate(task.label_names)}
    strange = sorted(set(column.gold) - set(position))
    if strange:
        raise BundleError(f"{where}: task '{task.name}' has no label '{strange[0]}'")
    rows = len(column.gold)
    if len(column.documents) != rows or len(column.probabilities) != rows:
        raise BundleError(f"{where}: task '{task.name}' has columns of different length")
    if any(len(row) != len(position) for row in column.probabilities):
        raise BundleError(f"{where}: task '{task.name}' has {len(position)} labels")
    probabilities = np.array(column.probabilities, dtype=float).reshape(rows, len(position))
    # Written with six digits, a row of three can be off by a few millionths.
    sums = probabilities.sum(axis=1)
    if not (np.all(probabilities >= 0) and np.allclose(sums, 1, atol=1e-4)):
        raise BundleError(f"{where}: task '{task.name}' has a row that is no distribution")
    gold = np.array([position[name] for name in column.gold], dtype=np.int64)
    return HeldOutTask(column.documents, gold, probabilities)
