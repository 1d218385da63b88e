"""Temperatures: found again in simulated data, never judged by what they were fitted on."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError
from stancekit.labels.sentences import Sentence
from stancekit.models.bundle import read_bundle, released_bundle
from stancekit.models.calibration import scaled
from stancekit.models.predictor import FloatArray
from stancekit.training.calibration import (
    calibrate,
    error_by_chance,
    expected_calibration_error,
    fit_temperature,
    reliability,
    risk_coverage,
)
from stancekit.training.calibration_pictures import reliability_picture, risk_coverage_picture
from stancekit.training.evaluation import evaluate
from stancekit.training.recipe import Recipe


def simulated(factor: float, count: int = 4000) -> tuple[FloatArray, np.ndarray]:
    """Probabilities whose logits are `factor` times those that the labels were drawn by."""
    random = np.random.default_rng(1)
    true = scaled(random.dirichlet([1, 1, 1], size=count), 0.8)
    gold = (random.random(count)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    return scaled(true, 1 / factor), gold


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(factor: float) -> None:
    probabilities, gold = simulated(factor)
    temperature = fit_temperature(probabilities, gold)
    assert temperature == pytest.approx(factor, rel=0.08)
    after = expected_calibration_error(scaled(probabilities, temperature), gold)
    assert after < 0.03
    if factor != 1:
        assert expected_calibration_error(probabilities, gold) > 3 * after


@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=5),
    st.floats(0.05, 20),
)
def test_scaling_keeps_the_order_and_the_sum(weights: list[float], temperature: float) -> None:
    row = np.array([weights]) / sum(weights)
    after = scaled(row, temperature)
    assert after.sum() == pytest.approx(1)
    assert after[0].argmax() == row[0].argmax() or np.isclose(*np.sort(row[0])[-2:], rtol=1e-9)
    if temperature >= 1:  # a low one leaves nothing of the smaller probabilities
        np.testing.assert_allclose(scaled(after, 1 / temperature), row, atol=1e-6)


def test_a_label_that_training_never_saw_stays_at_nothing() -> None:
    assert scaled(np.array([[0.7, 0.3, 0.0]]), 20)[0, 2] == 0


def test_no_document_judges_its_own_temperature() -> None:
    probabilities, gold = simulated(3.0, 300)
    documents = [str(n % 3) for n in range(300)]
    own = np.array(documents) == "0"
    before = calibrate(probabilities, gold, documents)
    turned = np.where(own, (gold + 1) % 3, gold)
    after = calibrate(probabilities, turned, documents)
    np.testing.assert_array_equal(before.probabilities[own], after.probabilities[own])
    assert not np.array_equal(before.probabilities[~own], after.probabilities[~own])
    assert before.temperature != after.temperature


def test_bins_hold_every_sentence_and_errors_are_counted() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])
    gold = np.array([0, 1, 1, 1])
    bins = reliability(probabilities, gold, 2)
    assert [(b.confidence, b.accuracy, b.count) for b in bins] == [
        (pytest.approx(0.65), 1.0, 2), (pytest.approx(0.85), 0.5, 2)
    ]  # fmt: skip
    assert expected_calibration_error(probabilities, gold, 2) == pytest.approx(0.35)
    coverage, risk = risk_coverage(probabilities, gold)
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 1 / 2, 1 / 3, 1 / 4])


def test_the_error_by_chance_is_that_of_labels_drawn_as_the_model_says() -> None:
    probabilities, _ = simulated(1.0, count=97)
    random = np.random.default_rng(5)
    limits = probabilities.cumsum(axis=1)
    errors = [
        expected_calibration_error(probabilities, (random.random(97)[:, None] > limits).sum(axis=1))
        for _ in range(2000)
    ]
    found = error_by_chance(probabilities)
    assert found.value == pytest.approx(np.mean(errors), rel=0.03)
    assert found.low == pytest.approx(np.percentile(errors, 2.5), rel=0.08)
    assert found.high == pytest.approx(np.percentile(errors, 97.5), rel=0.05)


@pytest.mark.parametrize(("factor", "is_chance"), [(0.4, False), (1.0, True), (3.0, False)])
def test_an_error_that_chance_makes_is_told_from_one_that_it_does_not(
    factor: float, is_chance: bool
) -> None:
    probabilities, gold = simulated(factor, count=300)
    chance = error_by_chance(probabilities)
    measured = expected_calibration_error(probabilities, gold)
    assert (chance.low <= measured <= chance.high) == is_chance


def test_an_evaluation_has_its_calibration_and_pictures(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    judged = evaluate(recipe, sentences, codebook)
    for task in judged.tasks.values():
        own = task.calibration
        assert 0 <= own.after <= 1
        np.testing.assert_array_equal(own.probabilities.argmax(axis=1), task.predicted)
        np.testing.assert_allclose(own.probabilities.sum(axis=1), 1)
    assert len(reliability_picture(judged, codebook).axes) == len(codebook.tasks)
    [axes] = risk_coverage_picture(judged, codebook).axes
    assert len(axes.lines) == len(codebook.tasks)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "a temperature for each task"),
        ({"stance": 1.0, "framing": 0.0}, "a number above 0"),
        ({"stance": 1.0, "framing": -1.0}, "a number above 0"),
    ],
)
def test_a_bundle_needs_a_temperature_for_each_task(
    tmp_path: Path, change: dict[str, float], message: str
) -> None:
    folder = Path(shutil.copytree(released_bundle("tfidf"), tmp_path / "bundle"))
    manifest = replace(read_bundle(folder).manifest, temperatures=change).with_id()
    (folder / "bundle.json").write_text(manifest.to_json(), encoding="utf-8")
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)
    assert json.loads((folder / "bundle.json").read_text())["temperatures"] == change
