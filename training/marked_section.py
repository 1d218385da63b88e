"""A part of a page that a command makes anew, between two marks that a reader does not see."""

from pathlib import Path

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_text, write_text

__all__ = ["has_section", "replace_section", "section"]


def section(page: str, maker: str, where: str) -> str:
    """Return what stands between the marks of `maker`.

    Raises DataError if they are not there once each; `where` is what the page is called then.
    """
    begin, end = _marks(maker)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise DataError(f"{where}: expected '{begin}' and '{end}', once each, in this order")
    return page.partition(begin)[2].partition(end)[0]


def has_section(path: Path, maker: str) -> bool:
    """Whether there is a page at `path` with the marks of `maker`.

    Raises DataError if it has some of them, but not once each, in their order.
    """
    page = read_text(path) if path.is_file() else ""
    found = any(mark in page for mark in _marks(maker))
    if found:
        section(page, maker, str(path))
    return found


def replace_section(path: Path, maker: str, block: str) -> None:
    """Put `block`, which ends with a line break, between the marks of `maker` in a page.

    Raises DataError if the page cannot be read, or has no such place.
    """
    page = read_text(path)
    section(page, maker, str(path))
    begin, end = _marks(maker)
    write_text(path, f"{page.partition(begin)[0]}{begin}\n{block}{end}{page.partition(end)[2]}")


def _marks(maker: str) -> tuple[str, str]:
    return f"<!-- made by {maker} -->", f"<!-- end of what {maker} made -->"
