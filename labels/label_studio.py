"""Label Studio: tasks as its JSON import takes them and its JSON export gives them back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import (
    GOLD,
    Exchanged,
    merged,
    sentence_labels,
)
from stancekit.labels.flat_row import flat_row, read_flat_row
from stancekit.labels.json_lines import json_value

__all__ = ["interface", "read", "write"]


def write(rows: Sequence[Exchanged], codebook: Codebook) -> str:
    """Return a list of tasks; labels go out as finished annotations, one an annotator."""
    tasks: list[dict[str, object]] = [
        {
            "data": flat_row(row.sentence) | {"text": row.sentence.text},
            "annotations": [
                _by(annotator)
                | {
                    "was_cancelled": False,
                    "result": [
                        _choice(task, labels[task])
                        for task in codebook.task_names
                        if task in labels
                    ],
                }
                for annotator, labels in row.labels.items()
            ],
        }
        for row in rows
    ]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def read(content: str, codebook: Codebook, document: str, where: str) -> list[Exchanged]:
    """Read an export (JSON); cancelled annotations count as none.

    Raises DataError with the place of a task that is no task or has labels of another codebook.
    """
    tasks = json_value(content, where)
    if not isinstance(tasks, list):
        raise DataError(f"{where}: expected the list of tasks of Label Studio's JSON export")
    rows = []
    for number, task in enumerate(tasks, start=1):
        place = f"{where}, task {number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise DataError(f"{place}: expected an object with 'data', as in the export 'JSON'")
        data = task["data"]
        sentence = read_flat_row(data, data.get("text"), document, place)
        given = list(_annotated(task, codebook, place))
        labels = dict(given)
        if len(labels) < len(given):
            raise DataError(f"{place}: is labelled more than once by the same annotator")
        rows.append((place, Exchanged(sentence, labels)))
    return merged(rows)


def interface(codebook: Codebook) -> str:
    """Return the labelling interface (XML) to paste into a project: a choice a task."""
    parts = [
        "<View>",
        '  <Text name="context" value="$context"/>',
        '  <Text name="text" value="$text"/>',
    ]
    for task in codebook.tasks:
        parts.append(f"  <Header value={quoteattr(task.question)}/>")
        parts.append(
            f'  <Choices name={quoteattr(task.name)} toName="text" choice="single" required="true">'
        )
        parts += [
            f"    <Choice value={quoteattr(label.name)} hint={quoteattr(label.definition)}/>"
            for label in task.labels
        ]
        parts.append("  </Choices>")
    return "\n".join([*parts, "</View>"]) + "\n"


def _by(annotator: str) -> dict[str, object]:
    """Name the annotator; Label Studio refuses an unknown one, and takes none as who imports."""
    return {} if annotator == GOLD else {"completed_by": {"email": annotator}}


def _choice(task: str, label: str) -> dict[str, object]:
    value: dict[str, object] = {"choices": [label]}
    return {"from_name": task, "to_name": "text", "type": "choices", "value": value}


def _annotated(
    task: Mapping[str, Any], codebook: Codebook, where: str
) -> Iterator[tuple[str, dict[str, str]]]:
    for annotation in task.get("annotations") or ():
        if not isinstance(annotation, dict):
            raise DataError(f"{where}: an annotation should be an object, given {annotation!r}")
        if annotation.get("was_cancelled"):
            continue
        pairs = []
        for result in annotation.get("result") or ():
            try:
                pairs += [(result["from_name"], label) for label in result["value"]["choices"]]
            except (KeyError, TypeError):
                raise DataError(
                    f"{where}: expected choices as the result, given {result!r}"
                ) from None
        labels = sentence_labels(pairs, codebook, where)
        if labels:
            yield _annotator(annotation.get("completed_by")), labels


def _annotator(given: object) -> str:
    if isinstance(given, dict):
        given = given.get("email") or given.get("id")
    return GOLD if given is None else str(given)
