"""The prediction module: load a bundle, label sentences, score documents."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import Span, segment
from stancekit.models.bundle import Bundle, read_bundle, released_bundle
from stancekit.models.text import check_text
from stancekit.serving.document import Document
from stancekit.serving.registry import fetch_bundle, is_registry_address

__all__ = ["Classifier", "Prediction", "ScoredDocument", "ScoredSentence"]

BATCH = 1024
"""Sentences that go through the model together."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one task: the most probable label, and every label's probability in [0, 1].

    The probabilities sum to 1 and stand in the codebook's order.
    """

    label: str
    probabilities: Mapping[str, float]

    @property
    def probability(self) -> float:
        """The probability of `label`."""
        return self.probabilities[self.label]


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """One sentence, `document[start:end] == text`, with task -> prediction.

    `context` is what the model read before it: the preceding sentence, or "" if it reads none.
    """

    index: int
    start: int
    end: int
    text: str
    context: str
    predictions: Mapping[str, Prediction]


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """The content sentences of a document in order, and the spans that were left out, by kind."""

    id: str
    metadata: Mapping[str, object]
    sentences: tuple[ScoredSentence, ...]
    left_out: tuple[Span, ...]
    bundle: str
    codebook: str

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


class Classifier:
    """A loaded bundle.

    >>> classifier = Classifier.load()
    >>> [prediction] = classifier.predict(["China must end its dependence on foreign chips."])
    >>> prediction["stance"].label
    'decoupling'
    >>> round(sum(prediction["stance"].probabilities.values()), 9)
    1.0
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    @classmethod
    def load(cls, source: str | Path | None = None, *, threads: int = 0) -> "Classifier":
        """Load a bundle: the released one, a folder, or `models:/name@alias` of MLflow's registry.

        `tfidf` names the baseline that ships, too, unless there is a folder of that name. `threads`
        is how many processor cores may work on one call, 0 for all.

        Every file is verified by its SHA-256 and none can run code. Raises BundleError if the
        bundle is damaged or unknown, MissingExtraError if the registry is asked without MLflow.
        """
        if source is None:
            return cls(read_bundle(released_bundle(), threads))
        if is_registry_address(str(source)):
            with fetch_bundle(str(source)) as folder:
                return cls(read_bundle(folder, threads))
        folder = Path(source)
        if not folder.exists() and folder.name == str(source):
            shipped = released_bundle(str(source))
            folder = shipped if shipped.is_dir() else folder
        return cls(read_bundle(folder, threads))

    @property
    def codebook(self) -> Codebook:
        """The tasks and labels of the predictions."""
        return self.bundle.codebook

    def predict(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> list[dict[str, Prediction]]:
        """Return task -> prediction for each sentence of `texts`, in their order.

        `contexts` holds the sentence before each one, "" where there is none. Raises InputError for
        a text that is no text, holds no letter, or is far longer than a sentence.
        """
        if isinstance(texts, str) or not isinstance(texts, Sequence):
            kind = "one string" if isinstance(texts, str) else type(texts).__name__
            raise InputError(f"texts: expected a list of sentences, given {kind}")
        checked = [check_text(text, f"texts[{row}]") for row, text in enumerate(texts)]
        if contexts is not None and len(contexts) != len(checked):
            raise InputError(
                f"contexts: expected {len(checked)}, one for each text, given {len(contexts)}"
            )
        for row, context in enumerate(contexts or ()):
            if not isinstance(context, str):
                raise InputError(
                    f"contexts[{row}]: expected a text, given {type(context).__name__}"
                )
        return self._predict(checked, contexts)

    def score(self, text: str, id: str = "", **metadata: object) -> ScoredDocument:  # noqa: A002
        """Return the scored sentences of one document.

        Raises InputError if it has no sentence to score.

        >>> document = Classifier.load().score("Tariffs rose again. Firms from Japan were invited.")
        >>> [(sentence.start, sentence.end) for sentence in document.sentences]
        [(0, 19), (20, 50)]
        """
        return next(self.score_documents([Document(id or "text", text, metadata)]))

    def score_documents(self, documents: Iterable[Document]) -> Iterator[ScoredDocument]:
        """Yield each document scored, in order, many small ones sharing a pass of the model."""
        waiting: list[tuple[Document, list[Span]]] = []
        sentences = 0
        for document in documents:
            spans = _spans(document)
            waiting.append((document, spans))
            sentences += len(spans)
            if sentences >= BATCH:
                yield from self._score(waiting)
                waiting, sentences = [], 0
        yield from self._score(waiting)

    def _score(self, batch: Sequence[tuple[Document, list[Span]]]) -> Iterator[ScoredDocument]:
        contents = [[span for span in spans if span.kind == CONTENT] for _, spans in batch]
        texts: list[str] = []
        contexts: list[str] = []
        reads_context = self.bundle.model.reads_context
        for (document, _), spans in zip(batch, contents, strict=True):
            own = [document.text[span.start : span.end] for span in spans]
            texts += own
            contexts += ["", *own[:-1]] if reads_context else [""] * len(own)
        predictions = self._predict(texts, contexts)
        position = 0
        for (document, all_spans), spans in zip(batch, contents, strict=True):
            scored = []
            for index, span in enumerate(spans):
                row = position + index
                scored.append(
                    ScoredSentence(
                        index, span.start, span.end, texts[row], contexts[row], predictions[row]
                    )
                )
            position += len(spans)
            yield ScoredDocument(
                id=document.id,
                metadata=document.metadata,
                sentences=tuple(scored),
                left_out=tuple(span for span in all_spans if span.kind != CONTENT),
                bundle=self.bundle.id,
                codebook=self.codebook.digest[:12],
            )

    def _predict(
        self, texts: Sequence[str], contexts: Sequence[str] | None
    ) -> list[dict[str, Prediction]]:
        predicted = self.bundle.model.probabilities(texts, contexts)
        rows: list[dict[str, Prediction]] = [{} for _ in texts]
        for task in self.codebook.tasks:
            names = task.label_names
            matrix = predicted[task.name]
            best = matrix.argmax(axis=1).tolist()
            for row, values in enumerate(matrix.tolist()):
                probabilities = dict(zip(names, values, strict=True))
                rows[row][task.name] = Prediction(names[best[row]], probabilities)
        return rows


def _spans(document: Document) -> list[Span]:
    """Return the spans of a document, having checked that each of its sentences can be scored."""
    if not isinstance(document.text, str):
        raise InputError(f"{document.where}: expected a text, given {type(document.text).__name__}")
    if not document.text.strip():
        raise InputError(f"{document.where}: is empty")
    if document.one_sentence:
        check_text(document.text, document.where)
        return [Span(0, len(document.text), CONTENT)]
    if "\x00" in document.text:
        place = document.text.index("\x00")
        raise InputError(f"{document.where}: holds a NUL character at {place}: is it a text file?")
    spans = segment(document.text, document.excluded)
    for span in spans:
        if span.kind == CONTENT:
            where = f"{document.where}, characters {span.start} to {span.end}"
            check_text(document.text[span.start : span.end], where)
    if not any(span.kind == CONTENT for span in spans):
        kinds = ", ".join(sorted({span.kind for span in spans}))
        raise InputError(f"{document.where}: holds no sentence to score (only {kinds})")
    return spans
