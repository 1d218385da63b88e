"""Which files are meant by what a user names: files, folders, patterns."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from stancekit.labels.errors import InputError
from stancekit.serving.documents.forms import SUFFIXES, check_installed, form_of
from stancekit.serving.journal import is_unfinished

__all__ = ["find_files"]


def find_files(paths: Sequence[Path], written: Collection[Path] = ()) -> list[Path]:
    """Return the files that `paths` name, each once, in their order.

    A folder stands for the documents in it and in its folders, sorted; a pattern that the shell did
    not expand (`archive/**/*.html`) for the documents that it fits, sorted. Neither takes what is
    hidden, what a run that was stopped keeps, or the files that are to be `written`, nor goes
    through links to folders. Raises InputError for a path that does not exist, is of a kind that is
    not read or is to be written, a folder that holds no document or cannot be listed, and a pattern
    that fits none; MissingExtraError if reading one of the files needs the extra `documents`.
    """
    files: list[Path] = []
    targets = {path.resolve() for path in written}
    for path in paths:
        try:
            files += _named(path, targets)
        except OSError as fault:
            raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    if paths and not files:
        raise InputError(f"{paths[0]}: is what a run that was stopped keeps, no documents")
    for form, path in {form_of(path): path for path in reversed(files)}.items():
        if form is not None:
            check_installed(form, str(path))
    resolved = {path: path.resolve() for path in files}
    first = {target: path for path, target in reversed(resolved.items())}
    return [path for path, target in resolved.items() if first[target] == path]


def _named(path: Path, written: set[Path]) -> list[Path]:
    kinds = ", ".join(SUFFIXES)
    if path.is_dir():
        if is_unfinished(path.name):  # a shell gives it for *, too
            return []
        inside = sorted(own for own in _inside(path) if not _is_one_of(own, written))
        if not inside:
            raise InputError(f"{path}: holds no {kinds} file")
        return inside
    if not path.exists():
        if not _is_pattern(str(path)):
            raise InputError(f"{path}: there is no such file or folder")
        fitting = sorted(own for own in _fitting(path) if not _is_one_of(own, written))
        if not fitting:
            raise InputError(f"{path}: fits no {kinds} file")
        return fitting
    if form_of(path) is None:
        raise InputError(f"{path}: is no {kinds} file")
    if not path.is_file():
        raise InputError(f"{path}: is no plain file")
    if _is_one_of(path, written):
        raise InputError(f"{path}: would be written over; choose another name for --out")
    return [path]


def _is_one_of(path: Path, targets: set[Path]) -> bool:
    # Most need not be resolved, which takes long.
    likely = path.is_symlink() or any(path.name == own.name for own in targets)
    return likely and path.resolve() in targets


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [own for own in folders if own[0] != "." and not is_unfinished(own)]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and form_of(name) and path.is_file():
                yield path


def _refuse(fault: OSError) -> None:
    raise InputError(f"{fault.filename}: cannot be read ({fault.strerror})")


def _is_pattern(part: str) -> bool:
    return any(sign in part for sign in "*?[")


def _fitting(pattern: Path) -> Iterator[Path]:
    parts = pattern.parts
    first = next(n for n, part in enumerate(parts) if _is_pattern(part))
    base, rest = Path(*parts[:first]), parts[first:]
    if rest[-1] == "**":
        rest = (*rest, "*")  # what is meant is the files, not the folders
    try:
        for path in base.glob("/".join(rest)):
            parts = path.relative_to(base).parts
            hidden = any(part.startswith(".") for part in parts)
            passed_over = hidden or any(map(is_unfinished, parts[:-1]))
            if not passed_over and form_of(path) and path.is_file():
                yield path
    except ValueError as fault:
        raise InputError(f"{pattern}: is no pattern ({fault})") from None
