"""A threshold is promised only where errors are shown to be rare enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.errors import InputError
from stancekit.models.held_out import HeldOutTask
from stancekit.models.precision import label_promise, promise, task_promise


def test_the_fewest_right_answers_are_those_of_the_binomial_test() -> None:
    right = np.zeros(36, dtype=bool)
    found = promise(np.linspace(0.5, 0.9, 36), right, 0.9, 0.9)
    assert found.fewest == 36  # 0.9 ** 36 <= 0.1 / 4 < 0.9 ** 35
    assert (found.threshold, found.answered, found.wrong) == (0.0, 36, 0)
    fewer = promise(np.linspace(0.5, 0.9, 35), right[:35], 0.9, 0.9)
    assert (fewer.threshold, fewer.answered, fewer.fewest) == (None, 0, 36)
    assert promise(np.empty(0), np.empty(0, dtype=bool), 0.9, 0.9).threshold is None


def test_what_cannot_be_promised_says_how_many_are_wrong() -> None:
    wrong = np.arange(50) % 5 == 0
    found = promise(np.linspace(0.99, 0.5, 50), wrong, 0.9, 0.9)
    assert found.threshold is None
    assert (found.answered, found.wrong) == (36, 8)


def test_answers_are_those_that_reach_the_threshold() -> None:
    """The surest fifth is right, the others are wrong half of the time."""
    probabilities = np.linspace(0.999, 0.3, 500)
    wrong = (np.arange(500) >= 100) & (np.arange(500) % 2 == 0)
    found = promise(probabilities, wrong, 0.9, 0.9)
    assert found.threshold is not None
    answered = probabilities >= found.threshold
    assert found.answered == answered.sum() > 100
    assert found.wrong == wrong[answered].sum()
    assert found.threshold * 1000 == pytest.approx(round(found.threshold * 1000))


def test_one_error_among_many_sure_answers_does_not_forbid_a_promise() -> None:
    wrong = np.zeros(400, dtype=bool)
    wrong[0] = True
    assert promise(np.linspace(0.999, 0.5, 400), wrong, 0.9, 0.9).threshold == 0


def test_a_label_is_tested_where_it_is_given() -> None:
    gold = np.array([0] * 60 + [1] * 60, dtype=np.int64)
    probabilities = np.array([[0.9, 0.1]] * 60 + [[0.2, 0.8]] * 30 + [[0.7, 0.3]] * 30)
    task = HeldOutTask(("d",) * 120, gold, probabilities)
    first, second = (label_promise(task, label, 0.9, 0.9) for label in (0, 1))
    assert (first.sentences, first.answered, first.wrong) == (90, 60, 0)
    assert first.threshold == pytest.approx(0.701)
    assert (second.sentences, second.threshold) == (30, None)
    whole = task_promise(task, 0.9, 0.9)
    assert (whole.sentences, whole.answered, whole.threshold) == (120, 90, pytest.approx(0.701))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=120),
    st.sampled_from([0.5, 0.8, 0.9]),
)
def test_a_stricter_promise_never_answers_more(
    rows: list[tuple[float, bool]], precision: float
) -> None:
    probabilities = np.array([p for p, _ in rows], dtype=float)
    wrong = np.array([is_wrong for _, is_wrong in rows], dtype=bool)
    loose = promise(probabilities, wrong, precision, 0.9)
    strict = promise(probabilities, wrong, precision, 0.99)
    assert strict.threshold is None or (
        loose.threshold is not None and loose.threshold <= strict.threshold
    )


@pytest.mark.parametrize("rising", [True, False], ids=["errors rise", "errors stay"])
def test_promises_are_broken_no_more_often_than_was_said(rising: bool) -> None:
    """Where 12 % are wrong wherever one looks, every promise of 90 % is broken."""
    generator = np.random.default_rng(7)
    draws, count, confidence = 1500, 200, 0.9
    broken = 0
    for _ in range(draws):
        p = generator.random(count)
        # With errors that rise, those from t on are (1 - t) / 4 wrong on average: 10 % at 0.6.
        wrong = generator.random(count) < ((1 - p) / 2 if rising else 0.12)
        found = promise(p, wrong, 0.9, confidence)
        if found.threshold is not None:
            share = (1 - found.threshold) / 4 if rising else 0.12
            broken += share > 0.1
    most = (1 - confidence) + 3 * np.sqrt(confidence * (1 - confidence) / draws)
    assert broken / draws <= most
    assert broken  # or nothing was put to the test


@pytest.mark.parametrize(("precision", "confidence"), [(1, 0.9), (0, 0.9), (0.9, 1), (0.9, -1)])
def test_a_share_that_is_none_is_refused(precision: float, confidence: float) -> None:
    with pytest.raises(InputError, match="expected a number between 0 and 1"):
        promise(np.ones(3), np.zeros(3, dtype=bool), precision, confidence)
