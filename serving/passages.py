"""Documents cut into sentences, and into passages of so many that memory stays bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import Span
from stancekit.serving.document import Document, cut
from stancekit.serving.voices import Voice, sentence_voice, voices

__all__ = ["Passage", "passages", "sentence_passage"]


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences of a document: all of them, unless it is long.

    `first` is the index of the first one in the document. `voices` says whose position each puts
    forward, by what stands around it, in other passages, too. `left_out` are the spans of the
    document that are no sentences, with the last passage only, which `last` says it is.
    """

    document: Document
    spans: Sequence[Span]
    voices: Sequence[Voice]
    first: int
    before: Span | None
    left_out: Sequence[Span]
    last: bool

    @property
    def texts(self) -> list[str]:
        """The sentences."""
        return [self.document.text[span.start : span.end] for span in self.spans]

    @property
    def contexts(self) -> list[str]:
        """The sentence before each one, "" at the beginning of the document."""
        spans = [self.before, *self.spans[:-1]]
        text = self.document.text
        return ["" if span is None else text[span.start : span.end] for span in spans]


def passages(document: Document, longest: int | None = None, start: int = 0) -> Iterator[Passage]:
    """Yield the passages of a document, of up to `longest` sentences, from sentence `start` on.

    Raises InputError that begins with the document's place if one of its sentences cannot be
    scored, or it has none.
    """
    spans = cut(document)
    content = [span for span in spans if span.kind == CONTENT]
    left_out = tuple(span for span in spans if span.kind != CONTENT)
    told = voices(document.text, content)
    size = longest or len(content)
    for first in range(start, len(content), size):
        last = first + size >= len(content)
        yield Passage(
            document,
            tuple(content[first : first + size]),
            told[first : first + size],
            first,
            content[first - 1] if first else None,
            left_out if last else (),
            last,
        )


def sentence_passage(id_: str, text: str, context: str = "", place: str = "") -> Passage:
    """Return one sentence, as it is, and the one before it as a passage of a document of both.

    Neither is checked. The voice is that of the sentence alone.
    """
    start = len(context) + 1 if context else 0
    whole = f"{context}\n{text}" if context else text
    document = Document(id_, whole, one_sentence=True, place=place)
    before = Span(0, len(context), CONTENT) if context else None
    own = (Span(start, len(whole), CONTENT),)
    return Passage(document, own, (sentence_voice(text),), 0, before, (), True)
