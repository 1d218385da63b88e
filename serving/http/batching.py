"""Requests gathered into batches: one thread runs the model, and what came meanwhile goes together.

A pass of the model takes passages of the waiting requests in turn, so that a long request does not
keep the short ones waiting. How many sentences a pass has follows from how fast the model is.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from stancekit.serving.classifier import Classifier
from stancekit.serving.passages import Passage
from stancekit.serving.scored import ScoredDocument

__all__ = ["PASSAGE", "Batcher", "Closed", "Job", "Scored"]

T = TypeVar("T")
Scored = tuple[Passage, ScoredDocument]

PASSAGE = 16
"""Sentences of a long document that are taken at a time."""
MOST, LEAST = 256, 8
"""Sentences of a pass."""
LARGE = 64
"""Passages of a request whose answer is written while the model goes on."""
PASS_S = 0.1
"""How long a pass may take, roughly: what a request waits that comes as one has begun."""
PATIENCE_S = 0.002
"""How long a pass waits for requests that are likely to come."""

_logger = logging.getLogger(__name__)


class Closed(Exception):  # noqa: N818  (not a fault: the service stops)
    """The thread takes no more jobs."""


class Job(Generic[T]):
    """A request: `passages` are made as the model has time for them, `finish` gives the answer.

    Both are called in the model's thread, `finish` of a large one in another.
    """

    def __init__(
        self, passages: Iterator[Passage], finish: Callable[[Sequence[Scored]], T]
    ) -> None:
        self._passages = passages
        self._finish = finish
        self._scored: list[Scored] = []
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self.is_cancelled = False
        self.upcoming: Passage | None = None
        self.fault: BaseException | None = None

    def advance(self) -> None:
        """Make the next passage; `upcoming` is None after the last, or if one cannot be made."""
        try:
            self.upcoming = None if self.is_cancelled else next(self._passages, None)
        except Exception as fault:  # noqa: BLE001  (it is raised where the answer is awaited)
            self.fault, self.upcoming = fault, None

    def add(self, passage: Passage, scored: ScoredDocument) -> None:
        """Keep a passage that was scored."""
        self._scored.append((passage, scored))

    @property
    def is_large(self) -> bool:
        """Whether its answer takes so long to write that others should not wait for it."""
        return len(self._scored) > LARGE

    def answer(self) -> "tuple[Job[T], T | None, BaseException | None]":
        """Return this job with its answer, or with what went wrong."""
        if self.fault is None and not self.is_cancelled:
            try:
                return self, self._finish(self._scored), None
            except Exception as fault:  # noqa: BLE001  (as above)
                self.fault = fault
        return self, None, self.fault


class Batcher:
    """The thread that runs the model.

    `watch` is told of each pass, in that thread: its requests, its sentences, its seconds.
    """

    def __init__(
        self, classifier: Classifier, watch: Callable[[int, int, float], None] = lambda *_: None
    ) -> None:
        self._classifier = classifier
        self._watch = watch
        self._coming: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._turn: deque[Job[Any]] = deque()
        self._expected = 1
        self._rate = LEAST / PASS_S
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether jobs are taken."""
        return self._thread.is_alive() and not self._is_closed

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def close(self) -> None:
        """Answer what was submitted, then end the thread; later jobs raise Closed."""
        if not self._is_closed:
            self._is_closed = True
            self._coming.put(None)
            self._thread.join()

    async def run(self, job: Job[T]) -> T:
        """Return the answer to `job`; if the wait for it is cancelled, no more is done for it."""
        if not self.is_alive:
            raise Closed
        self._coming.put(job)
        try:
            return await job.future
        finally:
            job.is_cancelled = True

    def _run(self) -> None:
        is_open = True
        with ThreadPoolExecutor(1, thread_name_prefix="writer") as writer:
            while is_open or self._turn:
                is_open = is_open and self._arrivals()
                taken, done = self._taken()
                if taken:
                    self._score(taken)
                _deliver([own.answer() for own in done if not own.is_large])
                for job in done:
                    if job.is_large:
                        writer.submit(_deliver_one, job)

    def _arrivals(self) -> bool:
        """Take in what has come, waiting for it if there is nothing else; False at the end.

        Where the last pass served several requests, their clients are likely to ask again at once.
        """
        is_open = True
        if not self._turn:
            is_open = self._admit(self._coming.get())
            until = time.monotonic() + PATIENCE_S
            while is_open and len(self._turn) < self._expected:
                try:
                    left = until - time.monotonic()
                    is_open = self._admit(self._coming.get(timeout=max(0, left)))
                except Empty:
                    break
        while is_open and not self._coming.empty():
            is_open = self._admit(self._coming.get())
        return is_open

    def _admit(self, job: "Job[Any] | None") -> bool:
        if job is None:
            return False
        job.advance()
        self._turn.append(job)
        return True

    def _taken(self) -> tuple[list[tuple[Job[Any], Passage]], list[Job[Any]]]:
        """Take passages of all jobs in turn, as many sentences as a pass should have.

        Returns them, and the jobs that have no further one.
        """
        most = min(MOST, max(LEAST, int(self._rate * PASS_S)))
        taken: list[tuple[Job[Any], Passage]] = []
        done: list[Job[Any]] = []
        sentences = 0
        while self._turn and sentences < most:
            job = self._turn.popleft()
            if job.upcoming is not None and not job.is_cancelled:
                taken.append((job, job.upcoming))
                sentences += len(job.upcoming.spans)
                job.advance()
            has_more = job.upcoming is not None and not job.is_cancelled
            (self._turn if has_more else done).append(job)
        self._expected = max(1, len({id(job) for job, _ in taken}))
        return taken, done

    def _score(self, taken: Sequence[tuple[Job[Any], Passage]]) -> None:
        start = time.perf_counter()
        try:
            self._pass(taken)
        except Exception:
            # What one request holds must not be the fault of another.
            _logger.exception("a pass of the model failed; its requests are scored one by one")
            for job in dict.fromkeys(job for job, _ in taken):
                try:
                    self._pass([(own, passage) for own, passage in taken if own is job])
                except Exception as fault:  # noqa: BLE001  (it is raised where it is awaited)
                    job.fault, job.upcoming = fault, None
        seconds = time.perf_counter() - start
        sentences = sum(len(passage.spans) for _, passage in taken)
        self._rate += 0.2 * (sentences / max(seconds, 1e-6) - self._rate)
        self._watch(self._expected, sentences, seconds)

    def _pass(self, taken: Sequence[tuple[Job[Any], Passage]]) -> None:
        encoded = self._classifier.encode([passage for _, passage in taken])
        documents = list(self._classifier.score_encoded(encoded))
        for (job, passage), document in zip(taken, documents, strict=True):
            job.add(passage, document)


Answer = tuple[Job[Any], Any, BaseException | None]


def _deliver(answers: Sequence[Answer]) -> None:
    """Hand answers to the loops that wait for them, all of a loop with one call."""
    for loop in dict.fromkeys(job.loop for job, _, _ in answers):
        own = [answer for answer in answers if answer[0].loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, own)
        except RuntimeError:
            _logger.info("%d answers came after the end", len(own))


def _deliver_one(job: Job[Any]) -> None:
    _deliver([job.answer()])


def _settle(answers: Sequence[Answer]) -> None:
    for job, result, fault in answers:
        if job.future.done():
            continue
        if fault is not None:
            job.future.set_exception(fault)
        else:
            job.future.set_result(result)
