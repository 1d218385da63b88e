"""Labelled sentences to and from what annotation tools read and write.

Every format carries a sentence as the same flat row, so that it comes back as it went out, and its
labels by annotator. What a tool adds of its own, such as its numbering of tasks, is not read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stancekit.labels.annotation import Annotation
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence, check_sentence

__all__ = [
    "GOLD",
    "Exchanged",
    "agreed_sentences",
    "annotations_of",
    "exchanged",
    "join_label",
    "merged",
    "sentence_labels",
    "split_label",
]

GOLD = "gold"
"""The annotator under whose name the labels of a sentence go out."""


@dataclass(frozen=True)
class Exchanged:
    """A sentence without labels, and annotator -> task -> label."""

    sentence: Sentence
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def exchanged(sentences: Sequence[Sentence], with_labels: bool = True) -> list[Exchanged]:
    """Return what goes out: sentences with their labels, or without for blind annotation."""
    return [
        Exchanged(
            replace(sentence, labels={}),
            {GOLD: sentence.labels} if with_labels and sentence.labels else {},
        )
        for sentence in sentences
    ]


def join_label(task: str, label: str) -> str:
    """Return task and label as one word, for tools that keep a single list of labels."""
    return f"{task}:{label}"


def split_label(joined: object, codebook: Codebook, where: str) -> tuple[str, str]:
    """Return the task and label that `join_label` joined; raises DataError if it is neither."""
    task, _, label = str(joined).partition(":")
    _check_label(task, label, codebook, where)
    return task, label


def sentence_labels(
    pairs: Sequence[tuple[str, str]], codebook: Codebook, where: str
) -> dict[str, str]:
    """Return task -> label of one annotator; raises DataError for two labels of one task."""
    labels: dict[str, str] = {}
    for task, label in pairs:
        _check_label(task, label, codebook, where)
        if labels.get(task, label) != label:
            raise DataError(f"{where}: has two labels for '{task}': {labels[task]} and {label}")
        labels[task] = label
    return {task: labels[task] for task in codebook.task_names if task in labels}


def merged(rows: Sequence[tuple[str, Exchanged]]) -> list[Exchanged]:
    """Return one entry a sentence from rows, each with its place, that may repeat sentences.

    Tools write a row an annotator. Raises DataError where rows of one id differ in more than labels
    or an annotator comes twice.
    """
    found: dict[str, tuple[Sentence, dict[str, Mapping[str, str]]]] = {}
    for where, row in rows:
        sentence, labels = found.setdefault(row.sentence.id, (row.sentence, {}))
        if sentence != row.sentence:
            raise DataError(f"{where}: id '{sentence.id}' is that of another sentence, too")
        twice = sorted(set(labels) & set(row.labels))
        if twice or (not row.labels and row.sentence is not sentence):
            who = f" by '{twice[0]}'" if twice else ""
            raise DataError(f"{where}: sentence '{sentence.id}' is given more than once{who}")
        labels.update(row.labels)
    return [Exchanged(sentence, labels) for sentence, labels in found.values()]


def annotations_of(rows: Sequence[Exchanged]) -> dict[str, list[Annotation]]:
    """Return annotator -> annotations, in order, for `annotations/<annotator>.jsonl`."""
    found: dict[str, list[Annotation]] = {}
    for row in rows:
        for annotator, labels in row.labels.items():
            own = Annotation(id=row.sentence.id, labels=dict(labels))
            found.setdefault(annotator, []).append(own)
    return found


def agreed_sentences(rows: Sequence[Exchanged], codebook: Codebook) -> Iterator[Sentence]:
    """Yield the sentences, each with the labels that all of its annotators agree on.

    Raises DataError for a sentence that could not be read again, such as a heading with labels.
    """
    for row in rows:
        labels = {}
        for task in codebook.task_names:
            given = {own[task] for own in row.labels.values() if task in own}
            if len(given) == 1:
                labels[task] = given.pop()
        sentence = replace(row.sentence, labels=labels)
        check_sentence(sentence, codebook, f"sentence '{sentence.id}'")
        yield sentence


def _check_label(task: str, label: str, codebook: Codebook, where: str) -> None:
    try:
        codebook.task(task).label(label)
    except DataError as fault:
        raise DataError(f"{where}: {fault}") from None
