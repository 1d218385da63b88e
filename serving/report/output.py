"""A page and the folder of files beside it, written whole or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from stancekit.labels.errors import InputError

__all__ = ["LISTING", "check_places", "folder_beside", "write_report"]

LISTING = "SHA256SUMS"
"""Names every file of the folder with its digest; `sha256sum --check` reads it."""


def folder_beside(page: Path) -> Path:
    """Return the folder for the files of a page: `report_files` beside `report.html`.

    Where the page is a link, the folder is named after the file that is written, and beside that.
    """
    target = _target(page)
    return target.with_name(f"{target.stem}_files")


def check_places(page: Path) -> None:
    """Raise InputError if a report cannot be written to `page` without losing something else."""
    if page.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{page}: expected a name that ends in .html")
    if page.is_dir() or (page.exists() and not page.is_file()):
        raise InputError(f"{page}: is no plain file")
    parent = _target(page).parent
    if not parent.is_dir():
        raise InputError(f"{page}: there is no folder {parent}")
    folder = folder_beside(page)
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise InputError(f"{folder}: is no folder, and the report needs one of that name")
    with suppress(OSError, UnicodeDecodeError):
        lines = (folder / LISTING).read_text(encoding="utf-8").splitlines()
        own = {LISTING, *(line.partition("  ")[2] for line in lines)}
        strangers = sorted({path.name for path in folder.iterdir()} - own)
        if not strangers:
            return
        raise InputError(f"{folder}: holds {strangers[0]}, which no report wrote; not replaced")
    raise InputError(f"{folder}: was not written by a report (no {LISTING} in it); not replaced")


def write_report(page: Path, content: str, files: Mapping[str, bytes]) -> Path:
    """Write the page and the files beside it, into the folder that is returned.

    Those of an older report are replaced. If anything goes wrong, all is as it was. Raises
    InputError if it cannot be written.
    """
    check_places(page)
    target, folder = _target(page), folder_beside(page)
    listing = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    )
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".report-") as parent:
            fresh, old = Path(parent) / "new", Path(parent) / "old"
            fresh.mkdir()
            for name, data in {**files, LISTING: listing.encode()}.items():
                (fresh / name).write_bytes(data)
            draft = Path(parent) / "page"
            draft.write_text(content, encoding="utf-8", newline="")
            if folder.exists():
                folder.rename(old)
            try:
                fresh.rename(folder)
                draft.replace(target)
            except BaseException:
                if not fresh.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                if old.exists():
                    old.rename(folder)
                raise
    except OSError as fault:
        raise InputError(f"{page}: cannot be written ({fault.strerror})") from None
    return folder


def _target(page: Path) -> Path:
    """Return what is written to: what a link points to, else the page."""
    return page.resolve() if page.is_symlink() else page
