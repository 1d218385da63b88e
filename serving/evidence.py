"""Why a sentence got its label: what each of its words speaks for, and how strongly.

For the baseline this is read off its weights and exact. For any other model each word is left out
in turn, and what is said of the rest is compared.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stancekit.models.contributions import contributions
from stancekit.models.text import check_text, normalise
from stancekit.models.tfidf import TfidfModel
from stancekit.serving.classifier import Classifier
from stancekit.serving.passages import Passage, sentence_passage
from stancekit.serving.scored import ScoredDocument

__all__ = ["Evidence", "Question", "Word", "explain", "pieces"]

_WORD = re.compile(r"\S+")
_SMALLEST = 1e-9

EXACT = "exact"
LEAVE_ONE_OUT = "leave-one-out"
NOTES = {
    EXACT: "What the words add to the log-odds of the label against the mean of all labels."
    " With the model's intercept they sum to it; the context is not read.",
    LEAVE_ONE_OUT: "By how much the log-odds of the label fall if the word is left out."
    " Words that only work together are not told apart, and the parts need not sum to the whole.",
}


@dataclass(frozen=True, slots=True)
class Word:
    """Characters `[start, end)` of the sentence; `contribution` > 0 speaks for the label."""

    start: int
    end: int
    text: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The label of a task, and what each word of the sentence says for it or against it."""

    task: str
    label: str
    method: str
    words: tuple[Word, ...]
    note: str


class Question:
    """What evidence is asked for: a sentence, its context, a task.

    `passages` is what the model has to read for it, `answer` makes the evidence of what it said.
    Raises InputError for a text that cannot be scored, DataError for a task that is unknown.
    """

    def __init__(self, classifier: Classifier, text: str, context: str, task: str) -> None:
        self.task = classifier.codebook.task(task)
        self.text = check_text(text, "text")
        self.context = context
        self._calibrated = classifier.bundle.model
        self._exact = isinstance(self._calibrated.model, TfidfModel)
        self._spans = pieces(text) if self._exact else _words(text)

    @property
    def method(self) -> str:
        """`exact` or `leave-one-out`."""
        return EXACT if self._exact else LEAVE_ONE_OUT

    @property
    def rows(self) -> int:
        """How many sentences the model has to read."""
        return 1 if self._exact else 1 + len(self._spans)

    @property
    def characters(self) -> int:
        """How many the passages have together, roughly."""
        return len(self.text) * (1 if self._exact else 1 + len(self._spans))

    def passages(self) -> Iterator[Passage]:
        """Yield the sentence, then what is left of it without each word, where that is asked."""
        yield sentence_passage("", self.text, self.context)
        if not self._exact:
            for start, end in self._spans:
                yield sentence_passage("", self.text[:start] + self.text[end:], self.context)

    def answer(self, scored: Sequence[ScoredDocument]) -> Evidence:
        """Return the evidence; `scored` are the passages, in their order."""
        predictions = [document.sentences[0].predictions[self.task.name] for document in scored]
        label = predictions[0].label
        if isinstance(self._calibrated.model, TfidfModel):
            values = self._read_off(self._calibrated.model, label)
        else:
            odds = [_log_odds(own.probabilities[label]) for own in predictions]
            values = [odds[0] - without for without in odds[1:]]
        words = tuple(
            Word(start, end, self.text[start:end], value)
            for (start, end), value in zip(self._spans, values, strict=True)
        )
        return Evidence(self.task.name, label, self.method, words, NOTES[self.method])

    def _read_off(self, model: TfidfModel, label: str) -> list[float]:
        plain = [normalise(self.text[start:end]) for start, end in self._spans]
        found = contributions(model, plain, self.task.name)
        column = model.heads[self.task.name].labels.index(label)
        against_mean = found[:, column] - found.mean(axis=1)
        temperature = self._calibrated.temperatures[self.task.name]
        return [float(value) for value in against_mean / temperature]


def explain(classifier: Classifier, text: str, task: str, context: str = "") -> Evidence:
    """Return what each word of a sentence says for the label that it got, or against it.

    >>> classifier = Classifier.load("tfidf")
    >>> found = explain(classifier, "China must end its dependence on chips.", "stance")
    >>> max(found.words, key=lambda word: word.contribution).text
    'dependence'
    """
    question = Question(classifier, text, context, task)
    encoded = classifier.encode(list(question.passages()))
    return question.answer(list(classifier.score_encoded(encoded)))


def pieces(text: str) -> list[tuple[int, int]]:
    """Return where the words of `text` stand that can be normalised one by one.

    Joined by spaces, what they are normalised to is what the whole is normalised to. Usually they
    are what white space sets apart; a link of several words is one.

    >>> pieces("Read [the  rules](https://example.org) now")
    [(0, 4), (5, 38), (39, 42)]
    """
    spans = _words(text)
    whole = normalise(text)
    if _joined(text, spans) == whole:
        return spans
    found = [spans[0]]
    for (_, before), (start, end) in pairwise(spans):
        apart = f"{normalise(text[:before])} {normalise(text[start:])}".strip()
        if apart == whole:
            found.append((start, end))
        else:
            found[-1] = (found[-1][0], end)
    return found if _joined(text, found) == whole else [(spans[0][0], spans[-1][1])]


def _words(text: str) -> list[tuple[int, int]]:
    return [word.span() for word in _WORD.finditer(text)]


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> str:
    plain = (normalise(text[start:end]) for start, end in spans)
    return " ".join(own for own in plain if own)


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return math.log(inside / (1 - inside))
