"""What differs between runs beside their scores: settings, versions, data, codebook."""

from collections.abc import Sequence

from stancekit.training.comparison import ComparedRun, run_labels
from stancekit.training.comparison_tables import ABSENT, Cell, Row, Table

__all__ = ["differing_settings", "missing_champions", "warnings_of"]


def differing_settings(runs: Sequence[ComparedRun]) -> Table:
    """Return the parameters and versions in which the runs differ, a column a run."""
    logged = [
        {**run.parameters, **{f"version of {name}": of for name, of in run.versions.items()}}
        for run in runs
    ]
    names = dict.fromkeys(name for own in logged for name in own)
    rows = [
        Row(name, tuple(Cell(own.get(name, ABSENT)) for own in logged))
        for name in names
        if name != "name" and len({own.get(name) for own in logged}) > 1
    ]
    return Table("setting", tuple(map(Cell, run_labels(runs))), tuple(rows))


def warnings_of(runs: Sequence[ComparedRun]) -> list[str]:
    """Return a sentence for each thing that makes scores of these runs hard to compare."""
    labels = run_labels(runs)
    judged = [
        frozenset((row.id, row.text_digest, *sorted(row.gold.items())) for row in run.judged)
        for run in runs
    ]
    warnings = []
    books = _parted([run.codebook_digest[:12] for run in runs], labels)
    if books:
        warnings.append(
            f"Labelled by different codebooks: {books}. A label of the same name may not mean the"
            " same."
        )
    if len(set(judged)) > 1:
        common = len(frozenset.intersection(*judged))
        sizes = _parted([f"{len(own)} sentences" for own in judged], labels)
        warnings.append(
            f"Judged on different sentences or gold labels; {common} are common to all"
            f"{f' ({sizes})' if sizes else ''}. Scores stand side by side, but are not of the same"
            " sentences; paired differences count those that both runs judged."
        )
    data = _parted([run.dataset_digest[:12] for run in runs], labels)
    if data:
        warnings.append(
            f"Trained on different data: {data}. Where the data differ, so may the scores, whatever"
            " else was changed."
        )
    return warnings


def missing_champions(runs: Sequence[ComparedRun]) -> list[str]:
    """Return a sentence for each champion that there is and that no run can be compared with."""
    faults = dict.fromkeys(run.no_champion for run in runs if run.no_champion)
    return [f"{fault[:1].upper()}{fault[1:]}." for fault in faults]


def _parted(values: Sequence[str], labels: Sequence[str]) -> str:
    """Return "value (runs), value (runs)", or "" where all values are one."""
    if len(set(values)) < 2:
        return ""
    return ", ".join(
        f"{value or 'not recorded'}"
        f" ({', '.join(label for label, own in zip(labels, values, strict=True) if own == value)})"
        for value in dict.fromkeys(values)
    )
