import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion
from sklearn.metrics import f1_score, precision_recall_fscore_support

from stancekit.labels.resampling import Interval, bootstrap_weights
from stancekit.training.metrics import (
    confusion_matrix,
    label_scores,
    macro_f1,
    macro_f1_interval,
    paired_difference,
)

GENERATOR = np.random.default_rng(0)
GOLD = GENERATOR.integers(0, 3, 200)
GOOD = np.where(GENERATOR.random(200) < 0.8, GOLD, GENERATOR.integers(0, 3, 200))
POOR = GENERATOR.integers(0, 3, 200)
STRATA = [str(n % 4) for n in range(200)]


@pytest.mark.parametrize("seed", range(20))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    gold, predicted = generator.integers(0, 3, 9), generator.integers(0, 3, 9)
    confusion = confusion_matrix(gold, predicted, 3)
    assert (confusion == sklearn_confusion(gold, predicted, labels=[0, 1, 2])).all()
    assert macro_f1(confusion) == pytest.approx(f1_score(gold, predicted, average="macro"))
    expected = precision_recall_fscore_support(gold, predicted, labels=[0, 1, 2], zero_division=0)
    found = [(s.precision, s.recall, s.f1, s.support) for s in label_scores(confusion, "abc")]
    assert np.allclose(np.array(found).T, np.array(expected, dtype=float))


def test_the_bootstrap_equals_drawing_sentences_one_by_one() -> None:
    weights = bootstrap_weights(STRATA, 50, seed=1)
    slow = [
        f1_score(np.repeat(GOLD, row), np.repeat(GOOD, row), average="macro")
        for row in weights.astype(int)
    ]
    interval = macro_f1_interval(GOLD, GOOD, 3, STRATA, 50, 1)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))


def test_units_are_drawn_within_their_stratum() -> None:
    weights = bootstrap_weights(["a"] * 30 + ["b"] * 70, 20, seed=0)
    assert (weights[:, :30].sum(axis=1) == 30).all()
    assert (weights[:, 30:].sum(axis=1) == 70).all()


def test_strata_too_small_to_vary_are_drawn_as_one() -> None:
    weights = bootstrap_weights([str(n) for n in range(40)] + ["big"] * 60, 20, seed=0)
    assert (weights[:, :40].sum(axis=1) == 40).all()
    assert weights[:, :40].max() > 1
    assert (weights[:, 40:].sum(axis=1) == 60).all()


def test_an_interval_holds_its_value_and_repeats_with_its_seed() -> None:
    interval = macro_f1_interval(GOLD, GOOD, 3, STRATA, 500, 0)
    assert interval.low < interval.value < interval.high
    assert interval == macro_f1_interval(GOLD, GOOD, 3, STRATA, 500, 0)
    assert interval != macro_f1_interval(GOLD, GOOD, 3, STRATA, 500, 1)


def labelled(*sizes: int) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def test_rare_labels_that_are_missed_do_not_raise_the_interval() -> None:
    """A label that a replicate lacks is no reason to average over fewer of them."""
    gold = labelled(100, 50, 30, 10, 5, 2, 1, 1, 1)
    predicted = np.where(gold < 4, gold, 0)
    strata = ["all"] * len(gold)
    interval = macro_f1_interval(gold, predicted, 9, strata, 500, 0)
    slow = [
        f1_score(
            np.repeat(gold, row),
            np.repeat(predicted, row),
            labels=np.arange(9),
            average="macro",
            zero_division=0,
        )
        for row in bootstrap_weights(strata, 500, 0).astype(int)
    ]
    assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(slow, [2.5, 97.5])))
    assert interval.low < interval.value < interval.high < 4.1 / 9


def test_the_commonest_label_alone_has_an_interval_that_holds_its_score() -> None:
    gold = labelled(200, *[1] * 11)
    interval = macro_f1_interval(gold, np.zeros_like(gold), 12, ["all"] * len(gold), 500, 0)
    assert interval.low < interval.value < interval.high < 1 / 12


def test_labels_that_never_occur_do_not_count() -> None:
    own = macro_f1_interval(GOLD, GOOD, 3, STRATA, 200, 0)
    assert macro_f1_interval(GOLD, GOOD, 7, STRATA, 200, 0) == own
    difference = paired_difference(GOLD, GOOD, POOR, 3, STRATA, 200, 0)
    assert paired_difference(GOLD, GOOD, POOR, 7, STRATA, 200, 0) == difference


def test_one_sentence_of_a_rare_label_tells_no_systems_apart() -> None:
    gold = labelled(60, 60, 1)
    missed = np.where(gold == 2, 1, gold)
    difference = paired_difference(gold, gold, missed, 3, ["all"] * len(gold), 500, 0)
    assert difference.low <= 0 < difference.value <= difference.high
    assert difference.high == pytest.approx(difference.value, abs=0.02)


def test_a_better_system_is_told_from_a_poorer_one_and_not_from_itself() -> None:
    better = paired_difference(GOLD, GOOD, POOR, 3, STRATA, 500, 0)
    worse = paired_difference(GOLD, POOR, GOOD, 3, STRATA, 500, 0)
    same = paired_difference(GOLD, GOOD, GOOD, 3, STRATA, 500, 0)
    assert 0 < better.low < better.value < better.high
    assert worse.high < 0
    assert (same.low, same.value, same.high) == (0, 0, 0)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """A system of known accuracy, drawn anew 200 times: about 95 % of intervals hold the truth."""
    generator = np.random.default_rng(5)

    def draw(size: int) -> tuple[np.ndarray, np.ndarray]:
        gold = generator.integers(0, 3, size)
        wrong = (gold + generator.integers(1, 3, size)) % 3
        return gold, np.where(generator.random(size) < 0.7, gold, wrong)

    truth = f1_score(*draw(200_000), average="macro")
    hits = 0
    for _ in range(200):
        interval = macro_f1_interval(*draw(150), 3, ["all"] * 150, 300, 0)
        hits += interval.low <= truth <= interval.high
    assert 0.88 <= hits / 200 <= 0.99


def test_a_difference_is_told_with_its_sign_and_nothing_is_less_than_nothing() -> None:
    assert Interval(-0.001, -0.02, 0.004).signed() == "+0.00 [-0.02, +0.00]"
    assert Interval(0.126, -0.006, 0.2).signed() == "+0.13 [-0.01, +0.20]"
