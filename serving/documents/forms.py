"""What the name of a file says: the form of its documents, and how it is compressed."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePath

from stancekit.labels.errors import MissingExtraError

__all__ = ["COMPRESSIONS", "SUFFIXES", "Form", "check_installed", "form_of"]

SUFFIXES = (
    ".txt", ".md", ".html", ".htm", ".pdf", ".docx",
    ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet",
)  # fmt: skip
"""The forms that are read, each also with one of `COMPRESSIONS` behind it."""

COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")

_PAGE = ("trafilatura", "lxml_html_clean")
_NEEDED = {".html": _PAGE, ".htm": _PAGE, ".pdf": ("pypdf",)}
"""Packages of the extra `documents`, by the form whose reader imports them."""


@dataclass(frozen=True, slots=True)
class Form:
    """A suffix of `SUFFIXES`, and one of `COMPRESSIONS` or ""."""

    suffix: str
    compression: str = ""

    @property
    def is_table(self) -> bool:
        """Whether each row is a document, rather than the whole file."""
        return self.suffix in (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def form_of(name: str | PurePath) -> Form | None:
    """Return the form that a file of this name has, None if it is none that is read.

    >>> form_of("archive/News.JSONL.gz")
    Form(suffix='.jsonl', compression='.gz')
    """
    path = PurePath(name)
    compression = path.suffix.lower() if path.suffix.lower() in COMPRESSIONS else ""
    if compression:
        path = path.with_suffix("")
    suffix = path.suffix.lower()
    return Form(suffix, compression) if suffix in SUFFIXES else None


def check_installed(form: Form, where: str) -> None:
    """Raise MissingExtraError if the packages that read `form` are not installed."""
    missing = [name for name in _NEEDED.get(form.suffix, ()) if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{where}: reading {form.suffix} needs {missing[0]} of the extra 'documents'"
            " (in the checkout: pip install '.[documents]')"
        )
