"""Evidence: exact where it is said to be, better than chance at finding the words that count."""

import math
import random
import re
from collections.abc import Sequence

import numpy as np
import pytest

from stancekit.labels.errors import DataError, InputError
from stancekit.labels.sentences import Sentence
from stancekit.models.text import normalise
from stancekit.models.tfidf import TfidfModel
from stancekit.serving import Classifier
from stancekit.serving.evidence import explain, pieces

ODD = [
    "China’s  must end [its dependence](https://x.example/y) on foreign chips — now.",
    "See https://example.org/a?b=c: “the rules” ½ ﬁrm İstanbul Σίσυφος",
    "One.",
    "a\tb\nc " * 20,
    "Firms, firms; firms! Firms invest in firms.",
]
REMOVED = 0.2
"""Share of a sentence's words that the deletion test takes away."""


@pytest.mark.parametrize("text", ODD)
def test_the_parts_and_the_intercept_sum_to_the_log_odds(tfidf: Classifier, text: str) -> None:
    model = tfidf.bundle.model
    assert isinstance(model.model, TfidfModel)
    for task in tfidf.codebook.tasks:
        found = explain(tfidf, text, task.name)
        logs = np.log(model.probabilities([text])[task.name][0])
        head = model.model.heads[task.name]
        column = head.labels.index(found.label)
        intercept = (head.intercepts[column] - head.intercepts.mean()) / model.temperatures[
            task.name
        ]
        total = sum(word.contribution for word in found.words) + intercept
        best = task.label_names.index(found.label)
        assert total == pytest.approx(logs[best] - logs.mean(), abs=1e-9)
        assert (found.method, found.task) == ("exact", task.name)
        for word in found.words:
            assert text[word.start : word.end] == word.text


@pytest.mark.parametrize("text", ODD)
def test_words_are_normalised_one_by_one_to_the_whole(text: str) -> None:
    spans = pieces(text)
    plain = [normalise(text[start:end]) for start, end in spans]
    assert " ".join(own for own in plain if own) == normalise(text)
    assert [span for pair in spans for span in pair] == sorted(s for pair in spans for s in pair)


def test_what_cannot_be_explained_is_refused(tfidf: Classifier) -> None:
    with pytest.raises(DataError, match="task 'mood' is not in the codebook"):
        explain(tfidf, "Firms invest.", "mood")
    with pytest.raises(InputError, match="text: expected words"):
        explain(tfidf, "12", "stance")


def test_another_model_is_explained_by_leaving_words_out() -> None:
    classifier = Classifier.load(threads=1)
    text = "China must end its dependence on foreign chips."
    found = explain(classifier, text, "stance", context="It said so.")
    assert found.method == "leave-one-out"
    [whole, without] = classifier.predict([text, text.replace("dependence", "")])
    odds = [own["stance"].probabilities[found.label] for own in (whole, without)]
    expected = math.log(odds[0] / (1 - odds[0])) - math.log(odds[1] / (1 - odds[1]))
    [word] = [word for word in found.words if word.text == "dependence"]
    assert word.contribution == pytest.approx(expected, abs=0.2)  # 4 bits round by the batch


def _without(text: str, taken: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(taken, reverse=True):
        text = text[:start] + " " + text[end:]
    return text


def deletion_test(
    classifier: Classifier, texts: Sequence[str], task: str, draws: int
) -> tuple[float, float, float]:
    """Return by how much the label's probability falls without the words that speak for it most,
    without as many words taken at random (mean of `draws`), and the p of a sign test of the two.
    """
    rng = random.Random(0)  # noqa: S311
    label, variants = [], []
    for text in texts:
        found = explain(classifier, text, task)
        words = sorted(found.words, key=lambda word: -word.contribution)
        count = max(1, round(REMOVED * len(words)))
        places = [(word.start, word.end) for word in words]
        chosen = [places[:count], *(rng.sample(places, count) for _ in range(draws))]
        variants += [text, *(_without(text, taken) for taken in chosen)]
        label.append(found.label)
    names = classifier.codebook.task(task).label_names
    rows = classifier.bundle.model.probabilities(variants, [""] * len(variants))[task]
    rows = rows.reshape(len(texts), draws + 2, len(names))
    own = rows[np.arange(len(texts)), :, [names.index(name) for name in label]]
    falls = own[:, :1] - own[:, 1:]
    chance = falls[:, 1:].mean(axis=1)
    wins = int((falls[:, 0] > chance).sum())
    p = sum(math.comb(len(texts), k) for k in range(wins, len(texts) + 1)) / 2 ** len(texts)
    return float(falls[:, 0].mean()), float(chance.mean()), p


@pytest.mark.parametrize("task", ["stance", "framing"])
def test_the_words_it_names_count_more_than_others(
    tfidf: Classifier, sentences: list[Sentence], task: str
) -> None:
    texts = [own.text for own in sentences if len(re.findall(r"\S+", own.text)) >= 5]
    fall, by_chance, p = deletion_test(tfidf, texts, task, draws=4)
    assert fall > 3 * by_chance
    assert p < 1e-20


def test_the_words_left_out_count_more_than_others(sentences: list[Sentence]) -> None:
    classifier = Classifier.load()
    texts = [own.text for own in sentences if 6 <= len(own.text.split()) <= 12][::2][:12]
    fall, by_chance, p = deletion_test(classifier, texts, "stance", draws=2)
    assert fall > 2 * by_chance
    assert p < 0.01
