"""Which documents are not worth scoring: no text, not text, no sentences, another language."""

import re

from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import segment
from stancekit.serving.document import Document, SetAside, quotes_fault
from stancekit.serving.documents.language import LANGUAGES, foreign_language
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.streams import LONGEST_DOCUMENT

__all__ = ["is_of_another_language", "screened", "unfit"]

_WRITTEN = "is written in "

_HALF = re.compile("[\ud800-\udfff]")


def screened(document: Document, options: ReadingOptions) -> Document | SetAside:
    """Return `document` if it can be scored, else why it is set aside.

    The language is judged so that English passes: of the 7,391 English sentences written for
    training and the five seed documents none is taken for another language, nor is any stretch of
    5, 8 or 12 words of those sentences. Of 60 French, German, Spanish, Chinese, Russian and
    Japanese texts, 9 to 400 characters long (34 of them in the tests), all but one (39 letters of
    French) are noticed. A text half of which is English passes whole.
    """
    if options.longest is not None and len(document.text) > options.longest:
        reason = f"is longer than {options.longest:,} characters"
    else:
        reason = unfit(document, options.language) or _without_sentence(document)
    return SetAside(document.id, document.where, reason) if reason else document


def unfit(document: Document, language: str | None) -> str:
    """Return why the text of `document` is not worth cutting into sentences, "" if it is.

    Where there is a sentence in it, `screened` says the same; this costs much less.
    """
    reason = _unreadable(document.text)
    if reason:
        return reason
    written = foreign_language(document.text, language) if language else None
    if language and written:
        return (
            f"{_WRITTEN}{written}, expected {LANGUAGES[language]};"
            " --language any scores it all the same"
        )
    return "" if document.one_sentence else quotes_fault(document.text)


def is_of_another_language(own: SetAside) -> bool:
    """Whether `unfit` set a document aside for its language."""
    return own.reason.startswith(_WRITTEN)


def _unreadable(text: str) -> str:
    if not text.strip():
        return "is empty"
    if len(text) > LONGEST_DOCUMENT:
        return f"is longer than {LONGEST_DOCUMENT:,} characters"
    if "\x00" in text:
        return f"holds a NUL character at {text.index(chr(0))}: is it a text file?"
    if not text.isascii() and _HALF.search(text):
        return "holds half of a character (a lone surrogate)"
    return ""


def _without_sentence(document: Document) -> str:
    if document.one_sentence:
        letters = any(character.isalpha() for character in document.text)
        return "" if letters else f"expected words, given {document.text.strip():.20}"
    kinds = {span.kind for span in segment(document.text, document.excluded)}
    if CONTENT in kinds:
        return ""
    return f"holds no sentence to score (only {', '.join(sorted(kinds))})"
