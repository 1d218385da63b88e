"""Requests that wait together go through the model together, each with its own answer."""

import asyncio
import math
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from stancekit.serving import Classifier
from stancekit.serving.classifier import Encoded
from stancekit.serving.http.backlog import Backlog, Busy
from stancekit.serving.http.batching import LEAST, MOST, PASSAGE, Batcher, Closed
from stancekit.serving.http.jobs import LARGE, Job, Scored
from stancekit.serving.passages import Passage, sentence_passage


class Gated(Classifier):
    """Waits for a gate before each pass, and notes which texts a pass has."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__(classifier.bundle)
        self.gate = threading.Semaphore(0)
        self.passes: list[list[str]] = []

    def encode(self, given: Sequence[Passage]) -> Encoded:
        self.passes.append([text for passage in given for text in passage.texts])
        self.gate.acquire()
        if "faulty" in self.passes[-1]:
            raise ZeroDivisionError
        return super().encode(given)


def texts_of(scored: Sequence[Scored]) -> list[str]:
    return [sentence.text for _, document in scored for sentence in document.sentences]


def job(*texts: str, characters: int = 0) -> Job[list[str]]:
    return Job((sentence_passage("", text) for text in texts), texts_of, characters)


def play(
    tfidf: Classifier,
    act: Callable[[Batcher, Gated], Coroutine[Any, Any, None]],
    patience_s: float = math.inf,
) -> Gated:
    classifier = Gated(tfidf)
    batcher = Batcher(classifier, patience_s=patience_s)
    batcher.start()
    try:
        asyncio.run(asyncio.wait_for(act(batcher, classifier), timeout=60))
    finally:
        classifier.gate.release(1000)
        batcher.close()
    return classifier


async def begun(classifier: Gated, count: int) -> None:
    while len(classifier.passes) < count:
        await asyncio.sleep(0.001)


def test_what_comes_while_the_model_is_busy_goes_together(tfidf: Classifier) -> None:
    async def act(batcher: Batcher, classifier: Gated) -> None:
        first = asyncio.ensure_future(batcher.run(job("one")))
        await begun(classifier, 1)
        others = [asyncio.ensure_future(batcher.run(job(f"n{n}", "and"))) for n in range(3)]
        await asyncio.sleep(0)
        classifier.gate.release(2)
        assert await first == ["one"]
        assert await asyncio.gather(*others) == [[f"n{n}", "and"] for n in range(3)]

    passes = play(tfidf, act).passes
    assert passes == [["one"], ["n0", "and", "n1", "and", "n2", "and"]]


def test_a_pass_takes_of_all_requests_in_turn(tfidf: Classifier) -> None:
    async def act(batcher: Batcher, classifier: Gated) -> None:
        long = asyncio.ensure_future(batcher.run(job(*[f"l{n}" for n in range(3 * MOST)])))
        await begun(classifier, 1)
        short = asyncio.ensure_future(batcher.run(job("short")))
        await asyncio.sleep(0)
        classifier.gate.release(2)
        assert await short == ["short"]
        assert not long.done()
        classifier.gate.release(1000)
        assert await long == [f"l{n}" for n in range(3 * MOST)]

    passes = play(tfidf, act).passes
    assert len(passes[0]) == LEAST
    assert "short" in passes[1]
    assert max(map(len, passes)) <= MOST + PASSAGE


def test_while_a_long_answer_is_written_others_are_answered(tfidf: Classifier) -> None:
    gate = threading.Event()

    def write(scored: Sequence[Scored]) -> int:
        assert gate.wait(60)
        return len(scored)

    async def act() -> None:
        batcher = Batcher(tfidf)
        batcher.start()
        many = (sentence_passage("", f"n{n}") for n in range(LARGE + 1))
        long = asyncio.ensure_future(batcher.run(Job(many, write)))
        for _ in range(20):
            assert await asyncio.wait_for(batcher.run(job("short")), 60) == ["short"]
        assert not long.done()
        gate.set()
        batcher.close()
        assert await long == LARGE + 1

    asyncio.run(act())


def test_for_a_client_that_went_away_no_more_is_done(tfidf: Classifier) -> None:
    async def act(batcher: Batcher, classifier: Gated) -> None:
        gone = asyncio.ensure_future(batcher.run(job(*["gone"] * 100 * MOST)))
        await begun(classifier, 1)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        classifier.gate.release(2)
        assert await batcher.run(job("next")) == ["next"]

    passes = play(tfidf, act).passes
    assert len(passes) == 2
    assert passes[1] == ["next"]


def test_a_fault_is_that_of_the_request_which_has_it(tfidf: Classifier) -> None:
    def bad() -> Iterator[Passage]:
        yield sentence_passage("", "good")
        raise KeyError("made badly")

    async def act(batcher: Batcher, classifier: Gated) -> None:
        first = asyncio.ensure_future(batcher.run(job("one")))
        await begun(classifier, 1)
        given = [job("faulty"), job("well"), Job(bad(), texts_of), Job(iter(()), lambda _: 1 / 0)]
        others = [asyncio.ensure_future(batcher.run(own)) for own in given]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        classifier.gate.release(100)
        await first
        found = await asyncio.gather(*others, return_exceptions=True)
        assert [type(own).__name__ for own in found] == [
            "ZeroDivisionError", "list", "KeyError", "ZeroDivisionError",
        ]  # fmt: skip
        assert batcher.is_alive

    play(tfidf, act)


def test_without_its_thread_nothing_is_waited_for(tfidf: Classifier) -> None:
    async def act() -> None:
        with pytest.raises(Closed):
            await asyncio.wait_for(Batcher(tfidf).run(job("one")), timeout=5)

    asyncio.run(act())


def test_after_the_end_nothing_is_taken(tfidf: Classifier) -> None:
    batcher = Batcher(tfidf)
    batcher.start()
    batcher.close()
    batcher.close()

    async def late() -> None:
        with pytest.raises(Closed):
            await batcher.run(job("late"))

    asyncio.run(late())
    assert not batcher.is_alive


def test_what_would_take_too_long_is_refused_while_others_wait() -> None:
    backlog = Backlog(patience_s=10)
    with ExitStack() as stack:
        for _ in range(9):  # as long as no pace is known, all are taken
            stack.enter_context(backlog.place(300))
        backlog.passed(1000, 10)
        assert backlog.seconds(300) == 30
        assert backlog.seconds(10) == 1, "a short one takes turns with the long ones"
        with pytest.raises(Busy, match="some 30 seconds, alone 3"):
            stack.enter_context(backlog.place(300))
        stack.enter_context(backlog.place(10))
    assert backlog.seconds(300) == 3, "what is answered waits no more"
    with backlog.place(10_000):
        pass  # alone, it may be tried


def test_as_many_are_let_in_as_can_go_on_to_be_answered() -> None:
    backlog = Backlog(patience_s=10)
    backlog.passed(100, 1)
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(backlog.place(100))
        with pytest.raises(Busy):
            stack.enter_context(backlog.place(100))


def test_the_pace_follows_the_model_slowly_and_by_what_was_done() -> None:
    backlog = Backlog(patience_s=10)
    backlog.passed(1000, 1)
    backlog.passed(200, 1)
    assert backlog.seconds(1000) == pytest.approx(1.8)
    backlog.passed(1, 0.001)
    assert backlog.seconds(1000) == pytest.approx(1.8, abs=0.01), "little says little"


def test_what_comes_after_the_end_hears_of_it(tfidf: Classifier) -> None:
    async def act(batcher: Batcher, classifier: Gated) -> None:
        first = asyncio.ensure_future(batcher.run(job("one")))
        await begun(classifier, 1)
        batcher._coming.put(None)
        late = asyncio.ensure_future(batcher.run(job("late")))
        await asyncio.sleep(0)
        classifier.gate.release(1)
        assert await first == ["one"]
        with pytest.raises(Closed):
            await late

    play(tfidf, act)


def test_more_than_can_be_answered_in_time_is_refused_at_once(tfidf: Classifier) -> None:
    async def act(batcher: Batcher, classifier: Gated) -> None:
        classifier.gate.release(2)
        batcher.warm_up()
        first = asyncio.ensure_future(batcher.run(job("one", characters=10**9)))
        await begun(classifier, 3)
        with pytest.raises(Busy):
            await batcher.run(job("two", characters=10**9))
        classifier.gate.release(1)
        assert await first == ["one"]
        classifier.gate.release(1)
        assert await batcher.run(job("three", characters=10**9)) == ["three"]

    assert play(tfidf, act, patience_s=1).passes[2:] == [["one"], ["three"]]
