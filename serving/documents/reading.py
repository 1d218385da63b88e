"""From a file to its documents: opened, decompressed, read in its form, screened."""

import io
import logging
import lzma
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from stancekit.labels.errors import InputError, StancekitError
from stancekit.labels.sources import Source, read_sources
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.csv_rows import read_csv, read_tsv
from stancekit.serving.documents.forms import SUFFIXES, Form, check_installed, form_of
from stancekit.serving.documents.json_rows import read_jsonl
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.parquet_rows import read_parquet
from stancekit.serving.documents.screening import screened
from stancekit.serving.documents.streams import Meter, Metered, decompressed, whole
from stancekit.serving.documents.unreadable import Unreadable
from stancekit.serving.documents.whole_files import read_docx, read_html, read_pdf, read_text

__all__ = ["read_documents", "read_standard_input", "read_stream", "sources_file"]

_logger = logging.getLogger(__name__)

_SOURCES = "sources.toml"

_Reader = Callable[[BinaryIO, str, ReadingOptions], Iterator[Document | SetAside]]
_READERS: dict[str, _Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}


def read_documents(
    path: Path, options: ReadingOptions, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Document | SetAside]:
    """Yield each document of `path`, or why it is not scored, as the file is read.

    `on_bytes` is told how many further bytes of the file were consumed; their sum is its size. What
    of its name is no UTF-8 is spelt out in what is yielded. Nothing that a file holds raises: one
    that is wrong as a whole is one SetAside. Raises InputError for a name that is of no form,
    MissingExtraError as `find_files` does.
    """
    form = _form(str(path))
    check_installed(form, str(path))
    return _file(path, form, options, on_bytes)


def read_standard_input(
    suffix: str, options: ReadingOptions, stream: BinaryIO | None = None
) -> Iterator[Document | SetAside]:
    """Yield the documents of standard input, read as a file that ends in `suffix` would be."""
    return _stream(stream or sys.stdin.buffer, f"x{suffix}", "standard input", options)


def read_stream(
    stream: BinaryIO, name: str, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    """Yield the documents of a stream, read as a file called `name` would be.

    Raises as `read_documents` does; no file is looked for.
    """
    return _stream(stream, name, name, options)


def _stream(
    stream: BinaryIO, name: str, place: str, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    form = _form(name)
    check_installed(form, place)
    return _documents(stream, place, form, options)


def _form(name: str) -> Form:
    form = form_of(name)
    if form is None:
        raise InputError(f"{name}: is no {', '.join(SUFFIXES)} file")
    return form


def _file(
    path: Path, form: Form, options: ReadingOptions, on_bytes: Callable[[int], None] | None
) -> Iterator[Document | SetAside]:
    place = _encodable(str(path))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            yield SetAside("", place, "is no plain file")
            return
        meter = Meter(on_bytes, status.st_size)
        with path.open("rb", buffering=0) as file:
            stream = io.BufferedReader(Metered(file, meter), io.DEFAULT_BUFFER_SIZE)
            source = _source(path, options)
            if source is None:
                yield from _documents(stream, place, form, options)
            else:
                yield _described(stream, place, source, options)
        meter.finish()
    except (OSError, ValueError, StancekitError) as fault:
        yield SetAside("", place, _reason(fault, place))


def _documents(
    stream: BinaryIO, place: str, form: Form, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    own = "" if form.is_table else place
    try:
        unpacked = decompressed(stream, form.compression)
        for item in _READERS[form.suffix](unpacked, place, options):
            yield item if isinstance(item, SetAside) else screened(item, options)
    except Unreadable as fault:
        where = f"{place}, line {fault.line}" if fault.line else place
        yield SetAside(own, where, _encodable(str(fault)))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as fault:
        yield SetAside(own, place, _reason(fault, place))
    except StancekitError:
        raise
    except Exception as fault:
        # A file can make packages raise anything; the others go on.
        _logger.debug("%s: cannot be read", place, exc_info=True)
        yield SetAside(own, place, _reason(fault, place))


def _reason(fault: Exception, place: str) -> str:
    if isinstance(fault, StancekitError):
        return _encodable(str(fault)).removeprefix(f"{place}: ")
    strerror = getattr(fault, "strerror", None)
    said = strerror or (str(fault).splitlines() or [type(fault).__name__])[0]
    return _encodable(f"cannot be read ({said:.200})")


def _encodable(text: str) -> str:
    """Return `text` with halves of characters, as of names that are no UTF-8, spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()


def sources_file(path: Path, options: ReadingOptions) -> Path | None:
    """Return the `sources.toml` that has a say in how `path` is read, None if there is none."""
    form = form_of(path)
    is_text = form is not None and not form.compression and form.suffix in (".txt", ".md")
    if not is_text or options.one_sentence:
        return None
    found = path.parent / _SOURCES
    return found if found.is_file() else None


def _source(path: Path, options: ReadingOptions) -> Source | None:
    """Return what `sources.toml` beside a text file says of it."""
    found = sources_file(path, options)
    return _sources(found, found.stat().st_mtime_ns).get(path.name) if found else None


@cache
def _sources(path: Path, _: int) -> dict[str, Source]:
    """Read a `sources.toml`, anew if the time of its last change is another."""
    return read_sources(path).by_file()


def _described(
    stream: BinaryIO, place: str, source: Source, options: ReadingOptions
) -> Document | SetAside:
    try:
        text = source.decode(whole(stream), place)
    except Unreadable as fault:
        return SetAside(place, place, str(fault))
    document = Document(place, text, source.metadata, tuple(source.spans(text)))
    return screened(document, options)
