"""Sets of labels hold the right one at the stated rate, and leave labels out by their threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.labels.errors import InputError
from stancekit.models.conformal import fewest_labels, fit_label_sets
from stancekit.models.held_out import HeldOutTask


def table(probabilities: list[list[float]], gold: list[int]) -> HeldOutTask:
    rows = np.array(probabilities, dtype=float).reshape(len(gold), -1)
    return HeldOutTask(("d",) * len(gold), np.array(gold, dtype=np.int64), rows)


steps = st.integers(0, 10_000)


@given(
    own=st.lists(steps, min_size=1, max_size=60),
    new=steps,
    percent=st.integers(1, 60),
)
def test_a_label_is_in_the_set_by_its_conformal_p_value(
    own: list[int], new: int, percent: int
) -> None:
    held_out = table([[p / 10_000, 1 - p / 10_000] for p in own], [0] * len(own))
    sets = fit_label_sets(held_out, percent / 100)
    at_most = 1 + sum(p <= new for p in own)
    # As whole numbers: (1 + how many are no more probable) / (n + 1) > error rate.
    expected = at_most * 100 > percent * (len(own) + 1)
    assert (new / 10_000 >= sets.thresholds[0]) == expected
    assert sets.thresholds[1] == 0


@given(
    rows=st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=40),
    rate=st.floats(0.01, 0.9),
)
def test_no_set_is_empty_and_each_is_named_in_order(rows: list[list[float]], rate: float) -> None:
    probabilities = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    gold = np.arange(len(rows)) % 3
    sets = fit_label_sets(HeldOutTask(("d",) * len(rows), gold, probabilities), rate)
    members = sets.members(probabilities)
    assert members[np.arange(len(rows)), probabilities.argmax(axis=1)].all()
    named = sets.named(probabilities, ["x", "y", "z"])
    assert named == [
        tuple(name for name, is_in in zip("xyz", row, strict=True) if is_in)
        for row in members.tolist()
    ]


@pytest.mark.parametrize(("rate", "fewest"), [(0.1, 9), (0.05, 19), (0.2, 4), (0.3, 3)])
def test_with_too_few_labels_a_label_is_in_all_sets(rate: float, fewest: int) -> None:
    assert fewest_labels(rate) == fewest
    for count, can_be_left_out in ((fewest - 1, False), (fewest, True)):
        sets = fit_label_sets(table([[0.9, 0.1]] * count, [0] * count), rate)
        assert bool(sets.thresholds[0]) is can_be_left_out
        assert sets.members(np.array([[0.2, 0.8]]))[0, 0] != can_be_left_out


def test_many_labels_are_told_apart() -> None:
    names = [f"label{n}" for n in range(90)]
    sets = fit_label_sets(table([[1 / 90] * 90], [0]), 0.1)
    assert sets.named(np.full((2, 90), 1 / 90), names) == [tuple(names)] * 2
    assert sets.named(np.empty((0, 90)), names) == []


@pytest.mark.parametrize("rate", [0, 1, -0.1, 2, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="error rate: expected a number between 0 and 1"):
        fit_label_sets(table([[0.5, 0.5]], [0]), rate)


def test_a_rate_next_to_none_is_refused() -> None:
    for rate in (1e-320, 1 - 1e-9):
        with pytest.raises(InputError, match="is less than a millionth from 0 or 1"):
            fit_label_sets(table([[0.5, 0.5]], [0]), rate)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 100), count=st.integers(20, 60))
def test_coverage_is_the_one_that_was_promised(seed: int, count: int) -> None:
    """Exactly so for probabilities without ties: floor((n + 1) rate) / (n + 1) are missed."""
    generator = np.random.default_rng(seed)
    draws, rate = 2000, 0.1
    own, new = generator.beta(4, 2, (draws, count)), generator.beta(4, 2, draws)
    held = [
        fresh >= fit_label_sets(table([[p, 1 - p] for p in row], [0] * count), rate).thresholds[0]
        for row, fresh in zip(own.tolist(), new.tolist(), strict=True)
    ]
    expected = 1 - np.floor((count + 1) * rate) / (count + 1)
    assert np.mean(held) == pytest.approx(expected, abs=4 * np.sqrt(rate / draws))
