"""Make `sentences.jsonl` from documents, annotations and adjudications, and check that it is so.

The file is a product: whoever changes a document, an annotation or a reason builds it again.
"""

from dataclasses import replace
from pathlib import Path

from stancekit.labels.annotation import gold_labels, read_adjudications, read_annotations
from stancekit.labels.authored import authored_sentences, read_authored
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import segment
from stancekit.labels.sentences import Sentence, read_sentences
from stancekit.labels.sources import read_document, read_sources

__all__ = ["build_sentences", "check_sentences", "settled_labels", "unlabelled_sentences"]


def unlabelled_sentences(seeds: Path) -> list[Sentence]:
    """Return every span of the documents in `seeds`, in reading order, without labels.

    An id is document and start (`lse-2021:1042`): it stays as long as the document does. A content
    sentence has the register of its document as a detail, where that is known.
    """
    sentences = []
    for source in read_sources(seeds / "sources.toml").document:
        details = {"register": source.register} if source.register else {}
        text = read_document(seeds, source)
        context = ""
        for span in segment(text, source.spans(text)):
            sentence = Sentence(
                id=f"{source.id}:{span.start}",
                document=source.id,
                start=span.start,
                end=span.end,
                text=text[span.start : span.end],
                kind=span.kind,
                context=context if span.kind == CONTENT else "",
                details=details if span.kind == CONTENT else {},
            )
            sentences.append(sentence)
            if span.kind == CONTENT:
                context = sentence.text
    return sentences


def build_sentences(seeds: Path, folder: Path, codebook: Codebook) -> list[Sentence]:
    """Return the spans of the documents and the authored sentences with their gold labels.

    `folder` holds `annotations/<annotator>.jsonl` and `adjudication.jsonl` of the documents, and
    the same of the authored sentences under `slices/`, where there are any. Raises DataError where
    they leave a sentence without a gold label or speak of one that does not exist.
    """
    spans = unlabelled_sentences(seeds)
    gold = settled_labels([span.id for span in spans if span.kind == CONTENT], folder, codebook)
    sentences = [replace(span, labels=gold.get(span.id, {})) for span in spans]
    authored = folder / "slices"
    written = [row.id for row in read_authored(authored)]
    if written:
        sentences += authored_sentences(authored, settled_labels(written, authored, codebook))
    return sentences


def check_sentences(seeds: Path, folder: Path, codebook: Codebook) -> list[Sentence]:
    """Return the sentences of `folder`, having checked that they follow from their sources.

    Raises DataError naming the first sentence whose text, offsets, kind, context or label differs.
    """
    path = folder / "sentences.jsonl"
    written = read_sentences(path, codebook)
    expected = {sentence.id: sentence for sentence in build_sentences(seeds, folder, codebook)}
    for sentence in written:
        if sentence.id not in expected:
            raise DataError(f"{path}: '{sentence.id}' is in no document and no slice")
        if sentence != expected.pop(sentence.id):
            raise DataError(
                f"{path}: '{sentence.id}' differs from documents, annotations and adjudication"
                " (run: stancekit labels build)"
            )
    if expected:
        missing = next(iter(expected))
        raise DataError(f"{path}: '{missing}' is missing (run: stancekit labels build)")
    return written


def settled_labels(ids: list[str], folder: Path, codebook: Codebook) -> dict[str, dict[str, str]]:
    """Return id -> task -> gold label, from `annotations/` and `adjudication.jsonl` of `folder`.

    Raises DataError for a label that is missing, disputed, or of something that is not in `ids`.
    """
    annotations = read_annotations(folder / "annotations", codebook)
    adjudications = read_adjudications(folder / "adjudication.jsonl", codebook)
    spoken_of = {id_ for own in annotations.values() for id_ in own}
    strangers = sorted((spoken_of | {id_ for id_, _ in adjudications}) - set(ids))
    if strangers:
        raise DataError(f"{folder}: '{strangers[0]}' is labelled but is no content sentence")
    return gold_labels(ids, annotations, adjudications, codebook)
