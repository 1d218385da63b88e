"""All that is to be scored in one go: files in order, standard input before them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.errors import InputError
from stancekit.serving.chunks import Item, Position
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import (
    ReadingOptions,
    read_documents,
    read_standard_input,
    sources_file,
)

__all__ = ["Inputs"]


@dataclass(frozen=True)
class Inputs:
    """`standard_input` is the suffix of what it holds, None if it is not read."""

    files: Sequence[Path]
    standard_input: str | None
    options: ReadingOptions

    @property
    def can_be_read_again(self) -> bool:
        """Whether a run that was stopped can go on."""
        return self.standard_input is None

    def identity(self) -> list[list[object]]:
        """Return path, size in bytes and time of change of each file that has a say in the scores.

        These are the files, and the `sources.toml` that texts are read with; standard input is
        named. Raises InputError for a file that is gone.
        """
        found: list[list[object]] = []
        if self.standard_input is not None:
            found.append(["standard input", self.standard_input])
        beside = dict.fromkeys(sources_file(path, self.options) for path in self.files)
        for path in [*self.files, *filter(None, beside)]:
            try:
                state = path.stat()
            except OSError as fault:
                raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
            found.append([str(path), state.st_size, state.st_mtime_ns])
        return found

    def size(self) -> int | None:
        """Return the bytes of all files, None if there is standard input, too."""
        return None if self.standard_input else sum(self.sizes())

    def sizes(self) -> list[int]:
        """Return the bytes of each file."""
        return [path.stat().st_size if path.exists() else 0 for path in self.files]

    def items(self, start: Position) -> Iterator[Item]:
        """Yield what there is from `start` on: files that were done are not read again."""
        for source in range(start.source, len(self)):
            sizes: list[int] = []
            for number, content in enumerate(self._read(source, sizes.append)):
                if source > start.source or number >= start.item:
                    yield Item(source, number, content, sum(sizes))
                    sizes.clear()

    def __len__(self) -> int:
        return len(self.files) + (self.standard_input is not None)

    def _read(self, source: int, count: Callable[[int], None]) -> Iterator[Document | SetAside]:
        if self.standard_input is not None and source == 0:
            return read_standard_input(self.standard_input, self.options)
        path = self.files[source - (self.standard_input is not None)]
        return read_documents(path, self.options, count)
