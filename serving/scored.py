"""What scoring gives: a label a task with its probabilities and its set, sentence by sentence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from stancekit.labels.segmentation import Span

__all__ = ["Prediction", "ScoredDocument", "ScoredSentence"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one task: the most probable label, and every label's probability in [0, 1].

    The probabilities sum to 1 and stand in the codebook's order. So do `labels`, the set that holds
    the right label but for the stated error rate (see `LabelSets`); `label` is one of them.
    """

    label: str
    probabilities: Mapping[str, float]
    labels: tuple[str, ...]

    @property
    def probability(self) -> float:
        """The probability of `label`."""
        return self.probabilities[self.label]

    @property
    def undecided(self) -> bool:
        """Whether the set has more labels than one."""
        return len(self.labels) > 1


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """One sentence, `document[start:end] == text`, with task -> prediction.

    `context` is what the model read before it: the preceding sentence, or "" if it reads none.
    `voice` is `author`, `reported` or `unclear`: whose position it puts forward; `speaker` who is
    reported, "" where nobody is or no one is named.
    """

    index: int
    start: int
    end: int
    text: str
    context: str
    predictions: Mapping[str, Prediction]
    voice: str
    speaker: str


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """The content sentences of a document in order, and the spans that were left out, by kind.

    `error_rate` is that of the sets of labels.
    """

    id: str
    metadata: Mapping[str, object]
    sentences: tuple[ScoredSentence, ...]
    left_out: tuple[Span, ...]
    bundle: str
    codebook: str
    error_rate: float

    def summary(self) -> dict[str, dict[str, float]]:
        """Return task -> label -> share of the sentences in [0, 1].

        These are plain counts of predicted labels, with the bias that a model's errors give them.
        """
        tasks = self.sentences[0].predictions
        shares = {}
        for task, prediction in tasks.items():
            counts = Counter(sentence.predictions[task].label for sentence in self.sentences)
            shares[task] = {
                label: counts[label] / len(self.sentences) for label in prediction.probabilities
            }
        return shares
