"""The prediction module: load a bundle, label sentences, score documents."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.models.bundle import Bundle, read_bundle
from stancekit.models.conformal import ERROR_RATE, check_rate, fit_label_sets
from stancekit.models.predictor import FloatArray
from stancekit.models.text import check_text
from stancekit.serving.document import Document, SetAside
from stancekit.serving.passages import Passage, passages
from stancekit.serving.registry import find_bundle
from stancekit.serving.scored import Prediction, ScoredDocument, ScoredSentence

__all__ = ["Classifier", "Encoded"]

BATCH = 1024
"""Sentences that go through the model together."""


@dataclass(frozen=True)
class Encoded:
    """Passages, and what the model reads of them: all that can be done before it is its turn."""

    passages: Sequence[Passage]
    texts: Sequence[str]
    contexts: Sequence[str]
    model_input: Any


class Classifier:
    """A loaded bundle.

    >>> classifier = Classifier.load()
    >>> [prediction] = classifier.predict(["China must end its dependence on foreign chips."])
    >>> prediction["stance"].label
    'decoupling'
    >>> round(sum(prediction["stance"].probabilities.values()), 9)
    1.0
    """

    def __init__(self, bundle: Bundle, error_rate: float = ERROR_RATE) -> None:
        self.bundle = bundle
        self.error_rate = error_rate
        self.sets = {
            name: fit_label_sets(task, error_rate) for name, task in bundle.held_out.tasks.items()
        }

    @classmethod
    def load(
        cls,
        source: str | Path | None = None,
        *,
        threads: int = 0,
        error_rate: float = ERROR_RATE,
    ) -> "Classifier":
        """Load a bundle: the released one, a folder, or `models:/name@alias` of MLflow's registry.

        `tfidf` names the baseline that ships, too, unless there is a folder of that name. `threads`
        is how many processor cores may work on one call, 0 for all. `error_rate`, between 0 and 1,
        is how often the set of labels may miss the right one (see `LabelSets`).

        Every file is verified by its SHA-256 and none can run code. Raises BundleError if the
        bundle is damaged or unknown, InputError for another error rate, MissingExtraError if the
        registry is asked without MLflow.
        """
        check_rate(error_rate, "error rate")
        with find_bundle(source) as folder:
            return cls(read_bundle(folder, threads), error_rate)

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
        return self._named(self.bundle.model.probabilities(checked, contexts))

    def score(self, text: str, id: str = "", **metadata: object) -> ScoredDocument:  # noqa: A002
        """Return the scored sentences of one document.

        Raises InputError if it has no sentence to score.

        >>> document = Classifier.load().score("Tariffs rose again. Firms from Japan were invited.")
        >>> [(sentence.start, sentence.end) for sentence in document.sentences]
        [(0, 19), (20, 50)]
        """
        return next(self.score_documents([Document(id or "text", text, metadata)]))

    def score_documents(
        self, documents: Iterable[Document], set_aside: Callable[[SetAside], None] | None = None
    ) -> Iterator[ScoredDocument]:
        """Yield each document scored, in order, many small ones sharing a pass of the model.

        One that cannot be scored is handed to `set_aside`; without it, InputError is raised.
        """
        waiting: list[Passage] = []
        sentences = 0
        for document in documents:
            try:
                [whole] = passages(document)
            except InputError as fault:
                if set_aside is None:
                    raise
                set_aside(SetAside.of(document, fault))
                continue
            waiting.append(whole)
            sentences += len(whole.spans)
            if sentences >= BATCH:
                yield from self.score_encoded(self.encode(waiting))
                waiting, sentences = [], 0
        yield from self.score_encoded(self.encode(waiting))

    def encode(self, given: Sequence[Passage]) -> Encoded:
        """Return `given` as the model reads them; a thread may do it while the model is busy."""
        texts: list[str] = []
        contexts: list[str] = []
        for passage in given:
            texts += passage.texts
            reads = self.bundle.model.reads_context
            contexts += passage.contexts if reads else [""] * len(passage.spans)
        return Encoded(given, texts, contexts, self.bundle.model.encode(texts, contexts))

    def score_encoded(self, encoded: Encoded) -> Iterator[ScoredDocument]:
        """Yield each passage scored, in order, as a document that has no other sentences."""
        predictions = self._named(self.bundle.model.predict(encoded.model_input))
        codebook = self.bundle.manifest.codebook_digest[:12]  # to make it anew takes its time
        row = 0
        for passage in encoded.passages:
            scored = []
            for place, (span, own) in enumerate(zip(passage.spans, passage.voices, strict=True)):
                scored.append(
                    ScoredSentence(
                        index=passage.first + place,
                        start=span.start,
                        end=span.end,
                        text=encoded.texts[row],
                        context=encoded.contexts[row],
                        predictions=predictions[row],
                        voice=own.voice,
                        speaker=own.speaker,
                    )
                )
                row += 1
            yield ScoredDocument(
                id=passage.document.id,
                metadata=passage.document.metadata,
                sentences=tuple(scored),
                left_out=tuple(passage.left_out),
                bundle=self.bundle.id,
                codebook=codebook,
                error_rate=self.error_rate,
            )

    def _named(self, predicted: Mapping[str, FloatArray]) -> list[dict[str, Prediction]]:
        """Return task -> prediction for each row of what the model gave."""
        count = len(next(iter(predicted.values())))
        rows: list[dict[str, Prediction]] = [{} for _ in range(count)]
        for task in self.codebook.tasks:
            names = task.label_names
            matrix = predicted[task.name]
            best = matrix.argmax(axis=1).tolist()
            labels = self.sets[task.name].named(matrix, names)
            for row, values in enumerate(matrix.tolist()):
                probabilities = dict(zip(names, values, strict=True))
                rows[row][task.name] = Prediction(names[best[row]], probabilities, labels[row])
        return rows
