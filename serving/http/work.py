"""From what a request holds to passages for the model, and from what it said to the answer."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from stancekit.labels.errors import InputError
from stancekit.serving.classifier import Classifier
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.screening import unfit
from stancekit.serving.http.batching import PASSAGE
from stancekit.serving.http.jobs import Scored
from stancekit.serving.http.request_schemas import DocumentIn, SentenceIn
from stancekit.serving.passages import Passage, passages, sentence_passage
from stancekit.serving.scored import ScoredDocument, ScoredSentence

__all__ = ["SENTENCES", "Scoring", "SentenceScoring", "given_documents", "json_value", "to_json"]

SENTENCES = "sentences"
"""The identifier of the document that sentences come back in."""


@dataclass
class Scoring:
    """Documents to score, and the answer of them; those that cannot be scored are set aside."""

    classifier: Classifier
    documents: Sequence[Document | SetAside]
    language: str | None = "en"
    with_text: bool = False
    set_aside: list[SetAside] = field(default_factory=list)

    @property
    def characters(self) -> int:
        """How many there are to score, at most."""
        return sum(len(own.text) for own in self.documents if isinstance(own, Document))

    def passages(self) -> Iterator[Passage]:
        """Yield the passages of the documents, each screened and cut as it is asked for."""
        for document in self.documents:
            if isinstance(document, SetAside):
                self._put_aside(document)
                continue
            reason = unfit(document, self.language)
            if reason:
                self._put_aside(SetAside(document.id, document.where, reason))
                continue
            try:
                yield from passages(document, PASSAGE)
            except InputError as fault:
                self._put_aside(SetAside.of(document, fault))

    def answer(self, scored: Sequence[Scored]) -> bytes:
        """Return the JSON of the answer."""
        return self._answer([self._document(text, own) for text, own in _whole(scored)])

    def _put_aside(self, own: SetAside) -> None:
        # The option of the command line is a member of the request here.
        reason = own.reason.replace("--language any", '"language": "any"')
        self.set_aside.append(replace(own, place=own.place or own.document, reason=reason))

    def _answer(self, documents: list[dict[str, object]]) -> bytes:
        return to_json(
            {
                "bundle": self.classifier.bundle.id,
                "codebook": self.classifier.bundle.manifest.codebook_digest[:12],
                "error_rate": self.classifier.error_rate,
                "documents": documents,
                "set_aside": [
                    {"document": own.document, "place": own.place, "reason": own.reason}
                    for own in self.set_aside
                ],
            }
        )

    def _document(self, text: str, document: ScoredDocument) -> dict[str, object]:
        body: dict[str, object] = {
            "id": document.id,
            "metadata": document.metadata,
            "sentences": [_sentence(sentence) for sentence in document.sentences],
            "left_out": [
                {"start": span.start, "end": span.end, "kind": span.kind}
                for span in document.left_out
            ],
            "summary": document.summary(),
        }
        return {**body, "text": text} if self.with_text else body


@dataclass
class SentenceScoring(Scoring):
    """Sentences to score, each taken as it is; they come back in one document.

    `text` of a passage's document holds the context, too, so places are counted from the sentence.
    """

    sentences: Sequence[SentenceIn] = ()

    @property
    def characters(self) -> int:
        """How many there are to score, at most."""
        return sum(len(own.text) for own in self.sentences)

    def passages(self) -> Iterator[Passage]:
        """Yield a passage for each sentence that can be scored."""
        for number, given in enumerate(self.sentences):
            place = f"{SENTENCES}[{number}]"
            document = Document(str(number), given.text, one_sentence=True, place=place)
            reason = unfit(document, self.language)
            try:
                next(passages(document))
            except InputError as fault:
                reason = SetAside.of(document, fault).reason
            if reason:
                self._put_aside(SetAside(SENTENCES, place, reason))
            else:
                yield sentence_passage(str(number), given.text, given.context, place)

    def answer(self, scored: Sequence[Scored]) -> bytes:
        """Return the JSON of the answer."""
        sentences = [_alone(own) for _, own in scored]
        if not sentences:
            return self._answer([])
        text = "\n".join(sentence.text for sentence in sentences)
        whole = replace(scored[0][1], id=SENTENCES, sentences=tuple(sentences))
        return self._answer([self._document(text, whole)])


def given_documents(given: Sequence[DocumentIn]) -> list[Document]:
    """Return the documents of a request; one without an identifier is named by its place."""
    return [
        Document(
            id=own.id or f"documents[{number}]",
            text=own.text,
            metadata=own.metadata,
            place=f"documents[{number}]",
        )
        for number, own in enumerate(given)
    ]


def to_json(content: object) -> bytes:
    """Return `content` as JSON in UTF-8; half a character becomes a question mark."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def json_value(value: object) -> object:
    """Return a value of a table as JSON can hold it: no infinities, dates as text.

    >>> json_value({"share": float("nan"), "tags": ("a", b"b")})
    {'share': None, 'tags': ['a', "b'b'"]}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): json_value(own) for name, own in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(own) for own in value]
    return str(value)


def _sentence(sentence: ScoredSentence) -> dict[str, object]:
    return {
        "index": sentence.index,
        "start": sentence.start,
        "end": sentence.end,
        "text": sentence.text,
        "context": sentence.context,
        "voice": sentence.voice,
        "speaker": sentence.speaker,
        "predictions": {
            task: {
                "label": own.label,
                "probabilities": own.probabilities,
                "labels": own.labels,
                "undecided": own.undecided,
            }
            for task, own in sentence.predictions.items()
        },
    }


def _alone(document: ScoredDocument) -> ScoredSentence:
    [sentence] = document.sentences
    return replace(sentence, index=int(document.id), start=0, end=len(sentence.text))


def _whole(scored: Sequence[Scored]) -> Iterator[tuple[str, ScoredDocument]]:
    """Yield text and scores of each document, whose passages follow each other."""
    sentences: list[ScoredSentence] = []
    for passage, document in scored:
        sentences += document.sentences
        if passage.last:
            yield passage.document.text, replace(document, sentences=tuple(sentences))
            sentences = []
