"""A folder with a codebook of one's own and the sentences that were labelled under it.

It holds `codebook.toml`, and `sentences.jsonl` or `sentences.csv`; `contrast.jsonl` may lie there,
too. A row needs a `text` and the label of some task, under the task's name; in JSON also as an
object `labels`, as stancekit itself writes it.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stancekit.labels.codebook import Codebook, read_codebook
from stancekit.labels.contrast import ContrastPair, read_contrast
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.exchange import sentence_labels
from stancekit.labels.flat_row import IDENTITY, read_flat_row
from stancekit.labels.folding import SPLIT, TEST, TRAIN, VALIDATION
from stancekit.labels.json_lines import json_objects
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import DOCUMENT, Sentence, check_sentence, read_text
from stancekit.labels.spreadsheet import read_details, table

__all__ = ["Dataset", "read_dataset"]

SENTENCES = ("sentences.jsonl", "sentences.csv")
LABELS = "labels"
_CARRIED = ("id", IDENTITY, "text", "context", "document", SPLIT)
_PLACES = ("kind", "origin", "start", "end", "details")
_SCORES = ("sentence", "voice", "speaker", "bundle", "codebook", "error_rate")
"""What score files have beside the tasks and the columns above."""
_OF_A_TASK = ("set", "undecided")
"""What they have of each task beside its labels."""
_NET = "net"
"""What estimates call the net value of a task, beside the shares of its labels."""
_SPLITS = {
    TRAIN: TRAIN,
    VALIDATION: VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "dev": VALIDATION,
    TEST: TEST,
}


@dataclass(frozen=True)
class Dataset:
    """A codebook, content sentences that have a label of one of its tasks or more, and pairs.

    The split of a sentence, if there is any, is its detail `split`.
    """

    codebook: Codebook
    sentences: tuple[Sentence, ...]
    contrast: tuple[ContrastPair, ...]


def read_dataset(folder: Path) -> Dataset:
    """Read and check the data in `folder`.

    Raises ConfigurationError for a faulty codebook, DataError with file and line for a column or
    key that has no meaning, a label that the codebook does not have, an id given twice, a row
    without text or label, or a split or document that some rows have and others lack.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder}: is no folder; expected one with codebook.toml and {' or '.join(SENTENCES)}"
        )
    codebook = read_codebook(folder / "codebook.toml")
    _check_names(codebook, folder / "codebook.toml")
    found = [folder / name for name in SENTENCES if (folder / name).exists()]
    if len(found) != 1:
        held = "both are there" if found else "neither is there"
        raise DataError(f"{folder}: expected {' or '.join(SENTENCES)}, {held}")
    contrast = folder / "contrast.jsonl"
    pairs = read_contrast(contrast, codebook) if contrast.exists() else []
    return Dataset(codebook, tuple(_sentences(found[0], codebook)), tuple(pairs))


def _check_names(codebook: Codebook, path: Path) -> None:
    """Raise ConfigurationError for names taken in files of sentences, scores or estimates."""
    taken = {*_CARRIED, *_PLACES, *_SCORES, LABELS}
    for task in codebook.tasks:
        if _NET in task.label_names:
            raise ConfigurationError(
                f"{path}: task '{task.name}': label '{_NET}' is what estimates call the net value;"
                " choose another name"
            )
        parts = (*task.label_names, *_OF_A_TASK)
        for name in (task.name, *(f"{task.name}_{part}" for part in parts)):
            if name in taken:
                raise ConfigurationError(
                    f"{path}: task '{task.name}': a column '{name}' would stand for two things;"
                    " choose another name"
                )
            taken.add(name)


def _sentences(path: Path, codebook: Codebook) -> list[Sentence]:
    rows: list[tuple[str, Sentence]] = []
    places: dict[str, str] = {}
    in_document, in_split = {}, {}
    for where, row in _rows(path, codebook):
        sentence = _sentence(row, codebook, path.stem, where)
        if sentence.kind != CONTENT:
            continue
        if not any(row.get(key) not in (None, "") for key in ("id", IDENTITY)):
            sentence = replace(sentence, id=_free(sentence.id, places))
        if sentence.id in places:
            raise DataError(f"{where}: id '{sentence.id}' is given already ({places[sentence.id]})")
        places[sentence.id] = where
        rows.append((where, sentence))
        if sentence.origin == DOCUMENT:
            in_document[where] = row.get("document") not in (None, "")
            in_split[where] = SPLIT in sentence.details
    if not rows:
        raise DataError(f"{path}: holds no sentence")
    _check_all_or_none("document", in_document)
    _check_all_or_none(SPLIT, in_split)
    for task in codebook.task_names:
        if not any(task in sentence.labels for _, sentence in rows):
            raise DataError(f"{path}: no sentence has a label of task '{task}'")
    return [sentence for _, sentence in rows]


def _rows(path: Path, codebook: Codebook) -> Iterator[tuple[str, Mapping[str, object]]]:
    content = read_text(path)
    known = (*_CARRIED, *_PLACES, *codebook.task_names)
    if path.suffix == ".csv":
        header: list[str] = []
        for where, row in table(content, codebook, str(path)):
            if not header:
                header = list(row)
                _check_keys(header, known, str(path), "column")
                for task in codebook.task_names:
                    if task not in header:
                        raise DataError(f"{path}: has no column '{task}'")
            yield where, row
        return
    for where, fields in json_objects(content, str(path)):
        _check_keys(list(fields), (*known, LABELS), where, "key")
        yield where, fields


def _check_keys(names: list[str], known: tuple[str, ...], where: str, what: str) -> None:
    for name in names:
        if name in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"expected {', '.join(known)}"
        raise DataError(f"{where}: {what} '{name}' is unknown; {hint}")


def _sentence(row: Mapping[str, object], codebook: Codebook, document: str, where: str) -> Sentence:
    named = row.get(LABELS, {})
    if not isinstance(named, Mapping):
        raise DataError(f"{where}: '{LABELS}' should be an object, given {named!r:.60}")
    flat = {task: row[task] for task in codebook.task_names if task in row}
    given = [
        (task, label) for task, label in (*flat.items(), *named.items()) if label not in (None, "")
    ]
    labels = sentence_labels(given, codebook, where)
    own = {name: value for name, value in row.items() if name not in (*flat, LABELS)}
    details = own.get("details")
    if isinstance(details, str):
        own["details"] = read_details(details, where)
    sentence = read_flat_row(own, row.get("text"), document, where)
    sentence = replace(sentence, labels=labels, details=_with_split(sentence.details, where))
    check_sentence(sentence, codebook, where)
    if sentence.kind == CONTENT and not labels:
        raise DataError(f"{where}: has no label of any task")
    return sentence


def _with_split(details: Mapping[str, str], where: str) -> dict[str, str]:
    """Return `details` with the plain name of the split, without one if it is empty."""
    rest = {name: value for name, value in details.items() if name != SPLIT}
    given = details.get(SPLIT, "").strip()
    if not given:
        return rest
    if given.lower() not in _SPLITS:
        raise DataError(f"{where}: {SPLIT} '{given}' is none of {', '.join(_SPLITS)}")
    return {**rest, SPLIT: _SPLITS[given.lower()]}


def _free(name: str, taken: Mapping[str, str]) -> str:
    """Return `name`, numbered if a sentence with the same text has it already."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _check_all_or_none(what: str, given: Mapping[str, bool]) -> None:
    if len(set(given.values())) > 1:
        lacking = next(where for where, has in given.items() if not has)
        raise DataError(f"{lacking}: has no {what}, other rows have one")
