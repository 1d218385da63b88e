"""What QuaPy and ppi-python say of the same numbers; run by hand, it writes `estimates.json`.

    pip install quapy==0.2.3 ppi-python==0.2.3 && python tests/oracles/estimates.py

`tests/test_estimates_oracles.py` compares with the file, and with the packages where installed.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
QUANTIFIED = {
    "three labels": (3, 90, 200, 0),
    "two labels": (2, 60, 150, 0),
    "five labels": (5, 150, 300, 0),
    "three labels, one of them absent": (3, 90, 200, 1),
}
"""Labels, held-out sentences, sentences of the corpus, and labels that do not occur there."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def quantification_inputs(name: str) -> tuple[Ints, Floats, Floats]:
    """Return gold labels and probabilities of held-out sentences, and probabilities of a corpus."""
    labels, held_out, corpus, absent = QUANTIFIED[name]
    generator = np.random.default_rng([7, labels, absent])
    gold = np.arange(held_out) % labels
    shares = np.where(np.arange(labels) < absent, 0, np.arange(1, labels + 1))
    true = generator.choice(labels, size=corpus, p=shares / shares.sum())

    def said(of: Ints) -> Floats:
        noise = generator.dirichlet(np.full(labels, 0.7), size=len(of))
        sure = generator.uniform(0.2, 0.9, size=len(of))[:, None]
        found = (1 - sure) * noise + sure * np.eye(labels)[of]
        return np.round(found / found.sum(axis=1, keepdims=True), 6)

    return gold, said(gold), said(true)


def quantified(name: str) -> dict[str, list[float]]:
    """Return what QuaPy says: adjusted count, its projection, probabilistic adjusted count, EM."""
    from quapy.functional import normalize_prevalence
    from quapy.method.aggregative import ACC, EMQ, PACC

    gold, held_out, corpus = quantification_inputs(name)
    labels = held_out.shape[1]
    classes = np.arange(labels)
    answers = {}
    for key, quantifier, known, counted in (
        ("adjusted", ACC, held_out.argmax(axis=1), np.eye(labels)[corpus.argmax(axis=1)]),
        ("probabilistic", PACC, held_out, corpus),
    ):
        rates = quantifier.getPteCondEstim(classes, gold, known)
        solved = ACC.solve_adjustment(rates, counted.mean(axis=0), "inversion", "exact-raise")
        answers[key] = solved.tolist()
        answers[f"{key}, projected"] = normalize_prevalence(solved, method="mapsimplex").tolist()
    prior = held_out.mean(axis=0)
    answers["em"] = EMQ.EM(prior, corpus, epsilon=1e-9)[0].tolist()
    return answers


def sample_inputs() -> tuple[Ints, Floats, Ints]:
    """Return labels and probabilities of a simple random sample, and probabilities of all."""
    generator = np.random.default_rng(11)
    everything = generator.dirichlet([0.9, 0.3, 0.4], size=6000)
    bounds = everything.cumsum(axis=1)[:, :-1]
    gold = (generator.random(len(everything))[:, None] > bounds).sum(axis=1)
    drawn = np.sort(generator.choice(len(everything), size=240, replace=False))
    return gold, everything, drawn


def sampled(tuned: float | None = None) -> dict[str, list[float]]:
    """Return the point estimate and 95 % interval of ppi-python for each label."""
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    gold, everything, drawn = sample_inputs()
    truth = np.eye(everything.shape[1])[gold[drawn]]
    value = ppi_mean_pointestimate(truth, everything[drawn], everything, lam=tuned)
    low, high = ppi_mean_ci(truth, everything[drawn], everything, alpha=0.05, lam=tuned)
    return {"value": np.ravel(value).tolist(), "low": low.tolist(), "high": high.tolist()}


def tuning() -> float:
    """Return the slope of labels on probabilities in the sample, all labels together."""
    gold, everything, drawn = sample_inputs()
    truth, said = np.eye(everything.shape[1])[gold[drawn]], everything[drawn]
    truth, said = truth - truth.mean(axis=0), said - said.mean(axis=0)
    return float((truth * said).sum() / (said**2).sum())


def answers() -> dict[str, object]:
    """Return all answers, with the versions of who gave them."""
    return {
        "versions": {name: version(name) for name in ("quapy", "ppi-python")},
        "quantified": {name: quantified(name) for name in QUANTIFIED},
        "sampled": sampled(),
        "sampled, tuned as here": sampled(tuning()),
    }


if __name__ == "__main__":
    text = json.dumps(answers(), indent=1) + "\n"
    (HERE / "estimates.json").write_text(text, encoding="utf-8")
