"""Word files in: the paragraphs of the body, read as a stream, and what the file says of itself."""

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from stancekit.serving.documents.streams import LONGEST_DOCUMENT
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["FAULTS", "PARTS", "word_document"]

_BODY = "word/document.xml"
_PROPERTIES = "docProps/core.xml"
PARTS = (_BODY, _PROPERTIES)
"""What is read of the archive that a Word file is."""
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"

# What a drawing says once more for old readers, and where text stood that was moved.
_PASSED_OVER = (f"{_COMPATIBILITY}Fallback", f"{_WORD}moveFrom", f"{_STRICT}moveFrom")
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_MARKUP = 20
"""Bytes of XML that a character of text may take."""
_DEEPEST = 1000
"""Elements within each other; Word needs some dozens."""
_BLOCK = 2**16
_OLE = b"\xd0\xcf\x11\xe0"

FAULTS = (zipfile.BadZipFile, ParseError, RuntimeError, EOFError, ValueError, LookupError)
"""What zipfile raises for damage, encryption, other compressions, an end too early and names that
are no UTF-8, and what the parser does for encodings that it does not know."""


def word_document(stream: BinaryIO) -> tuple[str, dict[str, str]]:
    """Return the paragraphs of a .docx file, set apart, and title, author and date, "" if unknown.

    Text that was deleted under revision is left out. Raises Unreadable if the file is damaged,
    encrypted or larger than a document may be.
    """
    if stream.read(len(_OLE)) == _OLE:
        raise Unreadable("is encrypted, or a .doc file under another name")
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if _BODY not in archive.namelist():
                raise Unreadable(f"is not DOCX (it holds no {_BODY})")
            text = "\n\n".join(_bounded(_paragraphs(_elements(archive, _BODY))))
            has_properties = _PROPERTIES in archive.namelist()
            metadata = _properties(_elements(archive, _PROPERTIES) if has_properties else iter(()))
    except FAULTS as fault:
        raise Unreadable(f"is not DOCX ({fault})") from None
    return text, metadata


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, Element]]:
    """Yield (start or end, element) as they are read; raises Unreadable for a bomb."""
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    size = 0
    around: list[Element] = []
    with archive.open(name) as part:
        while block := part.read(_BLOCK):
            size += len(block)
            if size > _MARKUP * LONGEST_DOCUMENT:
                raise Unreadable(f"holds more than {_MARKUP * LONGEST_DOCUMENT:,} bytes of XML")
            # Word writes none; entities are what XML bombs are made of.
            if size == len(block) and re.search(rb"<!DOCTYPE|<!ENTITY", block):
                raise Unreadable("is not DOCX (its XML declares a document type)")
            parser.feed(block)
            yield from _events(parser, around)
    parser.close()
    yield from _events(parser, around)


def _events(
    parser: "XMLPullParser[Element]", around: list[Element]
) -> Iterator[tuple[str, Element]]:
    """Yield what was parsed; `around` holds the elements that are open, and of each no child."""
    events = cast("Iterator[tuple[str, Element]]", parser.read_events())
    for event, element in events:
        yield event, element
        if event == "start":
            around.append(element)
            if len(around) > _DEEPEST:
                raise Unreadable(f"holds more than {_DEEPEST:,} elements within each other")
            continue
        element.clear()
        around.pop()
        if around:
            # Else the element around would keep an empty one for each that there was.
            del around[-1][:]


def _paragraphs(elements: Iterator[tuple[str, Element]]) -> Iterator[str]:
    """Yield each paragraph that is not empty; one in a text box comes before the one around it."""
    open_paragraphs: list[list[str]] = []
    passed_over = 0
    for event, element in elements:
        if element.tag in _PASSED_OVER:
            passed_over += 1 if event == "start" else -1
        tag = element.tag.removeprefix(_WORD).removeprefix(_STRICT)
        if tag == "p" and event == "start":
            open_paragraphs.append([])
        elif tag == "p":
            text = "".join(open_paragraphs.pop()).strip()
            if text:
                yield text
        elif open_paragraphs and event == "end" and not passed_over:
            open_paragraphs[-1].append(element.text or "" if tag == "t" else _SIGNS.get(tag, ""))


def _bounded(paragraphs: Iterator[str]) -> Iterator[str]:
    length = 0
    for paragraph in paragraphs:
        length += len(paragraph)
        if length > LONGEST_DOCUMENT:
            raise Unreadable(f"is longer than {LONGEST_DOCUMENT:,} characters")
        yield paragraph


def _properties(elements: Iterator[tuple[str, Element]]) -> dict[str, str]:
    tags = {
        f"{_DUBLIN_CORE}title": "title",
        f"{_DUBLIN_CORE}creator": "author",
        f"{_TERMS}created": "date",
    }
    found = dict.fromkeys(tags.values(), "")
    for event, element in elements:
        if event == "end" and element.tag in tags:
            found[tags[element.tag]] = (element.text or "").strip()
    return found
