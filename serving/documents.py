"""Documents in: files, folders and standard input, with identifiers and metadata kept.

A `.txt` or `.md` file is one document; each row of a `.jsonl` or `.csv` file is one. A
`sources.toml` beside text files gives them metadata and marks what in them is not article text.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from stancekit.labels.errors import InputError
from stancekit.labels.sources import Source, read_sources
from stancekit.serving.document import Document

__all__ = ["SUFFIXES", "ReadingOptions", "find_files", "read_file", "read_standard_input"]

SOURCES = "sources.toml"


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How rows of tables become documents.

    `id_column` None takes a column `id` if there is one, else the row's place; `one_sentence` takes
    each text as one sentence instead of cutting it.
    """

    text_column: str = "text"
    id_column: str | None = None
    one_sentence: bool = False


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that `paths` name, folders replaced by the documents in them, sorted.

    Raises InputError for a path that does not exist, a file of a kind that is not read, or a folder
    without documents.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(found for found in path.rglob("*") if _is_document(found, path))
            if not inside:
                raise InputError(f"{path}: holds no {', '.join(SUFFIXES)} file")
            files += inside
        elif not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
        elif path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path}: is no {', '.join(SUFFIXES)} file")
        else:
            files.append(path)
    by_target = {path.resolve(): path for path in reversed(files)}
    return [path for path in dict.fromkeys(files) if by_target[path.resolve()] == path]


def _is_document(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in SUFFIXES and not hidden and path.is_file()


def read_file(path: Path, options: ReadingOptions) -> Iterator[Document]:
    """Yield the documents of `path`; raises InputError with file and line for what is wrong."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    source = _sources(path.parent).get(path.name)
    if source is not None and not options.one_sentence:
        text = source.decode(content, str(path))
        yield Document(str(path), text, source.metadata, tuple(source.spans(text)))
        return
    yield from _documents(str(path), path.suffix.lower(), content, options)


def read_standard_input(
    suffix: str, options: ReadingOptions, stream: BinaryIO | None = None
) -> Iterator[Document]:
    """Yield the documents of standard input, read as a file with `suffix` would be."""
    content = (stream or sys.stdin.buffer).read()
    yield from _documents("standard input", suffix, content, options)


def _documents(
    place: str, suffix: str, content: bytes, options: ReadingOptions
) -> Iterator[Document]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"{place}: is not UTF-8 text (byte {fault.start})") from None
    if not text.strip():
        raise InputError(f"{place}: is empty")
    yield from SUFFIXES[suffix](place, text, options)


def _read_text(place: str, text: str, options: ReadingOptions) -> Iterator[Document]:
    yield Document(place, text, {}, None, options.one_sentence)


def _read_jsonl(place: str, text: str, options: ReadingOptions) -> Iterator[Document]:
    seen: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{place}, line {number}"
        try:
            row = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as fault:
            raise InputError(f"{where}: is not JSON ({fault})") from None
        if not isinstance(row, dict):
            raise InputError(f"{where}: expected an object, given {_json_type(row)}")
        yield _row(where, row, options, seen)


def _read_csv(place: str, text: str, options: ReadingOptions) -> Iterator[Document]:
    csv.field_size_limit(sys.maxsize)
    header_line = text.split("\n", 1)[0]
    # Semicolons and tabs come from spreadsheets; the header tells.
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    header = list(reader.fieldnames or [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{place}: has several columns '{twice[0]}'")
    if options.text_column not in header:
        raise InputError(
            f"{place}: has no column '{options.text_column}' (it has {', '.join(header)};"
            " choose one with --text-column)"
        )
    seen: dict[str, str] = {}
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as fault:
            raise InputError(f"{place}, line {reader.line_num}: is not CSV ({fault})") from None
        where = f"{place}, line {reader.line_num}"
        if None in row or None in row.values():
            raise InputError(f"{where}: expected {len(header)} columns, as in the header")
        yield _row(where, row, options, seen)
    if not seen:
        raise InputError(f"{place}: has a header and no row")


def _row(
    where: str, row: dict[str, object], options: ReadingOptions, seen: dict[str, str]
) -> Document:
    if options.text_column not in row:
        raise InputError(f"{where}: has no '{options.text_column}' (choose one with --text-column)")
    text = row[options.text_column]
    if not isinstance(text, str):
        raise InputError(
            f"{where}: '{options.text_column}' should be a text, given {_json_type(text)}"
        )
    if not text.strip():
        raise InputError(f"{where}: '{options.text_column}' is empty")
    column = options.id_column or "id"
    if options.id_column and options.id_column not in row:
        raise InputError(f"{where}: has no '{options.id_column}' to take the identifier from")
    id_ = where if row.get(column) in (None, "") else str(row[column])
    if id_ in seen:
        raise InputError(f"{where}: identifier '{id_}' is that of {seen[id_]}, too")
    seen[id_] = where
    metadata = {
        key: value for key, value in row.items() if key not in (options.text_column, column)
    }
    return Document(id_, text, metadata, None, options.one_sentence, where)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _json_type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


@cache
def _sources(folder: Path) -> dict[str, Source]:
    path = folder / SOURCES
    return read_sources(path).by_file() if path.is_file() else {}


_Reader = Callable[[str, str, ReadingOptions], Iterator[Document]]
SUFFIXES: dict[str, _Reader] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
}
