"""`stancekit recalibrate`: probabilities, sets and promises by labels of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from stancekit.labels import spreadsheet
from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import agreed_sentences
from stancekit.labels.sentences import Sentence, dataset_digest, read_sentences, read_text
from stancekit.models.bundle import Bundle, check_bundle_folder, read_bundle, read_held_out
from stancekit.models.manifest import read_manifest
from stancekit.models.recalibrated import write_recalibrated
from stancekit.serving.commands.model_option import Model
from stancekit.serving.promise_tables import Asked, promises_page, table, to_whom
from stancekit.serving.registry import find_bundle
from stancekit.serving.terminal import stderr

if TYPE_CHECKING:
    from stancekit.training.recalibration import Recalibrated


def recalibrate(
    labels: Annotated[
        Path,
        typer.Option(
            help="Labelled sentences that the model was not trained on: a .jsonl file as `labels"
            " import` writes it, or a .csv with a column `text` and one for each task.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A folder for the new bundle.", show_default=False)
    ],
    model: Model = None,
) -> None:
    """Make a bundle of the same model whose promises are about your texts.

    Temperatures and held-out sentences are made anew from your labels, and those that it had go.
    Draw the sentences at random from what you are to score, many documents and a few of each, and
    not by `labels next`, which looks for hard ones. Sets at 90 % take 9 labelled sentences of a
    label, some 100 to come within 5 points of it; a label is promised to be right in 90 % of its
    answers by 36 right ones, or more with errors among them.
    """
    # Scoring starts without it.
    from stancekit.training.recalibration import check_labels, recalibrated  # noqa: PLC0415

    check_bundle_folder(out)
    with find_bundle(model) as folder:
        codebook = read_manifest(folder).codebook
        sentences = _labelled(labels, codebook)
        try:
            sentences = check_labels(sentences, codebook)
        except DataError as fault:
            raise DataError(f"{labels}: {fault}") from None
        bundle = read_bundle(folder)
        found = recalibrated(bundle.model, sentences, codebook)
        manifest = write_recalibrated(
            out,
            folder,
            dataset_digest=dataset_digest(found.sentences),
            sentences=len(found.sentences),
            documents=found.documents,
            temperatures=found.temperatures,
            held_out=found.held_out,
        )
    console = Console(highlight=False, soft_wrap=True, markup=False)
    held_out = read_held_out(out, manifest)
    page = [*promises_page(codebook, held_out, Asked()), "", to_whom(codebook, held_out, Asked())]
    for line in [*_told(bundle, found), "", *page]:
        console.print(line)
    note = f"bundle {manifest.id[:12]} -> {out}; more of it: stancekit bundle promises {out}"
    stderr().print(note, style="dim", markup=False, soft_wrap=True)


def _told(bundle: Bundle, found: "Recalibrated") -> list[str]:
    before = max((len(task.gold) for task in bundle.held_out.tasks.values()), default=0)
    count = f"{len(found.sentences):,} sentences of {found.documents:,} documents"
    head = ("task", "labelled", "temperature", "calibration error")
    rows = [
        (
            name,
            str(len(found.held_out.tasks[name].gold)),
            f"{own.temperature_before:.2f} -> {own.temperature:.2f}",
            f"{own.error_before:.3f} -> {own.error:.3f}",
        )
        for name, own in found.tasks.items()
    ]
    return [
        (
            f"{bundle.manifest.name}, recalibrated on {count}; the {before:,} sentences that it"
            f" came with are no more in it. {_known(bundle.codebook)}"
        ),
        "",
        *table(head, rows),
    ]


def _labelled(path: Path, codebook: Codebook) -> list[Sentence]:
    if path.suffix.lower() == ".jsonl":
        return read_sentences(path, codebook)
    if path.suffix.lower() == ".csv":
        rows = spreadsheet.read(read_text(path), codebook, path.stem, str(path))
        return list(agreed_sentences(rows, codebook))
    raise DataError(f"{path}: expected a .jsonl file as `labels import` writes it, or a .csv")


def _known(codebook: Codebook) -> str:
    """Return what is known of the sentences that the model was trained on."""
    if codebook.digest == released_codebook().digest:
        return "None of yours ships with stancekit; if it was trained on others, you have to know."
    return "It does not hold what it was trained on: see to it that none of yours was."
