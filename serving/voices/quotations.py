"""Where a document quotes: spans between quotation marks, also over sentences and paragraphs.

British and American, curly and straight marks, guillemets, and the habit of opening every paragraph
of a long quotation anew without closing the one before. An apostrophe is no mark. The text is read
once, from left to right; a mark that nothing closes quotes nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Quotation", "quotations"]

_MARK = re.compile("[“”„«»\"‘’']")  # noqa: RUF001
# A paragraph ends at a blank line, or at a line end behind the end of a sentence.
_BREAK = re.compile(r"\n[^\S\n]*\n|(?<=[.!?:…”\"’')»])[^\S\n]*\n")  # noqa: RUF001
_OPENING, _CLOSING, _EITHER = "opening", "closing", "either"
_DOUBLE, _SINGLE = "double", "single"


@dataclass(frozen=True, slots=True)
class Quotation:
    """Characters `[start, end)` of a document, marks included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mark:
    place: int
    family: str
    side: str
    paragraph: int
    begins_paragraph: bool
    hard: bool  # whether a blank line stands before its paragraph


def quotations(text: str) -> list[Quotation]:
    """Return the outermost quotations of `text` in order; they never overlap.

    >>> text = "“We must act. Now,” Li said of the 'long march'."
    >>> [text[quote.start:quote.end] for quote in quotations(text)]
    ['“We must act. Now,”', "'long march'"]
    """
    if not _MARK.search(text):
        return []
    families: dict[str, list[_Mark]] = {_DOUBLE: [], _SINGLE: []}
    for mark in _marks(text):
        families[mark.family].append(mark)
    found = [quote for marks in families.values() for quote in _paired(marks, text)]
    return list(_outermost(sorted(found, key=lambda quote: (quote.start, -quote.end)), text))


def _outermost(found: list[Quotation], text: str) -> Iterator[Quotation]:
    """Yield the quotations of a sorted list that lie in no other; of two that cross, the double."""
    kept: Quotation | None = None
    for quote in found:
        if kept is None:
            kept = quote
        elif quote.start >= kept.end:
            yield kept
            kept = quote
        elif quote.end > kept.end and text[kept.start] in "‘'":  # noqa: RUF001
            kept = quote
    if kept is not None:
        yield kept


def _marks(text: str) -> Iterator[_Mark]:
    breaks = [(found.end(), found.group().count("\n") > 1) for found in _BREAK.finditer(text)]
    ends = [end for end, _ in breaks]
    before = 0
    for found in _MARK.finditer(text):
        place = found.start()
        paragraph = bisect_right(ends, place)
        first, hard = breaks[paragraph - 1] if paragraph else (0, True)
        # Nothing but white space stands before a mark that begins its paragraph.
        begins = place == first or (before <= first and text[first:place].isspace())
        side = _side(text, place)
        before = place + 1
        if side:
            family = _SINGLE if found.group() in "‘’'" else _DOUBLE  # noqa: RUF001
            yield _Mark(place, family, side, paragraph, begins, hard)


def _side(text: str, place: int) -> str:
    """Return what the mark at `place` can be, "" for an apostrophe or a sign of inches."""
    mark = text[place]
    if mark in "“„«":
        return _OPENING
    if mark in "”»":
        return _CLOSING
    before = text[place - 1] if place else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    opens = not (before.isalnum() or before in ".,!?;%") and not after.isspace()
    closes = not after.isalnum() and not before.isspace()
    if mark == "‘":  # noqa: RUF001
        closes = False
    elif mark == "’":  # noqa: RUF001
        opens = False
    elif mark == "'":
        opens = opens and not closes and not after.isdigit()
    if opens and closes:
        return _EITHER
    return (_OPENING if opens else "") or (_CLOSING if closes else "")


def _paired(marks: list[_Mark], text: str) -> Iterator[Quotation]:
    """Yield the quotations that the marks of one family make."""
    opened: _Mark | None = None
    last = 0  # the paragraph that the open quotation is known to reach
    possessive: _Mark | None = None  # "firms'" closes only if nothing behind it does
    for mark in marks:
        if opened is not None and mark.paragraph != last:
            follows = mark.paragraph == last + 1
            if follows and mark.begins_paragraph and mark.side != _CLOSING:
                last = mark.paragraph
                continue
            if not (follows and mark.side == _CLOSING and not mark.hard):
                if possessive is not None:
                    yield Quotation(opened.place, possessive.place + 1)
                opened = possessive = None
        if opened is None:
            if mark.side != _CLOSING:
                opened, last = mark, mark.paragraph
        elif mark.side == _OPENING:
            if possessive is not None:
                yield Quotation(opened.place, possessive.place + 1)
            opened, possessive, last = mark, None, mark.paragraph
        elif mark.family == _SINGLE and _is_possessive(text, mark.place):
            possessive = possessive or mark
        else:
            yield Quotation(opened.place, mark.place + 1)
            opened = possessive = None
    if opened is not None and possessive is not None:
        yield Quotation(opened.place, possessive.place + 1)


def _is_possessive(text: str, place: int) -> bool:
    return text[place - 1] in "sz" and bool(re.match(r" [a-z]", text[place + 1 : place + 3]))
