"""`stancekit labels export | import`: labelled sentences to and from annotation tools."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stancekit.labels import doccano, label_studio, prodigy, spreadsheet
from stancekit.labels.annotation import Annotation
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError, InputError
from stancekit.labels.exchange import Exchanged, agreed_sentences, annotations_of, exchanged
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import read_sentences, released_sentences, write_lines, write_text
from stancekit.serving.commands.folder import check_sentences_file, chosen_codebook
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
    book = chosen_codebook(codebook)
    chosen = FORMATS[form]
    if interface is not None and chosen.interface is None:
        raise InputError(f"--interface: {form} shows the labels that its own file brings along")
    source = sentences or released_sentences()
    _apart(source, out, interface)
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
            help="A new folder for each annotator's own labels, NAME.jsonl.", show_default=False
        ),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Leave out sentences that lack a label of some task, because nobody gave one or"
            " annotators disagree.",
        ),
    ] = False,
    codebook: Book = None,
) -> None:
    """Read what an annotation tool exported; sentences keep the labels that all annotators gave."""
    check_sentences_file(out)
    _apart(file, out)
    book = chosen_codebook(codebook)
    rows = FORMATS[form].read(_content(file), book, file.stem, str(file))
    if not rows:
        raise DataError(f"{file}: holds no sentence")
    given = annotations_of(rows)
    if len(given) > 1 and annotations is None:
        raise InputError(
            f"{file}: is labelled by {', '.join(sorted(given))}; name a folder for the labels of"
            " each one (--annotations), so that disagreements are not lost"
        )
    found = list(agreed_sentences(rows, book))
    whole = [s for s in found if set(s.labels) == set(book.task_names)]
    if complete and not whole:
        raise DataError(f"{file}: no sentence has a label of every task")
    if annotations is not None:
        _write_annotations(annotations, given)
    write_lines(out, whole if complete else found)
    stderr().print(
        f"{len(found):,} sentences, {len(whole):,} of them with a label of every task -> {out}",
        style="dim",
        markup=False,
    )
    if not given:
        stderr().print(
            f"No sentence has a label: is {file} what {form} exported, after labelling?",
            markup=False,
        )


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{path}: is not UTF-8 text (byte {fault.start}); spreadsheets can save as CSV UTF-8"
        ) from None


def _apart(source: Path, *written: Path | None) -> None:
    """Raise InputError if a file would be written over the input or over another output."""
    taken = {source.resolve()}
    for path in written:
        if path is not None and path.resolve() in taken:
            raise InputError(f"{path}: is read or written already; choose another name")
        if path is not None:
            taken.add(path.resolve())


def _write_annotations(folder: Path, given: Mapping[str, list[Annotation]]) -> None:
    """Write a file an annotator to a folder that does not hold any yet."""
    names = {annotator: _file_name(annotator) for annotator in given}
    for annotator, name in names.items():
        if not name or len(name) > 100:
            raise DataError(f"annotator '{annotator[:40]}': no file can be named so")
        if list(names.values()).count(name) > 1:
            raise DataError(f"annotator '{annotator}': another one has the same file {name}.jsonl")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(path.name for path in folder.glob("*.jsonl"))
    except OSError as fault:
        raise InputError(f"{folder}: is no folder to write to ({fault.strerror})") from None
    if held:
        raise InputError(f"{folder}: holds {held[0]} already; name a new folder (--annotations)")
    for annotator, own in given.items():
        write_lines(folder / f"{names[annotator]}.jsonl", own)


def _file_name(annotator: str) -> str:
    """Return a name that stays in its folder, whatever a tool calls its users."""
    signs = (sign if sign.isalnum() or sign in "-_@." else "_" for sign in annotator)
    return "".join(signs).lstrip(".")
