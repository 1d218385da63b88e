"""Measure a running service: how long answers take, how many come, what memory does.

python -m stancekit.serving.http.load --model tfidf --connections 1,16,64 --seconds 30
python -m stancekit.serving.http.load --connections 16 --requests 100000
"""

import argparse
import asyncio
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice, product
from statistics import median

from stancekit.labels.codebook import released_codebook
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import read_sentences, released_sentences
from stancekit.serving.classifier import Classifier
from stancekit.serving.document import Document
from stancekit.serving.http.load_client import Client, client_maker

__all__ = ["Measured", "main"]

_TEXTS = 200
_PARTS = 10
_PASS = 192  # sentences that the model alone takes at a time
_ROUNDS = 6  # the service and the model alone take turns, as the pace of a machine changes
_PAUSE_S = 1.0  # before a client that was refused asks again
_MEMORY = "process_resident_memory_bytes"
_PROCESSOR = "process_cpu_seconds_total"
_COLUMNS = (
    "sentences a request", "connections", "requests", "requests/s", "sentences/s", "of in-process",
    "p50 ms", "p95 ms", "p99 ms", "errors", "CPU ms a request", "MiB before", "MiB after",
)  # fmt: skip


@dataclass
class Measured:
    """What a number of connections came to.

    `shares` are the sentences a second of each round, of what the model does without the service.
    """

    connections: int
    size: int
    shares: list[float] = field(default_factory=list)
    seconds: float = 0.0
    sentences: int = 0
    times_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)

    def cells(self) -> list[str]:
        """Return a row of the table."""
        good = len(self.times_s)
        pace = self.sentences / max(self.seconds, 1e-9)
        busy_s = self.after.get(_PROCESSOR, 0) - self.before.get(_PROCESSOR, 0)
        memory = [own.get(_MEMORY, 0) / 2**20 for own in (self.before, self.after)]
        return [
            f"{self.size}", f"{self.connections}", f"{good:,}",
            f"{good / max(self.seconds, 1e-9):,.0f}", f"{pace:,.0f}",
            f"{median(self.shares):.2f}" if self.shares else "-",
            *(f"{1000 * self.quantile(q):.1f}" for q in (0.5, 0.95, 0.99)),
            ", ".join(f"{what}: {n}" for what, n in sorted(self.errors.items())) or "0",
            f"{1000 * busy_s / max(good, 1):.2f}", *(f"{own:.0f}" for own in memory),
        ]  # fmt: skip

    def quantile(self, share: float) -> float:
        """Return the seconds that `share` of the answers took at most, 0 without one."""
        ordered = sorted(self.times_s)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else 0.0


async def measured(
    found: Measured, make: Callable[[], Client], bodies: Sequence[bytes], most: int, seconds: float
) -> Measured:
    """Add to `found`: its connections ask one request after the other.

    They stop after `seconds`, or when `most` requests were made.
    """
    found.before = found.before or await _gauges(make)
    start = time.perf_counter()
    turns = iter(range(most))
    asked = cycle(bodies)
    await asyncio.gather(
        *(_ask_on(make(), found, start + seconds, turns, asked) for _ in range(found.connections))
    )
    found.seconds += time.perf_counter() - start
    found.after = await _gauges(make)
    return found


async def _ask_on(
    client: Client, found: Measured, until: float, turns: Iterator[int], bodies: Iterator[bytes]
) -> None:
    while (begun := time.perf_counter()) < until and next(turns, None) is not None:
        try:
            status, content = await client.ask("POST", "/v1/score", next(bodies))
        except (OSError, EOFError):
            found.errors["no answer"] += 1
            client.close()
            await asyncio.sleep(0.05)
            continue
        if status == 200:
            found.times_s.append(time.perf_counter() - begun)
            found.sentences += content.count(b'"predictions":{')
        else:
            found.errors[str(status)] += 1
            await asyncio.sleep(_PAUSE_S)
    client.close()


async def _gauges(make: Callable[[], Client]) -> dict[str, float]:
    """Return what the server says of its memory and processor time, if it does."""
    client = make()
    _, content = await client.ask("GET", "/metrics")
    client.close()
    pairs = (line.rpartition(" ") for line in content.decode().splitlines())
    return {name: float(value) for name, _, value in pairs if name in (_MEMORY, _PROCESSOR)}


def texts_of(size: int) -> list[str]:
    """Return texts of `size` sentences each, drawn from those that ship with their labels.

    Each sentence gets a number, as equal ones would go through the model once.
    """
    known = read_sentences(released_sentences(), released_codebook())
    sentences = [own.text for own in known if own.kind == CONTENT]
    draw = random.Random(0)  # noqa: S311  (no secret)
    numbers = count(1)

    def numbered(sentence: str) -> str:
        return f"In case {next(numbers)}, {sentence}"

    return [" ".join(map(numbered, draw.choices(sentences, k=size))) for _ in range(_TEXTS)]


def alone(classifier: Classifier, texts: Sequence[str], together: int, seconds: float) -> float:
    """Return the sentences a second that the model scores here, with so many texts in a pass."""
    asked = cycle(Document(str(n), text) for n, text in enumerate(texts))
    scored, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds or not scored:
        documents = classifier.score_documents(islice(asked, together))
        scored += sum(len(document.sentences) for document in documents)
    return scored / took


def in_turns(
    found: Measured,
    make: Callable[[], Client],
    bodies: Sequence[bytes],
    pace: Callable[[float], float] | None,
    seconds: float,
) -> Measured:
    """Add to `found` what comes in `seconds`, in rounds in which the model works alone, too.

    `pace` gives the sentences a second that it scores then.
    """
    for _ in range(_ROUNDS):
        reached = pace(seconds / _ROUNDS) if pace else 0.0
        sentences, took = found.sentences, found.seconds
        asyncio.run(measured(found, make, bodies, sys.maxsize, seconds / _ROUNDS))
        if reached:
            now = (found.sentences - sentences) / (found.seconds - took)
            found.shares.append(now / reached)
    return found


def _table(rows: Iterator[Measured]) -> None:
    _write(_COLUMNS)
    _write(["---:"] * len(_COLUMNS))
    for row in rows:
        _write(row.cells())


def _write(cells: Sequence[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def _rows(own: argparse.Namespace) -> Iterator[Measured]:
    make = client_maker(own.url, own.token)
    classifier = Classifier.load(own.model, threads=own.threads) if own.model else None
    for size, connections in product(own.sentences, own.connections):
        texts = texts_of(size)
        bodies = [json.dumps({"documents": [{"text": text}]}).encode() for text in texts]
        for _ in range(_PARTS if own.requests else 0):
            found = Measured(connections, size)
            most = max(1, own.requests // _PARTS)
            yield asyncio.run(measured(found, make, bodies, most, math.inf))
        if not own.requests:
            pace = partial(alone, classifier, texts, max(1, _PASS // size)) if classifier else None
            yield in_turns(Measured(connections, size), make, bodies, pace, own.seconds)


def _numbers(given: str) -> list[int]:
    return [int(part) for part in given.split(",")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m stancekit.serving.http.load")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service")
    parser.add_argument("--connections", type=_numbers, default="1,16,64", help="at a time")
    parser.add_argument("--seconds", type=float, default=30, help="how long for each of them")
    parser.add_argument(
        "--requests", type=int, default=0, help="how many instead, in ten rows, to watch memory"
    )
    parser.add_argument("--sentences", type=_numbers, default="3", help="of a request")
    parser.add_argument(
        "--model", default="", help="the bundle that is served, to compare with scoring here"
    )
    parser.add_argument("--threads", type=int, default=0, help="processor cores of the latter")
    parser.add_argument("--token", default="", help="what the service wants to be shown")
    own = parser.parse_args(arguments)
    try:
        _table(_rows(own))
    except OSError as fault:
        parser.error(f"{own.url}: {fault}")


if __name__ == "__main__":
    main()
