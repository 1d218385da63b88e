import threading
import time
from collections.abc import Iterator

import pytest

from stancekit.serving.ahead import ahead


def test_items_come_in_order_and_are_made_in_another_thread() -> None:
    makers = set()

    def make() -> Iterator[int]:
        for number in range(100):
            makers.add(threading.get_ident())
            yield number

    assert list(ahead(make())) == list(range(100))
    assert threading.get_ident() not in makers


def test_what_the_making_raises_is_raised_where_items_are_used() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    items = ahead(make())
    assert next(items) == 1
    with pytest.raises(ValueError, match="no more"):
        next(items)


def test_making_runs_no_further_ahead_than_allowed_and_stops_when_nobody_asks() -> None:
    made = 0
    ended = threading.Event()

    def make() -> Iterator[int]:
        nonlocal made
        try:
            while True:
                made += 1
                yield made
        finally:
            ended.set()

    items = ahead(make(), most=2)
    assert next(items) == 1
    time.sleep(0.2)
    assert made <= 1 + 2 + 1
    items.close()  # type: ignore[attr-defined]
    assert ended.wait(10) or made <= 4
