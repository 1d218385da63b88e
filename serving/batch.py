"""Score documents into a file: reading, predicting and writing overlap, and a stop loses little."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stancekit.labels.errors import InputError
from stancekit.serving.ahead import ahead
from stancekit.serving.chunks import SENTENCES, Chunk, Position, chunks
from stancekit.serving.classifier import Classifier, Encoded
from stancekit.serving.columns import MetadataColumns
from stancekit.serving.document import SetAside
from stancekit.serving.inputs import Inputs
from stancekit.serving.journal import Journal
from stancekit.serving.likeness import Reference
from stancekit.serving.records import Record, named_metadata, records
from stancekit.serving.scored import ScoredDocument
from stancekit.serving.tally import Tally
from stancekit.serving.writers import check_output, whole, write_lines, write_records

__all__ = ["Done", "Watch", "errors_file", "score_into", "scored_chunks"]

Watch = Callable[[int, int, int], None]
"""Told after each chunk: bytes read, sentences scored, documents set aside, all since the last."""


@dataclass(frozen=True)
class Done:
    """What a run came to: its counts, what was set aside, and the file that lists it.

    Where not one sentence was scored nothing is written; what an older run wrote stays.
    """

    tally: Tally
    set_aside: tuple[SetAside, ...]
    errors: Path | None


@dataclass(frozen=True)
class ScoredChunk:
    """A chunk and its passages scored, in order."""

    chunk: Chunk
    documents: tuple[ScoredDocument, ...]

    def count(self, tally: Tally) -> None:
        """Add all of it to `tally`."""
        whole = [passage.last for passage in self.chunk.passages]
        tally.add(self.documents, whole, self.chunk.set_aside)


def errors_file(out: Path) -> Path:
    """Return where the documents that were set aside are listed, beside the scores."""
    return out.with_name(f"{out.stem}.errors.jsonl")


def scored_chunks(classifier: Classifier, inputs: Inputs, start: Position) -> Iterator[ScoredChunk]:
    """Yield what there is from `start` on, scored; reading and predicting run ahead in threads."""

    def encoded() -> Iterator[tuple[Chunk, Encoded]]:
        for chunk in chunks(inputs.items(start), start):
            yield chunk, classifier.encode(chunk.passages)

    def predicted() -> Iterator[ScoredChunk]:
        for chunk, own in ahead(encoded()):
            yield ScoredChunk(chunk, tuple(classifier.score_encoded(own)))

    return ahead(predicted())


def score_into(
    out: Path,
    classifier: Classifier,
    inputs: Inputs,
    *,
    resume: bool = False,
    begun: Callable[[int, int], None] = lambda *_: None,
    watch: Watch = lambda *_: None,
) -> Done:
    """Score `inputs` into the file `out`, which appears when all of it is there.

    Documents that cannot be scored go to `errors_file(out)` with their reasons. What was done by a
    run that was stopped is kept, and `resume` goes on from there: the file is the same to the byte
    as if nothing had happened. Raises InputError if there is such a run and `resume` is not set, if
    it was of something else, or if `out` cannot be written. `begun` is told of the bytes and
    sentences that were done before, `watch` of each chunk.
    """
    check_output(out)
    run = {
        "written by": f"stancekit {version('stancekit')}",
        "model": classifier.bundle.manifest.id,
        "error rate": classifier.error_rate,
        "chunk": SENTENCES,
        "reading": asdict(inputs.options),
        "inputs": inputs.identity(),
    }
    if resume and not inputs.can_be_read_again:
        raise InputError("--resume: standard input cannot be read a second time")
    reference = Reference.of(classifier.bundle)
    journal = Journal.go_on(out, run) if resume else Journal.begin(out, run)
    with journal:
        try:
            begun(sum(inputs.sizes()[: journal.after.source]), _sentences(journal))
            for scored in scored_chunks(classifier, inputs, journal.after):
                _keep(journal, scored, Tally(classifier.codebook, reference))
                chunk = scored.chunk
                watch(chunk.size, chunk.sentences, len(chunk.set_aside))
            done = _finish(out, journal, Tally(classifier.codebook, reference))
        except BaseException:
            if not (journal.entries and inputs.can_be_read_again):
                journal.remove()
            raise
        journal.remove()
    return done


def _sentences(journal: Journal) -> int:
    return sum(int(entry.counts["sentences"]) for entry in journal.entries)


def _keep(journal: Journal, scored: ScoredChunk, tally: Tally) -> None:
    columns, chunk = MetadataColumns(), scored.chunk
    rows: list[Record] = []
    for document in scored.documents:
        columns.add(named_metadata(document.metadata, tally.codebook))
        rows += records(document, tally.codebook)
    scored.count(tally)
    journal.add(rows, chunk.after, chunk.set_aside, columns.types, tally.counts())


def _finish(out: Path, journal: Journal, tally: Tally) -> Done:
    columns = MetadataColumns()
    set_aside: list[SetAside] = []
    for entry in journal.entries:
        tally.merge(entry.counts)
        columns.merge(entry.metadata)
        set_aside += entry.set_aside
    if tally.sentences == 0:
        return Done(tally, tuple(set_aside), None)
    errors = _write_errors(errors_file(out), set_aside)
    if out.suffix.lower() == ".jsonl":
        write_lines(out, journal.parts())
    else:
        write_records(out, journal.records(), columns, tally.codebook)
    return Done(tally, tuple(set_aside), errors)


def _write_errors(path: Path, set_aside: list[SetAside]) -> Path | None:
    if not set_aside:
        # One of a run before would be taken for one of this run.
        path.unlink(missing_ok=True)
        return None
    with whole(path) as partial:
        lines = (json.dumps(_row(own), ensure_ascii=False) + "\n" for own in set_aside)
        partial.write_text("".join(lines), encoding="utf-8")
    return path


def _row(own: SetAside) -> dict[str, Any]:
    return {"document": own.document, "place": own.place, "reason": own.reason}
