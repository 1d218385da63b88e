"""What a text must be before it can be scored, and the form in which models read it."""

import re
import unicodedata

from stancekit.labels.errors import InputError

__all__ = ["LONGEST_SENTENCE", "check_text", "normalise"]

LONGEST_SENTENCE = 10_000
"""Characters; the longest sentence of policy prose has some 1,500."""

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"})  # noqa: RUF001
_ADDRESS = re.compile(r"https?://\S+")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_WHITE_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return `text` as models read it: NFKC, plain quotes and dashes, single spaces, no addresses.

    >>> normalise("new   rules — see https://example.org")
    'new rules - see'
    """
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _ADDRESS.sub(" ", _MARKDOWN_LINK.sub(r"\1", text))
    return _WHITE_SPACE.sub(" ", text).strip()


def check_text(text: object, where: str) -> str:
    """Return `text` if it can be scored as one sentence.

    Raises InputError if it is no string, holds no letter, a NUL character or half a character, or
    is longer than `LONGEST_SENTENCE`; `where` opens the message.
    """
    if not isinstance(text, str):
        raise InputError(f"{where}: expected a text, given {type(text).__name__}")
    if "\x00" in text:
        raise InputError(
            f"{where}: holds a NUL character at {text.index(chr(0))}: is it a text file?"
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{where}: holds half of a character (a lone surrogate)")
    if not any(character.isalpha() for character in text):
        shown = f"{text[:20]!r}" if text.strip() else "nothing but white space"
        raise InputError(f"{where}: expected words, given {shown}")
    if len(text) > LONGEST_SENTENCE:
        raise InputError(
            f"{where}: a sentence of {len(text):,} characters,"
            f" expected at most {LONGEST_SENTENCE:,} (is this running text?)"
        )
    return text
