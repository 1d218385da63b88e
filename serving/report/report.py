"""From a file of scores to a report: what is read, estimated, drawn and written."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from stancekit.labels.codebook import Task
from stancekit.models.held_out import HeldOut
from stancekit.models.manifest import Manifest
from stancekit.serving.estimates import read_own_labels
from stancekit.serving.report.colours import palette
from stancekit.serving.report.contents import Contents, Options, contents
from stancekit.serving.report.drawing import framed
from stancekit.serving.report.figures import figures
from stancekit.serving.report.output import check_places, folder_beside, write_report
from stancekit.serving.report.page import Signature, TaskPart, page, task_title
from stancekit.serving.report.png import png_file
from stancekit.serving.report.sources import quoted, scope
from stancekit.serving.report.svg import svg_file
from stancekit.serving.report.tables import estimate_tables, telling_table
from stancekit.serving.report.telling import decided, telling
from stancekit.serving.report.warnings import own_warnings
from stancekit.serving.report.wording import share
from stancekit.serving.score_table import ScoreTable, read_score_table

__all__ = ["Request", "write"]


@dataclass(frozen=True)
class Request:
    """What else was asked for: title, date, how many sentences of each label, own labels."""

    command: str
    title: str = ""
    made: str = ""
    sentences: int = 5
    labels: Path | None = None


def write(
    scores: Path,
    out: Path,
    manifest: Manifest,
    held_out: HeldOut,
    options: Options,
    request: Request,
    warn: Callable[[ScoreTable], Sequence[str]] = lambda _: (),
) -> Path:
    """Write the report of the file `scores` to `out`; returns the folder of files beside it.

    The page names the SHA-256 of the scores. Of a folder of Parquet files, as Spark writes them, it
    is that of a listing: a line `<SHA-256>  <name>` for each file in the order of names, but for
    those whose names begin with a dot or an underscore, which hold no rows.

    `warn` says what else should be known of the scores before their figures are used.

    Raises InputError if the scores cannot be read, are of another bundle, lack a column that is
    asked for, or the report cannot be written; then nothing has changed.
    """
    check_places(out)
    table = read_score_table(scores, manifest.codebook, manifest.id[:12])
    own = None if request.labels is None else read_own_labels(request.labels, table)
    made = contents(table, held_out, options, own)
    parts = [_part(table, made, task, request.sentences) for task in manifest.codebook.tasks]
    signature = Signature(
        command=request.command,
        scores=scores.name,
        scores_digest=_digest(scores),
        bundle=manifest.id[:12],
        bundle_name=manifest.name,
        version=version("stancekit"),
        labels=request.labels.name if request.labels else "",
        labels_digest=_digest(request.labels) if request.labels else "",
        made=request.made,
    )
    content = page(
        made,
        parts,
        signature,
        title=request.title or manifest.codebook.title,
        scope=scope(table, options.by, options.date_column, [own.period for own in made.over]),
        held_out=held_out,
        warnings=[*warn(table), *own_warnings(table, made)],
        folder=folder_beside(out).name,
    )
    return write_report(out, content, _files(made, parts))


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the listing of a folder that `write` describes."""
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    names = {own.relative_to(path) for own in path.rglob("*") if own.is_file()}
    read = sorted(own.as_posix() for own in names if not any(part[0] in "._" for part in own.parts))
    listing = "".join(f"{_digest(path / name)}  {name}\n" for name in read)
    return hashlib.sha256(listing.encode()).hexdigest()


def _part(table: ScoreTable, made: Contents, task: Task, most: int) -> TaskPart:
    rows = telling(table, task, most) if most else {}
    sentences = {
        label: quoted(table, own, task, label, made.options.date_column)
        for label, own in rows.items()
    }
    return TaskPart(task, tuple(figures(made, task)), _undecided(table, task), sentences)


def _undecided(table: ScoreTable, task: Task) -> str:
    if f"{task.name}_undecided" not in table.table.column_names:
        return ""
    open_ = int((~decided(table, task)).sum())
    return (
        f"On {share(open_ / len(table))} of the sentences ({open_:,} of {len(table):,}) the model"
        " is undecided: it leaves more than one label open. They are counted by their most probable"
        " label, and not quoted below."
    )


def _files(made: Contents, parts: Sequence[TaskPart]) -> dict[str, bytes]:
    colours = palette(made.codebook)
    files = {name: text.encode() for name, text in estimate_tables(made).items()}
    quotes = {part.task.name: part.telling for part in parts}
    files["telling.csv"] = telling_table(quotes).encode()
    for part in parts:
        for figure in part.figures:
            drawing = framed(figure.wide, f"{task_title(part.task)}: {figure.title.lower()}")
            files[f"{figure.name}.svg"] = svg_file(drawing, colours).encode()
            files[f"{figure.name}.png"] = png_file(drawing, colours)
    return files
