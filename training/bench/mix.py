"""Many sentences as long as real ones: those of documents over and over, each time another text."""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice

from stancekit.labels.errors import ConfigurationError

__all__ = ["in_documents", "mixed", "repeated"]

ATTEMPTS = 12
SENTENCES = 40
"""Of a document, as long as an article is."""
PARAGRAPH = 5
_WORD = re.compile(r"([A-Za-z]{2,}|\d+)")


def mixed(sentences: Sequence[str], seed: int) -> Iterator[str]:
    """Yield texts without end, no two the same; all of `sentences` in a new order each round.

    After the first round a word becomes another one of `sentences` with as many letters, drawn as
    often as it stands there, or a number another with as many digits, so that texts keep their
    lengths in tokens. Equal sentences, which scoring would know again, are never given. Raises
    ConfigurationError if no more different ones can be made.
    """
    chance = random.Random(seed)  # noqa: S311  (nothing secret)
    pieces = [_WORD.split(sentence) for sentence in dict.fromkeys(sentences)]
    words = _by_form(pieces)
    seen: set[str] = set()
    for turn in count():
        order = chance.sample(range(len(pieces)), len(pieces))
        before = len(seen)
        for row in order:
            text = _different(pieces[row], words, seen, chance, turn > 0)
            if text is not None:
                seen.add(text.casefold())
                yield text
        if len(seen) == before:
            raise ConfigurationError(
                f"the mix: {len(pieces)} sentences give no more than {before:,} different texts"
            )


def repeated(sentences: Sequence[str], total: int, seed: int) -> list[str]:
    """Return `total` texts: `sentences` as they are, as often as it takes, shuffled."""
    texts = list(islice(cycle(sentences), total))
    random.Random(seed).shuffle(texts)  # noqa: S311
    return texts


def in_documents(texts: Iterator[str], total: int) -> Iterator[str]:
    """Yield `total` of `texts` as documents with paragraphs of a few sentences."""
    left = total
    while left > 0:
        own = list(islice(texts, min(left, SENTENCES)))
        left -= len(own)
        paragraphs = [own[first : first + PARAGRAPH] for first in range(0, len(own), PARAGRAPH)]
        yield "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def _by_form(pieces: Sequence[Sequence[str]]) -> dict[tuple[int, bool], list[str]]:
    """Return (letters, whether the first is large) -> words, as often as they stand there."""
    words: dict[tuple[int, bool], list[str]] = {}
    for own in pieces:
        for word in own[1::2]:
            if word.isalpha():
                words.setdefault(_form(word), []).append(word)
    return words


def _form(word: str) -> tuple[int, bool]:
    return len(word), word[0].isupper()


def _different(
    pieces: Sequence[str],
    words: dict[tuple[int, bool], list[str]],
    seen: set[str],
    chance: random.Random,
    changed: bool,
) -> str | None:
    """Return a text that is not in `seen`, with as few other words as that takes, if there is."""
    places = range(1, len(pieces), 2)
    for attempt in range(ATTEMPTS if changed else 1):
        own = list(pieces)
        wanted = min(attempt // 2 + 1, len(places)) if changed else 0
        for place in chance.sample(places, wanted):
            own[place] = _other(own[place], words, chance)
        text = "".join(own)
        if text.casefold() not in seen:
            return text
    return None


def _other(word: str, words: dict[tuple[int, bool], list[str]], chance: random.Random) -> str:
    if word.isdigit():
        return str(chance.randrange(10 ** (len(word) - 1), 10 ** len(word)))
    return chance.choice(words[_form(word)])
