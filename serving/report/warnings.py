"""What whoever uses the figures of a report should know first."""

import math

from stancekit.serving.report.contents import PLAIN, Contents
from stancekit.serving.report.wording import count, listed, share
from stancekit.serving.score_table import ScoreTable

__all__ = ["own_warnings"]

FEW_DOCUMENTS = 20
_ODD = 0.005
"""Shares of sentences left out that are too small to tell."""


def own_warnings(table: ScoreTable, contents: Contents) -> list[str]:
    """Return what limits these figures: few documents, missing dates and groups, no estimate."""
    told = []
    documents = len(table.document_names)
    if documents < FEW_DOCUMENTS:
        told.append(
            f"There {'is' if documents == 1 else 'are'} only {count(documents, 'document')}."
            " Intervals rest on how much documents differ, and so few hardly show it."
        )
    told += _undated(table, contents)
    for column in contents.options.by:
        missing = table.column(column).null_count
        if missing / len(table) > _ODD:
            told.append(
                f"{share(missing / len(table))} of the sentences have no {column}; they are shown"
                " as \u201cnot given\u201d."
            )
    return told + _uncompared(contents) + _uncorrected(contents)


def _uncompared(contents: Contents) -> list[str]:
    """Tell of years and groups of which no difference is told, as documents are in several."""
    names = ["Years"] if contents.mixed_years else []
    names += [f"Groups by {column}" for column in contents.mixed]
    return [
        f"{name} are not compared with each other: documents have sentences in several of them, so"
        " that their figures move together."
        for name in names
    ]


def _uncorrected(contents: Contents) -> list[str]:
    """Tell of tasks for which there are counts only, those of the same reason together."""
    tasks: dict[str, list[str]] = {}
    for task in contents.codebook.tasks:
        found = contents.of(task.name, contents.best(task.name)).values()
        notes = sorted({own.note for own in found if own.note and not math.isfinite(own.value)})
        if notes:
            tasks.setdefault("; ".join(notes), []).append(task.name.replace("_", " "))
    return [
        f"The counts of {listed(names)} could not be corrected ({note}). Do not publish them as"
        " shares."
        for note, names in tasks.items()
    ]


def _undated(table: ScoreTable, contents: Contents) -> list[str]:
    over = contents.options.over
    if over is None:
        return []
    task = contents.codebook.tasks[0]
    label = task.label_names[0]
    dated = sum(
        own.sentences
        for own in contents.over
        if (own.task, own.quantity, own.method) == (task.name, label, PLAIN)
    )
    missing = len(table) - dated
    told = []
    if missing / len(table) > _ODD:
        told.append(
            f"{share(missing / len(table))} of the sentences ({missing:,}) have no date that says"
            f" the {over}. They are in all figures but those over time."
        )
    if contents.shown != over:
        periods = len({own.period for own in contents.over})
        told.append(
            f"There are {count(periods, over)}, too many to draw: the charts show each"
            f" {contents.shown}, the CSV each {over}."
        )
    return told
