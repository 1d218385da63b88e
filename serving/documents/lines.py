"""The lines of a text that is read as it comes, each of bounded length."""

import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from stancekit.serving.documents.encodings import SAMPLE, detected
from stancekit.serving.documents.streams import LONGEST_DOCUMENT
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["Lines", "is_damaged"]

_DAMAGED = re.compile("[\udc80-\udcff]")


class Lines:
    """The lines of `stream`, decoded; `newline` as `open` takes it.

    A line with bytes that cannot be decoded comes all the same, `is_damaged`. Raises Unreadable if
    the encoding is not certain, the stream holds nothing, or the lines since the last `start_row`
    are longer than a document may be.
    """

    def __init__(self, stream: BinaryIO, newline: str) -> None:
        source = io.BufferedReader(_Peeked(stream), SAMPLE)
        head = source.peek()
        if not head.strip():
            raise Unreadable("is empty")
        self.encoding = detected(head)
        text = io.TextIOWrapper(source, self.encoding, "surrogateescape", newline)
        self._lines: Iterator[str] = iter(lambda: text.readline(LONGEST_DOCUMENT + 1), "")
        self._length = 0
        self.number = 0
        self.at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines, "")
        except UnicodeDecodeError:
            raise Unreadable(f"is not {self.encoding} text", self.number + 1) from None
        if not line:
            self.at_end = True
            raise StopIteration
        self.number += 1
        self._length += len(line)
        if self._length > LONGEST_DOCUMENT:
            raise Unreadable(
                f"is longer than {LONGEST_DOCUMENT:,} characters; what follows is not read",
                self.number,
            )
        return line

    def start_row(self) -> None:
        """Count the length of a row from here on."""
        self._length = 0

    def put_back(self, line: str) -> None:
        """Give `line`, the last one, once more."""
        self._lines = chain([line], self._lines)
        self.number -= 1


def is_damaged(text: str) -> bool:
    """Whether some bytes of a line could not be decoded."""
    return not text.isascii() and _DAMAGED.search(text) is not None


class _Peeked(io.RawIOBase):
    """A stream of which the first read gives as much as was asked for.

    What comes before a fault is given, too; the fault comes with the next read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._is_begun = False
        self._fault: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._fault is not None:
            raise self._fault
        size = 0
        while size < len(buffer) and (part := self._part(len(buffer) - size)):
            buffer[size : size + len(part)] = part
            size += len(part)
            if self._is_begun:
                break
        self._is_begun = True
        if not size and self._fault is not None:
            raise self._fault
        return size

    def _part(self, size: int) -> bytes:
        try:
            return self._read(size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as fault:
            self._fault = fault
            return b""
