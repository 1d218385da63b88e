"""Lay a plain-text document out in blocks: which lines belong together, which are article text.

A block is a paragraph, a list item or a heading, as character offsets into the document. Blocks
that are not article text carry the reason as their `kind`. The rules look at form (length, final
punctuation, list signs, a few fixed phrases of web pages), never at what is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

__all__ = ["CONTENT", "KINDS", "Block", "lay_out"]

CONTENT = "content"
KINDS = {
    CONTENT: "a sentence of the article",
    "heading": "a title, a section heading or a standfirst that only names the topic",
    "caption": "the caption or credit of a picture, figure or table",
    "byline": "author, date, or a note on the author",
    "boilerplate": "menus, share counters, links, teasers and other furniture of the page",
    "note": "an editorial or legal note about the text itself",
    "repeat": "a pull quote or another repetition of article text",
    "footnote": "a footnote number in the running text",
    "symbols": "signs without a single letter",
}

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_BLANK_LINE = re.compile(
    r"(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])[^\S\n\r]*(?:\r\n|[\n\r\x0b\x0c])"
)
_LIST_SIGN = re.compile(
    r"\s*(?:(?:[•‣◦▪●○■□·*+\-–—🞛▶►»]|>+)\s+)+"  # noqa: RUF001  (the signs that pages use)
    r"|\s*(?:\d{1,2}[.)]|\(\d{1,2}\)|[a-z]\)|\([a-z]\))\s+(?=\S)"
)
_TERMINATED = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*(?:\d{1,3}(?:\s\d{1,3})*)?\s*$")  # noqa: RUF001
_LETTER = re.compile(r"[^\W\d_]")

_HEADING_WORDS = 20
_WRAP_COLUMNS = range(45, 121)

_CAPTION = re.compile(
    r"^(?:Figure|Fig\.|Exhibit|Table|Chart|Box)\s\d+\w?(?:\s*$|\s*[.:|–—-]|\s+[A-Z(])"  # noqa: RUF001
    r"|^(?i:cover illustration\b|(?:photo|image|picture|illustration|credit)s?\s*(?::|credit))"
    r"|^(?:Photo|Image|Picture|Illustration)s?\sby\s[A-Z]|\[(?:Photo|Image|File photo)\b"
    r"|\b(?:Photo|Image|Picture|Illustration)s?:\s[^.!?]{1,60}\.?$"
)
_DATE = re.compile(
    r"^\s*(?:\w+day,?\s)?(?:\d{1,2}(?:st|nd|rd|th)?\s)?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.?\s(?:\d{1,2}(?:st|nd|rd|th)?,?\s)?"
    r"\d{4}(?:[\s,|-]+\d{1,2}:\d{2}.{0,12})?\s*$"
)
_BYLINE = re.compile(
    r"^\s*(?:By|Written by|Reporting by|Edited by)\s"
    r"[A-Z][\w.’'-]+(?:[\s,&]+(?:and\s)?[A-Z][\w.’'-]+){0,7}\s*$"  # noqa: RUF001
)
_ABOUT_AUTHOR = re.compile(
    r"^\s*(?:#+\s*)?About the (?:author|contributor)s?\s*:?\s*$", re.IGNORECASE
)
# Each pattern bounds what may follow its phrase, so that a paragraph which merely holds the phrase
# stays content.
_FURNITURE = re.compile(
    r"^(?:\d+\s(?:comments?|shares?|likes?|views?)(?:\s*\|.{0,40})?"
    r"|share(?:\s(?:it|this|on|via)\b[^.]{0,30})?|comments?|(?:tags?|posted in|filed under):.{0,80}"
    r"|(?:estimated )?reading time:?[^.]{0,20}|\d+[\s-]min(?:ute)?s?\sread"
    r"|(?:subscribe|sign up|log in|sign in|newsletter|follow us|advertisement|read more|learn more"
    r"|get more with|related (?:articles|stories)|most read|you may also like|listen to this"
    r"|skip to)\b(?:[^.!?]{0,60}|.{0,40}\b(?:our|newsletter|account|app|here|now)\b.{0,20})"
    r"|.{0,160}\bclick here\b.{0,80}"
    r"|.{0,60}\b(?:all rights reserved|cookie policy|terms of use)\b.{0,40}"
    r"|read the full\b.{0,60}|©.{0,80}|copyright\s(?:©|\d{4}).{0,80}|\[?\s*https?://\S+\s*\]?"
    r"|.{0,40}\blogo|exclusive:\s[^.]{0,100})$",
    re.IGNORECASE,
)
_AUTHOR_BLOCKS = 6
"""Names and notes that a box about the authors holds at most."""
_MARKDOWN = re.compile(r"^\s*(?:\||!\[|[-*_=]{3,}\s*$|<!--)")
_MARKDOWN_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_FENCE = re.compile(r"^\s*(?:```|~~~)")


@dataclass(frozen=True, slots=True)
class Block:
    """Characters `[start, end)` of a document, without outer white space and list signs."""

    start: int
    end: int
    kind: str


def lay_out(text: str) -> list[Block]:
    """Return the blocks of `text` in order; they never overlap.

    What lies between them is white space and list signs. If nothing would be left as content (a
    lone headline, say), headings count as content.
    """
    blocks = list(_classified(text))
    if not any(block.kind == CONTENT for block in blocks):
        blocks = [replace(b, kind=CONTENT) if b.kind == "heading" else b for b in blocks]
    return blocks


def _classified(text: str) -> Iterator[Block]:
    raw = list(_raw_blocks(text))
    fences = [n for n, (start, end, _) in enumerate(raw) if _FENCE.match(text[start:end])]
    # A fence that nothing closes hides nothing.
    fenced = {n for a, b in zip(fences[::2], fences[1::2], strict=False) for n in range(a, b + 1)}
    author_blocks = 0
    for n, (start, end, is_item) in enumerate(raw):
        chunk = text[start:end]
        kind = "boilerplate" if n in fenced else _kind(chunk, is_item)
        if _ABOUT_AUTHOR.match(chunk):
            kind, author_blocks = "byline", _AUTHOR_BLOCKS
        elif author_blocks:
            author_blocks -= 1
            kind = "byline" if kind in ("heading", CONTENT) else kind
        yield Block(start, end, kind)


def _kind(chunk: str, is_item: bool) -> str:
    if not _LETTER.search(chunk):
        return "symbols"
    if _FURNITURE.match(chunk) or _MARKDOWN.match(chunk):
        return "boilerplate"
    if _CAPTION.search(chunk):
        return "caption"
    if _DATE.match(chunk) or _BYLINE.match(chunk):
        return "byline"
    short = not is_item and len(chunk.split()) <= _HEADING_WORDS
    if _MARKDOWN_HEADING.match(chunk) or (short and not _TERMINATED.search(chunk)):
        return "heading"
    return CONTENT


def _raw_blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether it is a list item) of each block."""
    paragraphs = [
        [(text[start:end], start, end) for start, end in lines] for lines in _paragraphs(text)
    ]
    columns = _wrap_columns([[line for line, _, _ in lines] for lines in paragraphs])
    for lines in paragraphs:
        wrapped = _is_wrapped([line for line, _, _ in lines], columns)
        inside = _inside_sentences([line for line, _, _ in lines])
        block: tuple[int, int, bool] | None = None
        for number, (line, start, _) in enumerate(lines):
            sign = _LIST_SIGN.match(line)
            if block is not None and sign is None and (wrapped or number in inside):
                block = (block[0], start + len(line.rstrip()), block[2])
                continue
            if block is not None:
                yield block
            if sign is not None and sign.end() == len(line):
                block = None
                continue
            is_item = sign is not None and not sign.group().strip()[0].isdigit()
            lead = sign.end() if sign else len(line) - len(line.lstrip())
            block = (start + lead, start + len(line.rstrip()), is_item)
        if block is not None:
            yield block


def _paragraphs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Yield the lines, as offsets, of each run of lines without a blank line between them."""
    run: list[tuple[int, int]] = []
    previous_end = 0
    for line in _LINE.finditer(text):
        if not line.group().strip():
            continue
        if run and _BLANK_LINE.search(text, previous_end, line.start()):
            yield run
            run = []
        run.append(line.span())
        previous_end = line.end()
    if run:
        yield run


def _wrap_columns(paragraphs: list[list[str]]) -> int:
    """Return the width at which an editor broke the lines of a document, 0 if none did."""
    widths = [_width(lines) for lines in paragraphs if len(lines) > 2 and _is_full(lines)]
    return max((width for width in widths if width in _WRAP_COLUMNS), default=0)


def _is_wrapped(lines: list[str], columns: int) -> bool:
    if len(lines) < 2 or not _is_full(lines):
        return False
    goes_on = all(line.lstrip()[0].islower() for line in lines[1:])
    return goes_on or (columns > 0 and columns - 15 <= _width(lines) <= columns)


def _inside_sentences(lines: list[str]) -> set[int]:
    """Return the lines that go on with a sentence of the line before, wherever lines were broken.

    A sentence goes on where a line without an end is followed by one that begins with a small
    letter, and from there to the line where it ends; what never ends is a menu or a list of words.
    """
    inside: set[int] = set()
    chain: list[int] = []
    for number, (before, line) in enumerate(pairwise(lines), start=1):
        if _TERMINATED.search(before) or not _LETTER.search(before) or _LIST_SIGN.match(line):
            chain = []
        elif chain or line.lstrip()[0].islower():
            chain.append(number)
        if chain and _TERMINATED.search(line):
            inside.update(chain)
    return inside


def _is_full(lines: list[str]) -> bool:
    """Whether each line is so long that the first word of the next one did not fit."""
    width = _width(lines)
    return all(
        len(line.rstrip()) + 1 + len(following.split()[0]) > width
        for line, following in pairwise(lines)
    )


def _width(lines: list[str]) -> int:
    return max(len(line.rstrip()) for line in lines)
