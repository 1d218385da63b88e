"""From seconds to figures: rates, ratios of what ran beside each other, shares of a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from stancekit.training.bench.system import (
    BATCHED_PIPELINE,
    BF16,
    FP32,
    OWN,
    OWN_REPEATED,
    OWN_TFIDF,
    PIPELINE,
    PLAIN_TFIDF,
    SENTENCE_TRANSFORMERS,
)

__all__ = ["FAMILIES", "Rate", "growth", "limit_shares", "rates"]

FAMILIES = {
    OWN: (BF16, FP32, SENTENCE_TRANSFORMERS, BATCHED_PIPELINE, PIPELINE, OWN_REPEATED),
    OWN_TFIDF: (PLAIN_TFIDF,),
}
"""What ships, and what it is compared with."""


@dataclass(frozen=True)
class Rate:
    """Sentences a second, and how many times as long as what ships it takes.

    The rate is the median over repetitions; `ratio` is the median of the ratios within a
    repetition, `low` and `high` the least and the largest of them.
    """

    name: str
    per_second: float
    ratio: float
    low: float
    high: float


def rates(systems: Mapping[str, Mapping[str, Any]], own: str) -> list[Rate]:
    """Return the rate of `own` and those of what it is compared with, as far as measured."""
    ours = _per_sentence(systems[own])
    found = []
    for name in (own, *FAMILIES[own]):
        if name in systems:
            theirs = _per_sentence(systems[name])
            ratios = [other / mine for other, mine in zip(theirs, ours, strict=True)]
            rate = 1 / median(theirs)
            found.append(Rate(name, rate, median(ratios), min(ratios), max(ratios)))
    return found


def limit_shares(speed: Mapping[str, Any]) -> dict[str, float]:
    """Return system -> the share of its time that its products alone would take at full rate.

    Scoring multiplies by weights in 8-bit integers and in fp32 within attention; torch in fp32
    does all of it in fp32.
    """
    limit = speed["limit"]
    weights, attention = limit["weights"], limit["attention"]
    needed = {
        OWN: weights / limit["int8"] + attention / limit["fp32"],
        FP32: (weights + attention) / limit["fp32"],
    }
    return {name: own / median(speed["systems"][name]["seconds"]) for name, own in needed.items()}


def growth(rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Return for each size what a further sentence costs beside what one cost a size before.

    1 is linear; there is nothing to say of the first two sizes.
    """
    costs: list[float | None] = [None]
    for before, row in pairwise(rows):
        more = row["sentences"] - before["sentences"]
        costs.append((row["seconds"] - before["seconds"]) / more if more else None)
    found: list[float | None] = [None]
    for earlier, later in pairwise(costs):
        found.append(later / earlier if earlier and later else None)
    return found[: len(rows)]


def _per_sentence(system: Mapping[str, Any]) -> list[float]:
    return [own / system["sentences"] for own in system["seconds"]]
