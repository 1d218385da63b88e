"""Fit what a bundle promises to labelled sentences of its user, in place of those it came with.

The model stays as it is. Its temperatures and its held-out sentences are made anew, so that
probabilities, sets and promises are about the user's texts: the sentences must not be among those
that the model was trained on, and should be drawn as the ones to come are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.folds import words
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import Sentence, read_sentences, released_sentences
from stancekit.models.calibration import CalibratedModel, scaled
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.training.calibration import calibrate, expected_calibration_error
from stancekit.training.evaluation import gold_indices

__all__ = ["FEWEST", "Recalibrated", "TaskRecalibrated", "check_labels", "recalibrated"]

FEWEST = 30
"""Labelled sentences of a task: with fewer, its temperature would be little but chance."""
_GROUPS = 10


@dataclass(frozen=True, eq=False)
class TaskRecalibrated:
    """The temperature of one task and its expected calibration error in [0, 1], before and after.

    The error after is that of each group of sentences with the temperature of the others.
    """

    temperature_before: float
    temperature: float
    error_before: float
    error: float


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """What a bundle gets of labelled `sentences`: temperatures, and held-out sentences."""

    sentences: tuple[Sentence, ...]
    tasks: dict[str, TaskRecalibrated]
    held_out: HeldOut

    @property
    def temperatures(self) -> dict[str, float]:
        """Task -> temperature."""
        return {name: task.temperature for name, task in self.tasks.items()}

    @property
    def documents(self) -> int:
        """How many documents the sentences are of."""
        return len({sentence.document for sentence in self.sentences})


def check_labels(sentences: Sequence[Sentence], codebook: Codebook) -> list[Sentence]:
    """Return those of `sentences` that have a label.

    Raises DataError for fewer than `FEWEST` of a task, and for sentences that are known to have
    been trained on.
    """
    own = [s for s in sentences if s.kind == CONTENT and s.labels]
    for task in codebook.task_names:
        count = sum(task in s.labels for s in own)
        if count < FEWEST:
            raise DataError(
                f"task '{task}': {count} sentences have a label, expected {FEWEST} or more"
            )
    _check_unseen(own, codebook)
    return own


def recalibrated(
    model: CalibratedModel, sentences: Sequence[Sentence], codebook: Codebook
) -> Recalibrated:
    """Return temperatures and held-out sentences of `model`, made of the labelled `sentences`.

    Each document's probabilities, those of a group of documents where there are over 10, are scaled
    with the temperature of the others; of a single document, every fifth sentence is a group.
    Raises DataError as `check_labels` does.
    """
    own = check_labels(sentences, codebook)
    raw = model.model.probabilities([s.text for s in own], [s.context for s in own])
    tasks, held_out = {}, {}
    for task in codebook.task_names:
        rows = [row for row, sentence in enumerate(own) if task in sentence.labels]
        chosen = [own[row] for row in rows]
        gold, probabilities = gold_indices(chosen, codebook, task), raw[task][rows]
        found = calibrate(probabilities, gold, _groups(chosen))
        before = model.temperatures[task]
        error = expected_calibration_error(scaled(probabilities, before), gold)
        tasks[task] = TaskRecalibrated(before, found.temperature, error, found.after)
        documents = tuple(sentence.document for sentence in chosen)
        held_out[task] = HeldOutTask(documents, gold, found.probabilities)
    return Recalibrated(tuple(own), tasks, HeldOut(held_out))


def _check_unseen(sentences: Sequence[Sentence], codebook: Codebook) -> None:
    """Raise DataError if texts are among the released ones, of which the models here are made."""
    if codebook.digest != released_codebook().digest:
        return
    known = {words(s.text) for s in read_sentences(released_sentences(), codebook)}
    seen = [sentence for sentence in sentences if words(sentence.text) in known]
    if seen:
        raise DataError(
            f"{len(seen)} of {len(sentences)} sentences are among those that ship with stancekit,"
            f" such as '{seen[0].id}': the model was trained on them, so they say nothing of how it"
            " does on others; leave them out"
        )


def _groups(sentences: Sequence[Sentence]) -> list[str]:
    names = {name: n for n, name in enumerate(dict.fromkeys(s.document for s in sentences))}
    if len(names) == 1:
        return [str(row % 5) for row in range(len(sentences))]
    return [str(names[sentence.document] % _GROUPS) for sentence in sentences]
