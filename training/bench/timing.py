"""How long systems take: turn by turn over many texts, and one text after another."""

import time
from collections.abc import Sequence
from itertools import chain

import numpy as np

from stancekit.training.bench.system import System

__all__ = ["Times", "latencies_ms", "seconds_in_turn"]

WARM_UP = 32
"""Texts before anything counts: memory is claimed and code is loaded then."""
CALLS_BEFORE = 5

Times = dict[str, list[float]]


def seconds_in_turn(work: Sequence[tuple[System, Sequence[str]]], repeats: int) -> Times:
    """Return name -> seconds of each repetition over its texts.

    All systems have a turn before one has its second, so that what slows the machine down slows
    all of them; each round begins with another one.
    """
    seconds: Times = {system.name: [] for system, _ in work}
    for system, texts in work:
        system.score(texts[:WARM_UP])
    for turn in range(repeats):
        first = turn % len(work)
        for system, texts in chain(work[first:], work[:first]):
            started = time.perf_counter()
            system.score(texts)
            seconds[system.name].append(time.perf_counter() - started)
    return seconds


def latencies_ms(system: System, texts: Sequence[str]) -> dict[str, float]:
    """Return the percentiles of the milliseconds for one text at a time; none comes twice."""
    for text in texts[:CALLS_BEFORE]:
        system.score([text])
    taken = []
    for text in texts:
        started = time.perf_counter()
        system.score([text])
        taken.append(1000 * (time.perf_counter() - started))
    return {f"p{own}": float(np.percentile(taken, own)) for own in (50, 95, 99)}
