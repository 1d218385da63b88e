"""A sentence as its narrator tells it: words with their places, each quotation one sign."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["QUOTE", "Narration", "letters", "narration", "straight"]

QUOTE = '""'
"""What stands for a quotation among the words."""

_WORD = re.compile(
    r"(?:[A-Z]\.){2,}|(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Inc|Ltd|Corp|Co)\.(?=\s+[A-Z(,])"
    r"|[^\W_]+(?:(?:['.&-]|(?<=\d),(?=\d))[^\W_]+)*(?:['-](?=\s))?|[^\w\s]"
)
_LETTERS = re.compile("[a-z]+")
_TERM_WORDS = 4
_SHORT = 3
_ENDS = (",", ".", "!", "?", "…")


@dataclass(slots=True)
class Narration:
    """Words and signs in order, as they stand and in small letters.

    `quoted` is the number of characters in quotations, `longest` the number of words of the longest
    one, terms and titles aside; `terms` are the words with which these begin.
    """

    source: str
    raw: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    quoted: int = 0
    longest: int = 0
    terms: set[int] = field(default_factory=set)
    pieces: list[tuple[int, int, bool]] = field(default_factory=list)

    def text(self, whole: str, first: int, end: int) -> str:
        """Return words `[first, end)` as they stand in the document, spaced by single blanks."""
        places = self.places()
        return " ".join(whole[places[first][0] : places[end - 1][1]].split())

    def places(self) -> list[tuple[int, int]]:
        """Return where each word stands in the document; few sentences need it."""
        found: list[tuple[int, int]] = []
        for start, end, is_quote in self.pieces:
            if is_quote:
                found.append((start, end))
            else:
                found += [word.span() for word in _WORD.finditer(self.source, start, end)]
        return found


def straight(text: str) -> str:
    """Return `text` with every apostrophe straight; all places stay the same."""
    return text.replace("’", "'")  # noqa: RUF001


def letters(text: str) -> list[str]:
    """Return the runs of unaccented letters in `text`, in small letters: a quick look at it."""
    return _LETTERS.findall(text.lower())


def narration(
    text: str, start: int, end: int, quoted: Sequence[tuple[int, int, bool]]
) -> Narration:
    """Return the sentence `text[start:end]` of a text that is `straight`.

    `quoted` are the parts of it in quotation marks, in order, each with whether it is whole.
    A term or title in quotation marks counts as words like others.
    """
    own = Narration(text)
    place = start
    for left, right, whole in quoted:
        _add(own, text, place, left)
        if whole and _is_term(text[left + 1 : right - 1], own):
            own.terms.add(len(own.low))
            _add(own, text, left + 1, right - 1)
        else:
            own.longest = max(own.longest, len(text[left:right].split()))
            own.raw.append(text[left:right])
            own.low.append(QUOTE)
            own.quoted += right - left
            own.pieces.append((left, right, True))
        place = right
    _add(own, text, place, end)
    return own


def _is_term(inner: str, before: Narration) -> bool:
    parts = inner.split()
    if not parts or inner.endswith(("!", "?")):
        return False
    titled = all(part[0].isupper() or part[0].isdigit() or len(part) <= _SHORT for part in parts)
    if len(parts) > _TERM_WORDS and not titled:
        return False
    introduced = not before.low or before.low[-1] in {",", ":", QUOTE}
    return not (introduced and inner.endswith(_ENDS))


def _add(own: Narration, text: str, start: int, end: int) -> None:
    raw = _WORD.findall(text, start, end)
    own.raw += raw
    own.low += [word.lower() for word in raw]
    own.pieces.append((start, end, False))
