"""Requests as the model's thread sees them, and their answers on the way back."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from stancekit.serving.passages import Passage
from stancekit.serving.scored import ScoredDocument

__all__ = ["LARGE", "Job", "Scored", "characters_of", "deliver", "deliver_one"]

T = TypeVar("T")
Scored = tuple[Passage, ScoredDocument]

LARGE = 64
"""Passages of a request whose answer is written while the model goes on."""

SHORT, LONG = 40, 600
"""Characters of a sentence that count at least, and at most."""

_logger = logging.getLogger(__name__)


class Job(Generic[T]):
    """A request: `passages` are made as the model has time for them, `finish` gives the answer.

    Both are called in the model's thread, `finish` of a large one in another. `characters` is how
    many the passages have together, roughly.
    """

    def __init__(
        self,
        passages: Iterator[Passage],
        finish: Callable[[Sequence[Scored]], T],
        characters: int = 0,
    ) -> None:
        self.characters = characters
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

    @property
    def has_more(self) -> bool:
        """Whether a passage of it waits, and somebody for the answer."""
        return self.upcoming is not None and not self.is_cancelled

    def take(self) -> Passage:
        """Return the upcoming passage, and make the one after it."""
        assert self.upcoming is not None  # noqa: S101  (`has_more` says so)
        passage = self.upcoming
        self.advance()
        return passage

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


def characters_of(passage: Passage) -> int:
    """Return how many characters the sentences of a passage count for.

    A short one costs more than its characters, and of a long one the model reads the beginning.
    """
    return sum(min(max(span.end - span.start, SHORT), LONG) for span in passage.spans)


Answer = tuple[Job[Any], Any, BaseException | None]


def deliver(answers: Sequence[Answer]) -> None:
    """Hand answers to the loops that wait for them, all of a loop with one call."""
    for loop in dict.fromkeys(job.loop for job, _, _ in answers):
        own = [answer for answer in answers if answer[0].loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, own)
        except RuntimeError:
            _logger.info("%d answers came after the end", len(own))


def deliver_one(job: Job[Any]) -> None:
    """Make the answer of a job and hand it over."""
    deliver([job.answer()])


def _settle(answers: Sequence[Answer]) -> None:
    for job, result, fault in answers:
        if job.future.done():
            continue
        if fault is not None:
            job.future.set_exception(fault)
        else:
            job.future.set_result(result)
