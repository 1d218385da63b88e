"""`stancekit labels next --design`: a probability sample of what is scored, to be labelled."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from stancekit.labels.errors import InputError
from stancekit.labels.sentences import write_lines
from stancekit.models.manifest import read_manifest
from stancekit.serving.classifier import Classifier
from stancekit.serving.columns import MetadataColumns, plain, schema
from stancekit.serving.commands.folder import check_not_read
from stancekit.serving.commands.refusal import accepted
from stancekit.serving.design import draw, drawn_sentences
from stancekit.serving.documents import ReadingOptions, find_files, read_documents
from stancekit.serving.records import Record, named_metadata, records
from stancekit.serving.registry import find_bundle
from stancekit.serving.score_files import is_score_file
from stancekit.serving.score_table import ScoreTable, read_score_table, score_table
from stancekit.serving.terminal import stderr

__all__ = ["write_design"]


def write_design(
    sources: Sequence[Path],
    out: Path,
    count: int,
    by: Sequence[str],
    seed: int,
    model: str | None,
    options: ReadingOptions,
) -> None:
    """Draw `count` sentences of a file of scores, or of articles, and write them to `out`.

    Raises InputError if that is one of the files.
    """
    files = find_files(list(sources))
    check_not_read(out, files)
    if len(files) == 1 and is_score_file(files[0]):
        with find_bundle(model) as folder:
            manifest = read_manifest(folder)
        table = read_score_table(files[0], manifest.codebook, manifest.id[:12])
    else:
        for path in files:
            if is_score_file(path):
                raise InputError(f"{path}: scores are drawn from alone, not with other files")
        with stderr().status("scoring"):
            table = _scored(files, model, options)
    sentences = drawn_sentences(table, draw(table, count, by, seed))
    write_lines(out, sentences)
    line = f"{len(sentences):,} of {len(table):,} sentences -> {out}"
    stderr().print(line, style="dim", markup=False)


def _scored(files: Sequence[Path], model: str | None, options: ReadingOptions) -> ScoreTable:
    classifier = Classifier.load(model)
    book = classifier.codebook
    rows: list[Record] = []
    columns = MetadataColumns()
    documents = accepted(item for path in files for item in read_documents(path, options))
    for document in classifier.score_documents(documents):
        rows += records(document, book)
        columns.add(named_metadata(document.metadata, book))
    types = schema(columns, book)
    cells = [
        {field.name: plain(row.get(field.name), field.type) for field in types} for row in rows
    ]
    return score_table(pa.Table.from_pylist(cells, types), book, classifier.bundle.id, "articles")
