"""Files that are one document each: texts, pages, PDF and Word files."""

from collections.abc import Iterator
from typing import BinaryIO

from stancekit.serving.document import Document
from stancekit.serving.documents.docx import word_document
from stancekit.serving.documents.encodings import decode
from stancekit.serving.documents.html import page
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.pdf import pdf_document
from stancekit.serving.documents.streams import seekable, whole

__all__ = ["read_docx", "read_html", "read_pdf", "read_text"]


def read_text(stream: BinaryIO, place: str, options: ReadingOptions) -> Iterator[Document]:
    """Yield the text as it is, decoded; raises Unreadable if its encoding is not certain."""
    text = decode(whole(stream))
    yield Document(place, text, {}, None, options.one_sentence)


def read_html(stream: BinaryIO, place: str, options: ReadingOptions) -> Iterator[Document]:
    """Yield the article of a page, with what the page says of it as metadata."""
    text, metadata = page(whole(stream))
    yield Document(place, text, metadata, None, options.one_sentence)


def read_pdf(stream: BinaryIO, place: str, options: ReadingOptions) -> Iterator[Document]:
    """Yield the running text of a PDF."""
    with seekable(stream) as source:
        text = pdf_document(source)
    yield Document(place, text, {}, None, options.one_sentence)


def read_docx(stream: BinaryIO, place: str, options: ReadingOptions) -> Iterator[Document]:
    """Yield the paragraphs of a Word file, with what the file says of itself as metadata."""
    with seekable(stream) as source:
        text, metadata = word_document(source)
    yield Document(place, text, metadata, None, options.one_sentence)
