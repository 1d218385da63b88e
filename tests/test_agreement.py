"""The worked examples are those that the authors of the two statistics published."""

from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.agreement import agreement, agreement_table, count_labels
from stancekit.labels.annotation import read_annotations
from stancekit.labels.codebook import Codebook

LABELS = Path(__file__).parent.parent / "labels"


# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections A to C; the last one
# is also the data set of four raters in Gwet's Handbook of Inter-Rater Reliability.
MEG_AND_OWEN = list(zip("0100000010", "1110010000", strict=True))
BEN_AND_GERRY = list(zip("aabbdcccedda", "babbbccceddd", strict=True))
FOUR_OBSERVERS = [
    [None if value == "." else value for value in unit]
    for unit in zip("123321412...", "1233224125.3", ".3332342251.", "12332441251.", strict=True)
]


@pytest.mark.parametrize(
    ("labels", "categories", "alpha"),
    [
        (MEG_AND_OWEN, "01", 0.095),
        (BEN_AND_GERRY, "abcde", 0.692),
        (FOUR_OBSERVERS, "12345", 0.743),
    ],
)
def test_alpha_is_that_of_the_published_examples(
    labels: list[list[str | None]], categories: str, alpha: float
) -> None:
    found = agreement(count_labels(labels, categories)).alpha
    assert found.value == pytest.approx(alpha, abs=0.0005)
    assert found.low <= found.value <= found.high


def test_ac1_is_that_of_gwets_four_raters() -> None:
    found = agreement(count_labels(FOUR_OBSERVERS, "12345"))
    assert found.ac1.value == pytest.approx(0.77544, abs=0.00001)
    assert found.observed == pytest.approx(0.81818, abs=0.00001)


def test_ac1_withstands_the_paradox_of_rare_labels() -> None:
    """Gwet (2002): 118 of 125 cases agreed to be positive; kappa-like statistics fall below 0."""
    labels = [("+", "+")] * 118 + [("+", "-")] * 5 + [("-", "+")] * 2
    found = agreement(count_labels(labels, "+-"))
    assert found.ac1.value == pytest.approx(0.9408, abs=0.0001)
    assert found.alpha.value < 0


def test_perfect_agreement_is_one_and_chance_is_about_zero() -> None:
    assert agreement(count_labels([("a", "a"), ("b", "b")] * 5, "ab")).alpha.value == 1
    generator = np.random.default_rng(1)
    random = [[str(x) for x in row] for row in generator.integers(0, 3, (3000, 3))]
    found = agreement(count_labels(random, "012"), replicates=100)
    assert abs(found.alpha.value) < 0.03
    assert abs(found.ac1.value) < 0.03


def test_alpha_is_undefined_where_only_one_label_was_used() -> None:
    assert np.isnan(agreement(count_labels([("a", "a")] * 3, "ab")).alpha.value)


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = count_labels(BEN_AND_GERRY, "abcde")
    assert agreement(counts, seed=3) == agreement(counts, seed=3)
    assert agreement(counts, seed=3).alpha.low != agreement(counts, seed=4).alpha.low


def test_the_table_has_a_row_for_each_task_and_each_label(codebook: Codebook) -> None:
    annotations = read_annotations(LABELS / "annotations", codebook)
    rows = agreement_table(annotations, codebook, replicates=100)
    expected = [(task.name, label) for task in codebook.tasks for label in ("", *task.label_names)]
    assert [(row.task, row.label) for row in rows] == expected
    assert all(row.units == len(annotations["reader-a"]) for row in rows)
