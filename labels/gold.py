"""Make `sentences.jsonl` from documents, annotations and adjudications, and check that it is so.

The file is a product: whoever changes a document, an annotation or a reason builds it again.
"""

from pathlib import Path

from stancekit.labels.annotation import gold_labels, read_adjudications, read_annotations
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import segment
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence, read_sentences
from stancekit.labels.sources import read_document, read_sources

__all__ = ["build_sentences", "check_sentences", "unlabelled_sentences"]


def unlabelled_sentences(seeds: Path) -> list[Sentence]:
    """Return every span of the documents in `seeds`, in reading order, without labels.

    An id is document and start (`lse-2021:1042`): it stays as long as the document does.
    """
    sentences = []
    for source in read_sources(seeds / "sources.toml").document:
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
            )
            sentences.append(sentence)
            if span.kind == CONTENT:
                context = sentence.text
    return sentences


def build_sentences(seeds: Path, folder: Path, codebook: Codebook) -> list[Sentence]:
    """Return the sentences of `seeds` with the gold labels that `folder` gives them.

    `folder` holds `annotations/<annotator>.jsonl` and `adjudication.jsonl`. Raises DataError where
    they leave a sentence without a gold label or speak of one that does not exist.
    """
    spans = unlabelled_sentences(seeds)
    content = [span.id for span in spans if span.kind == CONTENT]
    annotations = read_annotations(folder / "annotations", codebook)
    adjudications = read_adjudications(folder / "adjudication.jsonl", codebook)
    spoken_of = {id_ for own in annotations.values() for id_ in own}
    strangers = sorted((spoken_of | {id_ for id_, _ in adjudications}) - set(content))
    if strangers:
        raise DataError(f"{folder}: '{strangers[0]}' is labelled but is no content sentence")
    gold = gold_labels(content, annotations, adjudications, codebook)
    return [
        Sentence(
            id=span.id,
            document=span.document,
            start=span.start,
            end=span.end,
            text=span.text,
            kind=span.kind,
            labels=gold.get(span.id, {}),
            origin=DOCUMENT,
            context=span.context,
        )
        for span in spans
    ]


def check_sentences(seeds: Path, folder: Path, codebook: Codebook) -> list[Sentence]:
    """Return the sentences of `folder`, having checked that they follow from their sources.

    Raises DataError naming the first sentence whose text, offsets, kind, context or label differs.
    """
    path = folder / "sentences.jsonl"
    written = read_sentences(path, codebook)
    expected = {sentence.id: sentence for sentence in build_sentences(seeds, folder, codebook)}
    for sentence in written:
        if sentence.origin == AUTHORED:
            continue
        if sentence.id not in expected:
            raise DataError(f"{path}: '{sentence.id}' is in no document of {seeds}")
        if sentence != expected.pop(sentence.id):
            raise DataError(
                f"{path}: '{sentence.id}' differs from documents, annotations and adjudication"
                " (run: stancekit labels build)"
            )
    if expected:
        raise DataError(
            f"{path}: '{next(iter(expected))}' is missing (run: stancekit labels build)"
        )
    return written
