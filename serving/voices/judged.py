"""How often the rules are right: their voices and speakers beside those that people read.

Precision is that of the sentences that the rules answer; `unclear` is no answer. Intervals are
those of Wilson ("Probable inference, the law of succession, and statistical inference", 1927).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from stancekit.labels.agreement import Agreement, agreement, count_labels
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT
from stancekit.labels.resampling import Interval
from stancekit.labels.segmentation import Span
from stancekit.labels.sentences import Sentence, read_lines
from stancekit.serving.voices.voice import AUTHOR, REPORTED, UNCLEAR, Voice
from stancekit.serving.voices.walk import voices

__all__ = [
    "ALL",
    "MIXED",
    "GoldVoice",
    "Judged",
    "VoiceScores",
    "answers",
    "judged",
    "read_gold_voices",
    "readers_agreement",
    "same_speaker",
    "scores",
    "wilson",
]

ALL = "all"
MIXED = "mixed"
"""What people say of a sentence that is part author's, part reported; no answer is right there."""
_GOLD = (AUTHOR, REPORTED, MIXED)
_NORMAL = 1.959964  # the 97.5th percentile of the normal distribution
_ARTICLES = frozenset({"the", "a", "an", "its", "his", "her", "their"})
_WORD = re.compile(r"\w+(?:['’]\w+)?")  # noqa: RUF001


@strict
class GoldVoice:
    """What people read in the sentence `id`: its voice, `author`, `reported` or `mixed`.

    `speaker` is who is reported as the text names them, "" where it does not. `readings` are the
    voices that readers gave it, each without knowing the others'; `voice` is what was agreed on.
    """

    id: str
    voice: str
    speaker: str = ""
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A sentence with what people read in it and what the rules say."""

    document: str
    text: str
    gold: GoldVoice
    answer: Voice


@dataclass(frozen=True)
class VoiceScores:
    """How the rules do on the sentences of `document` (or of all).

    `voice` is the precision where they answer, in [0, 1]; `speaker` that of the speakers which they
    name, each right only where one is reported; both NaN where there is none. `confusion` counts
    the sentences by (gold, answer).
    """

    document: str
    sentences: int
    answered: int
    voice: Interval
    named: int
    speaker: Interval
    confusion: Mapping[tuple[str, str], int]


def read_gold_voices(path: Path) -> list[GoldVoice]:
    """Return the rows of a JSONL file; raises DataError with the line at fault."""
    rows = []
    seen: set[str] = set()
    for where, line in read_lines(path):
        row = parse_json(line, GoldVoice, where)
        for voice in (row.voice, *row.readings):
            if voice not in _GOLD:
                raise DataError(f"{where}: voice '{voice}' is none of {', '.join(_GOLD)}")
        if row.speaker and row.voice == AUTHOR:
            raise DataError(f"{where}: has a speaker, '{row.speaker}', and the voice '{AUTHOR}'")
        if row.id in seen:
            raise DataError(f"{where}: id '{row.id}' is given more than once")
        seen.add(row.id)
        rows.append(row)
    if not rows:
        raise DataError(f"{path}: holds no row")
    return rows


def readers_agreement(rows: Sequence[GoldVoice]) -> Agreement | None:
    """Return how far independent readers agree, None where a sentence has one reading or none."""
    if any(len(row.readings) < 2 for row in rows):
        return None
    return agreement(count_labels([row.readings for row in rows], _GOLD))


def answers(text: str, sentences: Sequence[Sentence]) -> dict[str, Voice]:
    """Return id -> what the rules say of each content sentence of one document, `text`."""
    content = [sentence for sentence in sentences if sentence.kind == CONTENT]
    spans = [Span(sentence.start, sentence.end, CONTENT) for sentence in content]
    told = voices(text, spans)
    return {sentence.id: own for sentence, own in zip(content, told, strict=True)}


def judged(
    gold: Sequence[GoldVoice], sentences: Sequence[Sentence], given: Mapping[str, Voice]
) -> list[Judged]:
    """Return `gold` beside what is `given`; raises DataError for an id of no content sentence."""
    known = {sentence.id: sentence for sentence in sentences if sentence.id in given}
    unknown = [row.id for row in gold if row.id not in known]
    if unknown:
        raise DataError(f"'{unknown[0]}' has a voice but is no sentence of the documents")
    return [Judged(known[g.id].document, known[g.id].text, g, given[g.id]) for g in gold]


def scores(rows: Sequence[Judged]) -> list[VoiceScores]:
    """Return the scores of each document, in the order of `rows`, and of all."""
    documents = list(dict.fromkeys(row.document for row in rows))
    parts = {name: [row for row in rows if row.document == name] for name in documents}
    return [_scores(name, part) for name, part in [*parts.items(), (ALL, rows)]]


def _scores(document: str, rows: Sequence[Judged]) -> VoiceScores:
    answered = [row for row in rows if row.answer.voice != UNCLEAR]
    right = sum(row.answer.voice == row.gold.voice for row in answered)
    named = [row for row in rows if row.answer.speaker]
    meant = sum(
        row.gold.voice == REPORTED and same_speaker(row.answer.speaker, row.gold.speaker)
        for row in named
    )
    return VoiceScores(
        document,
        len(rows),
        len(answered),
        wilson(right, len(answered)),
        len(named),
        wilson(meant, len(named)),
        Counter((row.gold.voice, row.answer.voice) for row in rows),
    )


def same_speaker(one: str, other: str) -> bool:
    """Whether two names mean the same: the words of one are part of the other's.

    Articles and capitals do not count; "" means nobody.

    >>> same_speaker("Wang Yi", "Foreign Minister Wang Yi")
    True
    >>> same_speaker("the ministry", "the bank")
    False
    """
    short, long = sorted((_words(one), _words(other)), key=len)
    if not short:
        return False
    size = len(short)
    return any(long[start : start + size] == short for start in range(len(long) - size + 1))


def _words(name: str) -> list[str]:
    low = name.lower().replace("’", "'")  # noqa: RUF001
    words = [word.removesuffix("'s") for word in _WORD.findall(low)]
    return [word for word in words if word not in _ARTICLES]


def wilson(right: int, count: int) -> Interval:
    """Return the share `right / count` with its 95 % interval, NaN for a count of 0.

    >>> print(wilson(90, 100))
    0.90 [0.83, 0.94]
    """
    if count == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    share, square = right / count, _NORMAL**2
    centre = (share + square / (2 * count)) / (1 + square / count)
    spread = sqrt(share * (1 - share) / count + square / (4 * count**2))
    half = _NORMAL * spread / (1 + square / count)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))
