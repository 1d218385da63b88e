"""doccano: JSONL for its text classification projects, task and label joined to one word."""

import json
from collections.abc import Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import (
    Exchanged,
    join_label,
    merged,
    sentence_labels,
    split_label,
)
from stancekit.labels.flat_row import flat_row, read_flat_row
from stancekit.labels.json_lines import json_objects

__all__ = ["interface", "read", "write"]

_TOOL = {"id", "data", "label", "labels", "Comments", "comments", "annotator"}
"""What is not about the sentence: doccano's own number, labels and remarks."""


def write(rows: Sequence[Exchanged], codebook: Codebook) -> str:
    """Return a line a sentence and annotator; what is no label stays with it as metadata."""
    lines = []
    for row in rows:
        for annotator, labels in (row.labels or {"": {}}).items():
            joined = [
                join_label(task, labels[task]) for task in codebook.task_names if task in labels
            ]
            line = {"text": row.sentence.text, "label": joined, **flat_row(row.sentence)}
            lines.append({**line, "annotator": annotator} if annotator else line)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read(content: str, codebook: Codebook, document: str, where: str) -> list[Exchanged]:
    """Read an export (JSONL), with labels under `label` or `labels`.

    doccano does not say who gave a label: rows without `annotator` are by whoever the file is named
    after. Raises DataError with the line.
    """
    rows = []
    for place, row in json_objects(content, where):
        given = row["label"] if "label" in row else row.get("labels", [])
        if not isinstance(given, list):
            raise DataError(f"{place}: 'label' should be a list, given {given!r}")
        pairs = [split_label(joined, codebook, place) for joined in given]
        labels = sentence_labels(pairs, codebook, place)
        own = {name: value for name, value in row.items() if name not in _TOOL}
        sentence = read_flat_row(own, row.get("text", row.get("data")), document, place)
        annotator = str(row.get("annotator") or document)
        rows.append((place, Exchanged(sentence, {annotator: labels} if labels else {})))
    return merged(rows)


def interface(codebook: Codebook) -> str:
    """Return the labels (JSON) to import into a project that allows several labels a text."""
    labels = [
        {"text": join_label(task.name, label.name), "background_color": label.colour}
        for task in codebook.tasks
        for label in task.labels
    ]
    return json.dumps(labels, indent=1) + "\n"
