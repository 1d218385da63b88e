"""What comes in, cut into chunks that are scored and kept together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stancekit.labels.errors import InputError
from stancekit.serving.document import Document, SetAside
from stancekit.serving.passages import Passage, passages

__all__ = ["Chunk", "Item", "Position", "chunks"]

SENTENCES = 1024
"""Sentences of a chunk: enough to sort them by length, few enough to lose little when stopped."""
DOCUMENTS = 1024
"""Documents of a chunk that are set aside without a sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a chunk ended: before `sentence` of document `item` of input `source`, from 0."""

    source: int = 0
    item: int = 0
    sentence: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A document, or why it is none, and where it stood; `size`: bytes that were read for it."""

    source: int
    item: int
    content: Document | SetAside
    size: int = 0


@dataclass
class Chunk:
    """Passages to be scored together, what was set aside between them, and where to go on."""

    passages: list[Passage] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    sentences: int = 0
    size: int = 0
    after: Position = field(default_factory=Position)

    @property
    def is_full(self) -> bool:
        """Whether the next passage begins a new chunk."""
        return self.sentences >= SENTENCES or len(self.set_aside) >= DOCUMENTS


def chunks(items: Iterable[Item], start: Position) -> Iterator[Chunk]:
    """Yield the `items`, which begin at `start`, in chunks; the same items give the same chunks.

    A document that has no sentence to score, or one that cannot be, is set aside.
    """
    chunk = Chunk()
    for item in items:
        chunk.size += item.size
        if isinstance(item.content, SetAside):
            chunk.set_aside.append(item.content)
        else:
            here = start.sentence if (item.source, item.item) == (start.source, start.item) else 0
            try:
                for passage in passages(item.content, SENTENCES, here):
                    chunk.passages.append(passage)
                    chunk.sentences += len(passage.spans)
                    if not passage.last:
                        done = passage.first + len(passage.spans)
                        chunk.after = Position(item.source, item.item, done)
                        yield chunk
                        chunk = Chunk()
            except InputError as fault:
                chunk.set_aside.append(SetAside.of(item.content, fault))
        chunk.after = Position(item.source, item.item + 1)
        if chunk.is_full:
            yield chunk
            chunk = Chunk()
    if chunk.passages or chunk.set_aside:
        yield chunk
