"""Prodigy: JSONL for its choice interface, the labels of all tasks as options."""

import json
from collections.abc import Mapping, Sequence

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

__all__ = ["read", "write"]

_ANSWERS = ("accept", "reject", "ignore")


def write(rows: Sequence[Exchanged], codebook: Codebook) -> str:
    """Return a line a sentence and annotator, to be shown with `choice_style` "multiple"."""
    options = [
        {"id": join_label(task.name, label.name), "text": f"{task.name}: {label.display}"}
        for task in codebook.tasks
        for label in task.labels
    ]
    lines = []
    for row in rows:
        line = {"text": row.sentence.text, "options": options, "meta": flat_row(row.sentence)}
        if not row.labels:
            lines.append(line)
        for annotator, labels in row.labels.items():
            joined = [
                join_label(task, labels[task]) for task in codebook.task_names if task in labels
            ]
            given = {"accept": joined, "answer": "accept", "_annotator_id": annotator}
            lines.append({**line, **given})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read(content: str, codebook: Codebook, document: str, where: str) -> list[Exchanged]:
    """Read what `db-out` writes; what was rejected or ignored counts as not labelled.

    Raises DataError with the line.
    """
    rows = []
    for place, row in json_objects(content, where):
        meta = row.get("meta") or {}
        if not isinstance(meta, Mapping):
            raise DataError(f"{place}: 'meta' should be an object, given {meta!r}")
        sentence = read_flat_row(meta, row.get("text"), document, place)
        accepted = row.get("accept") or []
        if not isinstance(accepted, list):
            raise DataError(f"{place}: 'accept' should be a list, given {accepted!r}")
        pairs = [split_label(joined, codebook, place) for joined in accepted]
        labels = sentence_labels(pairs, codebook, place)
        answer = row.get("answer", "accept")
        if answer not in _ANSWERS:
            raise DataError(f"{place}: answer {answer!r:.60} is none of {', '.join(_ANSWERS)}")
        known = row.get("_annotator_id") or row.get("_session_id") or document
        counts = labels and answer == "accept"
        rows.append((place, Exchanged(sentence, {str(known): labels} if counts else {})))
    return merged(rows)
