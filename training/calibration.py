"""Whether probabilities can be believed, and the temperature that makes them so.

A temperature is fitted to predictions for left-out documents, or other groups of sentences. What
is reported for one comes from the temperature that the others give, so that no sentence judges its
own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from stancekit.labels.resampling import Interval, percentile_interval
from stancekit.models.calibration import scaled
from stancekit.models.predictor import FloatArray, IntArray

__all__ = [
    "Bin",
    "Calibration",
    "calibrate",
    "error_by_chance",
    "expected_calibration_error",
    "fit_temperature",
    "reliability",
    "risk_coverage",
]

BINS = 10
_RANGE = (np.log(0.05), np.log(20))


@dataclass(frozen=True)
class Bin:
    """Sentences of like confidence: how sure the model is, and how often it is right."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True)
class Calibration:
    """How far confidence and accuracy lie apart, as the model says it and with a temperature.

    `before` and `after` are expected calibration errors in [0, 1]; `probabilities` are those with
    the temperature of the other groups, (sentences, labels); `temperature` is that of all.
    """

    temperature: float
    before: float
    after: float
    probabilities: FloatArray


def fit_temperature(probabilities: FloatArray, gold: IntArray) -> float:
    """Return the temperature, in [0.05, 20], that makes the gold labels likeliest."""

    def loss(logarithm: float) -> float:
        rows = scaled(probabilities, float(np.exp(logarithm)))
        return -float(np.log(np.maximum(rows[np.arange(len(gold)), gold], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=_RANGE, method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def calibrate(probabilities: FloatArray, gold: IntArray, groups: Sequence[str]) -> Calibration:
    """Return how well calibrated `probabilities` of left-out sentences are, and can be made.

    `groups` has the document, or other group, of each sentence. A group without any other keeps the
    model's own probabilities.
    """
    membership = np.array(groups)
    after = np.zeros_like(probabilities)
    for group in dict.fromkeys(groups):
        own = membership == group
        temperature = 1.0 if own.all() else fit_temperature(probabilities[~own], gold[~own])
        after[own] = scaled(probabilities[own], temperature)
    return Calibration(
        temperature=round(fit_temperature(probabilities, gold), 4),
        before=expected_calibration_error(probabilities, gold),
        after=expected_calibration_error(after, gold),
        probabilities=after,
    )


def reliability(probabilities: FloatArray, gold: IntArray, bins: int = BINS) -> list[Bin]:
    """Return bins of (almost) equally many sentences, from the least sure to the surest."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    order = np.argsort(confidence, kind="stable")
    return [
        Bin(float(confidence[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, min(bins, len(order)))
    ]


def expected_calibration_error(
    probabilities: FloatArray, gold: IntArray, bins: int = BINS
) -> float:
    """Return the mean distance of confidence and accuracy over bins of equal size, in [0, 1].

    Bins of equal size as in Nguyen and O'Connor, "Posterior calibration and exploratory analysis
    for natural language processing models", 2015; with few sentences it is above 0 by chance alone
    (see `error_by_chance`).
    """
    parts = reliability(probabilities, gold, bins)
    total = sum(part.count for part in parts)
    return sum(part.count * abs(part.confidence - part.accuracy) for part in parts) / total


def error_by_chance(
    probabilities: FloatArray, bins: int = BINS, draws: int = 2000, seed: int = 0
) -> Interval:
    """Return the calibration error that sentences this sure would show if all were as they say.

    Its mean over `draws`, in each of which every sentence is right as often as the model is sure,
    and the range of 95 % of them. A measured error within that range is none that could be seen
    (consistency resampling; Bröcker and Smith, "Increasing the Reliability of Reliability
    Diagrams", 2007).
    """
    confidence = np.sort(probabilities.max(axis=1))
    drawn = np.random.default_rng(seed).random((draws, len(confidence))) < confidence
    gaps = confidence - drawn
    parts = np.array_split(gaps, min(bins, len(confidence)), axis=1)
    errors = np.sum([np.abs(part.sum(axis=1)) for part in parts], axis=0) / len(confidence)
    return percentile_interval(float(errors.mean()), errors)


def risk_coverage(probabilities: FloatArray, gold: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return coverage and the share of errors in it, as ever less sure sentences are answered.

    *Shape:* (sentences,) both, in [0, 1].
    """
    confidence = probabilities.max(axis=1)
    wrong = (probabilities.argmax(axis=1) != gold)[np.argsort(-confidence, kind="stable")]
    counts = np.arange(1, len(gold) + 1)
    return counts / len(gold), np.cumsum(wrong) / counts
