"""Read `sources.toml`: what the documents of a folder are, and what in them is not article text.

Such a file beside a folder of documents gives each one its title, publisher and date, which travel
into every score, and replaces the guess by form of what is a heading or a caption.
"""

import hashlib
from dataclasses import field
from pathlib import Path

from stancekit.labels.configuration import read_toml, strict
from stancekit.labels.errors import DataError
from stancekit.labels.layout import KINDS
from stancekit.labels.segmentation import Span

__all__ = ["Excluded", "Source", "Sources", "read_document", "read_sources"]


@strict
class Excluded:
    """One stretch that is not article text: `text` stands once in line `line` (from 1)."""

    line: int
    kind: str
    text: str


@strict
class Source:
    """One document; `date` is as precise as it is known, `basis` says what it rests on.

    `register` is what kind of text it is, in the words that authored sentences use, "" if not said.
    """

    id: str
    file: str
    sha256: str
    title: str
    publisher: str
    language: str
    date: str
    basis: str
    author: str = ""
    address: str = ""
    register: str = ""
    excluded: tuple[Excluded, ...] = field(default=())

    @property
    def metadata(self) -> dict[str, str]:
        """What of this travels into the scores."""
        names = ("title", "publisher", "author", "date", "address")
        return {name: getattr(self, name) for name in names}

    def decode(self, content: bytes, place: str) -> str:
        """Return the text of the document; raises DataError if its bytes are not the described."""
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.sha256:
            raise DataError(
                f"{place}: SHA-256 is {digest[:12]}..., sources.toml beside it describes"
                f" {self.sha256[:12]}..."
            )
        return content.decode("utf-8")

    def spans(self, text: str) -> list[Span]:
        """Return the excluded stretches as offsets into `text`.

        Raises DataError if one of them does not stand exactly once in its line.
        """
        starts = [0]
        lines = text.split("\n")
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        spans = []
        for part in self.excluded:
            where = f"{self.file}, line {part.line}"
            if part.kind not in KINDS:
                raise DataError(f"{where}: kind '{part.kind}' is none of {', '.join(KINDS)}")
            line = lines[part.line - 1] if 0 < part.line <= len(lines) else ""
            if line.count(part.text) != 1:
                raise DataError(
                    f"{where}: '{part.text[:60]}' should stand there once,"
                    f" found {line.count(part.text)} times"
                )
            start = starts[part.line - 1] + line.index(part.text)
            spans.append(Span(start, start + len(part.text), part.kind))
        return spans


@strict
class Sources:
    """All documents of one folder."""

    document: tuple[Source, ...]

    def by_file(self) -> dict[str, Source]:
        """Return the documents under their file names."""
        return {source.file: source for source in self.document}


def read_sources(path: Path) -> Sources:
    """Read a `sources.toml`; raises ConfigurationError or DataError with what is wrong in it."""
    sources = read_toml(path, Sources)
    for name in ("id", "file"):
        values = [getattr(source, name) for source in sources.document]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise DataError(f"{path}: {name} {', '.join(sorted(twice))} is given more than once")
    return sources


def read_document(folder: Path, source: Source) -> str:
    """Return the text of `source`, whose bytes must be those that `sources.toml` describes."""
    path = folder / source.file
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise DataError(f"{path}: cannot be read ({fault.strerror})") from None
    return source.decode(content, str(path))
