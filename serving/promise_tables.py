"""What a model's answers can promise, as Markdown: tables, and what has to be said of them."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stancekit.labels.codebook import Codebook, Task
from stancekit.models.conformal import ERROR_RATE, fewest_labels
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.new_documents import (
    LeftOut,
    fewest_documents,
    highest_coverage,
    left_out_documents,
    together,
)
from stancekit.models.precision import CONFIDENCE, PRECISION, Promise
from stancekit.models.promises import PromisedLabel, PromisedTask, promised
from stancekit.models.simulation import simulate

__all__ = ["Asked", "documents_page", "promises_page", "simulated_page", "table", "to_whom"]

ALL = "all"
MOST = 20
"""Documents of a table."""
NONE = "–"  # noqa: RUF001
_OF_PARTS = (
    "The sentences stand in no documents, or in one, and were dealt into parts: their promises are"
    " for sentences drawn from among the same, and nothing can be promised of another source."
)


@dataclass(frozen=True)
class Asked:
    """What is to be promised: see `fit_label_sets` and `precision`."""

    error_rate: float = ERROR_RATE
    precision: float = PRECISION
    confidence: float = CONFIDENCE


def promises_page(codebook: Codebook, held_out: HeldOut, asked: Asked) -> list[str]:
    """Return, line by line, what is promised for sentences like the held-out ones.

    Raises InputError for a rate, precision or confidence that is not between 0 and 1.
    """
    head = (
        "task", "label", "labelled", "documents", "in the set from", "coverage", "alone in the set",
        f"{_percent(asked.precision)} right from", "of its answers",
    )  # fmt: skip
    rows = [
        row for task in codebook.tasks for row in _promised(task, held_out.tasks[task.name], asked)
    ]
    sets = (
        "Sets: a label is in the set of a sentence if its probability is as high as said, and the"
        f" right one is missing from at most {_percent(asked.error_rate)} of the sets of each"
        f" label. This takes {fewest_labels(asked.error_rate)} labelled sentences of a label; with"
        " fewer it is in all sets. Coverage: the share of a label's sentences whose sets hold it,"
        " in 9 of 10 draws of so many labelled ones. Alone in the set: how many of the labelled"
        " sentences have this label and no other in their set, and for which share of these that"
        " is right, which is not promised."
    )
    right = (
        "Right from: of the sentences that get the label with a probability as high as said,"
        f" {_percent(asked.precision)} have it, with confidence {_percent(asked.confidence)} for"
        " each line by itself. Unlike the sets, this holds only where labels are as common as among"
        " the labelled sentences."
    )
    return [*table(head, rows), "", sets, "", right]


def documents_page(codebook: Codebook, held_out: HeldOut, asked: Asked) -> list[str]:
    """Return, line by line, what promises came to in each document that others made them for.

    Where there are many, those with the most sentences are shown.
    """
    lines = []
    for task in codebook.tasks:
        left_out = left_out_documents(
            held_out.tasks[task.name], asked.error_rate, asked.precision, asked.confidence
        )
        sets = (f"in sets: {name}" for name in task.label_names)
        head = (task.name, "sentences", *sets, "all labels", "one label", "answers right")
        longest = sorted(left_out, key=lambda own: -int(own.sentences.sum()))[:MOST]
        rows = [_left_out(own) for own in left_out if own in longest]
        if left_out:
            rows.append(_left_out(together(left_out, f"all {len(left_out)}")))
        lines += [*table(head, rows), ""]
    about = (
        "Each document was left out in turn, and the promises were made by the others: how many of"
        " its sentences have sets that hold their label, which share of its sets has one label,"
        " and how many of the answers that should be right enough are right."
    )
    return [*lines, about, "", to_whom(codebook, held_out, asked)]


def to_whom(codebook: Codebook, held_out: HeldOut, asked: Asked) -> str:
    """Return for which sentences the promises are, and what so many documents can promise."""
    tasks = [(task, held_out.tasks[task.name]) for task in codebook.tasks]
    if all(_is_part(name) for _, own in tasks for name in own.documents):
        return _OF_PARTS
    return " ".join(_about_documents(tasks, asked.error_rate))


def simulated_page(codebook: Codebook, held_out: HeldOut, asked: Asked, draws: int) -> list[str]:
    """Return, line by line, what promises came to in `draws` (see `simulate`)."""
    head = ("task", "label", "coverage", "precision promised", "and not kept")
    rows = []
    for task in codebook.tasks:
        own = simulate(
            held_out.tasks[task.name], asked.error_rate, asked.precision, asked.confidence, draws
        )
        covered = [*map(_share, own.covered.tolist()), NONE]
        cells = zip([*task.label_names, ALL], covered, own.made, own.broken, strict=True)
        rows += [
            (task.name, name, share, f"in {made} of {draws}", f"in {broken}")
            for name, share, made, broken in cells
        ]
    about = (
        "Draws of as many sentences as there are, with replacement: the mean share of sets that"
        " hold the label; in how many a threshold was promised, and in how many that promise was"
        f" not kept, which should be {_percent(1 - asked.confidence)} of all draws at most."
    )
    return [*table(head, rows), "", about]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _promised(task: Task, own: HeldOutTask, asked: Asked) -> Iterable[Sequence[str]]:
    found = promised(own, asked.error_rate, asked.precision, asked.confidence)
    for name, label in zip(task.label_names, found.labels, strict=True):
        counts = str(label.sentences), str(label.documents)
        yield task.name, name, *counts, *_set(label), _alone(label), *_right(label.precise)
    counts = str(found.sentences), str(found.documents)
    yield task.name, ALL, *counts, NONE, NONE, _alone(found), *_right(found.precise)


def _set(label: PromisedLabel) -> tuple[str, str]:
    if not label.threshold:
        return "0 (all sets)", "1.00"
    return f"{label.threshold:.4f}", f"[{label.low:.2f}, {label.high:.2f}]"


def _alone(own: PromisedLabel | PromisedTask) -> str:
    return f"{own.single}, {own.right / own.single:.2f} right" if own.single else "0"


def _right(promise: Promise) -> tuple[str, str]:
    if promise.threshold is not None:
        share = promise.answered / promise.sentences
        return f"{promise.threshold:.3f}", f"{share:.2f} of {promise.sentences}"
    if promise.answered:
        reason = f"{promise.wrong} wrong among the {promise.answered} surest"
    else:
        reason = f"{promise.sentences} answers, needs {promise.fewest}"
    return f"cannot be promised: {reason}", f"{NONE} of {promise.sentences}"


def _left_out(own: LeftOut) -> Sequence[str]:
    labels = zip(own.covered.tolist(), own.sentences.tolist(), strict=True)
    cells = [f"{covered} of {count}" if count else NONE for covered, count in labels]
    total, answered = int(own.sentences.sum()), int(own.answered.sum())
    right = f"{answered - int(own.wrong.sum())} of {answered}" if answered else NONE
    shares = _share(int(own.covered.sum()) / total), _share(own.single / total)
    return own.document, str(total), *cells, *shares, right


def _about_documents(tasks: Sequence[tuple[Task, HeldOutTask]], error_rate: float) -> list[str]:
    fewest, level = fewest_documents(error_rate), _percent(1 - error_rate)
    like = (
        "All promises are for sentences like the labelled ones, as if drawn from the same"
        " documents, and for a model no worse than what predicted these. For another source it is"
        " documents that are drawn."
    )
    lines = [like]
    for count in sorted({len(set(own.documents)) for _, own in tasks}):
        if count < fewest:
            about = (
                f"{count} of them can promise no more than {count} of {count + 1},"
                f" {_percent(highest_coverage(count))} coverage, for a sentence of the next one,"
                f" whatever the method, where nothing else is known of it; {level} takes {fewest}"
                " or more."
            )
        else:
            about = (
                f"A coverage of {level} takes {fewest} of them or more, and here are {count}; the"
                " fewer sentences are of one document, the less it matters that these are alike."
            )
        lines.append(about)
    rare = [
        f"{task.name} {name} is in {count}: {_percent(highest_coverage(count))}"
        for task, own in tasks
        for name, count in zip(task.label_names, _documents(own), strict=True)
        if count < min(fewest, len(set(own.documents)))
    ]
    return [*lines, *([f"Labels that are in fewer: {'; '.join(rare)}."] if rare else [])]


def _is_part(name: str) -> bool:
    """Whether a fold has this name for want of a document (see `choose_folds`)."""
    return re.fullmatch(r"(part|half) \d+", name) is not None


def _documents(own: HeldOutTask) -> list[int]:
    found: list[set[str]] = [set() for _ in range(own.probabilities.shape[1])]
    for document, label in zip(own.documents, own.gold.tolist(), strict=True):
        found[label].add(document)
    return [len(names) for names in found]


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _share(share: float) -> str:
    return NONE if math.isnan(share) else f"{share:.2f}"
