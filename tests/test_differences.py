"""Differences of adjusted figures: the doubt in common does not count, and intervals hold."""

import math

import numpy as np
import pytest

from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.manifest import read_manifest
from stancekit.serving.estimates import NET, estimate
from stancekit.serving.estimates.adjusted import corrected, nearest_shares
from stancekit.serving.estimates.cells import Cell
from stancekit.serving.estimates.clusters import Means
from stancekit.serving.estimates.confusion import confusion
from stancekit.serving.estimates.differences import difference, difference_of
from stancekit.serving.score_table import score_table
from stancekit.training.simulated_archive import simulated_archive

RATES = np.array([[0.7, 0.1, 0.2], [0.1, 0.8, 0.1], [0.15, 0.1, 0.75]])
VALUES = np.array([1.0, -1.0, 0.0])
GOLD = np.repeat(np.arange(3), 40)


def drawn(
    shares: np.ndarray, chance: np.random.Generator, sentences: int = 3000
) -> tuple[Means, np.ndarray]:
    """Means of predicted labels in two cells, and what was predicted of held-out sentences."""
    value, covariance = [], []
    for own in shares @ RATES:
        mean = chance.multinomial(sentences, own) / sentences
        value.append(mean)
        covariance.append((np.diag(mean) - np.outer(mean, mean)) / sentences)
    judged = np.array([chance.choice(3, p=RATES[label]) for label in GOLD])
    return Means(np.array(value), np.array(covariance), np.array([300, 300])), judged


@pytest.mark.parametrize("values", [None, VALUES], ids=["share", "net"])
@pytest.mark.parametrize(
    "shares",
    [[[0.3, 0.3, 0.4], [0.3, 0.3, 0.4]], [[0.5, 0.2, 0.3], [0.2, 0.4, 0.4]]],
    ids=["equal", "other"],
)
def test_intervals_hold_the_true_difference(
    shares: list[list[float]], values: np.ndarray | None
) -> None:
    chance, true = np.random.default_rng(0), np.array(shares)
    wanted = true[:, 0] if values is None else true @ values / (true @ np.abs(values))
    held, rounds = 0, 300
    for _ in range(rounds):
        means, judged = drawn(true, chance)
        rates = confusion(GOLD, np.eye(3)[judged], np.arange(len(GOLD)))
        found = difference_of(corrected(means, rates), (0, 1), 0, values)
        held += found.low <= wanted[1] - wanted[0] <= found.high
    assert 0.92 <= held / rounds <= 1


def test_a_change_is_certain_though_both_intervals_overlap() -> None:
    manifest = read_manifest(released_bundle())
    held_out = read_held_out(released_bundle(), manifest)
    rows = simulated_archive(manifest.codebook, manifest.id[:12], held_out, articles=3000)
    table = score_table(rows, manifest.codebook, manifest.id[:12], "here")
    task = manifest.codebook.tasks[0]
    years = [
        own
        for own in estimate(table, held_out, over="year", methods=["adjusted"])
        if (own.task, own.quantity) == (task.name, NET)
    ]
    first, last = years[0], years[-1]
    cells = Cell((), first.period), Cell((), last.period)
    found = difference(table, held_out, task, NET, cells, over="year")
    assert found.value == pytest.approx(last.value - first.value)
    assert found.is_certain
    assert found.high < 0
    assert found.high - found.low < (first.high - first.low) + (last.high - last.low)
    for more in ({"comparisons": 3}, {"picked_from": 7}):
        wider = difference(table, held_out, task, NET, cells, over="year", **more)
        assert wider.low < found.low
        assert wider.high > found.high
    back = difference(table, held_out, task, NET, cells[::-1], over="year")
    assert (back.value, back.low) == pytest.approx((-found.value, -found.high))
    with pytest.raises(ValueError, match="is not in list"):
        difference(table, held_out, task, NET, (cells[0], Cell((), "1890")), over="year")


def test_of_one_document_nothing_is_said() -> None:
    chance = np.random.default_rng(1)
    means, judged = drawn(np.array([[0.3, 0.3, 0.4], [0.6, 0.2, 0.2]]), chance)
    alone = Means(means.value, np.full_like(means.covariance, np.nan), np.array([1, 300]))
    rates = confusion(GOLD, np.eye(3)[judged], np.arange(len(GOLD)))
    found = difference_of(corrected(alone, rates), (0, 1), 0)
    assert math.isnan(found.low)
    assert not found.is_certain


def test_a_difference_is_that_of_the_shares_shown() -> None:
    """Fewer are called by a label than errors alone would make: its share is 0, not below."""
    chance = np.random.default_rng(2)
    means, judged = drawn(np.array([[0.0, 0.6, 0.4], [0.4, 0.3, 0.3]]), chance)
    few = Means(np.array([[0.04, 0.6, 0.36], means.value[1]]), means.covariance, means.documents)
    solved = corrected(few, confusion(GOLD, np.eye(3)[judged], np.arange(len(GOLD))))
    shown = nearest_shares(solved.shares)
    assert solved.shares[0, 0] < 0 == shown[0, 0]
    for label in range(3):
        found = difference_of(solved, (0, 1), label)
        assert found.value == pytest.approx(shown[1, label] - shown[0, label])
        assert -1 <= found.low <= found.value <= found.high <= 1
    net = difference_of(solved, (0, 1), 0, VALUES)
    values = shown @ VALUES / (shown @ np.abs(VALUES))
    assert net.value == pytest.approx(values[1] - values[0])
    assert -2 <= net.low <= net.value <= net.high <= 2
