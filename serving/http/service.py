"""What the endpoints share: the model with its thread, the limits, and the way to an answer."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from stancekit.serving.classifier import Classifier
from stancekit.serving.http.backlog import Busy
from stancekit.serving.http.batching import Batcher, Closed
from stancekit.serving.http.jobs import Job
from stancekit.serving.http.limits import RETRY_S, InFlight, Limits, body
from stancekit.serving.http.metrics import Metrics
from stancekit.serving.http.problems import GONE, Problem, first_fault
from stancekit.serving.http.readers import Readers
from stancekit.serving.http.work import Scoring

__all__ = ["Service", "parsed", "service_of"]

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

READERS = 2
"""Uploads that are read at a time."""
PATIENCE = 0.8
"""Share of the seconds to an answer that a request may be expected to take."""
_WATCH_AFTER_S = 0.05


@dataclass
class Service:
    """A classifier that answers requests; `run` it as long as they come."""

    classifier: Classifier
    limits: Limits
    metrics: Metrics
    log_texts: bool = False
    batcher: Batcher = field(init=False)
    in_flight: InFlight = field(init=False)
    readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        patience_s = PATIENCE * self.limits.answer_s
        self.batcher = Batcher(self.classifier, self.metrics.passed, patience_s)
        self.in_flight = InFlight(self.limits.in_flight)
        self.readers = Readers(READERS)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the model's thread."""
        await to_thread.run_sync(self.batcher.warm_up)
        self.batcher.start()
        try:
            yield
        finally:
            await to_thread.run_sync(self.batcher.close)

    async def body(self, request: Request) -> bytes:
        """Return the body of a request within the limits."""
        return await body(request.stream(), request.headers.get("content-length"), self.limits)

    async def answer(self, request: Request, work: Scoring) -> Response:
        """Score and answer."""
        content = await self.run(
            request, lambda: Job(work.passages(), work.answer, work.characters)
        )
        if work.set_aside:
            self.metrics.set_aside.inc(len(work.set_aside))
        return json_response(content)

    async def run(self, request: Request, make: Callable[[], Job[T]]) -> T:
        """Return the answer to a job.

        Raises Problem 503 if it takes too long, or can be seen to, or at the end.
        """
        try:
            async with asyncio.timeout(self.limits.answer_s):
                return await self._unless_gone(request, self.batcher.run(make()))
        except TimeoutError:
            raise Problem(
                503,
                f"no answer within {self.limits.answer_s:g} seconds; send less at a time, or later",
                headers={"Retry-After": str(RETRY_S)},
            ) from None
        except Busy as fault:
            raise self._too_busy(fault) from None
        except Closed:
            raise Problem(503, "the service stops", {"Retry-After": str(RETRY_S)}) from None

    def _too_busy(self, fault: Busy) -> Problem:
        most = PATIENCE * self.limits.answer_s
        reason = f"beside what waits, this would take some {fault.seconds:.0f} seconds"
        if fault.alone > most:
            reason = f"this alone would take some {fault.alone:.0f} seconds; send less at a time"
        seconds = min(max(fault.seconds - most, RETRY_S), self.limits.answer_s)
        detail = f"{reason}; an answer is given {self.limits.answer_s:g}"
        return Problem(503, detail, {"Retry-After": str(math.ceil(seconds))})

    async def in_reader(self, read: Callable[[], T]) -> T:
        """Return what `read` does, off the event loop; raises Problem 503 if it takes too long."""
        try:
            async with asyncio.timeout(self.limits.answer_s):
                return await self.readers.run(read)
        except TimeoutError:
            raise Problem(
                503,
                f"the file was not read within {self.limits.answer_s:g} seconds",
                headers={"Retry-After": str(RETRY_S)},
            ) from None

    def note(self, request: Request, **said: object) -> None:
        """Add to the line that the log has of a request."""
        request.scope.setdefault("state", {}).setdefault("said", {}).update(said)

    def note_texts(self, request: Request, texts: Iterator[str]) -> None:
        """Add the texts to the line, if that was asked for."""
        if self.log_texts:
            self.note(request, texts=list(texts))

    async def _unless_gone(self, request: Request, answer: Coroutine[Any, Any, T]) -> T:
        """Return `answer`, whose work is stopped if the client goes away."""
        task = asyncio.ensure_future(answer)
        gone: asyncio.Future[None] | None = None
        try:
            done, _ = await asyncio.wait({task}, timeout=_WATCH_AFTER_S)
            if not done:
                gone = asyncio.ensure_future(_gone(request))
                await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Problem(GONE, "the client went away")
        finally:
            task.cancel()
            if gone is not None:
                gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service = request.app.state.service
    if not isinstance(service, Service):
        raise TypeError("the application has no service")
    return service


def parsed(request: Request, content: bytes, model: type[M]) -> M:
    """Return a JSON body as `model`; raises Problem 415, 400 or 422.

    The event loop waits meanwhile, so that what costs much more than its bytes is refused unread.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "expected a body with 'Content-Type: application/json'")
    limits = service_of(request).limits
    if sum(map(content.count, (b",", b"[", b"{"))) > limits.json_signs:
        raise Problem(422, f"the body: more than {limits.json_signs:,} commas and brackets")
    try:
        return model.model_validate_json(content, context=limits)
    except ValidationError as fault:
        raise first_fault(fault) from None


def json_response(content: bytes) -> Response:
    """Return an answer of JSON."""
    return Response(content, media_type="application/json")
