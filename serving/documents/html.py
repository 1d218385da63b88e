"""Web pages in: the article without the page around it, found by trafilatura."""

import logging
import re

from stancekit.serving.documents.encodings import decode
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["LARGEST_PAGE", "page"]

_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,40})", re.I
)
# What pages call Latin-1 and GB 2312 is more than that, as the HTML standard says.
_MEANT = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
}
LARGEST_PAGE = 5_000_000
"""Bytes; the markup of an article takes some 100,000."""


def page(content: bytes) -> tuple[str, dict[str, str]]:
    """Return the article of a page, its paragraphs set apart, and its metadata, "" where unknown.

    Nothing is fetched. Raises Unreadable if the encoding is not certain or there is no article.
    """
    if len(content) > LARGEST_PAGE:
        raise Unreadable(f"is a page of more than {LARGEST_PAGE:,} bytes")
    markup = _decoded(content)
    if not markup.strip():
        raise Unreadable("is empty")
    if "\x00" in markup:
        raise Unreadable(f"holds a NUL character at {markup.index(chr(0))}: is it a text file?")
    article = _article(markup)
    names = ("title", "publisher", "author", "date", "address")
    given = ("title", "sitename", "author", "date", "url")
    metadata = {
        name: str(getattr(article, attribute, None) or "")
        for name, attribute in zip(names, given, strict=True)
    }
    text = getattr(article, "text", None) or ""
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    if not paragraphs:
        raise Unreadable("holds no article text")
    return "\n\n".join(paragraphs), metadata


def _article(markup: str) -> object:
    for name in ("trafilatura", "htmldate", "justext"):
        # A page that is odd is our message to give, not theirs.
        logging.getLogger(name).addHandler(logging.NullHandler())
    from lxml.etree import LxmlError  # noqa: PLC0415  (packages of the extra `documents`)
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415
    from trafilatura import bare_extraction  # noqa: PLC0415

    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        tree = document_fromstring(markup.encode("utf-8", errors="replace"), parser=parser)
    except (LxmlError, ValueError) as fault:
        raise Unreadable(f"is not HTML ({fault})") from None
    return bare_extraction(tree, with_metadata=True, include_comments=False, deduplicate=False)


def _decoded(content: bytes) -> str:
    """Return the page as text: as UTF-8, else as it says of itself, else as is certain."""
    declared = _DECLARED.search(content[:4096])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        name = declared.group(1).decode().lower() if declared else "utf-8"
    try:
        return content.decode(_MEANT.get(name, name))
    except (UnicodeError, LookupError):  # the codec "undefined" raises it bare
        return decode(content)
