"""A fine-tuned encoder in ONNX: sentence and context in, probabilities of every task out.

The graph takes token ids, the mask and which of the two texts each token is of, and gives the
logits of all tasks side by side, in the codebook's order. A second graph may take nothing and make
weights of the first one, which are kept smaller than they are used. ONNX Runtime runs both; they
hold operators and numbers, no code.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.errors import BundleError
from stancekit.models.pairs import EncodedPair, PairEncoder, PairSettings
from stancekit.models.predictor import FloatArray, IntArray

__all__ = [
    "INPUTS",
    "OUTPUT",
    "TOKENS",
    "TransformerModel",
    "TransformerSettings",
    "batches",
    "split_by_task",
]

INPUTS = ("ids", "mask", "types")
OUTPUT = "logits"
TOKENS = 1024
"""Tokens that go through the model together, padding included; more do not make it faster."""
START = 24
"""What it costs to begin a batch, in tokens: the time of so many, on the released model."""

Cut = Callable[[Sequence[EncodedPair]], Iterable[list[int]]]
"""Pairs in, the positions of those that go through the graph together out."""


@strict
class TransformerSettings(PairSettings):
    """How pairs are read, and in which numbers the weights of the graph are kept."""

    weights: Literal["fp32", "int8", "int4"]


class TransformerModel:
    """An ONNX graph with its tokenizer (see `StagedPredictor`).

    `graph`, `tokenizer` and `weights` are the content of `model.onnx`, `tokenizer.json` and, where
    the graph wants weights from outside, `weights.onnx`. `threads` is the number of processor cores
    that one call may use, 0 for all. Several threads may call one model. Raises BundleError if a
    part cannot be read, or the graph takes or gives something else than it should.
    """

    def __init__(
        self,
        graph: bytes,
        tokenizer: bytes,
        settings: TransformerSettings,
        codebook: Codebook,
        where: str,
        threads: int = 0,
        weights: bytes | None = None,
    ) -> None:
        self.graph = graph
        self.tokenizer = tokenizer
        self.weights = weights
        self.settings = settings
        self.codebook = codebook
        self._pairs = PairEncoder(_text(tokenizer, where), settings, where)
        made = {} if weights is None else _made(weights, where, threads)
        self._session = _session(graph, where, threads, made)
        self._check(where)

    @property
    def reads_context(self) -> bool:
        """Whether the sentence before changes what is predicted."""
        return self.settings.context

    def encode(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> list[EncodedPair]:
        """Return the tokens of each text and its context."""
        return self._pairs.encode(texts, contexts)

    def predict(self, encoded: Sequence[EncodedPair]) -> dict[str, FloatArray]:
        """Return task -> probabilities; equal pairs go through the graph once."""
        pairs, places = _different(encoded)
        logits = np.zeros((len(pairs), _labels(self.codebook)))
        for rows, feed in self.feeds(pairs):
            [logits[rows]] = self._session.run([OUTPUT], feed)
        return split_by_task(logits[places], self.codebook)

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return task -> probabilities (see `Predictor`)."""
        return self.predict(self.encode(texts, contexts))

    def feeds(
        self, pairs: Sequence[EncodedPair], cut: Cut | None = None
    ) -> Iterator[tuple[list[int], dict[str, IntArray]]]:
        """Yield batches as the graph takes them, each with the positions of its pairs.

        `cut` says which pairs are together, in place of `batches`.
        """
        for rows in (cut or batches)(pairs):
            batch = self._pairs.pad([pairs[row] for row in rows])
            yield rows, dict(zip(INPUTS, (batch.ids, batch.mask, batch.types), strict=True))

    def _check(self, where: str) -> None:
        inputs = sorted(given.name for given in self._session.get_inputs())
        outputs = [(given.name, given.shape[-1]) for given in self._session.get_outputs()]
        expected = [(OUTPUT, _labels(self.codebook))]
        if inputs != sorted(INPUTS) or outputs != expected:
            raise BundleError(
                f"{where}: the graph takes {', '.join(inputs)} and gives {outputs},"
                f" expected {', '.join(INPUTS)} and {expected}"
            )


def batches(pairs: Sequence[EncodedPair], tokens: int = TOKENS) -> Iterator[list[int]]:
    """Yield positions of pairs of like length, up to `tokens` with padding, the longest first.

    Of all ways to cut the pairs, in order of length, it is the one of the least cost: of each batch
    its tokens with padding, and START.
    """
    order = sorted(range(len(pairs)), key=lambda row: -len(pairs[row].ids))
    lengths = [len(pairs[row].ids) for row in order]
    least = [0.0]  # cost of the first so many pairs
    begins = [0]  # where the last batch of the first so many begins
    for end in range(1, len(order) + 1):
        best, begin = math.inf, end - 1
        for first in range(end - 1, -1, -1):
            size = (end - first) * lengths[first]
            if size > tokens and first < end - 1:
                break
            if least[first] + size < best:
                best, begin = least[first] + size, first
        least.append(best + START)
        begins.append(begin)
    cuts = [len(order)]
    while cuts[-1]:
        cuts.append(begins[cuts[-1]])
    cuts.reverse()
    for first, end in pairwise(cuts):
        yield order[first:end]


def split_by_task(logits: FloatArray, codebook: Codebook) -> dict[str, FloatArray]:
    """Return task -> softmax of its part of `logits`. *Shape:* (texts, labels of all tasks) in."""
    probabilities, start = {}, 0
    for task in codebook.tasks:
        own = logits[:, start : start + len(task.labels)]
        powers = np.exp(own - own.max(axis=1, keepdims=True))
        probabilities[task.name] = powers / powers.sum(axis=1, keepdims=True)
        start += len(task.labels)
    return probabilities


def _different(pairs: Sequence[EncodedPair]) -> tuple[list[EncodedPair], list[int]]:
    """Return the pairs that differ, and for each of `pairs` its place among them."""
    known: dict[tuple[int, ...], int] = {}
    kept: list[EncodedPair] = []
    places = []
    for pair in pairs:
        key = (sum(pair.types), *pair.ids)  # types are zeros, then ones
        if key not in known:
            known[key] = len(kept)
            kept.append(pair)
        places.append(known[key])
    return kept, places


def _labels(codebook: Codebook) -> int:
    return sum(len(task.labels) for task in codebook.tasks)


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise BundleError(f"{where}: the tokenizer is not UTF-8") from None


def _made(weights: bytes, where: str, threads: int) -> dict[str, Any]:
    """Return name -> array of each weight that the graph `weights` makes."""
    session = _session(weights, where, threads, {}, as_it_is=True)
    names = [made.name for made in session.get_outputs()]
    if session.get_inputs():
        raise BundleError(f"{where}: the graph of weights takes something, expected nothing")
    return dict(zip(names, session.run(names, {}), strict=True))


def _session(
    graph: bytes, where: str, threads: int, weights: Mapping[str, Any], as_it_is: bool = False
) -> Any:
    # Slow to import, and the baseline does without it.
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if as_it_is:
        # What runs once is not worth making faster.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(own) for own in weights.values()]
        if values:
            options.add_external_initializers(list(weights), values)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # noqa: BLE001  (ONNX Runtime's own exceptions share no base)
        reason = str(fault).strip().splitlines()[0]
        raise BundleError(f"{where}: is no graph that ONNX Runtime can run ({reason})") from None
