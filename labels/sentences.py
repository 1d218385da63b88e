"""Labelled sentences on disk: one JSON object a line, checked as they are read."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, field
from pathlib import Path

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT, KINDS

__all__ = [
    "AUTHORED",
    "DOCUMENT",
    "REWRITES",
    "Sentence",
    "check_sentence",
    "dataset_digest",
    "labelled",
    "read_lines",
    "read_sentences",
    "read_text",
    "released_sentences",
    "write_lines",
    "write_text",
]

DOCUMENT = "document"
AUTHORED = "authored"
REWRITES = "rewrites"
"""The detail of a sentence that holds the id of another, of which it is an edited version."""


@strict
class Sentence:
    """One span of a document, or one authored sentence.

    `text` is `document[start:end]`; `labels` maps task to gold label and is empty unless `kind` is
    `content`; `context` is the content sentence before it in the same document ("" for the first);
    `origin` is `document` or `authored`; `details` says what the sentence is like, as its register.
    """

    id: str
    document: str
    start: int
    end: int
    text: str
    kind: str = CONTENT
    labels: dict[str, str] = field(default_factory=dict)
    origin: str = DOCUMENT
    context: str = ""
    details: dict[str, str] = field(default_factory=dict)


def read_text(path: Path) -> str:
    """Return the content of a file, without the mark of UTF-8 that spreadsheets write first.

    Line ends stay as they are. Raises DataError if the file is missing or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise DataError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        hint = "; spreadsheets can save as CSV UTF-8" if path.suffix.lower() == ".csv" else ""
        raise DataError(f"{path}: is not UTF-8 (byte {fault.start}){hint}") from None


def read_lines(path: Path) -> list[tuple[str, str]]:
    """Return the lines of a JSONL file, each with its place ("file, line 3").

    Raises DataError if the file is missing or not UTF-8.
    """
    lines = enumerate(read_text(path).split("\n"), start=1)
    return [(f"{path}, line {number}", line) for number, line in lines if line.strip()]


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write dataclass instances as JSONL, whole or not at all; see `write_text`."""
    content = "".join(
        json.dumps(asdict(row), ensure_ascii=False) + "\n"  # type: ignore[call-overload]
        for row in rows
    )
    write_text(path, content)


def write_text(path: Path, content: str) -> None:
    """Write `content` as UTF-8, whole or not at all; raises DataError if that cannot be."""
    if path.is_dir() or (path.exists() and not path.is_file()) or path.name in ("", "-"):
        raise DataError(f"{path}: expected the name of a file to write")
    path = path.resolve()  # a link stays one
    partial = path.with_name(f".{secrets.token_hex(4)}.partial")
    try:
        partial.write_text(content, encoding="utf-8", newline="")
        partial.replace(path)
    except (OSError, UnicodeEncodeError) as fault:
        with suppress(OSError):
            partial.unlink()
        reason = fault.strerror if isinstance(fault, OSError) else "a text is no valid Unicode"
        raise DataError(f"{path}: cannot be written ({reason})") from None


def read_sentences(path: Path, codebook: Codebook) -> list[Sentence]:
    """Read a `sentences.jsonl` and check every row against `codebook`.

    Raises DataError with file and line for a row that is no object, has an unknown key, an id given
    before, offsets that do not fit its text, or a label that the codebook does not have.
    """
    sentences: list[Sentence] = []
    seen: set[str] = set()
    for where, line in read_lines(path):
        sentence = parse_json(line, Sentence, where)
        if sentence.id in seen:
            raise DataError(f"{where}: id '{sentence.id}' is given more than once")
        seen.add(sentence.id)
        check_sentence(sentence, codebook, where)
        sentences.append(sentence)
    if not sentences:
        raise DataError(f"{path}: holds no sentence")
    return sentences


def released_sentences() -> Path:
    """Return the file of labelled sentences that ships with stancekit."""
    return Path(__file__).parent / "sentences.jsonl"


def check_sentence(sentence: Sentence, codebook: Codebook, where: str) -> None:
    """Raise DataError with `where` for a kind, origin, offsets or labels that do not fit."""
    if sentence.kind not in KINDS:
        raise DataError(f"{where}: kind '{sentence.kind}' is none of {', '.join(KINDS)}")
    if sentence.origin not in (DOCUMENT, AUTHORED):
        raise DataError(f"{where}: origin is '{sentence.origin}', expected document or authored")
    if sentence.end - sentence.start != len(sentence.text):
        raise DataError(
            f"{where}: text has {len(sentence.text)} characters,"
            f" its offsets span {sentence.end - sentence.start}"
        )
    if sentence.labels and sentence.kind != CONTENT:
        raise DataError(f"{where}: a {sentence.kind} carries no labels")
    for task, label in sentence.labels.items():
        try:
            codebook.task(task).label(label)
        except DataError as fault:
            raise DataError(f"{where}: {fault}") from None


def labelled(sentences: Iterable[Sentence], codebook: Codebook) -> list[Sentence]:
    """Return the content sentences; raises DataError if one lacks a label of some task."""
    content = [sentence for sentence in sentences if sentence.kind == CONTENT]
    for sentence in content:
        missing = [task for task in codebook.task_names if task not in sentence.labels]
        if missing:
            raise DataError(f"sentence '{sentence.id}' has no label for {', '.join(missing)}")
    return content


def dataset_digest(sentences: Sequence[Sentence]) -> str:
    """SHA-256 of what a model can learn from: id, text, context, origin and labels, in order of id.

    It changes with any of these and with nothing else.
    """
    digest = hashlib.sha256()
    for sentence in sorted(sentences, key=lambda sentence: sentence.id):
        labels = sorted(sentence.labels.items())
        row = [sentence.id, sentence.text, sentence.context, sentence.origin, labels]
        digest.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
