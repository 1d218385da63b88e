"""The estimators say what QuaPy and ppi-python say, of the same numbers."""

import importlib.util
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from stancekit.serving.estimates.adjusted import corrected, nearest_shares
from stancekit.serving.estimates.clusters import blocks_of, cluster_means
from stancekit.serving.estimates.confusion import confusion
from stancekit.serving.estimates.expectation import expectation_maximisation
from stancekit.serving.estimates.sampled import sampled

ORACLES = Path(__file__).parent / "oracles"
ANSWERS = json.loads((ORACLES / "estimates.json").read_text(encoding="utf-8"))


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracles", ORACLES / "estimates.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORACLE = script()


@pytest.mark.parametrize("name", ORACLE.QUANTIFIED)
@pytest.mark.parametrize("key", ["adjusted", "probabilistic"])
def test_adjusted_counts_are_those_of_quapy(name: str, key: str) -> None:
    gold, held_out, corpus = ORACLE.quantification_inputs(name)
    labels = held_out.shape[1]
    columns = [held_out, corpus]
    if key == "adjusted":
        columns = [np.eye(labels)[own.argmax(axis=1)] for own in columns]
    rates = confusion(gold, columns[0], np.zeros(len(gold), dtype=np.int64))
    blocks = blocks_of(np.zeros(len(corpus), dtype=np.int64), np.arange(len(corpus)), 1)
    found = corrected(cluster_means(blocks, blocks.totals(columns[1]), by_document=False), rates)
    expected = ANSWERS["quantified"][name]
    assert found.shares[0] == pytest.approx(expected[key], abs=1e-9)
    # QuaPy looks for the projection step by step.
    projected = expected[f"{key}, projected"]
    assert nearest_shares(found.shares)[0] == pytest.approx(projected, abs=1e-6)
    if "absent" in name and key == "adjusted":
        assert min(expected[key]) < 0 < min(projected) + 1e-12


@pytest.mark.parametrize("name", ORACLE.QUANTIFIED)
def test_expectation_maximisation_is_that_of_quapy(name: str) -> None:
    _, held_out, corpus = ORACLE.quantification_inputs(name)
    cells = np.zeros(len(corpus), dtype=np.int64)
    found = expectation_maximisation(
        corpus, np.ones(len(corpus)), cells, held_out.mean(axis=0), turns=20_000, close=1e-10
    )
    assert found[0] == pytest.approx(ANSWERS["quantified"][name]["em"], abs=1e-5)


def test_the_sample_estimator_is_that_of_ppi_python() -> None:
    """One stratum, documents of one sentence, all equally likely to be drawn: PPI++ exactly."""
    gold, everything, drawn = ORACLE.sample_inputs()
    rows = len(everything)
    own = np.full(rows, -1)
    own[drawn] = gold[drawn]
    found = sampled(
        blocks_of(np.zeros(rows, dtype=np.int64), np.arange(rows), 1),
        np.zeros(rows, dtype=np.int64),
        everything,
        own,
        np.full(rows, len(drawn) / rows),
        by_document=False,
    )
    value, error = found.means.value[0], np.sqrt(np.diag(found.means.covariance[0]))
    tuned = ANSWERS["sampled, tuned as here"]
    assert value == pytest.approx(tuned["value"], abs=1e-9)
    # Their tuning reckons with sentences that are in no sample; it differs by n / N = 4 %.
    assert value == pytest.approx(ANSWERS["sampled"]["value"], abs=0.002)
    width = (np.array(tuned["high"]) - np.array(tuned["low"])) / 2 / 1.959964
    # Theirs is for a sample apart from all sentences; ours is a part of them, and 240 are few.
    assert error == pytest.approx(width, rel=0.06)


@pytest.mark.parametrize("package", ["quapy", "ppi-python"])
def test_the_answers_are_still_those_of_the_packages(package: str) -> None:
    try:
        if version(package) != ANSWERS["versions"][package]:
            pytest.skip(f"another version of {package} is installed")
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed")
    if package == "quapy":
        for name, expected in ANSWERS["quantified"].items():
            for key, found in ORACLE.quantified(name).items():
                assert found == pytest.approx(expected[key], abs=1e-6)
    else:
        for key, found in ORACLE.sampled().items():
            assert found == pytest.approx(ANSWERS["sampled"][key], abs=1e-9)
