"""A sentence as the flat row that annotation tools carry along, and back."""

import hashlib
import json
from collections.abc import Mapping

from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT, KINDS
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence

__all__ = ["detail", "flat_row", "read_flat_row"]

IDENTITY = "sentence_id"
"""What a sentence's id is called in a row, as most tools keep `id` for their own numbers."""
_TEXTS = ("document", "kind", "origin", "context")
_NUMBERS = ("start", "end")
_OWN = {IDENTITY, "id", "text", "details", *_TEXTS, *_NUMBERS}


def flat_row(sentence: Sentence) -> dict[str, object]:
    """Return everything but text and labels, under the names that `read_flat_row` knows."""
    return {
        IDENTITY: sentence.id,
        **{name: getattr(sentence, name) for name in (*_TEXTS, *_NUMBERS)},
        "details": dict(sentence.details),
    }


def read_flat_row(row: Mapping[str, object], text: object, document: str, where: str) -> Sentence:
    """Return the sentence of a row; what is missing is filled in, so that `text` alone will do.

    The id is `sentence_id`, else `id`, else made of the text, so that it is the same each time;
    without a document the sentence belongs to `document`. Whatever else is in the row goes into
    `details`. Raises DataError for a value of the wrong type and for offsets that do not fit.
    """
    text = _checked(text, where)
    own = {
        "document": _text(row, "document", document, where),
        "kind": _one_of(row, "kind", (CONTENT, *KINDS), where),
        "origin": _one_of(row, "origin", (DOCUMENT, AUTHORED), where),
        "context": _text(row, "context", "", where),
    }
    digest = hashlib.sha256(f"{own['context']}\n{text}".encode()).hexdigest()
    named = IDENTITY if row.get(IDENTITY) not in (None, "") else "id"
    start = _number(row, "start", 0, where)
    end = _number(row, "end", start + len(text), where)
    if end - start != len(text):
        raise DataError(
            f"{where}: text has {len(text)} characters, its offsets span {end - start};"
            " was it changed?"
        )
    return Sentence(
        id=_text(row, named, f"{own['document']}:{digest[:12]}", where),
        document=own["document"],
        start=start,
        end=end,
        text=text,
        kind=own["kind"],
        origin=own["origin"],
        context=own["context"],
        details=_details(row, where),
    )


def _details(row: Mapping[str, object], where: str) -> dict[str, str]:
    details = row.get("details") or {}
    if not isinstance(details, Mapping):
        raise DataError(f"{where}: 'details' should be an object, given {details!r:.60}")
    rest = {name: value for name, value in row.items() if name not in _OWN}
    extra = {str(name): detail(value) for name, value in rest.items() if value not in (None, "")}
    return {**extra, **{str(name): detail(value) for name, value in details.items()}}


def detail(value: object) -> str:
    """Return a value of metadata as details of a sentence hold it: a text, or JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _checked(text: object, where: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: expected a text, given {text!r:.60}")
    if "\x00" in text:
        raise DataError(f"{where}: the text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise DataError(f"{where}: character {fault.start} of the text is half of one") from None
    return text


def _one_of(row: Mapping[str, object], name: str, known: tuple[str, ...], where: str) -> str:
    value = _text(row, name, known[0], where)
    if value not in known:
        raise DataError(f"{where}: {name} '{value}' is none of {', '.join(dict.fromkeys(known))}")
    return value


def _text(row: Mapping[str, object], name: str, default: str, where: str) -> str:
    value = row.get(name)
    if value in (None, ""):
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise DataError(f"{where}: '{name}' should be a text, given {value!r:.60}")
    return value


def _number(row: Mapping[str, object], name: str, default: int, where: str) -> int:
    value = row.get(name)
    if value in (None, ""):
        return default
    try:
        number = int(str(value))
    except ValueError:
        raise DataError(
            f"{where}: '{name}' should be a whole number, given {value!r:.60}"
        ) from None
    return number
