"""Which corpora are simulated, and what came out of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.models.held_out import HeldOut, HeldOutTask

__all__ = ["SHARES", "Outcome", "outcomes"]

SHARES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_FEW_SHARES = (0.05, 0.50, 0.95)
_FEWEST = 10
"""Sentences of each label that a document must have for its errors to be taken for themselves."""


@dataclass(frozen=True)
class Outcome:
    """What `simulate` returned for one label and share, and what the corpora were like."""

    corpora: str
    usual: bool
    label: str
    share: float
    found: Any


def outcomes(
    codebook: Codebook, held_out: HeldOut, repetitions: int, seed: int
) -> Iterator[Outcome]:
    """Yield an outcome for each kind of corpora, label and share."""
    # What serves is no part of what trains, and only this command needs it.
    from stancekit.serving.estimates.simulation import Setting, simulate  # noqa: PLC0415

    usual, few = Setting(), Setting(documents=12, labelled=100)
    kinds = [
        (f"{_described(usual)}, {usual.labelled} of them labelled", usual, SHARES, False),
        (f"{_described(few)}, {few.labelled} labelled", few, _FEW_SHARES, False),
        ("every document counts the same", Setting(by_document=True), _FEW_SHARES, False),
        ("documents differ three times as much", Setting(spread=0.3), _FEW_SHARES, False),
        ("errors are those of the largest held-out document", usual, _FEW_SHARES, True),
    ]
    for number, (described, setting, shares, others) in enumerate(kinds):
        for task in codebook.tasks:
            known = held_out.tasks[task.name]
            errors = _largest_document(known, len(task.labels)) if others else None
            if others and errors is None:
                continue
            for label, name in enumerate(task.label_names):
                for share in shares:
                    found = simulate(
                        task, known, label, share, setting, repetitions, seed + number, errors
                    )
                    yield Outcome(described, number == 0, name, share, found)


def _described(setting: Any) -> str:
    return f"{setting.documents} documents of {setting.sentences} sentences"


def _largest_document(known: HeldOutTask, labels: int) -> HeldOutTask | None:
    """Return the sentences of the largest document, None if some label has hardly any there."""
    names, sizes = np.unique(np.array(known.documents), return_counts=True)
    own = np.array(known.documents) == names[sizes.argmax()]
    if np.bincount(known.gold[own], minlength=labels).min() < _FEWEST:
        return None
    documents = tuple(np.array(known.documents)[own].tolist())
    return HeldOutTask(documents, known.gold[own], known.probabilities[own])
