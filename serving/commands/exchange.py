"""`stancekit labels export | import`: labelled sentences to and from annotation tools."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stancekit.labels import doccano, label_studio, prodigy, spreadsheet
from stancekit.labels.codebook import Codebook, read_codebook, released_codebook
from stancekit.labels.errors import DataError, InputError
from stancekit.labels.exchange import Exchanged, agreed_sentences, annotations_of, exchanged
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import read_sentences, released_sentences, write_lines, write_text
from stancekit.serving.terminal import stderr


class Tool(StrEnum):
    """Whose format a file is in."""

    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    PRODIGY = "prodigy"
    CSV = "csv"


@dataclass(frozen=True)
class _Format:
    write: Callable[[Sequence[Exchanged], Codebook], str]
    read: Callable[[str, Codebook, str, str], list[Exchanged]]
    interface: Callable[[Codebook], str] | None = None


FORMATS = {
    Tool.LABEL_STUDIO: _Format(label_studio.write, label_studio.read, label_studio.interface),
    Tool.DOCCANO: _Format(doccano.write, doccano.read, doccano.interface),
    Tool.PRODIGY: _Format(prodigy.write, prodigy.read),
    Tool.CSV: _Format(spreadsheet.write, spreadsheet.read),
}

Form = Annotated[Tool, typer.Option("--format", "-f", help="Whose format the file is in.")]
Book = Annotated[
    Path | None,
    typer.Option("--codebook", help="A codebook.toml.", show_default="the released one"),
]


def export_sentences(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    form: Form,
    sentences: Annotated[
        Path | None,
        typer.Argument(
            help="Sentences, such as `labels next` or `labels import` writes them.",
            show_default="the released ones",
        ),
    ] = None,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="Leave labels out, for annotators to be blind.")
    ] = False,
    interface: Annotated[
        Path | None,
        typer.Option(
            help="Write what the tool needs to show the labels, too: Label Studio's labelling"
            " interface (XML) or doccano's list of labels (JSON).",
            show_default=False,
        ),
    ] = None,
    codebook: Book = None,
) -> None:
    """Write sentences as a file that an annotation tool imports."""
    book = _codebook(codebook)
    chosen = FORMATS[form]
    if interface is not None and chosen.interface is None:
        raise InputError(f"--interface: {form} shows the labels that its own file brings along")
    source = sentences or released_sentences()
    if out.resolve() == source.resolve():
        raise InputError(f"{out}: is the file to export; choose another name for --out")
    content = [s for s in read_sentences(source, book) if s.kind == CONTENT]
    write_text(out, chosen.write(exchanged(content, not unlabelled), book))
    stderr().print(f"{len(content):,} sentences -> {out}", style="dim", markup=False)
    if interface is not None and chosen.interface is not None:
        write_text(interface, chosen.interface(book))
        stderr().print(f"labels -> {interface}", style="dim", markup=False)


def import_sentences(
    file: Annotated[Path, typer.Argument(help="What the tool exported.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A .jsonl file for the labelled sentences.")
    ],
    form: Form,
    annotations: Annotated[
        Path | None,
        typer.Option(
            help="A folder for each annotator's own labels, NAME.jsonl.", show_default=False
        ),
    ] = None,
    codebook: Book = None,
) -> None:
    """Read what an annotation tool exported; sentences keep the labels that all annotators gave."""
    book = _codebook(codebook)
    rows = FORMATS[form].read(_content(file), book, file.stem, str(file))
    if not rows:
        raise DataError(f"{file}: holds no sentence")
    given = annotations_of(rows)
    if len(given) > 1 and annotations is None:
        raise InputError(
            f"{file}: is labelled by {', '.join(sorted(given))}; name a folder for the labels of"
            " each one (--annotations), so that disagreements are not lost"
        )
    if file.resolve() == out.resolve():
        raise InputError(f"{out}: is the file to import; choose another name for --out")
    found = list(agreed_sentences(rows, book))
    if annotations is not None:
        annotations.mkdir(parents=True, exist_ok=True)
        for annotator, own in given.items():
            write_lines(annotations / f"{_file_name(annotator)}.jsonl", own)
    write_lines(out, found)
    complete = sum(set(s.labels) == set(book.task_names) for s in found)
    stderr().print(
        f"{len(found):,} sentences, {complete:,} of them with a label of every task -> {out}",
        style="dim",
        markup=False,
    )


def _codebook(path: Path | None) -> Codebook:
    return released_codebook() if path is None else read_codebook(path)


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: is not UTF-8 text (byte {fault.start})") from None


def _file_name(annotator: str) -> str:
    """Return a name that stays in its folder, whatever a tool calls its users."""
    return "".join(sign if sign.isalnum() or sign in "-_@." else "_" for sign in annotator).lstrip(
        "."
    )
