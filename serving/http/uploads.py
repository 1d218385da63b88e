"""A file that was uploaded: one part of a form, unpacked within bounds, read as its name says."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from stancekit.labels.errors import StancekitError
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import SUFFIXES, ReadingOptions, read_stream
from stancekit.serving.documents.forms import COMPRESSIONS, form_of
from stancekit.serving.documents.packed import unpacked_size
from stancekit.serving.documents.streams import decompressed
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.problems import Problem
from stancekit.serving.http.work import json_value

__all__ = ["Upload", "check_form", "documents_of", "upload"]

FIELD = "file"
_LONGEST_NAME = 200
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Upload:
    """The name and the bytes of a file."""

    name: str
    content: bytes


def check_form(headers: Headers) -> None:
    """Raise Problem 415 unless a request has a multipart form."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise Problem(415, "expected multipart/form-data with a field 'file'")


def upload(headers: Headers, content: bytes) -> Upload:
    """Return the file of a multipart form; raises Problem 400 or 422 if there is none.

    A form can be such that it takes seconds: not to be called in the event loop.
    """
    return asyncio.run(_upload(headers, content))


async def _upload(headers: Headers, content: bytes) -> Upload:
    async def stream() -> AsyncIterator[bytes]:
        yield content

    size = max(len(content), 1)
    try:
        parser = MultiPartParser(headers, stream(), max_files=4, max_fields=16, max_part_size=size)  # type: ignore[arg-type]
        parser.spool_max_size = size  # not to disk: it is in memory already
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as fault:
        reason = getattr(fault, "message", None) or "its boundary is missing"
        raise Problem(400, f"the body is no multipart form: {reason:.200}") from None
    try:
        found = [own for own in form.getlist(FIELD) if isinstance(own, UploadFile)]
        if len(found) != 1 or len(form.multi_items()) != 1:
            raise Problem(422, "expected exactly one field, 'file', that is a file with a name")
        return Upload(_plain_name(found[0].filename or ""), await found[0].read())
    finally:
        await form.close()


def documents_of(own: Upload, limits: Limits, language: str | None) -> list[Document | SetAside]:
    """Return the documents of a file, and what of it cannot be one.

    Raises Problem 415 for a name of no form, 413 for what is too large when unpacked or has texts
    that are so together (a table can hold one a million times), 422 for too many documents.
    """
    form = form_of(own.name)
    if form is None:
        raise Problem(415, f"a file should end in one of {', '.join(SUFFIXES)}")
    stream = _unpacked(own.content, form.compression, limits)
    if isinstance(stream, SetAside):
        return [replace(stream, document=own.name, place=own.name)]
    if unpacked_size(stream, form.suffix) > limits.unpacked_bytes:
        raise _too_large(limits)
    name = own.name
    if form.compression:
        name = name[: -len(form.compression)]
    try:
        options = ReadingOptions(language=language, longest=limits.characters)
        read = read_stream(stream, name, options)
        named = _named(read, own.name, name)
        found = list(islice(_bounded(named, limits), limits.documents + 1))
    except StancekitError as fault:
        raise Problem(415, str(fault)) from None
    if len(found) > limits.documents:
        raise Problem(422, f"the file holds more than {limits.documents:,} documents")
    return found


def _named(
    read: Iterator[Document | SetAside], name: str, unpacked: str
) -> Iterator[Document | SetAside]:
    """Yield what was read under the name that the file came with."""
    for item in read:
        if isinstance(item, SetAside):
            document = name if item.document == unpacked else item.document
            yield replace(item, document=document, place=item.place.replace(unpacked, name, 1))
        else:
            metadata = cast("dict[str, object]", json_value(dict(item.metadata)))
            id_ = name if item.id == unpacked else item.id
            yield replace(item, id=id_, metadata=metadata)


def _bounded(items: Iterator[Document | SetAside], limits: Limits) -> Iterator[Document | SetAside]:
    """Yield the items; raises Problem 413 when they are too much together."""
    size = 0
    for item in items:
        size += _characters(item)
        if size > limits.unpacked_bytes:
            raise _too_large(limits)
        yield item


def _characters(item: Document | SetAside) -> int:
    if isinstance(item, SetAside):
        return len(item.document) + len(item.place) + len(item.reason)
    return len(item.id) + len(item.text) + _length(item.metadata)


def _length(value: object) -> int:
    """Return the characters of a value of metadata, one for what is no text."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(name) + _length(own) for name, own in value.items())
    return sum(map(_length, value)) if isinstance(value, list) else 1


def _unpacked(content: bytes, compression: str, limits: Limits) -> BinaryIO | SetAside:
    """Return the decompressed bytes as a stream, or why there are none."""
    if not compression:
        return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", io.BytesIO(content))))
    try:
        stream = decompressed(io.BytesIO(content), compression)
        unpacked = stream.read(limits.unpacked_bytes + 1)
    except Exception:  # noqa: BLE001  (each decompressor has faults of its own)
        return SetAside("", "", f"is no {compression.lstrip('.')} file, or a damaged one")
    if len(unpacked) > limits.unpacked_bytes:
        raise _too_large(limits)
    return _unpacked(unpacked, "", limits)


def _too_large(limits: Limits) -> Problem:
    return Problem(413, f"the file is longer than {limits.unpacked_bytes:,} bytes when unpacked")


def _plain_name(given: str) -> str:
    """Return the last part of a file's name, without what is not seen; its ending stays."""
    name = _UNSEEN.sub("_", PurePosixPath(given.replace("\\", "/")).name)
    if len(name) <= _LONGEST_NAME:
        return name
    suffixes = "".join(PurePosixPath(name).suffixes[-2:])
    ending = suffixes if suffixes.endswith(COMPRESSIONS) else PurePosixPath(name).suffix
    return name[: _LONGEST_NAME - len(ending[:20])] + ending[:20]
