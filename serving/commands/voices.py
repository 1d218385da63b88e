"""`stancekit labels voices`: how often the rules are right about who speaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stancekit.labels.errors import DataError
from stancekit.labels.gold import unlabelled_sentences
from stancekit.labels.sources import read_document, read_sources
from stancekit.serving.commands.folder import OWN, Folder
from stancekit.serving.voices.judged import (
    MIXED,
    Judged,
    VoiceScores,
    answers,
    judged,
    read_gold_voices,
    readers_agreement,
    scores,
)
from stancekit.serving.voices.voice import AUTHOR, REPORTED, UNCLEAR, Voice

GOLD = "voices.jsonl"


def voices(
    folder: Folder = OWN,
    seeds: Annotated[
        Path,
        typer.Option(
            help="Folder with the documents and sources.toml.", show_default="seeds beside labels"
        ),
    ] = OWN.parent / "seeds",
    gold: Annotated[
        Path | None,
        typer.Option(
            help='What readers said: {"id", "voice", "speaker"} a line, "mixed" if it is both.',
            show_default=f"{GOLD} of the labels",
        ),
    ] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="List every sentence that the rules get wrong.")
    ] = False,
) -> None:
    """Compare what the rules say of each sentence's voice and speaker with what readers said."""
    if not seeds.is_dir():
        raise DataError(
            f"{seeds}: there is no such folder; name the one with the documents (--seeds)"
        )
    path = gold or folder / GOLD
    rows = read_gold_voices(path)
    sentences = unlabelled_sentences(seeds)
    given: dict[str, Voice] = {}
    for source in read_sources(seeds / "sources.toml").document:
        own = [sentence for sentence in sentences if sentence.document == source.id]
        given |= answers(read_document(seeds, source), own)
    try:
        compared = judged(rows, sentences, given)
    except DataError as fault:
        raise DataError(f"{path}: {fault}") from None
    console = Console(highlight=False, soft_wrap=True)
    found = scores(compared)
    console.print(_table(found), markup=False)
    console.print(_confusion(found[-1]), markup=False)
    readers = readers_agreement(rows)
    if readers is not None:
        line = f"Readers agree on {readers.observed:.3f} of the voices, Krippendorff's alpha"
        console.print(f"\n{line} {readers.alpha}", markup=False)
    if wrong:
        console.print(_wrong(compared), markup=False)


def _table(found: Sequence[VoiceScores]) -> str:
    lines = [
        "| document | sentences | answered | voice right [95 %] | speakers named | right [95 %] |",
        "|---|---|---|---|---|---|",
    ]
    for own in found:
        cells = (
            own.document,
            str(own.sentences),
            f"{own.answered / own.sentences:.2f}",
            str(own.voice) if own.answered else "–",  # noqa: RUF001
            str(own.named),
            str(own.speaker) if own.named else "–",  # noqa: RUF001
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _confusion(own: VoiceScores) -> str:
    answer = (AUTHOR, REPORTED, UNCLEAR)
    lines = ["", f"| read as | {' | '.join(answer)} |", "|---|---|---|---|"]
    for gold in (AUTHOR, REPORTED, MIXED):
        counts = [str(own.confusion.get((gold, given), 0)) for given in answer]
        lines.append(f"| {gold} | {' | '.join(counts)} |")
    return "\n".join(lines)


def _wrong(rows: Sequence[Judged]) -> str:
    lines = [""]
    for row in rows:
        if row.answer.voice not in {UNCLEAR, row.gold.voice}:
            text = " ".join(row.text.split())
            lines.append(f"{row.gold.id}: {row.answer.voice}, read as {row.gold.voice}: {text}")
    return "\n".join(lines)
