"""Scores on the terminal: an article as a coloured table, and shares as bars."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stancekit.labels.codebook import Codebook, Task
from stancekit.models.conformal import LabelSets
from stancekit.serving.scored import ScoredDocument
from stancekit.serving.tally import Tally

__all__ = ["article", "stderr", "summary"]

BAR = 28


def article(document: ScoredDocument, codebook: Codebook) -> RenderableType:
    """Return one document: a row a sentence, labels coloured, with their probability.

    Behind a label that is not the only one of its set stands a question mark.
    """
    table = Table(box=None, show_header=True, pad_edge=False, header_style="dim", expand=True)
    table.add_column("", justify="right", style="dim")
    table.add_column("sentence", ratio=1)
    for task in codebook.tasks:
        table.add_column(task.name, no_wrap=True)
    for sentence in document.sentences:
        cells = []
        for task in codebook.tasks:
            prediction = sentence.predictions[task.name]
            label = task.label(prediction.label)
            cells.append(
                Text.assemble(
                    (label.display, f"bold {label.colour}"),
                    (f" {prediction.probability:.2f}", "dim"),
                    (" ?" if prediction.undecided else "", "dim"),
                )
            )
        table.add_row(str(sentence.index + 1), " ".join(sentence.text.split()), *cells)
    title = str(document.metadata.get("title") or document.id)
    details = [str(document.metadata.get(key) or "") for key in ("publisher", "date")]
    below = ", ".join(part for part in details if part)
    heading = Text.assemble((title, "bold"), (f"  {below}" if below else "", "dim"))
    return Group(heading, Padding(table, (1, 0, 1, 0)))


def summary(tally: Tally, sets: Mapping[str, LabelSets]) -> RenderableType:
    """Return the share of each label as bars, how many are undecided, and what was left out.

    `sets` has for each task those of which the sentences were given.
    """
    parts: list[RenderableType] = []
    for task in tally.codebook.tasks:
        undecided = f"  {tally.undecided[task.name]:,} of {tally.sentences:,} undecided"
        always = _in_all_sets(task, sets[task.name])
        parts.append(Text.assemble((task.name, "bold"), (undecided + always, "dim")))
        parts.append(_bars(task, tally.labels[task.name], tally.sentences))
    documents = _documents(tally.documents)
    sentences = "1 sentence" if tally.sentences == 1 else f"{tally.sentences:,} sentences"
    line = f"{sentences} of {documents}"
    if tally.left_out:
        line += f"; not scored: {_listed(tally.left_out)}"
    if tally.set_aside:
        line += f"; {_documents(tally.set_aside)} set aside"
    parts.append(Text(line, style="dim"))
    return Group(*parts)


def _in_all_sets(task: Task, sets: LabelSets) -> str:
    """Return why sentences are undecided that no model could decide."""
    names = [label.display for label, n in zip(task.labels, sets.positions, strict=True) if not n]
    return f"; in all sets, for want of labelled sentences: {', '.join(names)}" if names else ""


def _bars(task: Task, counts: Mapping[str, int], total: int) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(min_width=12)
    table.add_column(min_width=BAR)
    table.add_column(justify="right")
    for label in task.labels:
        share = counts.get(label.name, 0) / total if total else 0.0
        table.add_row(
            label.display,
            Text("█" * round(share * BAR), style=label.colour),
            f"{share:.0%}  ({counts.get(label.name, 0):,})",
        )
    return table


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.most_common())


def stderr() -> Console:
    """Return a console on standard error, for progress and notes."""
    return Console(stderr=True, highlight=False)
