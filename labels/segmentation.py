"""Cut a document into sentences without ever losing the place: `document[start:end] == text`.

The boundaries are those of sentencex (Wikimedia's rule-based segmenter), found within the blocks
of `stancekit.labels.layout`. Two things that policy texts are full of are added: footnote numbers
glued to a full stop ("development.45 The next") and sentence ends inside a quotation.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sentencex import get_sentence_boundaries

from stancekit.labels.layout import CONTENT, Block, lay_out

__all__ = ["Span", "segment"]

# A footnote number stands behind a full stop that ends a word, a bracket or a year, so that "2.5"
# and "No.5" stay whole; several numbers may follow each other ("panels.27 28 Meanwhile").
_FOOTNOTE = re.compile(
    r"(?:(?<=[^\W\d_]{2}[.!?])|(?<=[)\]”’\"'][.!?])|(?<=[.!?][”’\"')\]])|(?<=\b(?:19|20)\d\d[.]))"  # noqa: RUF001
    r"(?<!\bNo\.)(?<!\bNos\.)(?<!\bArt\.)(?<!\bVol\.)(?<!\bpp\.)"
    r"\d{1,3}(?:[\s,]\d{1,3})*(?=\s+[\"'“‘(\[]*[A-Z]|\s*$)"  # noqa: RUF001
)
_DOUBLE_QUOTE = re.compile(r"[“”\"«»]")
_CLOSING = re.compile(r"[”’\"'»)\]]+(?=\s|$)")  # noqa: RUF001
_ASKED_OR_EXCLAIMED = re.compile(r"[!?][”\"»]$")
# The month is no abbreviation at the end of a sentence ("in May. Firms").
_MONTH = re.compile(r"\b(?:in|of|since|until|by|last|this|next|late|early) May\.(?=\s+[A-Z])")
_GOES_ON = re.compile(r"\s+[a-z](?![A-Z])")  # "bn. in", but not "sold. iPhones"
_ATTRIBUTION = re.compile(
    r"\s+(?:[A-Z][\w’'-]*\s|the\s|[a-z]+\s){0,3}"  # noqa: RUF001
    r"(?:said|says|told|asked|asks|added|adds|wrote|writes|warned|argued|noted|explained|replied)\b"
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `[start, end)` of a document and what they are (see `layout.KINDS`)."""

    start: int
    end: int
    kind: str


def segment(text: str, excluded: Sequence[Span] | None = None) -> list[Span]:
    """Return the sentences of `text` (kind `content`) and the spans that are not article text.

    Spans are in order, never overlap and carry no outer white space; outside them are only white
    space and list signs. `excluded` names what is not article text when somebody has marked it by
    hand; without it the form of the page decides (`layout.lay_out`).

    >>> text = "Beijing opened the market.12 Firms came."
    >>> [(text[span.start:span.end], span.kind) for span in segment(text)]
    [('Beijing opened the market.', 'content'), ('12', 'footnote'), ('Firms came.', 'content')]
    """
    blocks = lay_out(text) if excluded is None else _marked(text, excluded)
    return list(_spans(text, blocks))


def _marked(text: str, excluded: Sequence[Span]) -> Iterator[Block]:
    """Yield the blocks of `text`, cut where the hand-marked spans begin and end."""
    marked = sorted(excluded, key=lambda span: span.start)
    for block in lay_out(text):
        position = block.start
        for span in marked:
            if span.end <= position or span.start >= block.end:
                continue
            yield from _rest(text, position, span.start)
            start, end = max(span.start, block.start), min(span.end, block.end)
            yield Block(start, end, span.kind)
            position = end
        yield from _rest(text, position, block.end)


def _rest(text: str, start: int, end: int) -> Iterator[Block]:
    chunk = text[start:end]
    if chunk.strip():
        start += len(chunk) - len(chunk.lstrip())
        yield Block(start, start + len(chunk.strip()), CONTENT)


def _spans(text: str, blocks: Iterable[Block]) -> Iterator[Span]:
    for block in blocks:
        if block.kind != CONTENT:
            yield Span(block.start, block.end, block.kind)
            continue
        position = block.start
        for footnote in _FOOTNOTE.finditer(text, block.start, block.end):
            yield from _sentences(text, position, footnote.start())
            yield Span(footnote.start(), footnote.end(), "footnote")
            position = footnote.end()
        yield from _sentences(text, position, block.end)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the sentences of `text[start:end]`, a stretch without footnotes."""
    chunk = text[start:end]
    cuts = [0, *_cuts(chunk), len(chunk)]
    for left, right in pairwise(cuts):
        sentence = chunk[left:right]
        first = start + left + len(sentence) - len(sentence.lstrip())
        last = start + left + len(sentence.rstrip())
        if first < last:
            yield Span(first, last, CONTENT if _LETTER.search(sentence) else "symbols")


def _cuts(chunk: str) -> Iterator[int]:
    """Yield where sentences end inside `chunk`, closing quotation marks and brackets included."""
    # sentencex keeps a quotation of many sentences whole, so it sees spaces for quotation marks
    # and soft line breaks: of the same length, so that offsets hold.
    plain = re.sub(r"\s", " ", _DOUBLE_QUOTE.sub(" ", chunk))
    ends = {boundary["end_index"] for boundary in get_sentence_boundaries("en", plain)}
    ends |= {month.end() for month in _MONTH.finditer(plain)}
    for end in sorted(ends):
        cut = len(plain[:end].rstrip())
        closing = _CLOSING.match(chunk, cut)
        if closing:
            cut = closing.end()
        if _GOES_ON.match(chunk, cut):
            continue
        if _ASKED_OR_EXCLAIMED.search(chunk, max(0, cut - 4), cut) and _ATTRIBUTION.match(
            chunk, cut
        ):
            continue
        if 0 < cut < len(chunk):
            yield cut
