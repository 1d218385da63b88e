"""What is measured: something that scores texts, under the name that it has in every table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = [
    "BATCHED_PIPELINE",
    "BF16",
    "FP32",
    "OWN",
    "OWN_REPEATED",
    "OWN_TFIDF",
    "PIPELINE",
    "PLAIN_TFIDF",
    "SENTENCE_TRANSFORMERS",
    "Scorer",
    "System",
]

OWN = "stancekit"
OWN_REPEATED = "stancekit, sentences that repeat"
BF16 = "torch, bf16, sorted batches"
FP32 = "torch, fp32, sorted batches"
SENTENCE_TRANSFORMERS = "sentence-transformers"
BATCHED_PIPELINE = "transformers pipeline, batch_size=32"
PIPELINE = "transformers pipeline"
OWN_TFIDF = "stancekit, tfidf"
PLAIN_TFIDF = "scikit-learn pipeline"

Scorer = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class System:
    """A way of scoring; what it gives is not looked at here."""

    name: str
    score: Scorer
