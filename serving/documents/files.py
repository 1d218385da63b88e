"""Which files are meant by what a user names: files, folders, patterns."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from stancekit.labels.errors import InputError
from stancekit.serving.documents.forms import SUFFIXES, check_installed, form_of

__all__ = ["find_files"]


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that `paths` name, each once, in their order.

    A folder stands for the documents in it and in its folders, sorted; a pattern that the shell did
    not expand (`archive/**/*.html`) for the documents that it fits, sorted. Neither takes what is
    hidden or goes through links to folders. Raises InputError for a path that does not exist or is
    of a kind that is not read, a folder that holds no document or cannot be listed, and a pattern
    that fits none; MissingExtraError if reading one of the files needs the extra `documents`.
    """
    files: list[Path] = []
    for path in paths:
        try:
            files += _named(path)
        except OSError as fault:
            raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    for form, path in {form_of(path): path for path in reversed(files)}.items():
        if form is not None:
            check_installed(form, str(path))
    by_target = {path.resolve(): path for path in reversed(files)}
    return [path for path in dict.fromkeys(files) if by_target[path.resolve()] == path]


def _named(path: Path) -> list[Path]:
    kinds = ", ".join(SUFFIXES)
    if path.is_dir():
        inside = sorted(_inside(path))
        if not inside:
            raise InputError(f"{path}: holds no {kinds} file")
        return inside
    if not path.exists():
        if not _is_pattern(str(path)):
            raise InputError(f"{path}: there is no such file or folder")
        fitting = sorted(_fitting(path))
        if not fitting:
            raise InputError(f"{path}: fits no {kinds} file")
        return fitting
    if form_of(path) is None:
        raise InputError(f"{path}: is no {kinds} file")
    if not path.is_file():
        raise InputError(f"{path}: is no plain file")
    return [path]


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
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
            hidden = any(part.startswith(".") for part in path.relative_to(base).parts)
            if not hidden and form_of(path) and path.is_file():
                yield path
    except ValueError as fault:
        raise InputError(f"{pattern}: is no pattern ({fault})") from None
