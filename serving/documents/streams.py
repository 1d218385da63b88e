"""Bytes in: counted as they are read, decompressed as they come."""

import bz2
import gzip
import io
import lzma
import tempfile
from collections.abc import Callable
from typing import IO, BinaryIO, Protocol, cast

import pyarrow as pa

from stancekit.serving.documents.unreadable import Unreadable

__all__ = [
    "LARGEST_UNPACKED",
    "LONGEST_DOCUMENT",
    "Meter",
    "Metered",
    "decompressed",
    "seekable",
    "whole",
]

LONGEST_DOCUMENT = 10_000_000
"""Characters of one document, some three times "War and Peace"; longer ones are set aside.

It bounds the memory that a file can ask for, above all a compressed one.
"""

LARGEST_UNPACKED = 2**31
"""Bytes of a decompressed file that has to lie on disk to be read: PDF, DOCX, Parquet."""

_BYTES_PER_CHARACTER = 4
_BLOCK = 2**16


class Meter:
    """Tells `on_bytes` how many further bytes were consumed, `size` of them in all."""

    def __init__(self, on_bytes: Callable[[int], None] | None, size: int) -> None:
        self._on_bytes = on_bytes
        self._left = size

    def add(self, count: int) -> None:
        """Count bytes; what is read twice, as an index is, counts once at most."""
        count = min(count, self._left)
        self._left -= count
        if count and self._on_bytes is not None:
            self._on_bytes(count)

    def finish(self) -> None:
        """Count what was never read, as the file is done with."""
        self.add(self._left)


class _Raw(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...
    def seekable(self) -> bool: ...


class Metered(io.RawIOBase):
    """A file whose reads are counted; closing it leaves the file open."""

    def __init__(self, file: IO[bytes], meter: Meter) -> None:
        self._file = cast("_Raw", file)
        self._meter = meter

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Whether the file is."""
        return self._file.seekable()

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Read into `buffer`; returns the number of bytes, 0 at the end."""
        count = self._file.readinto(buffer) or 0
        self._meter.add(count)
        return count

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place; returns it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()


def decompressed(stream: BinaryIO, compression: str) -> BinaryIO:
    """Return the decompressed bytes of `stream`, read as they are asked for."""
    if compression == ".gz":
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb"))
    if compression == ".bz2":
        return cast("BinaryIO", bz2.BZ2File(stream))
    if compression == ".xz":
        return cast("BinaryIO", lzma.LZMAFile(stream))
    if compression == ".zst":
        unpacked = pa.CompressedInputStream(stream, "zstd")
        return io.BufferedReader(unpacked, _BLOCK)
    return stream


def whole(stream: BinaryIO) -> bytes:
    """Return all bytes; raises Unreadable if they cannot be `LONGEST_DOCUMENT` characters."""
    limit = LONGEST_DOCUMENT * _BYTES_PER_CHARACTER
    parts, size = [], 0
    while part := stream.read(_BLOCK):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise Unreadable(f"is longer than {LONGEST_DOCUMENT:,} characters")
    return b"".join(parts)


def seekable(stream: BinaryIO) -> BinaryIO:
    """Return a stream with the bytes of `stream` in which one can go back and forth.

    If it has to be written to disk for that, it is gone as it is closed. Raises Unreadable if more
    than `LARGEST_UNPACKED` bytes would have to be.
    """
    if isinstance(stream, io.BufferedReader) and stream.raw.seekable():
        return stream
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115  (the reader of the form closes it)
    size = 0
    while part := stream.read(_BLOCK):
        size += unpacked.write(part)
        if size > LARGEST_UNPACKED:
            unpacked.close()
            raise Unreadable(f"is longer than {LARGEST_UNPACKED:,} bytes when unpacked")
    unpacked.seek(0)
    return cast("BinaryIO", unpacked)
