from stancekit.serving.progress import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_meter_says_how_far_how_fast_and_how_long() -> None:
    clock = Clock()
    meter = Meter(1000, clock)
    clock.now = 10
    meter.add(250, 500, 2)
    assert str(meter) == "25%, 500 sentences, 50 a second, 30 s left, 2 set aside"


def test_what_was_done_before_says_nothing_of_how_fast_it_goes() -> None:
    clock = Clock()
    meter = Meter(10_000, clock)
    clock.now = 100
    meter.begun(5000, 9000)
    clock.now = 110
    meter.add(10, 20, 0)
    assert str(meter) == "50%, 9,020 sentences, 2 a second, 1 h 23 min left"


def test_where_nobody_knows_how_much_there_is_no_time_is_promised() -> None:
    clock = Clock()
    meter = Meter(None, clock)
    clock.now = 2
    meter.add(0, 10, 0)
    assert str(meter) == "10 sentences, 5 a second"
