import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.models.reference import LexiconModel, MajorityModel


def labels(codebook: Codebook, text: str) -> dict[str, str]:
    predicted = LexiconModel(codebook).probabilities([text])
    return {
        task.name: task.label_names[int(predicted[task.name][0].argmax())]
        for task in codebook.tasks
    }


def test_the_label_with_most_keywords_wins(codebook: Codebook) -> None:
    assert labels(codebook, "Sanctions and tariffs, then cooperation.")["stance"] == "decoupling"
    assert labels(codebook, "Firms compete on price; the ministry looks on.")["framing"] == "market"


def test_no_keyword_or_a_tie_gives_the_default(codebook: Codebook) -> None:
    assert labels(codebook, "Graphene is carbon.") == {"stance": "neutral", "framing": "none"}
    assert labels(codebook, "Sanctions and cooperation.")["stance"] == "neutral"


def test_keywords_are_whole_words_or_their_beginnings(codebook: Codebook) -> None:
    assert labels(codebook, "An urban bandwidth band.")["stance"] == "neutral"
    assert labels(codebook, "They collaborated.")["stance"] == "engagement"


def test_majority_gives_the_shares_of_training() -> None:
    model = MajorityModel({"sky": [0.25, 0.75]})
    assert np.array_equal(model.probabilities(["a", "b"])["sky"], [[0.25, 0.75]] * 2)
