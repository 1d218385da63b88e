"""Scores of judged sentences by group: by label, by document, or by any detail of theirs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.codebook import Task
from stancekit.labels.errors import DataError
from stancekit.labels.resampling import Interval
from stancekit.training.judged import Judged, judged_by, label_positions
from stancekit.training.metrics import label_f1_intervals, macro_f1_interval

__all__ = ["DOCUMENT", "LABEL", "NOT_GIVEN", "GroupScore", "check_grouping", "group_scores"]

LABEL = "label"
DOCUMENT = "document"
NOT_GIVEN = "not given"
"""The group of sentences that lack the detail."""


@dataclass(frozen=True)
class GroupScore:
    """F1 of a label, or macro-F1 within another group; `sentences` counts (gold) sentences."""

    group: str
    score: Interval
    sentences: int


def check_grouping(by: str, runs: Sequence[Sequence[Judged]]) -> None:
    """Raise DataError if `by` is neither `label`, `document` nor a detail of some judged row."""
    details = {name for rows in runs for row in rows for name in row.details}
    if by not in {LABEL, DOCUMENT, *details}:
        available = ", ".join([LABEL, DOCUMENT, *sorted(details - {LABEL, DOCUMENT})])
        raise DataError(f"--by {by}: the judged sentences can be grouped by {available}")


def group_scores(
    rows: Sequence[Judged], by: str, task: Task, replicates: int, seed: int
) -> list[GroupScore]:
    """Return the scores on `task` by group, with 95 % intervals drawn within documents.

    By `label` they are F1, in the codebook's order; otherwise macro-F1 over the labels that occur
    in the group, in order of its name. Rows without the detail `by` form a group of their own, the
    last one. Without a row there is no group.
    """
    own = judged_by(rows, task)
    if by == LABEL:
        return _label_scores(own, task, replicates, seed) if own else []
    groups: dict[str, list[Judged]] = {}
    without: list[Judged] = []
    for row in own:
        name = row.document if by == DOCUMENT else row.details.get(by)
        (without if name is None else groups.setdefault(name, [])).append(row)
    ordered = [(name, groups[name]) for name in sorted(groups)]
    if without:
        ordered.append((NOT_GIVEN, without))
    return [
        GroupScore(name, _macro_f1(members, task, replicates, seed), len(members))
        for name, members in ordered
    ]


def _label_scores(
    rows: Sequence[Judged], task: Task, replicates: int, seed: int
) -> list[GroupScore]:
    gold, predicted = label_positions(rows, task)
    documents = [row.document for row in rows]
    counts = Counter(row.gold[task.name] for row in rows)
    intervals = label_f1_intervals(gold, predicted, len(task.labels), documents, replicates, seed)
    return [
        GroupScore(name, interval, counts[name])
        for name, interval in zip(task.label_names, intervals, strict=True)
    ]


def _macro_f1(rows: Sequence[Judged], task: Task, replicates: int, seed: int) -> Interval:
    gold, predicted = label_positions(rows, task)
    documents = [row.document for row in rows]
    return macro_f1_interval(gold, predicted, len(task.labels), documents, replicates, seed)
