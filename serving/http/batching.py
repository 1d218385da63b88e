"""Requests gathered into batches: one thread runs the model, and what came meanwhile goes together.

A pass of the model takes passages of the waiting requests in turn, so that a long request does not
keep the short ones waiting. How many sentences a pass has follows from how fast the model is.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from stancekit.serving.classifier import Classifier
from stancekit.serving.http.backlog import Backlog
from stancekit.serving.http.jobs import Job, characters_of, deliver, deliver_one
from stancekit.serving.passages import Passage, sentence_passage

__all__ = ["PASSAGE", "Batcher", "Closed"]

T = TypeVar("T")

PASSAGE = 16
"""Sentences of a long document that are taken at a time."""
MOST, LEAST = 256, 8
"""Sentences of a pass."""
PASS_S = 0.2
"""How long a pass may take, roughly: what a request waits that comes as one has begun."""
PATIENCE_S = 0.002
"""How long a pass waits for requests that are likely to come."""

_logger = logging.getLogger(__name__)


class Closed(Exception):  # noqa: N818  (not a fault: the service stops)
    """The thread takes no more jobs."""


class Batcher:
    """The thread that runs the model.

    `watch` is told of each pass, in that thread: its requests, its sentences, its seconds. What
    would take more than `patience_s` is refused while others wait.
    """

    def __init__(
        self,
        classifier: Classifier,
        watch: Callable[[int, int, float], None] = lambda *_: None,
        patience_s: float = math.inf,
    ) -> None:
        self._classifier = classifier
        self._watch = watch
        self._coming: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._turn: deque[Job[Any]] = deque()
        self._expected = 1
        self._backlog = Backlog(patience_s)
        self._rate = LEAST / PASS_S
        self._is_closed = False
        self._admitting = 0.0
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether jobs are taken."""
        return self._thread.is_alive() and not self._is_closed

    def warm_up(self) -> None:
        """Run the model before the first request, on the codebook's own words, to know its pace."""
        labels = [label for task in self._classifier.codebook.tasks for label in task.labels]
        words = [sentence_passage("", label.definition) for label in labels]
        for _ in range(2):  # the first time takes longer
            start = time.perf_counter()
            list(self._classifier.score_encoded(self._classifier.encode(words)))
            seconds = time.perf_counter() - start
        self._backlog.passed(sum(map(characters_of, words)), seconds)

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
        """Return the answer to `job`; if the wait for it is cancelled, no more is done for it.

        Raises Closed after the end, Busy if it would take too long.
        """
        if not self.is_alive:
            raise Closed
        with self._backlog.place(job.characters):
            self._coming.put(job)
            try:
                return await job.future
            finally:
                job.is_cancelled = True

    def _run(self) -> None:
        is_open = True
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="writer") as writer:
                while is_open or self._turn:
                    is_open = is_open and self._arrivals()
                    start = time.perf_counter()
                    taken, done = self._taken()
                    if taken:
                        self._score(taken)
                    deliver([own.answer() for own in done if not own.is_large])
                    self._paced(taken, time.perf_counter() - start)
                    for job in done:
                        if job.is_large:
                            writer.submit(deliver_one, job)
        finally:
            self._end()

    def _end(self) -> None:
        """Take no more jobs; those that nobody will score hear of it."""
        self._is_closed = True
        left = list(self._turn)
        while not self._coming.empty():
            job = self._coming.get()
            if job is not None:
                left.append(job)
        for job in left:
            job.fault = Closed()
        deliver([job.answer() for job in left])

    def _paced(self, taken: Sequence[tuple[Job[Any], Passage]], seconds: float) -> None:
        """Learn how fast answers come, with all that is done in this thread for them."""
        if sum(len(passage.spans) for _, passage in taken) >= LEAST:  # few have a pace of their own
            characters = sum(characters_of(passage) for _, passage in taken)
            self._backlog.passed(characters, seconds + self._admitting)
        self._admitting = 0.0

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
        start = time.perf_counter()
        job.advance()
        self._admitting += time.perf_counter() - start
        self._turn.append(job)
        return True

    def _taken(self) -> tuple[list[tuple[Job[Any], Passage]], list[Job[Any]]]:
        """Take passages of all jobs in turn, as many sentences as a pass should have.

        A turn is of up to `PASSAGE` sentences, of one passage or several. Returns the passages, and
        the jobs that have no further one.
        """
        most = min(MOST, max(LEAST, int(self._rate * PASS_S)))
        taken: list[tuple[Job[Any], Passage]] = []
        done: list[Job[Any]] = []
        sentences = 0
        while self._turn and sentences < most:
            job = self._turn.popleft()
            own = 0
            while job.has_more and own < PASSAGE and sentences + own < most:
                passage = job.take()
                taken.append((job, passage))
                own += len(passage.spans)
            sentences += own
            (self._turn if job.has_more else done).append(job)
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
