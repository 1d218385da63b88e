"""Independent annotations, one file an annotator, and the adjudication of what they disagree on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, read_toml, strict
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_lines

__all__ = [
    "Adjudication",
    "Annotation",
    "Annotator",
    "Disagreement",
    "disagreements",
    "gold_labels",
    "labels_of",
    "read_adjudications",
    "read_annotations",
    "read_annotators",
]


@strict
class Annotation:
    """One annotator's labels of one sentence, the rules that decided, and a note if it was hard."""

    id: str
    labels: dict[str, str]
    rules: tuple[str, ...] = ()
    note: str = ""


@strict
class Annotator:
    """Who gave the labels of one file, and what kind of annotator that is."""

    name: str
    kind: str
    description: str = ""


@strict
class Annotators:
    """The content of `annotators.toml`."""

    annotator: tuple[Annotator, ...]


@strict
class Adjudication:
    """The gold label of one sentence and task where annotators disagree, and why."""

    id: str
    task: str
    label: str
    reason: str


@dataclass(frozen=True)
class Disagreement:
    """A sentence and task on which annotators disagree: annotator to label."""

    id: str
    task: str
    labels: Mapping[str, str]


def read_annotations(folder: Path, codebook: Codebook) -> dict[str, dict[str, Annotation]]:
    """Read `<annotator>.jsonl` files; returns annotator -> sentence id -> annotation.

    Raises DataError with file and line for labels or rules that the codebook does not have.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise DataError(f"{folder}: holds no annotations (expected <annotator>.jsonl)")
    return {path.stem: _read_annotator(path, codebook) for path in files}


def read_annotators(folder: Path) -> dict[str, Annotator]:
    """Read `annotators.toml` of a folder of annotations; empty if there is none."""
    path = folder / "annotators.toml"
    if not path.is_file():
        return {}
    return {entry.name: entry for entry in read_toml(path, Annotators).annotator}


def _read_annotator(path: Path, codebook: Codebook) -> dict[str, Annotation]:
    rules = {rule.id for task in codebook.tasks for rule in task.rules}
    annotations: dict[str, Annotation] = {}
    for where, line in read_lines(path):
        annotation = parse_json(line, Annotation, where)
        if annotation.id in annotations:
            raise DataError(f"{where}: id '{annotation.id}' is given more than once")
        for task, label in annotation.labels.items():
            _check_label(codebook, task, label, where)
        unknown = sorted(set(annotation.rules) - rules)
        if unknown:
            raise DataError(f"{where}: rule {', '.join(unknown)} is not in the codebook")
        annotations[annotation.id] = annotation
    return annotations


def read_adjudications(path: Path, codebook: Codebook) -> dict[tuple[str, str], Adjudication]:
    """Read `adjudication.jsonl`; returns (sentence id, task) -> adjudication.

    Raises DataError for a label that the codebook does not have or a reason left empty.
    """
    adjudications: dict[tuple[str, str], Adjudication] = {}
    for where, line in read_lines(path):
        entry = parse_json(line, Adjudication, where)
        _check_label(codebook, entry.task, entry.label, where)
        if not entry.reason.strip():
            raise DataError(f"{where}: an adjudication needs a reason")
        if (entry.id, entry.task) in adjudications:
            raise DataError(f"{where}: '{entry.id}' is adjudicated twice for '{entry.task}'")
        adjudications[entry.id, entry.task] = entry
    return adjudications


def disagreements(
    annotations: Mapping[str, Mapping[str, Annotation]], codebook: Codebook
) -> list[Disagreement]:
    """Return what the annotators disagree on, in order of sentence id within each task."""
    ids = sorted({id_ for own in annotations.values() for id_ in own})
    found = []
    for task in codebook.task_names:
        for id_ in ids:
            labels = labels_of(annotations, id_, task)
            if len(set(labels.values())) > 1:
                found.append(Disagreement(id_, task, labels))
    return found


def gold_labels(
    ids: Sequence[str],
    annotations: Mapping[str, Mapping[str, Annotation]],
    adjudications: Mapping[tuple[str, str], Adjudication],
    codebook: Codebook,
) -> dict[str, dict[str, str]]:
    """Return sentence id -> task -> gold label: the adjudicated one, else the unanimous one.

    Raises DataError for a sentence that an annotator left out, a disagreement nobody settled, or
    an adjudication where there is none.
    """
    return {
        id_: {task: _gold(id_, task, annotations, adjudications) for task in codebook.task_names}
        for id_ in ids
    }


def _gold(
    id_: str,
    task: str,
    annotations: Mapping[str, Mapping[str, Annotation]],
    adjudications: Mapping[tuple[str, str], Adjudication],
) -> str:
    labels = labels_of(annotations, id_, task)
    missing = sorted(set(annotations) - set(labels))
    if missing:
        raise DataError(f"sentence '{id_}' has no '{task}' label by {', '.join(missing)}")
    if (id_, task) in adjudications:
        if len(set(labels.values())) == 1:
            raise DataError(f"sentence '{id_}': '{task}' is adjudicated though nobody disagrees")
        return adjudications[id_, task].label
    if len(set(labels.values())) > 1:
        given = ", ".join(f"{who}: {label}" for who, label in labels.items())
        raise DataError(f"sentence '{id_}' needs an adjudication of '{task}' ({given})")
    return next(iter(labels.values()))


def labels_of(
    annotations: Mapping[str, Mapping[str, Annotation]], id_: str, task: str
) -> dict[str, str]:
    """Return annotator -> label for one sentence and task."""
    return {
        annotator: own[id_].labels[task]
        for annotator, own in annotations.items()
        if id_ in own and task in own[id_].labels
    }


def _check_label(codebook: Codebook, task: str, label: str, where: str) -> None:
    try:
        codebook.task(task).label(label)
    except DataError as fault:
        raise DataError(f"{where}: {fault}") from None
