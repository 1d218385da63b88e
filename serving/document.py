"""What is scored: a text with its identifier and metadata, or why it cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stancekit.labels.segmentation import Span

__all__ = ["Document", "SetAside"]


@dataclass(frozen=True, slots=True)
class Document:
    """A text to score; `excluded` marks what is not article text, None leaves that to its form."""

    id: str
    text: str
    metadata: Mapping[str, object] = field(default_factory=dict)
    excluded: Sequence[Span] | None = None
    one_sentence: bool = False
    place: str = ""

    @property
    def where(self) -> str:
        """File and line if they are known, else the identifier: what messages begin with."""
        return self.place or self.id


@dataclass(frozen=True, slots=True)
class SetAside:
    """A document that is not scored: where it stood, and what is wrong with it.

    `place` is the file, with the line or row if it is one of many; `document` its identifier, ""
    where it could not even be read that far.
    """

    document: str
    place: str
    reason: str
