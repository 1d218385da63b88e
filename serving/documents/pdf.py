"""PDF in: the running text of the pages, its lines joined to paragraphs again."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from stancekit.serving.documents.streams import LONGEST_DOCUMENT
from stancekit.serving.documents.unreadable import Unreadable

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["paragraphs", "pdf_document"]

_TERMINATED = re.compile(r"[.!?…:;][\"'”’)\]]*\d{0,3}$")  # noqa: RUF001
_HYPHENATED = re.compile(r"([^\W\d_]+)[-\xad‐]$")  # noqa: RUF001
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PAGE_NUMBER = re.compile(r"(?:page\s)?[\divxl]{1,4}(?:\s(?:of|/)\s\d{1,4})?", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_FULL = 0.85
"""Share of the usual width from which a line is full, so that the next one goes on."""
_SHORT = 0.6
_EDGE = 2
"""Lines at the top and the bottom of a page that can be a running header or footer."""


def pdf_document(stream: BinaryIO) -> str:
    """Return the text of a PDF, its paragraphs set apart.

    Headers and footers that stand on most pages are left out. Raises Unreadable if the file is
    damaged, asks for a password, or holds pictures of text only.
    """
    from pypdf import PdfReader  # noqa: PLC0415  (a package of the extra `documents`)

    logging.getLogger("pypdf").addHandler(logging.NullHandler())
    try:
        reader = PdfReader(stream, strict=False)
        pages = list(_pages(reader))
    except Unreadable:
        raise
    except Exception as fault:  # noqa: BLE001  (a damaged PDF makes pypdf raise anything)
        reason = (str(fault).splitlines() or [""])[0][:200] or type(fault).__name__
        raise Unreadable(f"is not PDF that can be read ({reason})") from None
    if not any(pages):
        raise Unreadable("holds no text: is it a scan? (text recognition would be needed)")
    return "\n\n".join(paragraphs(pages))


def _pages(reader: "PdfReader") -> Iterator[list[str]]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is encrypted: a password opens it")
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        length += len(text)
        if length > LONGEST_DOCUMENT:
            raise Unreadable(f"is longer than {LONGEST_DOCUMENT:,} characters")
        yield [line.strip() for line in text.strip().split("\n")] if text.strip() else []


def paragraphs(pages: Sequence[Sequence[str]]) -> list[str]:
    """Return the paragraphs of the lines of pages, words that were hyphenated whole again.

    A hyphen at the end of a line stays if the document has that word with it elsewhere.

    >>> paragraphs([["The govern-", "ment of state-", "owned firms.", "", "State-owned. Owned."]])
    ['The government of state-owned firms.', 'State-owned. Owned.']
    """
    lines = _without_edges(pages)
    words = {word.lower() for line in lines for word in _WORDS.findall(line)}
    widths = sorted(len(line) for line in lines if line)
    width = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    found: list[str] = []
    previous = ""
    for line in lines:
        if line and previous and not _is_end(previous, line, width):
            found[-1] = _joined(found[-1], line, words)
        elif line:
            found.append(line)
        previous = line
    return found


def _without_edges(pages: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines without running headers, footers and page numbers."""
    seen = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    lines: list[str] = []
    for page in pages:
        edges = set(_edges(page))
        for line in page:
            repeated = len(pages) > 2 and seen[_key(line)] > len(pages) / 2
            if line in edges and (repeated or _PAGE_NUMBER.fullmatch(line)):
                continue
            lines.append(line)
    return lines


def _edges(page: Sequence[str]) -> list[str]:
    lines = [line for line in page if line]
    return lines[:_EDGE] + lines[-_EDGE:]


def _key(line: str) -> str:
    return _DIGITS.sub("#", line)


def _is_end(line: str, following: str, width: int) -> bool:
    """Whether a paragraph ends with `line`, so far as that can be seen without the page."""
    if _HYPHENATED.search(line) or following[0].islower():
        return False
    if _TERMINATED.search(line):
        return len(line) < _FULL * width
    return len(line) < _SHORT * width


def _joined(text: str, line: str, words: set[str]) -> str:
    hyphenated, following = _HYPHENATED.search(text), _FIRST_WORD.match(line)
    if not hyphenated or not following or not following.group()[0].islower():
        return f"{text}{'' if hyphenated else ' '}{line}"
    before, after = hyphenated.group(1).lower(), following.group().lower()
    is_compound = f"{before}-{after}" in words and before + after not in words
    return (text if is_compound else text[:-1]) + line
